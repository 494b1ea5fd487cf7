from applications.answers.models import Answer
from applications.application import Application
from applications.deadlines.models import PersonalExtension
from applications.directors.models import Confirmation
from applications.doubles.models import Apart
from applications.needs.models import Money, Needs, Summary
from applications.recordings.models import Transcript, TranscriptVersion

__all__ = [
    "Answer",
    "Apart",
    "Application",
    "Confirmation",
    "Money",
    "Needs",
    "PersonalExtension",
    "Summary",
    "Transcript",
    "TranscriptVersion",
]
