"""The verbs of a unit: noting who was there, and moving it to another hour or place."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from i18nfield.strings import LazyI18nString

from applications.services import Conflict
from fulcrum.audit.services import record
from fulcrum.calls.models import Call
from fulcrum.calls.services import keep_version
from fulcrum.calls.units import Unit
from fulcrum.guard.querysets import everything
from fulcrum.mail.services import write
from programme.attendance.models import Mark
from programme.seat import Seat

Presences = dict[tuple[int, int], str]
UNIT_FIELDS = ("starts_at", "ends_at", "place", "link")


class NotAllowed(Exception):
    """The call is coordinated by somebody else."""


class NotBegun(Exception):
    """Nobody was there yet: the unit begins later."""


class OnlyLabs(Exception):
    """A half-day can't be made up for."""


def presence_of(call: Call, *, to: Any) -> Presences:
    """Who was where: by seat and unit, the last mark of each, of those that `to` may see. One query."""
    marks = Mark.objects.visible_to(to).filter(unit__call=call).order_by("pk")
    return {(seat, unit): presence for seat, unit, presence in marks.values_list("seat", "unit", "presence")}


def column_of(unit: Unit, *, to: Any) -> dict[int, str]:
    """The presence of each participant in one unit, by seat; empty where nothing is noted."""
    seats = Seat.objects.visible_to(to).accepted().filter(call=unit.call_id).order_by("pk").values_list("pk", flat=True)
    noted = dict(Mark.objects.visible_to(to).filter(unit=unit).order_by("pk").values_list("seat", "presence"))
    return {seat: noted.get(seat, "") for seat in seats}


def digest(column: Mapping[int, str]) -> str:
    """A short digest of a column: a page carries it to notice that somebody else noted something meanwhile."""
    return hashlib.sha256(json.dumps(sorted(column.items())).encode()).hexdigest()[:16]


@transaction.atomic
def record_marks(unit: Unit, *, marks: Mapping[int, str], seen: str, by: Any) -> int:
    """Note who was there: a mark for each participant whose presence changes; an empty one says nothing. By the coordinator.

    `seen` is the `digest` of the column as it was shown. Writes an audit entry. Returns how many marks were added.
    Raises NotAllowed, NotBegun, OnlyLabs for a half-day that would be made up for, and Conflict with the column as it stands
    when somebody else noted something since.
    """
    if not by.holds("coordinator", call=unit.call):
        raise NotAllowed
    unit = Unit.objects.select_for_update(of=("self",), no_key=True).select_related("call").get(pk=unit.pk)
    if not unit.has_begun(timezone.now()):
        raise NotBegun
    if unit.kind != Unit.Kind.LAB and Mark.Presence.MADE_UP in marks.values():
        raise OnlyLabs
    column = column_of(unit, to=by)
    changed = {seat: Mark.Presence(presence) for seat, presence in marks.items() if presence and column.get(seat) != presence}
    if not changed:
        return 0
    if seen != digest(column) or not changed.keys() <= column.keys():
        raise Conflict(column)
    now = timezone.now()
    Mark.objects.bulk_create(Mark(seat_id=seat, unit=unit, presence=presence, at=now, by=by) for seat, presence in sorted(changed.items()))
    record("attendance noted", by=by, call=unit.call, subject=unit, fields=[f"seat {seat}" for seat in changed])
    return len(changed)


@transaction.atomic
def change_unit(unit: Unit, *, starts_at: datetime, ends_at: datetime, place: dict[str, str], link: str, changes: int, by: Any) -> Unit:
    """Move a unit to another hour or place, or give it another link. By the coordinator.

    Counts the changes of the unit and the version of its call, writes the version, an audit entry, and until the unit is
    over a letter to each participant. Returns the unit as it stands then. Raises NotAllowed, Conflict with the unit when it
    is not at `changes` any more, and ValidationError when the end lies before the start or the hours of what has begun change.
    """
    if not by.holds("coordinator", call=unit.call):
        raise NotAllowed
    call = Call.objects.select_for_update(no_key=True).get(pk=unit.call_id)
    now = Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    now.call = call
    if now.changes != changes:
        raise Conflict(now)
    before = Unit.objects.get(pk=unit.pk)
    now.starts_at, now.ends_at, now.place, now.link = starts_at, ends_at, LazyI18nString(place), link
    changed = [field for field in UNIT_FIELDS if _plain(getattr(before, field)) != _plain(getattr(now, field))]
    if not changed:
        return now
    if before.has_begun(timezone.now()) and {"starts_at", "ends_at"} & set(changed):
        raise ValidationError({"starts_at": _("It has begun already; its hours can't change any more.")})
    if "starts_at" in changed and starts_at <= timezone.now():
        raise ValidationError({"starts_at": _("Choose a moment that lies ahead.")})
    now.changes += 1
    now.full_clean()
    now.save()
    call.version += 1
    call.save(update_fields=["version"])
    keep_version(call, by=by)
    record("unit changed", by=by, call=call, subject=now, fields=changed)
    if timezone.now() < max(before.ends_at, now.ends_at):
        _tell_participants(now, before)
    return now


def _plain(value: Any) -> Any:
    """A field as it compares: a text in seven languages without its empty ones."""
    return {code: text for code, text in value.data.items() if text} if isinstance(value, LazyI18nString) else value


def _tell_participants(unit: Unit, before: Unit) -> None:
    with everything("a letter to each participant"):
        seats = list(Seat.objects.accepted().filter(call=unit.call).with_person())
    for seat in seats:
        application = seat.application
        write(
            "unit_changed",
            key=f"unit changed {unit.pk} {unit.changes} {seat.pk}",
            address=application.person.email,
            language=application.language,
            person=application.person,
            call=unit.call,
            application=application,
            unit=unit,
            before=before,
        )
