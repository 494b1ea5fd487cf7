"""What the room of the programme gives out of a person, and what it does when one is erased."""

from collections.abc import Iterator
from contextlib import suppress

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fulcrum.guard.querysets import everything
from fulcrum.people.models import User
from fulcrum.people.mydata.held import erases, keeps
from fulcrum.people.mydata.services import erasers, foretold, originals
from programme.certificates.models import Certificate
from programme.seat import Seat
from programme.seats.services import Over, decline, give_up


def of_seat(person: User) -> Iterator[str]:
    if Seat.objects.of_person(person).held().exists():
        yield _("Your seat in the programme is given back and offered to the next, unless the programme is over.")


def give_back(person: User) -> None:
    """Let go of a seat while it can still go to somebody else; what was written about it is emptied."""
    for seat in Seat.objects.of_person(person).held().order_by("pk"):
        with suppress(Over):
            (decline if seat.is_offered else give_up)(seat, by=person)
    Seat.objects.of_person(person).update(reason="", printed_name="", name_checked_at=None)


def certificates(person: User) -> Iterator[tuple[str, bytes]]:
    with everything("a person's own data"):
        rows = list(Certificate.objects.filter(seat__application__person=person).exclude(pdf=None).order_by("pk"))
    for row in rows:
        yield f"certificates/{row.number}.pdf", bytes(row.pdf or b"")


def register() -> None:
    erases("programme.Seat")
    keeps(
        "programme.Certificate",
        gettext_lazy("A certificate that was issued, with your name"),
        gettext_lazy("Whoever you showed it to can verify it for ten years; then it is removed."),
    )
    keeps(
        "programme.Mark.presence",
        gettext_lazy("Who was there"),
        gettext_lazy("The funder may ask for attendance for five years; it stays without your name."),
    )
    originals.append(certificates)
    erasers.append(give_back)
    foretold.append(of_seat)
