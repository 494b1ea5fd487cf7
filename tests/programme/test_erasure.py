"""Whoever is erased leaves the programme: the seat goes on to the next, what stays has no name."""

from fulcrum.guard.querysets import everything
from fulcrum.people.models import User
from fulcrum.people.mydata.services import erase
from fulcrum.work.invariants import broken
from programme.seat import Seat, State
from tests.programme.conftest import seats_held


def test_an_offered_seat_is_declined_and_goes_on_to_the_next(seat, holder):
    erase(holder)
    with everything("a test looks"):
        left = Seat.objects.select_related("application").get(pk=seat.pk)
        assert (left.state, left.reason, left.printed_name) == (State.DECLINED, "", "")
        assert not left.application.name
    assert len(seats_held(network=seat.network, number=seat.number)) == 1
    assert [sentence for sentence in broken() if "seat" in sentence] == []


def test_an_accepted_seat_is_given_up(accepted, holder):
    erase(holder)
    with everything("a test looks"):
        assert Seat.objects.get(pk=accepted.pk).state == State.GIVEN_UP
    assert User.objects.get(pk=holder.pk).email.endswith("@person.invalid")
