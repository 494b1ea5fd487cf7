import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from applications.application import Application
from selection.shortlists.models import Shortlist
from tests import factories
from tests.conftest import CLOSED
from tests.faults.conftest import at_once  # noqa: F401 - real threads, for tests of the same moment
from tests.selection import making


@pytest.fixture
def closed(call, during_call):
    """The clock stands on the day after the deadline; whoever signed in before still is."""
    during_call.move_to(CLOSED)
    Session.objects.update(expire_date=call.ends_at)
    return CLOSED


@pytest.fixture
def browser(call):
    """A browser of its own for each person, signed in with their second factor when they have one; of a visitor without a person."""
    return lambda person=None: factories.sign_in(Client(), person) if person else Client()


@pytest.fixture
def alcc_lead(call, alcc):
    """The lead of ALCC."""
    return making.lead_of(call, alcc)


@pytest.fixture
def cult_lead(call, cult):
    """The lead of cult!."""
    return making.lead_of(call, cult)


@pytest.fixture
def alcc_reader(call, alcc):
    """Somebody who reads for ALCC without leading it."""
    return making.assessor_of(call, alcc)


@pytest.fixture
def applications(call, alcc):
    """Five sent applications of ALCC, in the order of their sending."""
    return making.candidates(call, alcc, 5)


@pytest.fixture
def shortlist(call, alcc, alcc_lead):
    """The list of ALCC: three places and two reserves, not put forward."""
    return making.listed(call, alcc)


@pytest.fixture
def address(call):
    """The address of a page of the selection: `address("board")`, `address("applications", reference)`."""
    return lambda *parts: "/".join(["/en/work", call.slug, *(str(part) for part in parts), ""])


@pytest.fixture
def now(unguarded):
    """A list or an application as the database has it now."""

    def read(row: Shortlist | Application) -> Shortlist | Application:
        return type(row).objects.get(pk=row.pk)

    return read
