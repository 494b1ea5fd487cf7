"""The verbs of those who read: note that it is read, score, declare a conflict, find it ineligible."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from applications.application import Application
from fulcrum.audit.services import record
from fulcrum.calls.models import Criterion
from fulcrum.guard.querysets import everything
from fulcrum.work.retention import retention
from selection.assessments.models import Assessment, Ineligibility, Recusal, Score
from selection.shortlists.models import Place, Shortlist
from selection.shortlists.services import ListClosed, has_conflict, lock_list

Said = tuple[int | None, str]  # a value, and the reason for it
COUNTED = (Criterion.Kind.SCORED, Criterion.Kind.BONUS)


class NotAllowed(Exception):
    """The user does not read this application for its network."""


class Unfinished(Exception):
    """Values or reasons are missing; `criteria` are their keys."""

    def __init__(self, criteria: list[str]) -> None:
        super().__init__(", ".join(criteria))
        self.criteria = criteria


class Conflict(Exception):
    """The scores were saved in another window since the page was opened; `now` is how they stand."""

    def __init__(self, now: dict[str, Said]) -> None:
        super().__init__("saved elsewhere")
        self.now = now


class OnTheList(Exception):
    """An application that is on the network's list is taken off first."""


def readable(application: Application, by: Any) -> Application:
    """The application as it stands. Raises NotAllowed for who does not read it, or has declared a conflict."""
    now = Application.objects.read_by(by).select_related("call", "network").filter(pk=application.pk).first()
    if now is None:
        raise NotAllowed
    return now


def _with_list(application: Application, by: Any) -> tuple[Application, Shortlist]:
    """The application as it stands, and its network's list, locked. Raises NotAllowed."""
    now = readable(application, by)
    own = lock_list(now.call, now.network)
    return readable(now, by), own  # read again: a conflict may have been declared while this one waited


def _own(application: Application, by: Any) -> Assessment:
    """The user's own assessment, locked, begun when there is none."""
    mine = Assessment.objects.visible_to(by)
    mine.get_or_create(application=application, assessor=by, defaults={"read_at": timezone.now()})
    return mine.select_for_update(of=("self",), no_key=True).get(application=application, assessor=by)


@transaction.atomic
def mark_read(application: Application, *, shown_at: datetime | None = None, by: Any) -> Assessment:
    """Note that the user has read the application as it was `shown_at`, else as it stands now. Raises NotAllowed."""
    now = readable(application, by)
    mine = _own(now, by)
    mine.read_at = min(shown_at or timezone.now(), timezone.now())
    mine.save(update_fields=["read_at"])
    return mine


def scores_of(assessment: Assessment | None, by: Any) -> dict[str, Said]:
    """The value and the reason for each criterion, by its key."""
    if assessment is None:
        return {}
    rows = Score.objects.visible_to(by).filter(assessment=assessment).select_related("criterion")
    return {row.criterion.key: (row.value, row.reason) for row in rows}


def fingerprint(scores: Mapping[str, Said]) -> str:
    """A short digest of values and reasons: a page carries it to notice that they were saved elsewhere."""
    said = sorted((key, value, reason) for key, (value, reason) in scores.items() if value is not None or reason)
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def _said(criterion: Criterion, said: Said, finished: bool) -> Said:
    """A value that the criterion has, or none; a finished bonus or priority that is left out is 0. The reason without its ends."""
    value = said[0] if said[0] in {entry.value for entry in criterion.values.all()} else None
    if finished and value is None and criterion.kind != Criterion.Kind.SCORED:
        value = 0
    return value, said[1].strip()


