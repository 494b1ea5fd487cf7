"""A recording that arrived in pieces becomes an answer. Its target is "<reference>/<question key>/<channel>"."""

import re
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.answers.models import Answer, Channel
from applications.application import Application
from applications.recordings.services import record_stored
from applications.services import Incomplete, NotAllowed, NotInTime
from fulcrum.calls.models import Question
from fulcrum.files.models import StoredFile
from fulcrum.files.uploads.models import Upload
from fulcrum.files.uploads.targets import Refusal, Target

_TARGET = re.compile(r"([A-Z0-9]{7})/([-\w]{1,50})/(audio|video)")


def may_begin(user: Any, target: str) -> StoredFile | None:
    """The recording that would be replaced, if any. Raises Refusal when the application is not this person's, or its deadline has passed."""
    application, question = _found(user, target)
    if not application.is_open:
        raise _too_late()
    given = Answer.objects.of(application).filter(question=question).first()
    return given.file if given else None


def finish(upload: Upload, stored: StoredFile) -> None:
    """Record the answer with what has arrived. What began before the deadline counts when it ends after it, within UPLOAD_GRACE_SECONDS.

    Raises Refusal.
    """
    application, question = _found(upload.owner, upload.target)
    if timezone.now() >= application.deadline + timedelta(seconds=settings.UPLOAD_GRACE_SECONDS):
        raise _too_late()
    channel = Channel(upload.target.rpartition("/")[2])
    try:
        record_stored(
            application, question=question, channel=channel, stored=stored, began=upload.created_at, language=upload.language, by=upload.owner
        )
    except NotAllowed as error:
        raise Refusal(404) from error
    except NotInTime as error:
        raise _too_late() from error
    except Incomplete as error:
        raise Refusal(422, _("This answer is needed. Replace the recording, or write an answer first.")) from error


def page(upload: Upload) -> str:
    """The page of the question, which shows the recording."""
    reference, key, channel = upload.target.split("/")
    return f"{reverse('application_answer', args=[reference, key])}?channel={channel}"


def _found(user: Any, target: str) -> tuple[Application, Question]:
    reference, key, _channel = target.split("/")
    application = Application.objects.typed_by(user).with_page().filter(reference=reference).first()
    question = application and application.call.questions.filter(key=key).first()
    if not application or not question:
        raise Refusal(404, _("This application is not yours, or the question is not part of it. Open the question again."))
    return application, question


def _too_late() -> Refusal:
    return Refusal(403, _("The deadline has passed, so the recording was not taken. What you sent before it counts."))


answers = Target(takes=_TARGET.fullmatch, may_begin=may_begin, kind=lambda target: target.rpartition("/")[2], finish=finish, page=page)
