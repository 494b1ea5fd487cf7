"""Processes beside the one of the tests, on the same database."""

from django.conf import settings
from django.db import connection


def database_url() -> str:
    """The address of the test database, for a process of its own."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    password = f":{values['PASSWORD']}" if values["PASSWORD"] else ""
    return f"postgres://{values['USER']}{password}@{values['HOST']}:{values['PORT'] or 5432}/{values['NAME']}"


def surroundings() -> dict[str, str]:
    """The environment in which such a process finds what the tests made."""
    return {
        "DJANGO_SETTINGS_MODULE": "fulcrum.settings",
        "DATABASE_URL": database_url(),
        "PYTHONPATH": str(settings.BASE_DIR),
        "VAR_DIR": str(settings.VAR),
        "SITE_URL": settings.SITE_URL,
        "LOG_LEVEL": "ERROR",
        "EMAIL_URL": "",
    }
