"""Which questions of a call somebody is asked: those whose condition holds, by what their application says."""

from collections.abc import Iterable

from applications.answers.models import Answer
from applications.application import Application
from fulcrum.calls.conditions import Facts, holds
from fulcrum.calls.models import Question
from fulcrum.guard.querysets import everything


def facts_of(application: Application, given: Iterable[Answer]) -> Facts:
    """What the conditions of a call ask for, as an application says it now."""
    answered = frozenset(answer.question.key for answer in given if answer.is_given)
    return Facts(application.network.slug, application.size, application.eligibility, answered)


def asked_of(application: Application, given: Iterable[Answer]) -> list[Question]:
    """The questions that the application is asked, in their order; `given` are its answers."""
    facts = facts_of(application, given)
    return [question for question in application.call.questions.all() if holds(question.condition, facts)]


def ask_anew(application: Application) -> None:
    """Note on each answer whether its question is still asked, after something of the application changed.

    An answer whose question is asked no more stays with its candidate and is shown to nobody else; it counts again as soon as
    the condition holds again. The caller holds the lock of the application.
    """
    if not application.call.questions.filter(condition__isnull=False).exists():
        return
    given = list(Answer.objects.of(application))
    facts = facts_of(application, given)
    for answer in given:
        asked = holds(answer.question.condition, facts)
        if asked != answer.asked:
            Answer.objects.of(application).filter(pk=answer.pk).update(asked=asked)


def misnoted_answers() -> list[str]:
    """Invariant: each answer to a question with a condition knows whether the question is asked."""
    found = []
    with everything("invariant"):
        rows = Application.objects.filter(call__questions__condition__isnull=False).select_related("call", "network").distinct()
        for application in rows.order_by("pk").iterator(chunk_size=200):
            given = list(Answer.objects.of(application))
            facts = facts_of(application, given)
            found += [f"answers: {one.pk} does not know whether it is asked." for one in given if one.asked != holds(one.question.condition, facts)]
    return found
