"""What allauth does, done our way: its letters go through the outbox, its secrets are encrypted."""

import uuid
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language

from fulcrum.guard.predicates import staff
from fulcrum.guard.privacy import decrypt, encrypt
from fulcrum.mail.services import write


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False  # there is one door, and it is the code page

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Staff go to their work, everybody else to their application."""
        return reverse("staff_home" if staff.test(request.user) else "my_applications")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        kind = template_prefix.rsplit("/", 1)[-1]
        language = get_language() or settings.LANGUAGE_CODE
        words = {name: context[name] for name in ("code", "activate_url", "from_email", "to_email") if name in context}
        write(kind, key=f"{kind} {uuid.uuid4()}", address=email, language=language, secret="code" in words, **words)

    def send_notification_mail(self, template_prefix: str, user: Any, context: Any = None, email: str | None = None) -> None:
        self.send_mail(template_prefix, email or user.email, context or {})

    def add_message(self, request: HttpRequest, level: int, message_template: Any = None, message_context: Any = None, **kwargs: Any) -> None:
        if message_template != "account/messages/login_code_sent.txt":  # the page itself says so
            super().add_message(request, level, message_template, message_context, **kwargs)


class SecondFactorAdapter(DefaultMFAAdapter):
    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """What the device shows when it asks for a passkey."""
        return super().get_public_key_credential_rp_entity() | {"name": "FULCRUM"}

    def encrypt(self, text: str) -> str:
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(encrypted_text)
