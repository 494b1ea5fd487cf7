from typing import Any

from django.db import transaction

from applications.answers.models import Answer, Channel
from applications.application import Application
from applications.services import Conflict, NotAllowed, changing, lock, revision
from fulcrum.calls.models import Question

TEXT_FIELDS = ("text", "language", "other_language")


@transaction.atomic
def write_answer(
    application: Application,
    *,
    question: Question,
    text: str,
    seen: str | None,
    language: str,
    other_language: str = "",
    by: Any,
    counts: bool = True,
) -> Answer:
    """Answer a question in writing; a recording given before is kept beside it and does not count.

    With `counts` off the text is only kept: where a recording is the answer it goes on being it.

    Returns the answer. Raises NotAllowed, NotInTime, Conflict when it was written elsewhere since `seen`, and Incomplete when
    a sent application would lack it.
    """
    now = lock(application, by=by, typing=True)
    if Channel.TEXT not in question.channels:
        raise NotAllowed
    answer = Answer.objects.of(now).filter(question=question).first() or Answer(application=now, question=question, language=language)
    written = answer if answer.pk else None
    spoken = (language, other_language)
    if answer.text == text and written and spoken == (answer.language, answer.other_language) and (answer.channel == Channel.TEXT or not counts):
        return answer
    if seen is not None and written and answer.text != text and seen != revision(written, TEXT_FIELDS):
        raise Conflict(answer)
    with changing(now, fields=[f"answer {question.key}"], by=by):
        answer.text, answer.language, answer.other_language = text, language, other_language
        if counts or answer.file is None:
            answer.channel = Channel.TEXT
        answer.save()
    return answer


@transaction.atomic
def say_language(application: Application, *, question: Question, channel: Channel, language: str, other_language: str = "", by: Any) -> Answer:
    """Say in which language an answer is given, before or after it is recorded. Returns the answer.

    Raises NotAllowed and NotInTime.
    """
    now = lock(application, by=by, typing=True)
    if channel not in question.channels:
        raise NotAllowed
    answer = Answer.objects.of(now).filter(question=question).first() or Answer(application=now, question=question, channel=channel)
    if (answer.language, answer.other_language) == (language, other_language):
        return answer
    with changing(now, fields=[f"answer {question.key}"], by=by):
        answer.language, answer.other_language = language, other_language
        answer.save()
    return answer
