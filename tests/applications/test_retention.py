"""What goes when its time is over, by the calendar of the call."""

from datetime import timedelta

import pytest

from applications.answers.models import Answer
from applications.application import Application
from applications.needs.models import Needs
from applications.needs.services import say_needs
from applications.retention import forget_answers, forget_needs
from fulcrum.people.models import User
from tests import factories


@pytest.fixture
def after_the_end(call, sent, during_call):
    """The clock, some days after the end of the call."""
    say_needs(sent, other="Man vajag uzbrauktuvi.", by=sent.person)

    def move(**later):
        during_call.move_to(call.ends_at + timedelta(**later))

    return move


def test_needs_go_with_the_end_of_the_call(after_the_end, unguarded):
    after_the_end(seconds=-1)
    assert forget_needs() == 0
    after_the_end(seconds=0)
    assert forget_needs() == 1
    assert not Needs.objects.exists()


def test_answers_and_names_go_two_years_after_the_call_and_the_count_stays(after_the_end, sent, unguarded):
    after_the_end(days=729)
    assert forget_answers() == 0
    after_the_end(days=731)
    assert forget_answers() == 1
    emptied = Application.objects.get()
    assert (emptied.name, emptied.gender, emptied.eligibility) == ("", "", {})
    assert not Answer.objects.exists()
    person = User.objects.get(pk=sent.person_id)
    assert (person.name, person.is_active, person.email) == ("", False, f"gone-{person.pk}@person.invalid")
    assert forget_answers() == 0


def test_whoever_has_a_role_stays_somebody(after_the_end, sent, call, alcc, unguarded):
    factories.staff(call=call, role="assessor", network=alcc, person=sent.person)
    after_the_end(days=731)
    forget_answers()
    assert User.objects.get(pk=sent.person_id).is_active
