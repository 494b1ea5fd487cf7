"""Fixtures that every room shares. The call has its real dates; `during_call` puts the clock into its weeks."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from django.core.cache import cache, caches
from django.utils import translation

from fulcrum.calls.models import Call
from fulcrum.calls.services import load_call
from fulcrum.guard.querysets import everything
from tests import factories

CALL = Path(__file__).resolve().parent.parent / "fulcrum/calls/data/make-it-happen.json"
OPEN = datetime(2024, 4, 20, 10, 0, tzinfo=UTC)
CLOSED = datetime(2024, 5, 8, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _surroundings(settings, tmp_path):
    """Media of its own for each test, and no page kept from the one before. Limits of attempts are cleared with `call`."""
    settings.EMAIL_BACKEND = "fulcrum.mail.backends.LocalMailbox"  # the runner puts one of its own in its place
    settings.WHITENOISE_AUTOREFRESH = True  # else every new client reads the whole folder of static files
    translation.activate("en")  # the language of one request leaks into the next test
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "media" / "incoming"
    settings.FILE_UPLOAD_TEMP_DIR.mkdir(parents=True)
    caches["pages"].clear()


@pytest.fixture
def during_call():
    """The clock stands in the weeks of applying and does not move."""
    with time_machine.travel(OPEN, tick=False) as traveller:
        yield traveller


@pytest.fixture
def call(db, during_call) -> Call:
    """The real call, open."""
    cache.clear()
    return load_call(json.loads(CALL.read_text()))


@pytest.fixture
def cult(call):
    return call.networks.get(slug="cult")


@pytest.fixture
def alcc(call):
    return call.networks.get(slug="alcc")


@pytest.fixture
def candidate(call):
    return factories.UserFactory(name="Inga Ķēniņa", language="lv")


@pytest.fixture
def draft(call, alcc, candidate):
    """A draft with nothing in it but the doors."""
    return factories.draft(call=call, network=alcc, person=candidate)


@pytest.fixture
def complete(draft):
    """A draft that can be sent."""
    return factories.fill(draft)


@pytest.fixture
def sent(complete, django_capture_on_commit_callbacks):
    """A sent application."""
    from applications.services import send

    return send(complete, by=complete.person)


@pytest.fixture
def as_(client):
    """A client signed in as a person; staff count as having shown their second factor."""

    def sign_in(person, fresh: bool = True):
        return factories.sign_in(client, person, fresh=fresh)

    return sign_in


@pytest.fixture
def coordinator(call):
    return factories.staff(call=call, role="coordinator")


@pytest.fixture
def lead(call, alcc):
    return factories.staff(call=call, role="lead", network=alcc)


@pytest.fixture
def assessor(call, cult):
    return factories.staff(call=call, role="assessor", network=cult)


@pytest.fixture
def unguarded():
    """Lets a test look at every row."""
    with everything("a test looks"):
        yield
