"""What a helper typed: noted line by line, and confirmed by its person before it is sent."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from applications.answers.models import Answer
from applications.application import Application
from applications.assistance.models import Assent, Typed
from applications.services import Conflict, NotAllowed, lock
from fulcrum.audit.services import record
from fulcrum.files.services import admit, receive
from fulcrum.mail.services import write

SALT = "confirm what was typed"


class NothingTyped(Exception):
    """Nothing waits for a confirmation."""


def attribute(application: Application, *, fields: Iterable[str], by: Any) -> None:
    """Note who typed these fields, not confirmed yet; what the person types themselves is theirs again.

    Called under the lock of the application, in the transaction that changes it.
    """
    fields = set(fields)
    Typed.objects.of(application).filter(field__in=fields).delete()
    if by.pk != application.person_id:
        moment = timezone.now()
        Typed.objects.bulk_create(Typed(application=application, field=field, helper=by, at=moment) for field in sorted(fields))


def waiting(application: Application) -> list[Typed]:
    """What was typed and waits for the person's yes."""
    return list(Typed.objects.of(application).unconfirmed())


def digest(application: Application, lines: Iterable[Typed]) -> str:
    """A short digest of what waits, as it stands: a yes is for that and for nothing else."""
    answers = {f"answer {answer.question.key}": [answer.channel, answer.text, answer.file_id] for answer in Answer.objects.of(application)}
    said = [[line.field, line.at.isoformat(), answers.get(line.field) or str(getattr(application, line.field, ""))] for line in lines]
    return hashlib.sha256(json.dumps(sorted(said, key=str)).encode()).hexdigest()[:20]


def read_token(token: str) -> tuple[int, str]:
    """The application's id and the digest that a mailed link stands for. Raises BadSignature."""
    pk, stands = signing.loads(token, salt=SALT)
    return pk, stands


@transaction.atomic
def ask_to_confirm(application: Application, *, by: Any) -> bool:
    """Send the person the link under which they read everything and say yes; valid until the deadline, and for what stands now.

    Writes one letter however often it is asked, and an audit entry. Returns whether it is a new one.
    Raises NotAllowed, NotInTime, and NothingTyped when nothing waits.
    """
    now = lock(application, by=by, typing=True)
    lines = waiting(now)
    if not lines:
        raise NothingTyped
    stands = digest(now, lines)
    token = signing.dumps([now.pk, stands], salt=SALT)
    with override(now.language):
        link = settings.SITE_URL + reverse("confirm_link", args=[token])
    words = {"application": now, "helper": by, "link": link}
    key = f"confirm typed {now.pk} {stands}"
    written = write("confirm_typed", key=key, address=now.person.email, language=now.language, person=now.person, call=now.call, **words)
    if written:
        record("confirmation asked", by=by, call=now.call, subject=now)
    return written is not None


@transaction.atomic
def confirm(application: Application, *, seen: str, by: Any) -> None:
    """The person says yes to what was typed for them, as the page showed it (`seen`). Adds the confirmation and an audit entry.

    Twice is once. Raises NotAllowed, NotInTime, and Conflict when something else stands by now.
    """
    now = lock(application, by=by)
    lines = waiting(now)
    if not lines:
        return
    if digest(now, lines) != seen:
        raise Conflict(now)
    _note(now, lines, Assent(application=now, at=timezone.now(), by=by))
    record("what was typed is confirmed", by=by, call=now.call, subject=now)


def record_yes(application: Application, *, upload: TemporaryUploadedFile, seen: str, by: Any) -> None:
    """Keep the person's spoken yes to what was typed, recorded by their helper, as the confirmation of what stands (`seen`).

    It counts once its bytes are there, and no more if it can't be opened. Adds the recording, the confirmation and an audit
    entry. Raises NotAllowed, NotInTime, NothingTyped, Conflict, and Refused when the file is not taken.
    """
    if by.pk == application.person_id:
        raise NotAllowed  # who is at their own page says yes there
    stored = receive(upload, kind="audio", owner=application.person)
    try:
        with transaction.atomic():
            now = lock(application, by=by, typing=True)
            lines = waiting(now)
            if not lines:
                raise NothingTyped
            if digest(now, lines) != seen:
                raise Conflict(now)
            admit(stored)
            _note(now, lines, Assent(application=now, at=timezone.now(), by=by, file=stored, said=True))
            record("what was typed is confirmed by voice", by=by, call=now.call, subject=now)
    except BaseException:
        stored.path.unlink(missing_ok=True)
        raise


def _note(application: Application, lines: list[Typed], assent: Assent) -> None:
    assent.save(force_insert=True)
    Typed.objects.of(application).filter(pk__in=[line.pk for line in lines]).update(assent=assent)
