"""A seat is offered, answered by the person themselves in time, and told of."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fulcrum.audit.models import Entry
from fulcrum.guard.querysets import everything
from fulcrum.people.todos import todos_of
from programme import retention
from programme.seat import Seat, State
from programme.seats.services import NotAllowed, NotOverdue, TooLate, WrongMove, accept, decline, give_up, lapse, offer_seats, seats_beyond_places
from tests import factories
from tests.applications.reading import words
from tests.programme.conftest import ANSWER_BY, applicant, letters

SECRET = "Mans bērns ir slims"


def page_of(seat):
    return f"/en/applications/{seat.application.reference}/seat/"


# Offered


def test_everybody_who_is_selected_is_offered_their_place(released, call, unguarded):
    assert {seat.application for seat in Seat.objects.all()} == {*released.selected["alcc"], *released.selected["cult"]}
    assert set(Seat.objects.values_list("state", "answer_by")) == {(State.OFFERED, ANSWER_BY)}
    assert sorted(Seat.objects.filter(network__slug="cult").values_list("number", flat=True)) == [1, 2, 3]


def test_seats_are_offered_once_however_often_it_is_asked(released, unguarded):
    offer_seats(released.slate)
    assert Seat.objects.count() == 6
    assert Entry.objects.filter(act="seats offered").count() == 1


def test_a_place_holds_one_person_and_a_house_one_seat(seat, released, unguarded):
    other = released.reserves["alcc"][0]
    values = {name: getattr(seat, name) for name in ("call", "network", "of", "offered_at", "answer_by")}
    for taken in ({"number": seat.number, "house": "x"}, {"number": 3, "house": seat.house}, {"number": 4, "house": "x"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Seat.objects.create(application=other, **values | taken)


# Answered


def test_a_person_accepts_and_gets_the_dates(browser, seat, holder, seat_of):
    client = browser(holder)
    assert "I take the seat" in words(client.get(page_of(seat)))
    assert client.post(page_of(seat), {"answer": "accept"}).headers["Location"] == page_of(seat)
    assert seat_of(seat.application).is_accepted
    [letter] = letters("seat_accepted")
    assert letter.address == holder.email
    assert "Wednesday 18 September 2024, 09:00 to 13:00 in Vienna" in letter.body
    assert "calendar.ics" in letter.body
    assert "You have your seat" in words(client.get(page_of(seat)))


def test_the_page_says_what_a_seat_entails(browser, seat, holder):
    shown = words(browser(holder).get(page_of(seat)))
    for said in ("Wednesday 5 June 2024, until 23:59 in Brussels", "Academy, half-day 5", "Learning Lab 3", "Taking part is free", "travel policy"):
        assert said in shown


def test_accepting_twice_is_accepting_once(seat, holder):
    first = accept(seat, by=holder)
    assert accept(seat, by=holder).answered_at == first.answered_at
    assert len(letters("seat_accepted")) == 1
    assert Entry.objects.filter(act="seat accepted").count() == 1


@pytest.mark.parametrize("late", [timedelta(), timedelta(seconds=1), timedelta(days=40)])
def test_after_the_date_a_seat_can_not_be_accepted(seat, holder, at, late, seat_of):
    at(ANSWER_BY + late)
    with pytest.raises(TooLate):
        accept(seat, by=holder)
    assert seat_of(seat.application).is_offered


def test_a_moment_before_the_date_a_seat_is_accepted(seat, holder, at):
    at(ANSWER_BY - timedelta(microseconds=1))
    assert accept(seat, by=holder).is_accepted


def test_too_late_the_page_says_whom_to_ask(browser, seat, holder, at, call):
    client = browser(holder)
    at(ANSWER_BY)
    response = client.post(page_of(seat), {"answer": "accept"})
    assert response.status_code == 409
    assert "The date to answer has passed" in words(response)
    assert (seat.network.contact_email or call.contact_email) in words(response)


def test_who_declines_may_say_why_and_is_thanked(browser, seat, holder, seat_of):
    client = browser(holder)
    assert "Decline the seat?" in words(client.get(page_of(seat) + "?answer=decline"))
    client.post(page_of(seat), {"answer": "decline", "reason": SECRET})
    now = seat_of(seat.application)
    assert (now.state, now.reason) == (State.DECLINED, SECRET)
    assert [letter.address for letter in letters("seat_returned")] == [holder.email]
    assert "Thank you for telling us" in words(client.get(page_of(seat)))


def test_nobody_has_to_say_why(browser, seat, holder, seat_of):
    browser(holder).post(page_of(seat), {"answer": "decline", "reason": ""})
    assert seat_of(seat.application).state == State.DECLINED


def test_giving_a_seat_up_asks_once_more(browser, accepted, holder, seat_of):
    client = browser(holder)
    asked = client.post(page_of(accepted), {"answer": "give_up"})
    assert asked.headers["Location"] == page_of(accepted) + "?answer=give_up"
    assert seat_of(accepted.application).is_accepted
    assert "Give your place back?" in words(client.get(asked.headers["Location"]))
    client.post(page_of(accepted), {"answer": "give_up", "confirmed": "1", "reason": ""})
    assert seat_of(accepted.application).state == State.GIVEN_UP


def test_a_goodbye_said_twice_is_said_once(seat, holder):
    decline(seat, reason="", by=holder)
    decline(seat, reason="other", by=holder)
    assert len(letters("seat_returned")) == 1
    assert Entry.objects.filter(act="seat declined").count() == 1


def test_what_is_declined_stays_declined(seat, holder):
    decline(seat, by=holder)
    for verb in (accept, give_up):
        with pytest.raises(WrongMove):
            verb(seat, by=holder)


def test_an_offer_is_declined_and_not_given_up(seat, holder):
    with pytest.raises(WrongMove):
        give_up(seat, by=holder)


def test_an_answer_that_is_none_is_refused(browser, seat, holder, seat_of):
    assert browser(holder).post(page_of(seat), {"answer": "perhaps"}).status_code == 422
    assert seat_of(seat.application).is_offered


@pytest.mark.parametrize("verb", [accept, decline, give_up])
def test_nobody_answers_for_somebody_else(released, seat, coordinator, lead, verb):
    for other in (released.selected["alcc"][1].person, coordinator, lead):
        with pytest.raises(NotAllowed):
            verb(seat, by=other)


# Lapsed


def test_a_coordinator_lets_an_offer_lapse_once_its_date_has_passed(browser, seat, holder, coordinator, call, at, seat_of):
    at(ANSWER_BY)
    client = browser(coordinator)
    assert "Let the offer lapse" in words(client.get(f"/en/work/{call.slug}/seats/?state=overdue"))
    client.post(f"/en/work/{call.slug}/seats/{seat.pk}/lapse/")
    assert seat_of(seat.application).state == State.LAPSED
    assert "is not offered to you any more" in letters("seat_returned")[0].subject
    with pytest.raises(TooLate):
        accept(seat, by=holder)


def test_nobody_lets_an_offer_lapse_while_there_is_time(seat, coordinator, at):
    at(ANSWER_BY - timedelta(seconds=1))
    with pytest.raises(NotOverdue):
        lapse(seat, by=coordinator)


def test_only_the_coordinator_lets_an_offer_lapse(seat, lead, holder, at):
    at(ANSWER_BY)
    for other in (lead, holder):
        with pytest.raises(NotAllowed):
            lapse(seat, by=other)


def test_who_accepted_in_time_does_not_lapse(accepted, coordinator, at):
    at(ANSWER_BY)
    with pytest.raises(WrongMove):
        lapse(accepted, by=coordinator)


# Told


def test_partners_are_told_which_house_leaves_and_never_why(seat, holder, coordinator, lead, call, cult):
    other_lead = factories.staff(call=call, role="lead", network=cult)
    decline(seat, reason=SECRET, by=holder)
    told = letters("seat_changed")
    assert {letter.address for letter in told} == {coordinator.email, lead.email, other_lead.email}
    for letter in told:
        assert seat.application.house.name in letter.body
        assert SECRET not in letter.body
        assert seat.application.name not in letter.body
        assert ("/seats/" in letter.body) == (letter.address == coordinator.email)


def test_the_record_says_what_happened_and_not_why(seat, holder):
    decline(seat, reason=SECRET, by=holder)
    entry = Entry.objects.get(act="seat declined")
    assert (entry.by_id, entry.subject) == (holder.pk, f"programme.seat {seat.pk}")
    assert not Entry.objects.filter(reason__contains=SECRET).exists()


# Seen


def test_somebody_elses_seat_is_no_page(browser, released, seat, coordinator, lead, assessor):
    for other in (released.selected["alcc"][1].person, released.unlucky.person, coordinator, lead, assessor):
        assert browser(other).get(page_of(seat)).status_code == 404
        assert browser(other).post(page_of(seat), {"answer": "accept"}).status_code == 404


def test_who_was_not_selected_has_no_seat_page(browser, released):
    client = browser(released.unlucky.person)
    assert client.get(f"/en/applications/{released.unlucky.reference}/seat/").status_code == 404


def test_a_lead_sees_seats_of_their_own_network_alone(released, lead, coordinator, assessor):
    assert {seat.network.slug for seat in Seat.objects.visible_to(lead).with_person()} == {"alcc"}
    assert Seat.objects.visible_to(coordinator).count() == 6
    assert not Seat.objects.visible_to(assessor).exists()


def test_the_list_of_seats_shows_each_place_its_person_and_who_had_it_before(browser, seat, holder, coordinator, call):
    decline(seat, reason=SECRET, by=holder)
    client = browser(coordinator)
    shown = words(client.get(f"/en/work/{call.slug}/seats/"))
    assert seat.application.name in shown
    assert SECRET in shown
    assert "Vacant: 18" in shown  # six networks put nobody forward
    only = words(client.get(f"/en/work/{call.slug}/seats/?network=cult"))
    assert seat.application.name not in only


def test_the_list_of_seats_costs_the_same_queries_for_few_and_for_many(browser, released, coordinator, call, alcc):
    client, path = browser(coordinator), f"/en/work/{call.slug}/seats/"
    with CaptureQueriesContext(connection) as many:
        client.get(path)
    with everything("a test looks"):
        Seat.objects.exclude(network=alcc, number=1).delete()
    with CaptureQueriesContext(connection) as few:
        client.get(path)
    assert len(many) == len(few) <= 11


# To do


def test_a_person_is_asked_for_an_answer_until_the_date(released, seat, holder, at):
    [todo] = [todo for todo in todos_of(holder) if todo.url == page_of(seat)]
    assert todo.until == ANSWER_BY
    at(ANSWER_BY)
    assert page_of(seat) not in [todo.url for todo in todos_of(holder)]


def test_a_coordinator_is_asked_to_let_overdue_offers_lapse(released, seat, coordinator, call, at):
    at(ANSWER_BY)
    assert "Let 6 offers lapse that were not answered" in [todo.text for todo in todos_of(coordinator)]


def test_to_dos_of_the_programme_cost_nobody_else_more_than_a_query(released, assessor, django_assert_num_queries):
    from programme.todos import of_coordinator, of_participant

    assessor.roles_now
    with django_assert_num_queries(1):
        assert [*of_participant(assessor), *of_coordinator(assessor)] == []


# Kept


def test_two_years_after_the_call_reasons_and_printed_names_are_emptied(seat, holder, call, at, seat_of):
    decline(seat, reason=SECRET, by=holder)
    Seat.objects.of_person(holder).update(printed_name="Inga", name_checked_at=timezone.now())
    at(call.ends_at, days=729)
    assert retention.forget_words_of_seats() == 0
    at(call.ends_at, days=731)
    assert retention.forget_words_of_seats() == 1
    now = seat_of(seat.application)
    assert (now.reason, now.printed_name, now.name_checked_at) == ("", "", None)


def test_the_invariant_finds_more_seats_than_places_and_who_was_never_chosen(released, call, alcc, seat, unguarded):
    assert seats_beyond_places() == []
    stranger = applicant(call, alcc)
    Seat.objects.create(call=call, network=alcc, number=4, of=9, application=stranger, house="x", offered_at=ANSWER_BY, answer_by=ANSWER_BY)
    found = seats_beyond_places()
    assert [sentence.split(" ")[1] for sentence in found] == ["network", str(stranger.seat.pk)]
