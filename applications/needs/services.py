"""The verbs of the person: say what one needs, ask for support, take either back, agree that a sentence is passed on."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from applications.application import Application
from applications.needs.models import Money, Needs, Said, Summary, over_q
from applications.services import Conflict, NotAllowed, NotInTime, revision
from fulcrum.audit.services import record
from fulcrum.calls.models import Call
from fulcrum.guard.querysets import everything


def may_say(application: Application) -> bool:
    """Whether the person can still say what they need: while they can apply, and once sent for as long as somebody has to know."""
    if not application.is_sent:
        return application.is_open
    with everything("whether the person's own needs are still needed"):
        return not Application.objects.filter(over_q(), pk=application.pk).exists()


def say_needs(
    application: Application, *, access: str = "", care: str = "", language: str = "", other: str = "", seen: str | None = None, by: Any
) -> Needs:
    """Keep what somebody needs, under the consent given with it. Writes an audit entry.

    `seen` is the `revision` of what the page showed. Raises NotAllowed, NotInTime, and Conflict when it was said anew elsewhere.
    """
    said = {"access": access, "care": care, "language": language, "other": other}
    return _say(Needs, "needs said", application, said, seen, by)


def say_money(application: Application, *, support: str, amount: str = "", purpose: str = "", seen: str | None = None, by: Any) -> Money:
    """Keep which support with money somebody asks for, roughly how much and for what, as `say_needs` does."""
    return _say(Money, "money said", application, {"support": support, "amount": amount, "purpose": purpose}, seen, by)


@transaction.atomic
def _say(model: Any, act: str, application: Application, said: dict[str, str], seen: str | None, by: Any) -> Any:
    now = _own(application, by)
    if not may_say(now):
        raise NotInTime
    row = model.objects.of(now).first()
    if seen is not None and seen != revision(row, model.texts):
        raise Conflict(row)
    row = row or model(application=now)
    if row.consent_version == now.call.version and all(getattr(row, name) == said[name] for name in model.texts):
        return row
    for name in model.texts:
        setattr(row, name, said[name])
    row.consented_at, row.consent_version, row.read_at = timezone.now(), now.call.version, None
    row.save()
    record(act, by=by, call=now.call, subject=now)
    return row


def withdraw_consent(application: Application, *, by: Any) -> None:
    """Erase the needs at once, and the sentence made of them; this has no deadline. Audit entry when there was something. Raises NotAllowed."""
    _erase(application, [Needs], by)


def withdraw_money(application: Application, *, by: Any) -> None:
    """Erase what was said about money, as `withdraw_consent` does."""
    _erase(application, [Money], by)


def erase_all(application: Application) -> list[str]:
    """Erase everything of somebody's needs: the application is withdrawn, or its seat given back. Returns what went, for the entry of that act."""
    return _erase_rows(application, [Needs, Money])


@transaction.atomic
def agree_to_summary(application: Application, *, text: str, by: Any) -> None:
    """Let the coordinator read the sentence of the access officer, as the person read it: `text`. Writes an audit entry.

    Raises NotAllowed, and Conflict when the sentence is another one by now.
    """
    now = _own(application, by)
    summary = Summary.objects.of(now).first()
    if summary is None or summary.text != text:
        raise Conflict(summary)
    if not summary.agreed_at:
        summary.agreed_at, summary.consent_version = timezone.now(), now.call.version
        summary.save()
        record("summary agreed", by=by, call=now.call, subject=now)


@transaction.atomic
def refuse_summary(application: Application, *, by: Any) -> None:
    """Erase the sentence that would be, or was, passed on. Writes an audit entry when there was one. Raises NotAllowed."""
    now = _own(application, by)
    if Summary.objects.of(now).delete()[0]:
        record("summary erased", by=by, call=now.call, subject=now)


def erase_what_is_over(call: Call | None = None) -> int:
    """Erase the needs, of one call or of all, that nobody needs any more. Returns how many rows went."""
    with everything("retention"):
        rows = [model.objects.filter(over_q("application")) for model in (Needs, Money, Summary)]
        return sum((found.filter(application__call=call) if call else found).delete()[0] for found in rows)


def _own(application: Application, by: Any) -> Application:
    """The person's own application as it stands, locked until the transaction ends. Raises NotAllowed."""
    mine = Application.objects.of_person(by).select_for_update(of=("self",), no_key=True).select_related("call").with_deadline()
    now: Application | None = mine.filter(pk=application.pk).first()
    if now is None:
        raise NotAllowed
    return now


@transaction.atomic
def _erase(application: Application, models: list[type[Said]], by: Any) -> None:
    now = _own(application, by)
    if gone := _erase_rows(now, models):
        record("needs erased", by=by, call=now.call, subject=now, fields=gone)


def _erase_rows(application: Application, models: list[type[Said]]) -> list[str]:
    gone = [model._meta.model_name or "" for model in models if model.objects.of(application).delete()[0]]
    if Summary.objects.of(application).delete()[0]:  # nobody can tell of which of the two it was made
        gone.append("summary")
    return gone
