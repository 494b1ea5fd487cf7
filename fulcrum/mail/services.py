"""Writing letters and delivering them."""

import logging
import smtplib
from contextlib import suppress
from datetime import timedelta
from typing import Any

import css_inline
from anymail.exceptions import AnymailAPIError
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.translation import override

from fulcrum.audit.services import record
from fulcrum.guard.privacy import decrypt, encrypt
from fulcrum.guard.querysets import everything
from fulcrum.mail.models import Message
from fulcrum.ui.markdown import render_markdown, render_plain
from fulcrum.work.models import Job
from fulcrum.work.retention import retention
from fulcrum.work.services import sweeps, wake

log = logging.getLogger(__name__)


class NotTroubled(Exception):
    """Only a letter that failed or is uncertain can be sent again."""


def compose(kind: str, *, language: str, **words: Any) -> tuple[str, str]:
    """Subject and body of the letter `mail/<kind>.md` in a language: its first line, and the rest in Markdown."""
    with override(language):
        text = render_to_string(f"mail/{kind}.md", {"site_url": settings.SITE_URL, **words})
    subject, _, body = text.strip().partition("\n")
    return " ".join(subject.split())[:200], body.strip()


@transaction.atomic
def write(
    kind: str, *, key: str, address: str, language: str, person: Any = None, call: Any = None, secret: bool = False, **words: Any
) -> Message | None:
    """Put the letter `mail/<kind>.md` into the outbox, in the reader's language. Returns it, or None when `key` was already used.

    The first line of the template is the subject, the rest the body in Markdown. A `secret` letter is kept encrypted and
    wiped once delivered. Adds a row and wakes a worker after the commit.
    """
    subject, body = compose(kind, language=language, person=person, call=call, **words)
    message = Message(
        key=key,
        kind=kind,
        call=call,
        person=person,
        address=address,
        language=language,
        subject=subject,
        body=encrypt(body) if secret else body,
        secret=secret,
    )
    try:
        with transaction.atomic():
            message.save(force_insert=True)
    except IntegrityError:
        with everything("whether the key was used"):
            if not Message.objects.filter(key=key).exists():
                raise
        return None
    wake("mail.deliver", message.pk)
    return message


def build(message: Message) -> EmailMultiAlternatives:
    """The letter as mail: text, and HTML with its style inline; a Message-ID that is the same at every try."""
    body = decrypt(message.body) if message.secret else message.body
    with override(message.language):
        context = {
            "message": message,
            "body": render_markdown(body),
            "demo": settings.DEMO,
            "emblem_url": settings.SITE_URL + static("img/eu-emblem.png"),
        }
        html: str = render_to_string("mail/letter.html", context)
        text = render_to_string("mail/letter.txt", context | {"body": render_plain(body)})
    css = (settings.BASE_DIR / "static/css/letter.css").read_text()
    html = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False).inline(html.replace("/*style*/", css))
    headers = {"Message-ID": f"<letter-{message.pk}@{settings.SITE.hostname}>", "Auto-Submitted": "auto-generated"}
    mail = EmailMultiAlternatives(message.subject, text, settings.DEFAULT_FROM_EMAIL, [message.address], headers=headers)
    mail.attach_alternative(html, "text/html")
    return mail


def deliver(pk: int) -> None:
    """Take the letter and send it, once.

    A letter that a dead worker had in hand goes out again only where that can't make two of it; else it is marked
    uncertain and waits for a person. A refusal ends it as failed, a passing trouble puts it off.
    """
    with everything("the outbox delivers for all"):
        message: Message | None = Message.objects.lease(pk)
    if message is None:
        return
    connection = get_connection()
    if message.interrupted and not getattr(connection, "repeatable", False):
        message.set_aside(Job.UNCERTAIN, "cut while being sent")
        return
    try:
        mail = build(message)
        connection.open()
    except Exception as error:  # nothing of the letter has left yet
        log.warning("letter %s waits: %s", message.pk, type(error).__name__)
        message.put_off(type(error).__name__)
        return
    try:
        connection.send_messages([mail])
    except smtplib.SMTPRecipientsRefused as error:  # a letter has one recipient
        _refused(message, next(iter(error.recipients.values()))[0])
    except smtplib.SMTPResponseException as error:
        _refused(message, error.smtp_code)
    except AnymailAPIError as error:  # by a mail service; it is an OSError too
        status = error.status_code or 0
        if status == 429 or status >= 500:
            message.put_off(f"put off with {status}")
        else:
            message.set_aside(Job.FAILED if status >= 400 else Job.UNCERTAIN, f"{type(error).__name__} {status}")
    except OSError as error:  # the line broke, and nobody knows on which side of the letter
        message.set_aside(Job.UNCERTAIN, f"cut while being sent: {type(error).__name__}")
    except Exception as error:
        log.exception("letter %s", message.pk)
        message.put_off(type(error).__name__)
    else:
        message.finish(sent_at=timezone.now(), **({"body": ""} if message.secret else {}))
        with suppress(OSError):  # the letter is delivered, whatever becomes of the goodbye
            connection.close()


def _refused(message: Message, code: int) -> None:
    """What the server answered: a 4 is for now, as with greylisting, and a 5 for good."""
    if 400 <= code < 500:
        message.put_off(f"put off with {code}")
    else:
        message.set_aside(Job.FAILED, f"refused with {code}")


@sweeps
def deliver_due() -> int:
    """Deliver every letter whose time has come and that nobody was woken for. Returns how many were tried."""
    with everything("the outbox delivers for all"):
        due = list(Message.objects.due().order_by("due_at").values_list("pk", flat=True)[:200])
    for pk in due:
        deliver(pk)
    return len(due)


def stuck_letters() -> list[str]:
    """Invariant: a letter is on its way for a day at most, or a person has been asked to look at it."""
    with everything("invariant"):
        due = Message.objects.due().filter(due_at__lt=timezone.now() - timedelta(days=1))
        stuck = list(due.order_by("pk").values_list("pk", flat=True))
    return [f"mail: letter {pk} has waited for more than a day." for pk in stuck]


@retention("letters of calls that ended two years ago")
def forget_letters() -> int:
    """Remove letters two years after the end of their call, or after they were written where they belong to none. Returns how many."""
    long_ago = timezone.now() - timedelta(days=730)
    with everything("retention"):
        old = Message.objects.filter(Q(call__ends_at__lt=long_ago) | Q(call=None, written_at__lt=long_ago))
        return old.delete()[0]


@transaction.atomic
def send_again(message: Message, *, by: Any) -> None:
    """Let a failed or uncertain letter go out once more. Writes an audit entry. Raises NotTroubled."""
    with everything("verb: visible_to was asked by the view"):
        changed = Message.objects.troubled().filter(pk=message.pk).update(job=Job.WAITING, due_at=timezone.now(), attempts=0, trouble="")
    if not changed:
        raise NotTroubled
    record("letter sent again", by=by, call=message.call, subject=message)
    wake("mail.deliver", message.pk)
