from selection.assessments.models import Assessment, Ineligibility, Recusal, Score
from selection.outcomes.models import Outcome
from selection.shortlists.models import Place, Shortlist
from selection.slate import Approval, Nomination, Slate, SlateVersion

__all__ = ["Approval", "Assessment", "Ineligibility", "Nomination", "Outcome", "Place", "Recusal", "Score", "Shortlist", "Slate", "SlateVersion"]
