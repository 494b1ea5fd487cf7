from collections.abc import Sequence

from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage

from fulcrum.mail.models import Letter


class LocalMailbox(BaseEmailBackend):
    """Keeps letters on this machine, readable at /mail/. The same letter twice is one letter."""

    repeatable = True  # a letter that was cut may simply be sent again

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            html = next((str(part.content) for part in getattr(message, "alternatives", [])), "")
            Letter.objects.get_or_create(
                message_id=message.extra_headers["Message-ID"],
                defaults={"to": message.to[0], "subject": message.subject[:250], "text": str(message.body), "html": html},
            )
        return len(email_messages)
