"""When a question is asked: one level of plain conditions, which its call file states and everybody can read.

A condition has one key: `{"answered": "motivation"}`, an earlier question that is asked of everybody; `{"network": ["alcc"]}`;
`{"size": ["small"]}`; or `{"eligibility": {"house_agrees": false}}`. No condition: the question is asked of everybody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from fulcrum.calls.rules import Size

CHANNELS = ("text", "audio", "video")


@dataclass(frozen=True)
class Facts:
    """What of an application a condition may ask for."""

    network: str
    size: str
    eligibility: Mapping[str, bool] = field(default_factory=dict)
    answered: frozenset[str] = frozenset()  # keys of the questions that were answered


def holds(condition: Mapping[str, Any] | None, facts: Facts) -> bool:
    """Whether a question with this condition is asked."""
    if not condition:
        return True
    ((kind, wanted),) = condition.items()
    if kind == "answered":
        return wanted in facts.answered
    if kind == "eligibility":
        return all(facts.eligibility.get(key) is value for key, value in wanted.items())
    return getattr(facts, kind) in wanted


def check_questions(call: Any) -> None:
    """Raise ValidationError, in a sentence, for the first question of a call whose channels or condition make no sense."""
    known = {
        "network": set(call.networks.values_list("slug", flat=True)),
        "size": set(Size.values),
        "eligibility": set(call.eligibility.values_list("key", flat=True)),
    }
    earlier: dict[str, bool] = {}  # keys of the questions before, with whether each is asked of everybody
    for question in call.questions.all():
        _check_channels(question)
        if question.condition is not None:
            _check_condition(question, known, earlier)
        earlier[question.key] = question.condition is None


def _check_channels(question: Any) -> None:
    channels = question.channels
    if not isinstance(channels, list) or not channels or len(set(map(str, channels))) < len(channels) or not set(map(str, channels)) <= set(CHANNELS):
        raise ValidationError(_("Question «%(key)s»: choose at least one of the ways to answer, each once.") % {"key": question.key})


def _check_condition(question: Any, known: Mapping[str, set[str]], earlier: Mapping[str, bool]) -> None:
    def refuse(why: str) -> None:
        raise ValidationError(_("Question «%(key)s»: %(why)s") % {"key": question.key, "why": why})

    condition = question.condition
    if not isinstance(condition, dict) or len(condition) != 1 or not set(condition) <= {"answered", *known}:
        refuse(_("its condition names exactly one of answered, network, size or eligibility."))
    ((kind, wanted),) = condition.items()
    if kind == "answered":
        if wanted not in earlier:
            refuse(_("its condition asks for a question that does not come before it."))
        if not earlier[wanted]:
            refuse(_("its condition asks for a question that has a condition itself; one level is all there is."))
    elif kind == "eligibility":
        if (
            not isinstance(wanted, dict)
            or len(wanted) != 1
            or not set(wanted) <= known[kind]
            or not all(value in (True, False) for value in wanted.values())
        ):
            refuse(_("its condition gives one condition of applying of this call the value true or false."))
    elif not isinstance(wanted, list) or not wanted or not set(map(str, wanted)) <= known[kind]:
        refuse(_("its condition lists what the call does not have."))


def in_words(condition: Mapping[str, Any] | None, *, questions: Iterable[Any], networks: Iterable[Any], eligibility: Iterable[Any]) -> str:
    """The condition as a sentence for a reader; empty when the question is asked of everybody."""
    if not condition:
        return ""
    ((kind, wanted),) = condition.items()
    if kind == "answered":
        title = next((str(question.title) for question in questions if question.key == wanted), wanted)
        return _("Asked only if you answer the question “%(question)s”.") % {"question": title}
    if kind == "network":
        names = ", ".join(network.name for network in networks if network.slug in wanted)
        return _("Asked only if you apply through: %(networks)s.") % {"networks": names}
    if kind == "size":
        return _("Asked only if the size of your house is: %(sizes)s.") % {"sizes": ", ".join(str(Size(size).label) for size in wanted)}
    ((key, value),) = wanted.items()
    title = next((str(entry.title) for entry in eligibility if entry.key == key), key)
    words = _("Asked only if you say yes to “%(question)s”") if value else _("Asked only if you say no to “%(question)s”")
    return words % {"question": title}
