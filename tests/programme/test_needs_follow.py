"""Needs follow whoever has a seat, and nobody else, once everybody is told."""

import pytest

from applications.needs.models import Needs
from applications.needs.reading import is_taking_part
from applications.needs.services import may_say, say_needs
from fulcrum.audit.models import Entry
from programme.seat import Seat
from programme.seats.services import decline
from selection.models import Outcome
from selection.outcomes.services import release, usual_answer_by
from tests.selection import making
from tests.selection.conftest import closed  # noqa: F401 - the clock on the day after the deadline


@pytest.fixture
def told(call, closed, alcc, unguarded):  # noqa: F811
    """Somebody of each outcome with needs, by the kind; everybody is told."""
    making.listed(call, alcc)
    making.candidate(call, alcc)  # on no list
    slate = making.final(call)
    found = {}
    for kind in Outcome.Kind.values:
        found[kind] = Outcome.objects.filter(kind=kind, network=alcc).select_related("application__person").first().application
        say_needs(found[kind], access="A ramp.", by=found[kind].person)
    release(slate, answer_by=usual_answer_by(call), by=making.coordinator_of(call))
    return found


def kept(told):
    """The outcomes whose needs are still there."""
    return {kind for kind, application in told.items() if Needs.objects.filter(application=application).exists()}


def test_who_is_told_that_they_are_not_selected_leaves_no_needs(told):
    assert kept(told) == {"selected", "reserve"}
    assert Entry.objects.filter(act="needs erased").count() == 1
    assert [may_say(told[kind]) for kind in ("selected", "reserve", "not_selected")] == [True, True, False]
    assert [is_taking_part(told[kind]) for kind in ("selected", "reserve")] == [True, False]


def test_needs_go_with_a_seat_that_is_given_back(told):
    seat = Seat.objects.get(application=told["selected"])
    decline(seat, by=told["selected"].person)
    assert "selected" not in kept(told)
    assert Entry.objects.get(act="seat declined").fields == ["needs"]