@transaction.atomic
def score(
    application: Application,
    *,
    scores: Mapping[str, Said],
    finished: bool,
    seen: str | None = None,
    shown_at: datetime | None = None,
    by: Any,
) -> Assessment:
    """Write the user's scores and reasons by the key of the criterion, and note that the application was read as it was `shown_at`.

    With `finished` they count from now on: every scored criterion has a value and a reason, a bonus counts 0 where it is
    left out, and a priority is no score (domain: selection criteria). Else they are kept and don't count. The total is the sum of
    scored and bonus. Adds an audit entry; the same again changes nothing. Raises NotAllowed, ListClosed once the list is put forward,
    Unfinished, and Conflict when the `fingerprint` of how they stand is not the one `seen`.
    """
    now, own = _with_list(application, by)
    if own.put_forward_at:
        raise ListClosed
    criteria = {criterion.key: criterion for criterion in now.call.criteria.prefetch_related("values")}
    said = {key: _said(criterion, scores.get(key, (None, "")), finished) for key, criterion in criteria.items()}
    mine = _own(now, by)
    stands = scores_of(mine, by)
    if seen is not None and seen != fingerprint(stands) and said != stands:
        raise Conflict(stands)
    needed = [key for key, criterion in criteria.items() if criterion.kind == Criterion.Kind.SCORED]
    if finished and (missing := [key for key in needed if said[key][0] is None or not said[key][1]]):
        raise Unfinished(missing)
    moment = timezone.now()
    read_at = min(shown_at or moment, moment)
    if said == stands and finished == (mine.done_at is not None) and mine.read_at >= min(read_at, now.changed_at):
        return mine
    Score.objects.visible_to(by).filter(assessment=mine).delete()
    Score.objects.bulk_create(
        Score(assessment=mine, criterion=criterion, value=said[key][0], reason=said[key][1]) for key, criterion in criteria.items()
    )
    mine.read_at = read_at
    mine.done_at = moment if finished else None
    mine.total = sum(said[key][0] or 0 for key, criterion in criteria.items() if criterion.kind in COUNTED) if finished else None
    mine.priority = sum(said[key][0] or 0 for key, criterion in criteria.items() if criterion.kind == Criterion.Kind.PRIORITY) if finished else None
    mine.save()
    record("application scored" if finished else "scores kept for later", by=by, call=now.call, subject=now)
    return mine


@transaction.atomic
def declare_conflict(application: Application, *, by: Any) -> None:
    """Hide the application from the user for good: file, scores and figures. Their own scores are removed.

    Adds an audit entry. Raises NotAllowed; twice is once.
    """
    try:
        now, _own_list = _with_list(application, by)
    except NotAllowed:
        if Recusal.objects.declared_by(by).filter(application=application).exists():
            return
        raise
    Assessment.objects.visible_to(by).filter(application=now, assessor=by).delete()
    with everything("verb: the right was asked"):
        Recusal.objects.create(application=now, person=by)
    record("conflict declared", by=by, call=now.call, subject=now)


@transaction.atomic
def lift_conflict(recusal: Recusal, *, by: Any) -> None:
    """Let somebody see the application again: by a lead of the network who sees it themselves. Adds an audit entry. Raises NotAllowed."""
    now = readable(recusal.application, by)
    if not by.holds("lead", call=now.call, network=now.network):
        raise NotAllowed
    if Recusal.objects.visible_to(by).filter(pk=recusal.pk).delete()[0]:
        record("conflict lifted", by=by, call=now.call, subject=now)


def _judged(application: Application, by: Any) -> Application:
    """The application, of which somebody says whether it counts: nobody with a conflict, whom that would tell of ranks."""
    now, own = _with_list(application, by)
    if has_conflict(by, now.call, now.network):
        raise NotAllowed
    if own.put_forward_at:
        raise ListClosed
    return now


@transaction.atomic
def find_ineligible(application: Application, *, reason: str, by: Any) -> None:
    """Note that the application can't be counted, and why; a reason given before is replaced.

    Adds an audit entry; the same again changes nothing. Raises NotAllowed, also for a conflict with another application of the
    network, ListClosed, and OnTheList while it has a rank.
    """
    now = _judged(application, by)
    if Place.objects.visible_to(by).filter(application=now).exists():
        raise OnTheList
    found = Ineligibility.objects.visible_to(by).filter(application=now).first() or Ineligibility(application=now)
    if found.pk and found.reason == reason:
        return
    found.reason, found.by = reason, by
    found.full_clean(exclude=["application", "by"])
    found.save()
    record("found ineligible", by=by, call=now.call, subject=now)


@transaction.atomic
def find_eligible(application: Application, *, by: Any) -> None:
    """Take back that the application can't be counted. Adds an audit entry. Raises NotAllowed and ListClosed."""
    now = _judged(application, by)
    if Ineligibility.objects.visible_to(by).filter(application=now).delete()[0]:
        record("found eligible again", by=by, call=now.call, subject=now)


@retention("scores and reasons of calls that ended two years ago")
def forget_assessments() -> int:
    """Remove assessments, conflicts and reasons two years after the end of their call. Returns how many rows."""
    long_ago = timezone.now() - timedelta(days=730)
    with everything("retention"):
        rows = [model.objects.filter(application__call__ends_at__lt=long_ago) for model in (Assessment, Recusal, Ineligibility)]
        return sum(found.delete()[0] for found in rows)
