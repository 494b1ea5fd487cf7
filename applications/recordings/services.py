from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import transaction

from applications.answers.models import Answer, Channel
from applications.application import Application
from applications.services import NotAllowed, changing, lock
from fulcrum.calls.models import Question
from fulcrum.files.models import StoredFile
from fulcrum.files.services import admit, discard, receive
from fulcrum.guard.querysets import everything


def record_answer(
    application: Application, *, question: Question, channel: Channel, upload: TemporaryUploadedFile, began: datetime, language: str, by: Any
) -> Answer:
    """Answer a question with a recording. A recording given before is replaced; a text stays and does not count.

    What began to arrive before the deadline counts when it ends after it (`began`, by the server's clock). The bytes are on
    disk before the transaction begins, so that nobody waits for them, and are removed again when it fails.
    Returns the answer. Raises NotAllowed, NotInTime, Incomplete, and Refused when the file is not taken.
    """
    if channel not in question.channels:
        raise NotAllowed
    given = Answer.objects.of(application).filter(question=question).first()
    stored = receive(upload, kind=channel, owner=application.person, replaces=given.file if given else None)
    try:
        with transaction.atomic():
            return record_stored(application, question=question, channel=channel, stored=stored, began=began, language=language, by=by)
    except BaseException:
        stored.path.unlink(missing_ok=True)
        raise


def record_stored(
    application: Application, *, question: Question, channel: Channel, stored: StoredFile, began: datetime, language: str, by: Any
) -> Answer:
    """The same for a recording that lies on disk already, its row unsaved; in the transaction of the caller, who removes the bytes when it fails."""
    if channel not in question.channels:
        raise NotAllowed
    now = lock(application, by=by, at=began, typing=True)
    answer = Answer.objects.of(now).filter(question=question).first() or Answer(application=now, question=question)
    with changing(now, fields=[f"answer {question.key}"], by=by):
        stored.owner = now.person  # whoever typed for them
        admit(stored)
        before, answer.file = answer.file, stored
        answer.channel, answer.language = channel, answer.language or language  # what the candidate said of it stays
        answer.save()
        if before:
            discard(before)
    return answer


@transaction.atomic
def remove_recording(application: Application, *, question: Question, by: Any) -> None:
    """Take a recording away; the answer is then the text that was written, if any.

    Raises NotAllowed, NotInTime, and Incomplete when a sent application would be left without an answer that it needs.
    """
    now = lock(application, by=by, typing=True)
    answer = Answer.objects.of(now).filter(question=question).first()
    if answer is None or answer.file is None:
        return
    with changing(now, fields=[f"answer {question.key}"], by=by):
        before, answer.file, answer.channel = answer.file, None, Channel.TEXT
        answer.save()
        discard(before)


def stray_recordings() -> list[str]:
    """Invariant: every stored recording belongs to an answer, or is somebody's yes."""
    with everything("invariant"):
        return [
            f"recordings: file {pk} belongs to no answer and no confirmation."
            for pk in StoredFile.objects.filter(answer=None, assent=None).values_list("pk", flat=True)
        ]
