"""A network's list: ranks with reasons, moves, one place a house, put forward, taken back; by verbs, on its page and in the database."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from applications import services as applying
from applications.application import Application
from fulcrum.audit.models import Entry
from fulcrum.audit.services import broken_chains
from fulcrum.guard.querysets import everything
from selection.assessments import services as assessing
from selection.assessments.models import Ineligibility
from selection.shortlists import services as ranking
from selection.shortlists.models import Place, Shortlist
from selection.shortlists.services import (
    HouseTaken,
    Incomplete,
    ListClosed,
    Moved,
    NotAllowed,
    NotEligible,
    NotInTime,
    Opened,
    PlaceTaken,
    ReasonMissing,
    move,
    overfull_lists,
    place,
    put_forward,
    reword,
    take_back,
    take_off,
)
from selection.slates.services import open_lists
from tests import factories
from tests.applications.reading import anchors, typed_into, words
from tests.conftest import CLOSED, OPEN
from tests.selection import making


def ranks(shortlist):
    """Rank, application and reason as the database has them."""
    with everything("a test looks"):
        return [*Place.objects.filter(shortlist=shortlist).order_by("rank").values_list("rank", "application", "reason")]


def in_order(shortlist):
    return [application for _rank, application, _reason in ranks(shortlist)]


@pytest.fixture
def listed(shortlist):
    """The applications on the list of ALCC, in their order: three places, two reserves."""
    return making.on_list(shortlist)


@pytest.fixture
def shared(call, alcc):
    """Two applications of one house."""
    house = factories.HouseFactory(networks=[alcc])
    return making.candidates(call, alcc, 2, house=house)


# Ranks


def test_ranks_are_given_one_after_the_other_places_first_then_reserves(applications, alcc_lead):
    given = [place(application, reason=f"Because {number}.", by=alcc_lead) for number, application in enumerate(applications)]
    assert [(row.rank, row.is_reserve, row.reason) for row in given] == [
        (1, False, "Because 0."),
        (2, False, "Because 1."),
        (3, False, "Because 2."),
        (4, True, "Because 3."),
        (5, True, "Because 4."),
    ]
    assert [row.order for row in given[3:]] == [1, 2]
    assert overfull_lists() == []


def test_a_rank_has_a_reason(applications, alcc_lead, unguarded):
    for empty in ("", "  \n "):
        with pytest.raises(ReasonMissing):
            place(applications[0], reason=empty, by=alcc_lead)
    assert not Place.objects.exists()


def test_nobody_gets_two_ranks(applications, alcc_lead, unguarded):
    place(applications[0], reason="Ready.", by=alcc_lead)
    with pytest.raises(PlaceTaken):
        place(applications[0], reason="Ready.", by=alcc_lead)
    assert Place.objects.count() == 1
    assert Entry.objects.filter(act="put on the list").count() == 1


def test_only_a_lead_of_the_network_gives_ranks(applications, alcc_reader, cult_lead, coordinator, unguarded):
    for person in (alcc_reader, cult_lead, coordinator, applications[0].person):
        with pytest.raises((NotAllowed, NotEligible)):
            place(applications[0], reason="Ready.", by=person)
    assert not Place.objects.exists()


def test_a_draft_or_what_was_withdrawn_gets_no_rank(call, alcc, applications, alcc_lead):
    draft = factories.draft(call=call, network=alcc)
    applying.withdraw(applications[0], by=applications[0].person)
    for application in (draft, applications[0]):
        with pytest.raises(NotEligible):
            place(application, reason="Ready.", by=alcc_lead)


def test_who_can_not_be_counted_gets_no_rank(applications, alcc_lead):
    assessing.find_ineligible(applications[0], reason="No member.", by=alcc_lead)
    with pytest.raises(NotEligible):
        place(applications[0], reason="Ready.", by=alcc_lead)


def test_who_has_a_rank_can_be_counted(shortlist, listed, alcc_lead, unguarded):
    for application in (listed[0], listed[4]):
        with pytest.raises(assessing.OnTheList):
            assessing.find_ineligible(application, reason="No member.", by=alcc_lead)
    assert not Ineligibility.objects.exists()


def test_an_ineligibility_without_a_reason_is_none(applications, alcc_lead, unguarded):
    with pytest.raises(ValidationError):
        assessing.find_ineligible(applications[0], reason="", by=alcc_lead)
    assert not Ineligibility.objects.exists()


# Moves


def test_two_neighbours_change_ranks_with_their_reasons(shortlist, listed, alcc_lead):
    before = ranks(shortlist)
    move(shortlist, listed[2], up=False, version=1, by=alcc_lead)  # a place becomes a reserve, and a reserve a place
    assert ranks(shortlist) == [*before[:2], (3, *before[3][1:]), (4, *before[2][1:]), before[4]]
    move(shortlist, listed[2], up=True, version=2, by=alcc_lead)
    assert ranks(shortlist) == before


def test_at_the_ends_of_the_list_nothing_happens(shortlist, listed, alcc_lead, now):
    before, entries = ranks(shortlist), Entry.objects.count()
    move(shortlist, listed[0], up=True, version=1, by=alcc_lead)
    move(shortlist, listed[4], up=False, version=1, by=alcc_lead)
    assert ranks(shortlist) == before
    assert (now(shortlist).version, Entry.objects.count()) == (1, entries)


def test_those_behind_move_up_when_somebody_is_taken_off(shortlist, listed, alcc_lead):
    take_off(shortlist, listed[1], version=1, by=alcc_lead)
    assert in_order(shortlist) == [listed[i].pk for i in (0, 2, 3, 4)]
    assert [rank for rank, _application, _reason in ranks(shortlist)] == [1, 2, 3, 4]
    assert place(listed[1], reason="After all.", by=alcc_lead).rank == 5


def test_another_reason_changes_that_rank_alone(shortlist, listed, alcc_lead):
    before = ranks(shortlist)
    reword(shortlist, listed[1], reason=" A better one. ", version=1, by=alcc_lead)
    assert ranks(shortlist) == [before[0], (2, listed[1].pk, "A better one."), *before[2:]]
    with pytest.raises(ReasonMissing):
        reword(shortlist, listed[1], reason=" ", version=2, by=alcc_lead)


def test_every_change_raises_the_version_and_goes_on_record_without_the_reason(shortlist, listed, call, alcc, alcc_lead, now):
    place(making.candidate(call, alcc), reason="Zebra.", by=alcc_lead)
    move(shortlist, listed[0], up=False, version=2, by=alcc_lead)
    reword(shortlist, listed[0], reason="Zebra.", version=3, by=alcc_lead)
    take_off(shortlist, listed[0], version=4, by=alcc_lead)
    assert now(shortlist).version == 5
    entries = Entry.objects.order_by("pk").filter(by=alcc_lead)
    assert [entry.act for entry in entries] == ["put on the list", "rank changed", "reason of a rank changed", "taken off the list"]
    assert not [entry for entry in entries if "Zebra" in f"{entry.reason} {entry.fields}"]


def test_a_list_that_somebody_changed_meanwhile_is_looked_at_first(shortlist, listed, alcc_lead, closed):
    move(shortlist, listed[0], up=False, version=1, by=alcc_lead)
    before = ranks(shortlist)
    for act in (
        lambda: move(shortlist, listed[0], up=True, version=1, by=alcc_lead),
        lambda: take_off(shortlist, listed[0], version=1, by=alcc_lead),
        lambda: reword(shortlist, listed[0], reason="Other.", version=1, by=alcc_lead),
        lambda: put_forward(shortlist, version=1, by=alcc_lead),
    ):
        with pytest.raises(Moved):
            act()
    assert ranks(shortlist) == before


def test_who_is_not_on_the_list_is_not_moved(shortlist, call, alcc, alcc_lead):
    with pytest.raises(Moved):
        move(shortlist, making.candidate(call, alcc), up=True, version=1, by=alcc_lead)


def test_nobody_but_a_lead_of_the_network_changes_its_list(shortlist, listed, alcc_reader, cult_lead, coordinator, closed):
    before = ranks(shortlist)
    for person in (alcc_reader, cult_lead, coordinator, listed[0].person):
        for act in (
            lambda person=person: move(shortlist, listed[0], up=False, version=1, by=person),
            lambda person=person: take_off(shortlist, listed[0], version=1, by=person),
            lambda person=person: reword(shortlist, listed[0], reason="Other.", version=1, by=person),
            lambda person=person: put_forward(shortlist, version=1, by=person),
            lambda person=person: take_back(shortlist, by=person),
        ):
            with pytest.raises(NotAllowed):
                act()
    assert ranks(shortlist) == before


# One place a house


def test_a_house_holds_one_place_and_may_be_a_reserve(shared, call, alcc, alcc_lead):
    others = making.candidates(call, alcc, 2)
    place(shared[0], reason="Ready.", by=alcc_lead)
    with pytest.raises(HouseTaken):
        place(shared[1], reason="Ready.", by=alcc_lead)
    for application in others:
        place(application, reason="Ready.", by=alcc_lead)
    assert place(shared[1], reason="Ready.", by=alcc_lead).is_reserve


def test_a_typed_house_is_the_same_as_the_listed_one_of_that_name_and_town(shared, call, alcc, alcc_lead):
    typed = making.candidate(call, alcc, house=None, typed_house=shared[0].house.name.upper(), municipality=shared[0].house.municipality)
    place(shared[0], reason="Ready.", by=alcc_lead)
    with pytest.raises(HouseTaken):
        place(typed, reason="Ready.", by=alcc_lead)


def test_no_move_brings_a_house_to_a_second_place(shared, call, alcc, alcc_lead, now):
    others = making.candidates(call, alcc, 2)
    for application in (shared[0], *others, shared[1]):
        place(application, reason="Ready.", by=alcc_lead)
    with everything("a test looks"):
        own = Shortlist.objects.get()
    before = ranks(own)
    with pytest.raises(HouseTaken):
        move(own, shared[1], up=True, version=own.version, by=alcc_lead)
    with pytest.raises(HouseTaken):
        move(own, others[1], up=False, version=own.version, by=alcc_lead)
    with pytest.raises(HouseTaken):
        take_off(own, others[0], version=own.version, by=alcc_lead)
    assert ranks(own) == before
    take_off(own, shared[0], version=own.version, by=alcc_lead)
    assert in_order(own) == [row.pk for row in (*others, shared[1])]


def test_a_house_that_was_changed_after_the_rank_was_given_counts_as_it_is_now(applications, alcc_lead, closed, during_call, now):
    """Until the deadline a candidate may name another house: the list is judged by what stands in the applications."""
    during_call.move_to(OPEN)
    for application in applications[:3]:
        place(application, reason="Ready.", by=alcc_lead)
    applying.save_page(applications[2], values={"house": applications[0].house}, by=applications[2].person)
    during_call.move_to(CLOSED)
    with everything("a test looks"):
        own = Shortlist.objects.get()
    with pytest.raises(HouseTaken):
        put_forward(own, version=own.version, by=alcc_lead)
    with pytest.raises(HouseTaken):
        move(own, applications[1], up=True, version=own.version, by=alcc_lead)
    take_off(own, applications[2], version=own.version, by=alcc_lead)
    place(applications[3], reason="Ready.", by=alcc_lead)
    assert put_forward(own, version=now(own).version, by=alcc_lead).put_forward_at


def test_a_place_keeps_the_house_under_which_it_was_put_forward(applications, alcc_lead, during_call, unguarded):
    for application in applications[:3]:
        place(application, reason="Ready.", by=alcc_lead)
    house = factories.HouseFactory()
    applying.save_page(applications[2], values={"house": house}, by=applications[2].person)
    during_call.move_to(CLOSED)
    own = Shortlist.objects.get()
    put_forward(own, version=own.version, by=alcc_lead)
    assert Place.objects.get(rank=3).house == Application.objects.get(pk=applications[2].pk).house_key


# Withdrawal


def test_who_withdraws_before_the_deadline_leaves_the_list(shortlist, listed, now):
    applying.withdraw(listed[1], by=listed[1].person)
    assert in_order(shortlist) == [listed[i].pk for i in (0, 2, 3, 4)]
    assert now(shortlist).version == 2
    assert overfull_lists() == []


def test_who_withdraws_without_a_rank_leaves_the_list_as_it_is(shortlist, call, alcc, now):
    applying.withdraw(other := making.candidate(call, alcc), by=other.person)
    assert now(shortlist).version == 1


def test_who_would_be_the_second_of_a_house_leaves_with_the_one_who_withdraws(shared, call, alcc, alcc_lead, unguarded):
    others = making.candidates(call, alcc, 3)
    for application in (shared[0], others[0], others[1], shared[1], others[2]):
        place(application, reason="Ready.", by=alcc_lead)
    own = Shortlist.objects.get()
    applying.withdraw(others[0], by=others[0].person)
    assert in_order(own) == [row.pk for row in (shared[0], others[1], others[2])]
    assert overfull_lists() == []


def test_after_the_deadline_nobody_withdraws_from_a_list(shortlist, listed, closed):
    with pytest.raises(applying.NotInTime):
        applying.withdraw(listed[0], by=listed[0].person)
    assert in_order(shortlist)[0] == listed[0].pk


# Put forward, taken back


def test_a_list_is_put_forward_after_the_deadline(shortlist, alcc_lead, call, during_call, now):
    for moment in (OPEN, call.deadline - timedelta(seconds=1)):
        during_call.move_to(moment)
        with pytest.raises(NotInTime):
            put_forward(shortlist, version=1, by=alcc_lead)
    assert now(shortlist).put_forward_at is None
    during_call.move_to(call.deadline)
    assert put_forward(shortlist, version=1, by=alcc_lead).put_forward_by == alcc_lead
    assert now(shortlist).put_forward_at == call.deadline


def test_putting_forward_twice_is_once(shortlist, alcc_lead, closed, during_call):
    first = put_forward(shortlist, version=1, by=alcc_lead)
    during_call.shift(timedelta(hours=1))
    assert put_forward(shortlist, version=1, by=alcc_lead).put_forward_at == first.put_forward_at
    assert Entry.objects.filter(act="list put forward").count() == 1


def test_no_list_is_put_forward_while_a_place_is_free_that_could_be_filled(applications, alcc_lead, closed, now):
    place(applications[0], reason="Ready.", by=alcc_lead)
    with everything("a test looks"):
        own = Shortlist.objects.get()
    with pytest.raises(Incomplete) as found:
        put_forward(own, version=1, by=alcc_lead)
    assert found.value.free == 2
    for application in applications[2:]:
        assessing.find_ineligible(application, reason="No member.", by=alcc_lead)
    with pytest.raises(Incomplete) as found:
        put_forward(own, version=1, by=alcc_lead)
    assert found.value.free == 1
    assessing.find_ineligible(applications[1], reason="No member.", by=alcc_lead)
    assert put_forward(own, version=1, by=alcc_lead).put_forward_at


def test_a_place_that_only_another_of_the_same_house_could_fill_stays_free(shared, alcc_lead, closed):
    place(shared[0], reason="Ready.", by=alcc_lead)
    with everything("a test looks"):
        own = Shortlist.objects.get()
    assert put_forward(own, version=1, by=alcc_lead).put_forward_at


def test_a_network_without_applications_puts_an_empty_list_forward_on_its_page(browser, address, alcc, alcc_lead, closed):
    window = browser(alcc_lead)
    page = window.get(address("lists", "alcc"))
    form = re.search(r'action="([^"]*/forward/)".*?name="version" value="(\d+)"', page.content.decode(), re.DOTALL)
    window.post(form[1], {"version": form[2]})
    assert dict(ranking.readiness(Shortlist.objects.visible_to(alcc_lead).get().call))[alcc] is True


def test_nothing_of_a_list_changes_once_it_is_put_forward(shortlist, listed, call, alcc, alcc_lead, closed):
    outside = making.candidate(call, alcc)
    put_forward(shortlist, version=1, by=alcc_lead)
    before = ranks(shortlist)
    for act in (
        lambda: place(outside, reason="Ready.", by=alcc_lead),
        lambda: move(shortlist, listed[0], up=False, version=1, by=alcc_lead),
        lambda: take_off(shortlist, listed[0], version=1, by=alcc_lead),
        lambda: reword(shortlist, listed[0], reason="Other.", version=1, by=alcc_lead),
        lambda: assessing.find_ineligible(outside, reason="No.", by=alcc_lead),
    ):
        with pytest.raises(ListClosed):
            act()
    assert ranks(shortlist) == before


def test_a_list_is_taken_back_until_the_opening_and_put_forward_again(shortlist, listed, alcc_lead, closed, now):
    put_forward(shortlist, version=1, by=alcc_lead)
    take_back(shortlist, by=alcc_lead)
    assert (now(shortlist).put_forward_at, now(shortlist).put_forward_by) == (None, None)
    take_back(shortlist, by=alcc_lead)
    assert Entry.objects.filter(act="list taken back").count() == 1
    move(shortlist, listed[0], up=False, version=now(shortlist).version, by=alcc_lead)
    assert put_forward(shortlist, version=now(shortlist).version, by=alcc_lead).put_forward_at


def test_no_list_is_taken_back_after_the_opening(shortlist, call, alcc_lead, coordinator, closed, now):
    making.all_ready(call)
    open_lists(call, by=coordinator)
    with pytest.raises(Opened):
        take_back(shortlist, by=alcc_lead)
    assert now(shortlist).put_forward_at


# Its page


@pytest.fixture
def window(browser, alcc_lead):
    """The browser of the lead."""
    return browser(alcc_lead)


@pytest.fixture
def url(address):
    return lambda *parts: address("lists", "alcc", *parts)


def test_the_page_shows_places_reserves_reasons_and_who_else_there_is(window, url, shortlist, listed, call, alcc):
    outside, out = making.candidates(call, alcc, 2)
    assessing.find_ineligible(out, reason="No member.", by=making.lead_of(call, alcc))
    page = window.get(url())
    shown = [(row.rank, application.pk) for kind in ("places", "reserves") for row, application in page.context[kind]]
    assert shown == [(rank, application) for rank, application, _reason in ranks(shortlist)]
    assert all(reason in words(page) for _rank, _application, reason in ranks(shortlist))
    assert [row.pk for row in page.context["others"]] == [outside.pk]


def test_a_reader_who_leads_nothing_sees_the_list_without_scores_and_buttons(browser, url, shortlist, listed, alcc_reader, alcc_lead, closed):
    making.score(listed[0], alcc_lead, transformation=4, ambassador=4, position=4, prior_knowledge=2)
    page = browser(alcc_reader).get(url()).content.decode()
    assert listed[0].name in page
    assert "14.0" not in page
    assert not re.search(r"rank__actions|/forward/|/back/|Change the reason", page)
    assert "14.0" in browser(alcc_lead).get(url()).content.decode()


def test_an_application_gets_its_rank_on_its_own_page(window, address, url, applications):
    page = address("applications", applications[0].reference)
    answer = window.post(f"{page}place/", {"place-reason": "Has a plan."})
    assert answer.headers["Location"] == url()
    assert f"{applications[0].name} has place 1." in words(window.get(url()))
    assert "Has a plan." in words(window.get(page))
    assert "is on the list already" in words(window.post(f"{page}place/", {"place-reason": "Again."}, follow=True))


def test_a_rank_without_a_reason_is_refused_at_its_field(window, address, applications, unguarded):
    answer = window.post(address("applications", applications[0].reference, "place"), {"place-reason": "  "})
    assert answer.status_code == 422
    assert "id_place-reason" in anchors(answer)
    assert not Place.objects.exists()


def test_a_house_that_is_taken_is_said_and_the_reason_kept(window, address, shared, alcc_lead):
    place(shared[0], reason="Ready.", by=alcc_lead)
    answer = window.post(address("applications", shared[1].reference, "place"), {"place-reason": "Also ready."})
    assert answer.status_code == 422
    assert "A house has at most one place" in words(answer)
    assert typed_into(answer, "place-reason") == "Also ready."


def test_an_assessor_gives_no_rank_on_the_page_either(browser, address, applications, alcc_reader, unguarded):
    page = browser(alcc_reader)
    assert "/place/" not in page.get(address("applications", applications[0].reference)).content.decode()
    assert page.post(address("applications", applications[0].reference, "place"), {"place-reason": "Ready."}).status_code == 422
    assert not Place.objects.exists()


def test_the_buttons_move_take_off_and_reword(window, url, shortlist, listed):
    def press(application, version, **button):
        answer = window.post(url(application.reference), button | {"version": str(version)})
        assert answer.headers["Location"] == f"{url()}#{application.reference}"

    press(listed[1], 1, up="1")
    press(listed[1], 2, down="1")
    press(listed[0], 3, off="1")
    press(listed[1], 4, reason="A better one.")
    assert in_order(shortlist) == [row.pk for row in listed[1:]]
    assert ranks(shortlist)[0][2] == "A better one."


def test_an_old_page_changes_nothing_and_is_answered_with_the_list_as_it_is(window, url, shortlist, listed, alcc_lead):
    move(shortlist, listed[0], up=False, version=1, by=alcc_lead)
    before = in_order(shortlist)
    for button in ({"up": "1"}, {"off": "1"}):
        answer = window.post(url(listed[0].reference), button | {"version": "1"})
        assert answer.status_code == 409
        assert "Somebody else changed the list since you opened it" in words(answer)
        assert [application.pk for _row, application in answer.context["places"]] == before[:3]
        assert 'name="version" value="2"' in answer.content.decode()
    assert in_order(shortlist) == before


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30, "1.0"])
def test_a_version_that_is_none_changes_nothing(window, url, shortlist, listed, version):
    assert window.post(url(listed[0].reference), {"down": "1", "version": version}).status_code == 409
    assert in_order(shortlist) == [row.pk for row in listed]


def test_a_reason_typed_on_an_old_page_is_shown_beside_the_one_that_stands(window, url, shortlist, listed, alcc_lead):
    reword(shortlist, listed[0], reason="From the other window.", version=1, by=alcc_lead)
    answer = window.post(url(listed[0].reference), {"reason": "From this window.", "version": "1"})
    assert answer.status_code == 409
    assert "From the other window." in words(answer)
    assert "From this window." in answer.content.decode()
    assert ranks(shortlist)[0][2] == "From the other window."


@pytest.mark.parametrize(("typed", "said"), [(" ", "Say why, in a sentence."), ("x" * 1501, "at most 1500")])
def test_a_reason_that_is_none_or_too_long_is_named_and_kept(window, url, shortlist, listed, typed, said):
    answer = window.post(url(listed[1].reference), {"reason": typed, "version": "1"})
    assert answer.status_code == 422
    assert said in words(answer)
    assert anchors(answer) == [f"reason-{listed[1].reference}"]
    assert answer.content.decode().count(typed) >= 1
    assert ranks(shortlist)[1][2] == f"Reason for {listed[1].name}."


def test_a_reason_is_kept_without_characters_that_hide_or_reorder(window, url, shortlist, listed):
    window.post(url(listed[1].reference), {"reason": "Good\u202e thing.\x07", "version": "1"})
    assert ranks(shortlist)[1][2] == "Good thing."


def test_putting_forward_and_taking_back_by_buttons(window, url, shortlist, listed, closed, now):
    form = re.search(r'action="([^"]*/forward/)".*?name="version" value="(\d+)"', window.get(url()).content.decode(), re.DOTALL)
    assert window.post(form[1], {"version": form[2]}).headers["Location"] == url()
    page = window.get(url())
    assert "Put forward:" in words(page)
    assert "rank__actions" not in page.content.decode()
    assert window.post(url(listed[0].reference), {"down": "1", "version": "1"}).status_code == 409
    window.post(re.search(r'action="([^"]*/back/)"', page.content.decode())[1])
    assert now(shortlist).put_forward_at is None


def test_the_page_says_what_is_missing_before_the_list_is_put_forward(window, url, applications, alcc_lead, closed):
    place(applications[0], reason="Ready.", by=alcc_lead)
    answer = window.post(url("forward"), {"version": "1"})
    assert answer.status_code == 409
    assert "2 places are free though eligible applications are left" in words(answer)


def test_before_the_deadline_the_page_offers_no_putting_forward(window, url, shortlist):
    page = window.get(url())
    assert "/forward/" not in page.content.decode()
    assert "Applications still come in" in words(page)
    assert window.post(url("forward"), {"version": "1"}).status_code == 409


def test_lists_change_by_post_alone(window, url, shortlist, listed, closed):
    for parts in (("forward",), ("back",), (listed[0].reference,)):
        assert window.get(url(*parts)).status_code == 405


@pytest.mark.parametrize("who", ["cult_lead", "coordinator", "alcc_reader"])
def test_the_list_of_another_network_is_not_found_and_no_reader_changes_it(browser, url, shortlist, listed, closed, request, who):
    window = browser(request.getfixturevalue(who))
    status = {"cult_lead": (404, 404), "coordinator": (403, 403), "alcc_reader": (200, 403)}[who]
    assert window.get(url()).status_code == status[0]
    for parts in (("forward",), ("back",), (listed[0].reference,)):
        assert window.post(url(*parts), {"version": "1", "off": "1"}).status_code == status[1]
    assert in_order(shortlist) == [row.pk for row in listed]


def test_an_application_of_another_network_is_not_moved_through_ones_own_list(window, url, shortlist, call, cult):
    foreign = making.on_list(making.listed(call, cult))[0]
    assert window.post(url(foreign.reference), {"off": "1", "version": "1"}).status_code == 404
    assert len(in_order(shortlist)) == 5


# The database refuses what the verbs refuse


@pytest.fixture
def row(shortlist, call, alcc, unguarded):
    """Writes a rank past the verbs."""

    def write(**values):
        application = values.pop("application", None) or making.candidate(call, alcc)
        fields = {"rank": 6, "of": 3, "house": application.house_key, "reason": "Ready."} | values
        with transaction.atomic():
            return Place.objects.create(shortlist=shortlist, application=application, **fields)

    return write


def test_a_rank_past_the_verbs_is_possible_where_nothing_forbids_it(row):
    assert row().is_reserve


@pytest.mark.parametrize("wrong", [{"rank": 5}, {"rank": 1}, {"rank": 0}, {"reason": ""}, {"rank": -1}])
def test_the_database_refuses_a_second_on_a_rank_a_rank_below_one_and_an_empty_reason(row, wrong):
    with pytest.raises(IntegrityError):
        row(**wrong)


def test_the_database_refuses_a_house_on_two_places_and_takes_it_as_a_reserve(row, listed, unguarded):
    house = listed[0].house_key
    Place.objects.filter(rank=3).delete()
    with pytest.raises(IntegrityError):
        row(rank=3, house=house)
    assert row(rank=6, house=house).house == house


def test_the_database_refuses_one_application_on_two_ranks(row, listed):
    with pytest.raises(IntegrityError):
        row(application=listed[0])


def test_the_database_keeps_one_list_a_network(shortlist, call, alcc, unguarded):
    with pytest.raises(IntegrityError), transaction.atomic():
        Shortlist.objects.create(call=call, network=alcc)


@pytest.mark.parametrize("wrong", ["gap", "of", "network"])
def test_a_list_that_is_out_of_order_is_found_every_night(shortlist, listed, call, cult, unguarded, wrong):
    assert overfull_lists() == []
    if wrong == "gap":
        Place.objects.filter(rank=2).delete()
    elif wrong == "of":
        Place.objects.filter(rank=2).update(of=9)
    else:
        Place.objects.filter(rank=2).update(application=making.candidate(call, cult))
    assert len(overfull_lists()) == 1


def test_who_is_on_a_list_without_being_sent_or_eligible_is_found_every_night(shortlist, listed, alcc_lead, unguarded):
    Application.objects.filter(pk=listed[0].pk).update(state="withdrawn")
    assert overfull_lists() == [f"lists: {shortlist.pk} holds an application that is not sent, or can't be counted."]
    Application.objects.filter(pk=listed[0].pk).update(state="sent")
    Ineligibility.objects.create(application=listed[1], reason="No member.", by=alcc_lead)
    assert overfull_lists() == [f"lists: {shortlist.pk} holds an application that is not sent, or can't be counted."]


# Whatever happens


REFUSALS = (
    ranking.NotAllowed,
    ranking.ListClosed,
    ranking.NotEligible,
    ranking.PlaceTaken,
    ranking.HouseTaken,
    ranking.Moved,
    ranking.NotInTime,
    ranking.Incomplete,
    ranking.Opened,
    ranking.ReasonMissing,
    assessing.NotAllowed,
    assessing.OnTheList,
    applying.NotInTime,
    applying.WrongMove,
    applying.NotAllowed,
)


class Ranking(RuleBasedStateMachine):
    """One network with three places, seven applications, of which some share a house, and a clock that only goes on."""

    surroundings: dict[str, Any]

    @initialize(ranked=st.sampled_from([0, 3, 4, 5]), moved=st.booleans(), unfit=st.integers(0, 6), later=st.booleans())
    def a_network_reads(self, ranked: int, moved: bool, unfit: int, later: bool) -> None:
        """Some have a rank; one of them has moved to the house of another since; one can't be counted unless it has a rank."""
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.call, self.network, self.lead, self.applications, self.clock = (
            self.surroundings[name] for name in ("call", "network", "lead", "applications", "clock")
        )
        self.clock.move_to(OPEN)
        self.version = 0
        for number in range(ranked):
            self.place(number, reason="Ready.")
        if moved:
            self.change_house(1, house=0)
        self.find_ineligible(unfit)
        if later:
            self.clock.move_to(CLOSED)

    def teardown(self) -> None:
        assert broken_chains() == []
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    def own(self) -> Shortlist:
        with everything("a test looks"):
            return Shortlist.objects.filter(call=self.call, network=self.network).first() or ranking.lock_list(self.call, self.network)

    def attempt(self, act: Any, *args: Any, **words: Any) -> bool:
        try:
            act(*args, **words)
        except REFUSALS:
            return False
        return True

    @rule(number=st.integers(0, 6), reason=st.sampled_from(["Ready.", "Ready.", ""]))
    def place(self, number: int, reason: str) -> None:
        done = self.attempt(place, self.applications[number], reason=reason, by=self.lead)
        assert not done or reason

    @rule(number=st.integers(0, 6), up=st.booleans(), old=st.booleans())
    def move(self, number: int, up: bool, old: bool) -> None:
        own = self.own()
        done = self.attempt(move, own, self.applications[number], up=up, version=own.version - old, by=self.lead)
        assert not (done and old)

    @rule(number=st.integers(0, 6), old=st.booleans())
    def take_off(self, number: int, old: bool) -> None:
        own = self.own()
        done = self.attempt(take_off, own, self.applications[number], version=own.version - old, by=self.lead)
        assert not (done and old)

    @rule()
    def put_forward(self) -> None:
        own = self.own()
        if self.attempt(put_forward, own, version=own.version, by=self.lead):
            assert not self.call.is_open

    @rule()
    def take_back(self) -> None:
        assert self.attempt(take_back, self.own(), by=self.lead)

    @precondition(lambda self: self.call.is_open)
    @rule(number=st.integers(0, 6))
    def withdraw(self, number: int) -> None:
        application = self.applications[number]
        assert self.attempt(applying.withdraw, application, by=application.person)

    @precondition(lambda self: self.call.is_open)
    @rule(number=st.integers(0, 6), house=st.integers(0, 6))
    def change_house(self, number: int, house: int) -> None:
        application = self.applications[number]
        self.attempt(applying.save_page, application, values={"house": self.applications[house].house}, by=application.person)

    @rule(number=st.integers(0, 6))
    def find_ineligible(self, number: int) -> None:
        self.attempt(assessing.find_ineligible, self.applications[number], reason="No member.", by=self.lead)

    @rule(number=st.integers(0, 6))
    def find_eligible(self, number: int) -> None:
        self.attempt(assessing.find_eligible, self.applications[number], by=self.lead)

    @precondition(lambda self: self.call.is_open)
    @rule()
    def the_deadline_passes(self) -> None:
        self.clock.move_to(CLOSED)

    @invariant()
    def every_list_is_in_order(self) -> None:
        assert overfull_lists() == []

    @invariant()
    def the_version_only_rises(self) -> None:
        version = self.own().version
        assert version >= self.version
        self.version = version

    @invariant()
    def what_is_put_forward_is_full_and_of_different_houses(self) -> None:
        own = self.own()
        if own.put_forward_at:
            assert own.put_forward_at >= self.call.deadline
            assert ranking.free_places(own) == 0
            houses = [row.house_key for row in making.on_list(own)[:3]]
            assert len(houses) == len(set(houses))


@pytest.mark.django_db
def test_whatever_happens_a_list_stays_in_order(call, alcc, alcc_lead, during_call):
    two = factories.HouseFactory(networks=[alcc])
    applications = [*making.candidates(call, alcc, 5), *making.candidates(call, alcc, 2, house=two)]

    class Here(Ranking):
        surroundings = {"call": call, "network": alcc, "lead": alcc_lead, "applications": applications, "clock": during_call}

    few = settings(
        max_examples=40,
        stateful_step_count=12,
        deadline=None,
        database=None,
        phases=[Phase.generate],  # to make a failure smaller takes minutes
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Here, settings=few)
