"""The verbs about directors: ask one, be one, answer."""

from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from applications.application import Application
from applications.directors.models import MOVES, Confirmation, Said, can_answer_until
from applications.policy import owns
from applications.services import NotAllowed, NotInTime
from fulcrum.audit.services import record
from fulcrum.guard.querysets import everything
from fulcrum.mail.models import Message
from fulcrum.mail.services import write
from fulcrum.work.retention import retention

LETTERS = 4  # to directors, about one application


class TooEarly(Exception):
    """There is nobody to ask before the candidate and the house are named."""


class TooManyLetters(Exception):
    """About this application enough letters were written."""


class Over(Exception):
    """Nobody waits for this answer any more."""


class Answered(Exception):
    """The director has answered otherwise before."""


def current(application: Application) -> Confirmation | None:
    """The director who is asked, or has answered, about an application that the caller has reached by right."""
    return Confirmation.objects.of(application).current().first()


def _locked(application: Application, by: Any) -> Application:
    """The application, locked, while a director may still be asked: as long as one may answer. Raises NotAllowed, NotInTime, TooEarly."""
    rows = Application.objects.of_person(by).select_for_update(of=("self",), no_key=True)
    now = rows.select_related("call", "network", "person", "house__municipality", "municipality").filter(pk=application.pk).first()
    if now is None or not owns.test(by, now):
        raise NotAllowed
    if not now.call.opens_at <= timezone.now() < can_answer_until(now):
        raise NotInTime
    if not (now.house_name and now.name):
        raise TooEarly
    return now


def _move(row: Confirmation, to: Said) -> None:
    if to not in MOVES[Said(row.state)]:
        raise Over
    row.state = to


def _set_aside(application: Application) -> None:
    """Whoever was asked about the application is not asked any more; what they answered stays on record."""
    for row in Confirmation.objects.of(application).current().select_for_update(of=("self",), no_key=True):
        _move(row, Said.OVER)
        row.save(update_fields=["state"])


@transaction.atomic
def ask_director(application: Application, *, name: str, address: str, language: str, by: Any) -> Confirmation:
    """Write to the director of the house, in their language, with a link to the page where they answer.

    The same address is written to once more, as long as it has not answered; another one takes its place. Adds the row, the letter
    and an audit entry. Returns the row. Raises NotAllowed, NotInTime, TooEarly and TooManyLetters.
    """
    now = _locked(application, by)
    if sum(Confirmation.objects.of(now).values_list("letters", flat=True)) >= LETTERS:
        raise TooManyLetters
    row = Confirmation.objects.of(now).current().select_for_update(of=("self",), no_key=True).first()
    if row is None or row.address != address or not row.is_asked:
        _set_aside(now)
        row = Confirmation(application=now, address=address)
    row.name, row.language = name, language
    row.letters += 1
    row.save()
    with override(language):
        link = settings.SITE_URL + reverse("director", args=[token_of(row)])
    write(
        "director_asked",
        key=f"director asked {row.pk} {row.letters}",
        address=address,
        language=language,
        person=now.person,  # the letter names them, and goes when they are erased
        call=now.call,
        secret=True,  # the link in it answers for the director
        application=now,
        director=row,
        link=link,
        until_when=can_answer_until(now),
    )
    record("director asked", by=by, call=now.call, subject=now)
    return row


@transaction.atomic
def direct_oneself(application: Application, *, by: Any) -> Confirmation:
    """Note that the candidate directs the house themselves; nobody is written to. Adds an audit entry. Twice is once.

    Returns the row. Raises NotAllowed, NotInTime and TooEarly.
    """
    now = _locked(application, by)
    row = current(now)
    if row and row.is_own:
        return row
    _set_aside(now)
    row = Confirmation.objects.create(application=now, is_own=True, state=Said.CONFIRMED, answered_at=timezone.now())
    record("directs the house", by=by, call=now.call, subject=now)
    return row


def token_of(row: Confirmation) -> str:
    """What the link of a director carries: signed, and good for one answer."""
    return signing.dumps(row.pk, salt="director")


def asked_by_link(token: str) -> Confirmation:
    """The row that a link stands for. Raises BadSignature for a link that is not ours, Over when its row is gone."""
    pk = signing.loads(token, salt="director")
    found = Confirmation.objects.by_link(pk).first()
    if found is None:
        raise Over
    with everything("the director reads who applies for what"):
        found.application = Application.objects.with_page().get(pk=found.application_id)
    return found


@transaction.atomic
def answer(row: Confirmation, *, agrees: bool, word: str = "") -> Confirmation:
    """Take the director's answer, once; the same again changes nothing. Tells the candidate by a letter and adds an audit entry.

    Returns the row. Raises Over when nobody waits for it any more, and Answered when it was answered otherwise before.
    """
    application = row.application
    now = Confirmation.objects.by_link(row.pk).select_for_update(of=("self",), no_key=True).get()
    now.application = application
    if now.is_over:
        raise Over
    to = Said.CONFIRMED if agrees else Said.REFUSED
    if not now.is_asked:
        if now.state != to:
            raise Answered
        return now
    _move(now, to)
    now.word, now.answered_at = word, timezone.now()
    now.save()
    person = application.person
    write(
        "director_answered",
        key=f"director answered {now.pk}",
        address=person.email,
        language=application.language,
        person=person,
        call=application.call,
        application=application,
        director=now,
    )
    record("director confirmed" if agrees else "director refused", call=application.call, subject=application)
    return now


def house_changed(application: Application) -> None:
    """The application is for another house now: its director is asked anew."""
    _set_aside(application)


@retention("names and addresses of directors, once the call has ended")
@transaction.atomic
def forget_directors() -> int:
    """Empty the names, addresses and words of directors when their call has ended, and remove the letters to them. Returns how many rows."""
    now = timezone.now()
    with everything("retention"):
        Message.objects.filter(kind="director_asked", call__ends_at__lt=now).delete()
        old = Confirmation.objects.filter(application__call__ends_at__lt=now).exclude(name="", address="", word="")
        return old.update(name="", address="", word="")
