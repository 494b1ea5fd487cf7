from applications.answers.models import Answer
from applications.application import Application
from applications.assistance.models import Assent, Helper, HelpRequest, Typed
from applications.deadlines.models import PersonalExtension
from applications.directors.models import Confirmation
from applications.doubles.models import Apart
from applications.needs.models import Money, Needs, Summary
from applications.recordings.models import Transcript, TranscriptVersion
from applications.versions.models import Earlier

__all__ = [
    "Answer",
    "Apart",
    "Application",
    "Assent",
    "Confirmation",
    "Earlier",
    "HelpRequest",
    "Helper",
    "Money",
    "Needs",
    "PersonalExtension",
    "Summary",
    "Transcript",
    "TranscriptVersion",
    "Typed",
]
