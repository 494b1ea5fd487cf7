from typing import Any

from django.db import transaction

from applications.answers.models import Answer, Channel
from applications.application import Application
from applications.services import Conflict, lock, revision
from fulcrum.audit.services import record
from fulcrum.calls.models import Question

TEXT_FIELDS = ("text",)


@transaction.atomic
def write_answer(application: Application, *, question: Question, text: str, seen: str | None, language: str, by: Any) -> Answer:
    """Answer a question in writing; a recording given before is kept beside it and does not count.

    Returns the answer. Raises NotAllowed, NotInTime, and Conflict when it was written elsewhere since `seen`.
    """
    now = lock(application, by=by)
    answer = Answer.objects.of(now).filter(question=question).first() or Answer(application=now, question=question, language=language)
    written = answer if answer.pk else None
    if answer.text == text and answer.channel == Channel.TEXT and written:
        return answer
    if seen is not None and written and answer.text != text and seen != revision(written, TEXT_FIELDS):
        raise Conflict(answer)
    answer.text, answer.channel, answer.language = text, Channel.TEXT, language
    answer.save()
    if now.is_sent:
        record("application changed", by=by, call=now.call, subject=now, fields=[f"answer {question.key}"])
    return answer
