"""Several people, or several windows, at the same moment: a seat, a place and a certificate are given once."""

import pytest

from fulcrum.audit.models import Entry
from fulcrum.audit.services import broken_chains
from programme.attendance.services import column_of, digest, record_marks
from programme.certificates import services
from programme.certificates.services import check_name, draw_certificate, issue
from programme.seat import Seat, State
from programme.seats.services import PlaceTaken, WrongMove, accept, decline, offer, seats_beyond_places
from tests.faults.conftest import at_once  # noqa: F401 - a fixture
from tests.programme.conftest import AFTER, letters, seats_held

pytestmark = [pytest.mark.concurrent, pytest.mark.django_db(transaction=True)]
CROWD = 12


def test_a_seat_accepted_and_declined_at_once_ends_in_one_state(seat, holder, seat_of, at_once):  # noqa: F811
    def answer(number):
        (accept if number % 2 else decline)(seat, by=holder)

    _returned, raised = at_once(answer, threads=CROWD)
    assert {type(error) for error in raised} <= {WrongMove}
    accepted = seat_of(seat.application).state == State.ACCEPTED
    assert Entry.objects.filter(act__in=["seat accepted", "seat declined"]).count() == 1
    assert len(letters("seat_offered")) == (0 if accepted else 1)
    assert broken_chains() == []


def test_all_who_leave_at_once_bring_each_reserve_in_once(released, at_once):  # noqa: F811
    leaving = [*released.selected["alcc"], *released.selected["cult"]]
    seats = [Seat.objects.of_person(application.person).get() for application in leaving]
    _returned, raised = at_once(lambda number: decline(seats[number], by=leaving[number].person), threads=len(seats))
    assert raised == []
    assert {seat.application for seat in seats_held()} == {*released.reserves["alcc"], *released.reserves["cult"]}
    assert len(letters("seat_offered")) == 4
    assert seats_beyond_places() == []


def test_a_place_offered_twice_at_once_goes_to_one(released, coordinator, call, alcc, seat, holder, at_once):  # noqa: F811
    call.targets = {"gender": {"woman": [6, None]}, "origin": {}, "size": {}}
    call.save()
    for reserve in released.reserves["alcc"]:
        type(reserve).objects.of_person(reserve.person).update(gender="man")
    decline(seat, by=holder)

    def give(number):
        offer(call, network=alcc, number=1, application=released.reserves["alcc"][number % 2], reason="All agree.", by=coordinator)

    _returned, raised = at_once(give, threads=CROWD)
    assert [type(error) for error in raised] == [PlaceTaken] * (CROWD - 1)
    assert len(letters("seat_offered")) == 1


def test_the_same_marks_at_once_are_noted_once(accepted, coordinator, units, at, at_once):  # noqa: F811
    lab = units["lab-1"]
    at(lab.starts_at)
    seen = digest(column_of(lab, to=coordinator))
    returned, raised = at_once(lambda number: record_marks(lab, marks={accepted.pk: "present"}, seen=seen, by=coordinator), threads=CROWD)
    assert raised == []
    assert sorted(returned) == [0] * (CROWD - 1) + [1]


def test_certificates_issued_and_drawn_at_once_are_one_each(accepted, holder, attend, call, coordinator, at, monkeypatch, at_once):  # noqa: F811
    monkeypatch.setattr(services, "draw", lambda sheet, *, moment: b"%PDF-")
    type(call).objects.update(signatory_name="Anna Bērziņa")
    attend(accepted)
    check_name(accepted, name="Inga", by=holder)
    at(AFTER)
    returned, raised = at_once(lambda number: issue(call, by=coordinator), threads=CROWD)
    assert raised == []
    assert sorted(returned) == [0] * (CROWD - 1) + [1]
    certificate = services.Certificate.objects.visible_to(coordinator).get()
    at_once(lambda number: draw_certificate(certificate.pk), threads=CROWD)
    assert len(letters("certificate_ready")) == 1
