"""Reminders to open drafts before the deadline that holds for each: written by a sweep, each once."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import override

from applications.application import Application, State
from applications.deadlines.models import PersonalExtension
from applications.progress import missing
from fulcrum.calls.models import Call
from fulcrum.guard.querysets import everything
from fulcrum.mail.models import Message
from fulcrum.mail.services import write
from fulcrum.work.services import sweeps

log = logging.getLogger(__name__)
BEFORE = {"7 days": timedelta(days=7), "2 days": timedelta(days=2), "12 hours": timedelta(hours=12)}  # each later than the one before it
YOUNG = timedelta(hours=1)  # whoever has just begun is not reminded
AT_ONCE = 200  # letters that one sweep writes for one deadline; the next takes up the rest


def step_at(deadline: datetime, moment: datetime) -> str:
    """The last reminder before a deadline whose time has come; empty before the first and after the deadline."""
    passed = [step for step, before in BEFORE.items() if deadline - before <= moment < deadline]
    return passed[-1] if passed else ""


def key_of(deadline: datetime, step: str) -> str:
    """The end of a reminder's key: a deadline that moves has reminders of its own."""
    return f" {step} {deadline.timestamp():.0f}"


@sweeps
def remind_due() -> int:
    """Write the reminder of every open draft for which one is due and not written. Returns how many were written.

    Each letter has a short transaction of its own. A step whose moment lay before the draft was begun, or before its deadline was
    set, is left out: a letter has just said so.
    """
    written = 0
    for call, deadline in _deadlines():
        if step := step_at(deadline, timezone.now()):
            for pk in _due(call, deadline, step):
                try:
                    written += _remind(pk, deadline, step)
                except Exception:
                    log.exception("reminder of application %s", pk)
    return written


def _deadlines() -> list[tuple[Call, datetime]]:
    """Each deadline that is still to come: those of the open calls, and those of single persons."""
    now = timezone.now()
    calls = {call.pk: call for call in Call.objects.filter(opens_at__lte=now, ends_at__gt=now)}
    with everything("when, not who"):
        own = PersonalExtension.objects.filter(call__in=calls, until__gt=now).newest().values_list("call", "until")
        found = {(pk, until) for pk, until in own if until > calls[pk].deadline}
    found |= {(call.pk, call.deadline) for call in calls.values() if call.deadline > now}
    return [(calls[pk], deadline) for pk, deadline in sorted(found)]


def _due(call: Call, deadline: datetime, step: str) -> list[int]:
    """The drafts with this deadline that wait for this reminder."""
    moment = deadline - BEFORE[step]
    key = Concat(Value("reminder "), Cast(OuterRef("pk"), CharField()), Value(key_of(deadline, step)))
    with everything("a reminder to each draft"):
        rows: Any = Application.objects.with_deadline().filter(call=call, state=State.DRAFT, person__is_active=True)
        if deadline != call.deadline:
            rows = rows.annotate(told_at=PersonalExtension.objects.beside().values("at")[:1]).filter(own_until=deadline, told_at__lt=moment)
        elif call.extended and call.extended.later == deadline and call.extended.at >= moment:
            return []
        else:
            rows = rows.filter(Q(own_until=None) | Q(own_until__lte=deadline))
        rows = rows.filter(started_at__lte=min(moment, timezone.now() - YOUNG)).exclude(Exists(Message.objects.filter(key=key)))
        return list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])


@transaction.atomic
def _remind(pk: int, deadline: datetime, step: str) -> int:
    """Write one reminder, unless the draft was sent or its deadline moved meanwhile. Returns how many were written: one or none."""
    with everything("a reminder to its candidate"):
        rows = Application.objects.select_for_update(of=("self",), no_key=True).select_related("call", "network", "person").with_deadline()
        draft: Any = rows.filter(pk=pk, state=State.DRAFT).first()
        if draft is None or draft.deadline != deadline:
            return 0
        with override(draft.language):
            tasks = [task.name for task in missing(draft)]
        letter = write(
            "reminder",
            key=f"reminder {pk}{key_of(deadline, step)}",
            address=draft.person.email,
            language=draft.language,
            person=draft.person,
            call=draft.call,
            application=draft,
            missing=tasks,
        )
    return int(letter is not None)
