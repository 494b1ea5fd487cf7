"""Telling everybody: the last look, and the release."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone

from applications.application import Application
from applications.needs.services import erase_what_is_over
from fulcrum.audit.services import record
from fulcrum.calls.models import Call
from fulcrum.guard.querysets import everything
from fulcrum.mail.models import Message
from fulcrum.mail.services import compose, write
from selection.assessments.models import Ineligibility
from selection.outcomes.models import Outcome
from selection.shortlists.services import NotAllowed
from selection.slate import Slate

told_of_release: list[Callable[[Slate], None]] = []  # later rooms that act on the outcomes, in the deciding transaction
offered_since: list[Callable[[Outcome], bool]] = []  # later rooms that know whether a reserve was offered a seat since


class NotFinal(Exception):
    """Nobody is told before the selection is final."""


class WrongDate(Exception):
    """The date to answer by lies in the past, or after the first unit begins."""


@dataclass(frozen=True)
class Count:
    """How many letters of one kind go out in one language."""

    kind: str
    language: str
    number: int


def last_look(call: Call) -> list[Count]:
    """How many letters of which kind in which language the release would write. The caller has asked for the right."""
    with everything("a count for the coordinator"):
        rows = Outcome.objects.filter(call=call).values_list("kind", "application__language").annotate(number=models.Count("pk"))
        counted = {(kind, language): number for kind, language, number in rows}
    kinds, languages = list(Outcome.Kind), [code for code, _name in settings.LANGUAGES]
    return [Count(kind, language, counted[kind, language]) for kind in kinds for language in languages if (kind, language) in counted]


def sample(slate: Slate, *, kind: str, language: str, answer_by: datetime, by: Any) -> tuple[str, str]:
    """Subject and body of the letter as somebody would get it, with the first application of that kind and language that `by` sees."""
    rows = Outcome.objects.visible_to(by).filter(call=slate.call, kind=kind, application__language=language)
    outcome = rows.select_related("application__network", "application__person", "network").first()
    if outcome is None:
        return "", ""
    return compose(f"outcome_{kind}", language=language, **_words(outcome, slate.call, answer_by))


def _words(outcome: Outcome, call: Call, answer_by: datetime) -> dict[str, Any]:
    application = outcome.application
    ineligible = is_ineligible(outcome)
    words = {"outcome": outcome, "application": application, "person": application.person, "ineligible": ineligible}
    return words | {"call": call, "answer_by": answer_by}


def is_ineligible(outcome: Outcome) -> bool:
    """Whether the person was not selected because their application could not be counted: so much the answer says."""
    if outcome.kind != Outcome.Kind.NOT_SELECTED:
        return False
    with everything("told to the person themselves"):
        return Ineligibility.objects.filter(application=outcome.application_id).exists()


def is_released(call: Call) -> bool:
    """Whether everybody was told what became of their application."""
    with everything("whether, not what"):
        return Slate.objects.filter(call=call, released_at__isnull=False).exists()


def latest_answer(call: Call) -> datetime | None:
    """The moment by which seats must be answered at the latest: before the first unit begins; None when the call has no units."""
    first = call.units.order_by("starts_at").first()
    return first.starts_at if first else None


def usual_answer_by(call: Call) -> datetime:
    """A week from today, at the end of the day in the call's zone; before the first unit begins."""
    day = timezone.now().astimezone(call.zone) + timedelta(days=7)
    usual = day.replace(hour=23, minute=59, second=0, microsecond=0)
    latest = latest_answer(call)
    return min(usual, latest) if latest and latest > timezone.now() else usual


@transaction.atomic
def release(slate: Slate, *, answer_by: datetime, by: Any) -> Slate:
    """Tell everybody: a letter for each outcome goes to the outbox, and the pages of the candidates show it; once.

    `answer_by` is the moment until which those selected accept or decline. Writes the letters, an audit entry, and what later
    rooms do. Returns the slate. Raises NotAllowed, NotFinal and WrongDate.
    """
    if not by.holds("coordinator", call=slate.call):
        raise NotAllowed
    with everything("verb: the right was asked"):
        now = Slate.objects.select_for_update(of=("self",), no_key=True).select_related("call").get(pk=slate.pk)
    if now.is_released:
        return now
    if not now.is_final:
        raise NotFinal
    latest = latest_answer(now.call)
    if answer_by <= timezone.now() or (latest and answer_by > latest):
        raise WrongDate
    now.released_at, now.released_by, now.answer_by = timezone.now(), by, answer_by
    with everything("verb: the slate is locked"):
        now.save(update_fields=["released_at", "released_by", "answer_by"])
        outcomes = list(Outcome.objects.filter(call=now.call).select_related("application__network", "application__person", "network").order_by("pk"))
    for outcome in outcomes:
        application = outcome.application
        write(
            f"outcome_{outcome.kind}",
            key=f"outcome {outcome.pk}",
            address=application.person.email,
            language=application.language,
            **_words(outcome, now.call, answer_by),
        )
    for act in told_of_release:
        act(now)
    record("outcomes released", by=by, call=now.call, subject=now)
    return now


def told_at(application: Application) -> str:
    """The address of the page with the answer to an application; empty until its candidate is told."""
    told = Outcome.objects.told_to(application.person).filter(application=application).exists()
    return reverse("outcome", args=[application.reference]) if told else ""


def forget_needs(slate: Slate) -> None:
    """Erase the needs of everybody who is told that they are not selected. Audit entry when there was something."""
    if erase_what_is_over(slate.call):
        record("needs erased", by=slate.released_by, call=slate.call, subject=slate)


def untold_outcomes() -> list[str]:
    """Invariant: after the release each outcome has its letter, until letters are forgotten."""
    with everything("invariant"):
        told = Outcome.objects.filter(call__slate__released_at__isnull=False, call__ends_at__gt=timezone.now()).values_list("pk", flat=True)
        keys = set(Message.objects.filter(kind__startswith="outcome_").values_list("key", flat=True))
        return [f"outcomes: {pk} was released without a letter." for pk in told if f"outcome {pk}" not in keys]
