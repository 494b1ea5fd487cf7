from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from applications.application import Application
from fulcrum.calls.models import Question
from fulcrum.mail.models import Letter
from fulcrum.mail.services import deliver_due
from tests import factories
from tests.faults.conftest import at_once  # noqa: F401 - real threads, for tests of the same moment


@pytest.fixture
def me(as_, draft):
    """The candidate's browser."""
    return as_(draft.person)


@pytest.fixture
def page(draft):
    """The address of a page of the draft."""

    def address(name: str = "") -> str:
        return f"/en/applications/{draft.reference}/{name}/" if name else f"/en/applications/{draft.reference}/"

    return address


@pytest.fixture
def now(draft, unguarded):
    """The application as the database has it."""
    return lambda: Application.objects.get(pk=draft.pk)


@pytest.fixture
def somebody(call):
    """The browser of a person of whom nothing else is known."""
    return factories.sign_in(Client(), factories.UserFactory())


@pytest.fixture
def motivation(call) -> Question:
    return call.questions.get(key="motivation")


@pytest.fixture
def optional(call) -> Question:
    return call.questions.get(key="chances")


@pytest.fixture
def after_deadline(call, during_call):
    """Lets the deadline pass when it is called; whoever signed in a fortnight before still is."""

    def pass_it(seconds: float = 1) -> None:
        during_call.move_to(call.deadline + timedelta(seconds=seconds))
        Session.objects.update(expire_date=call.ends_at)

    return pass_it


@pytest.fixture
def letter_of(unguarded):
    """The receipt of an application as it was delivered."""

    def find(application: Application) -> Letter:
        deliver_due()
        return Letter.objects.get(subject__contains=application.reference)

    return find
