"""The places of a call, one by one: who holds each, and who had it before."""

from dataclasses import dataclass
from typing import Any

from fulcrum.calls.models import Call, Network
from programme.seat import HELD, Seat

STATES = ("offered", "overdue", "accepted", "vacant")


@dataclass(frozen=True)
class NetworkPlace:
    """One of a network's places: the seats that were offered on it, the latest first."""

    network: Network
    number: int
    seats: tuple[Seat, ...]

    @property
    def held(self) -> Seat | None:
        """The seat that stands: offered or accepted."""
        return next((seat for seat in self.seats if seat.state in HELD), None)

    @property
    def earlier(self) -> list[Seat]:
        """Seats on this place that were declined, lapsed or given up."""
        return [seat for seat in self.seats if seat.state not in HELD]

    @property
    def state(self) -> str:
        """One of STATES."""
        if self.held is None:
            return "vacant"
        return "overdue" if self.held.is_overdue else self.held.state


def places_of(call: Call, user: Any) -> list[NetworkPlace]:
    """Every place of the call in the order of its networks, with the seats that the user may see: two queries."""
    seats: dict[tuple[int, int], list[Seat]] = {}
    for seat in Seat.objects.visible_to(user).with_person().filter(call=call).order_by("-pk"):
        seats.setdefault((seat.network_id, seat.number), []).append(seat)
    return [
        NetworkPlace(part.network, number, tuple(seats.get((part.network_id, number), ())))
        for part in call.partners
        for number in range(1, part.places + 1)
    ]
