"""The participants of a call with all that the programme knows of them, in few queries."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from fulcrum.calls.models import Call
from fulcrum.calls.units import Unit
from programme.attendance.models import Mark
from programme.attendance.services import presence_of
from programme.certificates.models import Certificate
from programme.ledger.ledger import Ledger, ledger, rule_in_force
from programme.seat import Seat


@dataclass(frozen=True)
class Step:
    """One unit on somebody's path."""

    unit: Unit
    presence: str
    is_next: bool
    is_over: bool

    @property
    def state(self) -> str:
        """done, missed, over, next or coming."""
        if self.presence:
            return "missed" if self.presence == Mark.Presence.ABSENT else "done"
        return "next" if self.is_next else "over" if self.is_over else "coming"

    @property
    def label(self) -> str:
        if self.presence:
            return {"present": _("Attended"), "absent": _("Missed"), "made_up": _("Made up for")}[self.presence]
        return {"next": pgettext("unit", "Next"), "over": _("Not noted yet"), "coming": _("To come")}[self.state]


@dataclass(frozen=True)
class Participant:
    """An accepted seat with its units, its ledger, and its certificate without the bytes."""

    seat: Seat
    path: tuple[Step, ...]
    ledger: Ledger
    certificate: Certificate | None

    @property
    def is_ready(self) -> bool:
        """Whether a certificate can be issued: completed, the name checked, and none issued yet."""
        return self.ledger.is_complete and self.seat.name_checked_at is not None and self.certificate is None

    @property
    def next_step(self) -> Step | None:
        return next((step for step in self.path if step.is_next), None)


def participants(call: Call, user: Any, *, only: Seat | None = None) -> list[Participant]:
    """Everybody on an accepted seat of the call whom the user may see, by network and number, or the one on `only`.

    Seats, units, marks, the rule and certificates: the same number of queries for one and for all.
    """
    seats = [only] if only else list(Seat.objects.visible_to(user).accepted().filter(call=call).with_person().order_by("network__name", "number"))
    units = list(call.units.all())
    presences = presence_of(call, to=user)
    _version, rule = rule_in_force(call)
    now = timezone.now()
    following = next((unit for unit in units if now < unit.ends_at), None)
    issued = Certificate.objects.visible_to(user).filter(seat__call=call).defer("pdf", "content")
    certificates = {certificate.seat_id: certificate for certificate in issued}
    found = []
    for seat in seats:
        own = {unit.pk: presences[seat.pk, unit.pk] for unit in units if (seat.pk, unit.pk) in presences}
        path = tuple(Step(unit, own.get(unit.pk, ""), unit == following, unit.has_begun(now)) for unit in units)
        found.append(Participant(seat, path, ledger(units, own, rule, now), certificates.get(seat.pk)))
    return found
