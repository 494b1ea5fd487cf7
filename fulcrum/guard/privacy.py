"""Personal fields and their purpose.

Each model of ours lists its fields in `personal`, with purpose, readers, retention and whether it is encrypted, or in
`impersonal`. A field in neither stops `manage.py check`, and so the build.
"""

from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.conf import settings
from django.core import checks
from django.db import models
from django.utils.encoding import force_bytes

OURS = ("fulcrum.", "applications", "selection", "programme")


@dataclass(frozen=True)
class Personal:
    purpose: str
    readers: str
    until: str
    encrypted: bool = False


def registry() -> list[tuple[type[models.Model], str, Personal]]:
    """Every personal field of the project: its model, its name and what is said of it."""
    return [(model, name, entry) for model in our_models() for name, entry in getattr(model, "personal", {}).items()]


def our_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith(OURS)]


@checks.register()
def every_field_is_registered(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    found: list[checks.CheckMessage] = []
    for model in our_models():
        personal: dict[str, Personal] = getattr(model, "personal", {})
        listed = set(personal) | set(getattr(model, "impersonal", "").split())
        fields = {field.name for field in model._meta.local_fields} - {"id"}
        found += [
            checks.Error(f"{model.__name__}.{name} is neither in `personal` nor in `impersonal`.", id="fulcrum.E001")
            for name in sorted(fields - listed)
        ]
        found += [
            checks.Error(f"{model.__name__} registers {name}, which is no field of it.", id="fulcrum.E002")
            for name in sorted(listed - {field.name for field in model._meta.fields})
        ]
        found += [
            checks.Error(f"{model.__name__}.{name} is registered as encrypted and is not.", id="fulcrum.E003")
            for name, entry in personal.items()
            if entry.encrypted and not isinstance(model._meta.get_field(name), EncryptedTextField)
        ]
    return found


def _box() -> MultiFernet:
    import base64
    import hashlib

    keys = [base64.urlsafe_b64encode(hashlib.sha256(force_bytes(key)).digest()) for key in settings.FIELD_KEYS]
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    """The text under the first of FIELD_KEYS."""
    return _box().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """The text again, by any of FIELD_KEYS. Raises ValueError when none of them fits."""
    try:
        return _box().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise ValueError("None of FIELD_KEYS opens this field.") from error


class EncryptedTextField(models.TextField):
    """Text that the database holds encrypted; an empty text stays empty. It can't be filtered or sorted by."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return encrypt(value) if value else value

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return decrypt(value) if value else value
