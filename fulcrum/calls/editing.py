"""Verbs of the form: the coordinator words, limits and orders its questions until the call opens; afterwards only hints."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from i18nfield.strings import LazyI18nString

from fulcrum.audit.services import record
from fulcrum.calls.conditions import check_questions
from fulcrum.calls.models import Call, Question
from fulcrum.calls.services import claim_next_version, keep_version

TEXTS = ("title", "short", "hint", "purpose", "readers")
LIMITS = ("required", "max_words", "max_minutes", "channels")


def wording_only(call: Call) -> bool:
    """Whether people may have begun to answer: then nothing of a question changes but its hint."""
    return timezone.now() >= call.opens_at


@transaction.atomic
def edit_question(call: Call, *, key: str, texts: dict[str, dict[str, str]], limits: dict[str, Any], version: int, by: Any) -> Call:
    """Give a question other texts and limits. Writes a version of the call and an audit entry when something changes.

    Returns the call as it stands then. Raises Outdated, and ValidationError when the call is open and more than the hint changes.
    """
    now = claim_next_version(call, version)
    question = Question.objects.get(call=now, key=key)
    changed = [name for name, body in texts.items() if {code: text for code, text in getattr(question, name).data.items() if text} != body]
    changed += [name for name, value in limits.items() if getattr(question, name) != value]
    if not changed:
        return call
    if wording_only(now) and set(changed) != {"hint"}:
        raise ValidationError(_("The call is open: only the hint of a question can be reworded now."))
    for name in changed:
        setattr(question, name, LazyI18nString(texts[name]) if name in texts else limits[name])
    question.save()
    check_questions(now)
    return _kept(now, "question changed", question, changed, by)


@transaction.atomic
def move_question(call: Call, *, key: str, up: bool, version: int, by: Any) -> Call:
    """Let a question and its neighbour change places. Writes a version of the call and an audit entry.

    Returns the call as it stands then. Raises Outdated, and ValidationError when the call is open, or a condition would ask
    for a question that comes later.
    """
    now = claim_next_version(call, version)
    if wording_only(now):
        raise ValidationError(_("The call is open: only the hint of a question can be reworded now."))
    questions = list(now.questions.all())
    at = next(number for number, question in enumerate(questions) if question.key == key)
    other = at - 1 if up else at + 1
    if not 0 <= other < len(questions):
        return call
    one, two = questions[at], questions[other]
    one.position, two.position = two.position, one.position
    one.save(update_fields=["position"])
    two.save(update_fields=["position"])
    check_questions(now)
    return _kept(now, "question moved", one, ["position"], by)


def _kept(call: Call, act: str, question: Question, changed: list[str], by: Any) -> Call:
    call.save()
    keep_version(call, by=by)
    record(act, by=by, call=call, subject=question, fields=[f"{question.key} {name}" for name in changed])
    return call
