"""A place that is given back goes to the first reserve of the same network who keeps the balance in range."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from applications.application import Application
from fulcrum.audit.models import Entry
from fulcrum.people.todos import todos_of
from programme.seat import Seat, State
from programme.seats.services import (
    NotAllowed,
    NotAReserve,
    PlaceTaken,
    ReasonMissing,
    TooLate,
    accept,
    decline,
    give_up,
    lapse,
    offer,
    replacement,
    seats_beyond_places,
)
from selection.models import Outcome, Recusal
from selection.slates.balance import shortfall
from tests import factories
from tests.applications.reading import words
from tests.programme.conftest import ANSWER_BY, applicant, letters, outcome, seats_held


@pytest.fixture
def reserves(released):
    return released.reserves["alcc"]


@pytest.fixture
def held():
    """Who holds the places of the network alcc, by number."""
    return lambda: {seat.number: seat.application for seat in seats_held(network__slug="alcc")}


@pytest.fixture
def alter():
    def change(application, **values):
        Application.objects.of_person(application.person).update(**values)

    return change


def test_the_next_in_line_gets_the_place_at_once_and_a_letter(seat, holder, reserves, held, seat_of):
    decline(seat, by=holder)
    assert held()[seat.number] == reserves[0]
    [letter] = letters("seat_offered")
    assert letter.address == reserves[0].person.email
    assert f"/en/applications/{reserves[0].reference}/seat/" in letter.body
    assert seat_of(reserves[0]).state == State.OFFERED


def test_who_follows_has_a_week_to_the_end_of_the_day_in_the_zone_of_the_call(seat, holder, reserves, seat_of):
    decline(seat, by=holder)
    assert seat_of(reserves[0]).answer_by.isoformat() == "2024-05-29T21:59:00+00:00"


def test_nobody_has_longer_than_to_the_first_unit(seat, holder, accepted, reserves, units, at, seat_of):
    first = units["half-day-1"].starts_at
    at(first, days=-2)
    give_up(seat, by=holder)
    assert seat_of(reserves[0]).answer_by == first


def test_once_the_programme_has_begun_a_place_stays_empty(seat, holder, accepted, coordinator, units, at, held):
    at(units["half-day-1"].starts_at)
    give_up(seat, by=holder)
    assert set(held()) == {2, 3}
    assert "stays empty" in letters("seat_changed")[0].body


@pytest.mark.parametrize("leave", ["decline", "give up", "lapse"])
def test_however_somebody_leaves_the_place_goes_on(seat, holder, coordinator, reserves, held, at, leave):
    if leave == "lapse":
        at(ANSWER_BY)
        lapse(seat, by=coordinator)
    elif leave == "give up":
        accept(seat, by=holder)
        give_up(seat, by=holder)
    else:
        decline(seat, by=holder)
    assert held()[1] == reserves[0]


def test_a_reserve_of_another_network_never_follows(released, seat, reserves, held):
    for application in [*released.selected["alcc"][:1], *reserves]:
        decline(Seat.objects.of_person(application.person).get(), by=application.person)
    assert set(held()) == {2, 3}


def test_each_reserve_is_asked_once(seat, holder, reserves, held):
    decline(seat, by=holder)
    decline(reserves[0].seat, by=reserves[0].person)
    assert held()[1] == reserves[1]
    decline(reserves[1].seat, by=reserves[1].person)
    assert 1 not in held()


def test_a_house_that_holds_a_seat_gets_no_second_one(released, seat, holder, reserves, held, alter):
    taken = released.selected["cult"][0]
    alter(reserves[0], house=taken.house)
    Outcome.objects.told_to(reserves[0].person).update(house=taken.house_key)
    decline(seat, by=holder)
    assert held()[1] == reserves[1]


def test_two_who_leave_bring_two_reserves_in(released, reserves, held):
    for application in released.selected["alcc"][:2]:
        decline(Seat.objects.of_person(application.person).get(), by=application.person)
    assert [held()[1], held()[2]] == reserves


# Balance


def test_the_first_who_keeps_the_balance_is_chosen_past_one_who_does_not(seat, holder, reserves, held, call, alter):
    call.targets = {"gender": {"woman": [6, None], "man": [0, None]}, "origin": {}, "size": {}}
    call.save()
    alter(reserves[0], gender="man")
    seat.refresh_from_db()
    assert replacement(seat).application == reserves[1]
    decline(seat, by=holder)
    assert held()[1] == reserves[1]


def test_a_range_that_is_missed_already_may_be_missed_by_as_much(seat, holder, reserves, held, call, alter):
    call.targets = {"gender": {"woman": [7, None]}, "origin": {"rural": [7, None]}, "size": {}}
    call.save()
    alter(reserves[0], gender="man")
    decline(seat, by=holder)
    assert held()[1] == reserves[1], "one woman less would be missed"


def test_what_one_target_loses_another_may_win(seat, holder, reserves, held, call, alter):
    call.targets = {"gender": {"woman": [6, None], "man": [1, None]}, "origin": {}, "size": {}}
    call.save()
    alter(reserves[0], gender="man")
    decline(seat, by=holder)
    assert held()[1] == reserves[0]


@pytest.fixture
def nobody_fits(call, reserves, alter):
    call.targets = {"gender": {"woman": [6, None]}, "origin": {}, "size": {}}
    call.save()
    for reserve in reserves:
        alter(reserve, gender="man")


def test_when_nobody_keeps_the_range_nobody_is_offered_the_place(nobody_fits, seat, holder, held, coordinator, call):
    decline(seat, by=holder)
    assert set(held()) == {2, 3}
    assert not letters("seat_offered")
    assert "The coordinator asks you first" in letters("seat_changed")[0].body
    [todo] = [todo for todo in todos_of(coordinator) if "ask the partners" in todo.text.lower()]
    assert todo.text == "Ask the partners, then offer the seat: ALCC, place 1"
    assert todo.url == f"/en/work/{call.slug}/seats/alcc/1/offer/"


def test_the_coordinator_offers_it_to_a_reserve_by_name_with_a_reason(nobody_fits, browser, seat, holder, held, reserves, coordinator, call):
    decline(seat, by=holder)
    client, path = browser(coordinator), f"/en/work/{call.slug}/seats/alcc/1/offer/"
    shown = words(client.get(path))
    assert reserves[1].name in shown
    assert "Women 5, at least 6" in shown
    assert client.post(path, {"application": reserves[1].pk, "reason": ""}).status_code == 422
    assert client.post(path, {"reason": "All agree."}).status_code == 422
    assert set(held()) == {2, 3}
    assert client.post(path, {"application": reserves[1].pk, "reason": "All agree."}).status_code == 302
    assert held()[1] == reserves[1]
    entry = Entry.objects.get(act="seat offered")
    assert (entry.by_id, entry.reason) == (coordinator.pk, "All agree.")
    assert [letter.address for letter in letters("seat_offered")] == [reserves[1].person.email]
    assert not [todo for todo in todos_of(coordinator) if "ask the partners" in todo.text.lower()]


def test_a_place_is_offered_by_the_coordinator_of_this_call_alone(nobody_fits, seat, holder, reserves, lead, call, alcc):
    decline(seat, by=holder)
    for other in (lead, holder, reserves[0].person):
        with pytest.raises(NotAllowed):
            offer(call, network=alcc, number=1, application=reserves[0], reason="x", by=other)


def test_a_place_is_not_offered_past_what_the_lists_say(nobody_fits, released, seat, holder, reserves, coordinator, call, alcc, cult):
    decline(seat, by=holder)
    give = {"network": alcc, "number": 1, "application": reserves[0], "reason": "All agree.", "by": coordinator}
    for change, error in (
        ({"reason": "  "}, ReasonMissing),
        ({"number": 2}, PlaceTaken),
        ({"number": 4}, PlaceTaken),
        ({"number": 0}, PlaceTaken),
        ({"application": released.unlucky}, NotAReserve),
        ({"application": seat.application}, NotAReserve),
        ({"application": released.reserves["cult"][0]}, NotAReserve),
        ({"network": cult}, PlaceTaken),
    ):
        with pytest.raises(error):
            offer(call, **give | change)
    offer(call, **give)
    with pytest.raises(PlaceTaken):
        offer(call, **give | {"application": reserves[1]})


def test_no_place_is_offered_once_the_programme_has_begun(nobody_fits, seat, holder, reserves, coordinator, call, alcc, units, at):
    decline(seat, by=holder)
    at(units["half-day-1"].starts_at)
    with pytest.raises(TooLate):
        offer(call, network=alcc, number=1, application=reserves[0], reason="x", by=coordinator)
    assert not [todo for todo in todos_of(coordinator) if "seats" in todo.url]


def test_who_has_declared_a_conflict_does_not_see_that_reserve(nobody_fits, browser, seat, holder, reserves, coordinator, call, alcc):
    decline(seat, by=holder)
    Recusal.objects.create(application=reserves[0], person=coordinator)
    shown = words(browser(coordinator).get(f"/en/work/{call.slug}/seats/alcc/1/offer/"))
    assert reserves[0].name not in shown
    assert reserves[1].name in shown
    with pytest.raises(NotAReserve):
        offer(call, network=alcc, number=1, application=reserves[0], reason="x", by=coordinator)


def test_when_no_reserve_is_left_the_partners_are_told_and_nothing_waits(released, seat, holder, reserves, coordinator):
    for application in [seat.application, *reserves]:
        decline(Seat.objects.of_person(application.person).get(), by=application.person)
    assert "the place stays empty" in letters("seat_changed")[-1].body
    assert not [todo for todo in todos_of(coordinator) if "seats" in todo.url]


def test_somebody_elses_offer_page_shows_a_reserve_to_nobody(nobody_fits, browser, seat, holder, reserves, lead, assessor, call):
    decline(seat, by=holder)
    path = f"/en/work/{call.slug}/seats/alcc/1/offer/"
    for other in (lead, assessor, holder, reserves[0].person):
        response = browser(other).get(path)
        assert response.status_code == 403
        assert reserves[0].name not in response.content.decode() or other == reserves[0].person


def test_the_rule_looks_at_held_seats_alone(released, call, seat):
    """Who gave a seat back does not count in the balance."""
    before = shortfall(call, [held.application for held in seats_held()])
    decline(seat, by=seat.application.person)
    assert shortfall(call, [held.application for held in seats_held()]) == before
    assert seats_beyond_places() == []


def test_more_reserves_cost_no_more_queries_in_the_offer_page(nobody_fits, browser, seat, holder, coordinator, call, alcc):
    decline(seat, by=holder)
    client, path = browser(coordinator), f"/en/work/{call.slug}/seats/alcc/1/offer/"
    with CaptureQueriesContext(connection) as few:
        client.get(path)
    for rank in range(6, 16):
        outcome(applicant(call, alcc, gender="man"), "reserve", rank)
    with CaptureQueriesContext(connection) as many:
        client.get(path)
    assert len(few) == len(many)


def test_leads_of_all_networks_are_told_once_each(seat, holder, call, alcc, cult, coordinator):
    both = factories.staff(call=call, role="lead", network=alcc)
    factories.staff(call=call, role="lead", network=cult, person=both)
    decline(seat, by=holder)
    assert len(letters("seat_changed", address=both.email)) == 1
