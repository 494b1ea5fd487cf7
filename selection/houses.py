"""What the selection keeps of a house follows when houses are merged."""

from fulcrum.guard.querysets import everything
from selection.outcomes.models import Outcome
from selection.shortlists.models import Place
from selection.slate import Nomination


def follow_house(applications: list[int], key: str) -> None:
    """Ranks, nominations and outcomes of these applications are of the house with this key from now on. Raises IntegrityError for a second place."""
    with everything("a merged house"):
        for model in (Place, Nomination, Outcome):
            model.objects.filter(application__in=applications).exclude(house=key).update(house=key)
