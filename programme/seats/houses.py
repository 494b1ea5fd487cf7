from fulcrum.guard.querysets import everything
from programme.seat import Seat


def follow_house(applications: list[int], key: str) -> None:
    """Seats of these applications are of the house with this key from now on. Raises IntegrityError for a second seat of the house."""
    with everything("a merged house"):
        Seat.objects.filter(application__in=applications).exclude(house=key).update(house=key)
