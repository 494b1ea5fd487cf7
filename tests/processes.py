"""Processes beside the one of the tests, on the same database."""

import fcntl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection


@contextmanager
def alone() -> Iterator[None]:
    """One crowd of threads at a time, whichever process it is of: two are more than a database takes connections by default."""
    with open(Path(tempfile.gettempdir()) / "fulcrum-crowd.lock", "w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        yield


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
