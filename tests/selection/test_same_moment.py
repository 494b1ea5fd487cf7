"""Fifty people, or fifty windows, at the same moment, on one network's list."""

import re

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from applications import services as applying
from applications.application import Application
from fulcrum.audit.models import Entry
from fulcrum.audit.services import broken_chains
from fulcrum.guard.querysets import everything
from selection.assessments import services as assessing
from selection.assessments.models import Assessment, Ineligibility, Recusal, Score
from selection.shortlists import services as ranking
from selection.shortlists.models import Place, Shortlist
from selection.shortlists.services import overfull_lists
from tests import factories
from tests.selection import making

pytestmark = [pytest.mark.concurrent, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def rows():
    """The rows of a table, whoever's they are."""

    def read(model, *fields):
        with everything("a test looks"):
            return [*model.objects.order_by("pk").values_list(*fields)] if fields else model.objects.count()

    return read


def entries(act):
    return Entry.objects.filter(act=act).count()


def ranks():
    """Every rank with the number of places and the house."""
    with everything("a test looks"):
        return [*Place.objects.order_by("rank").values_list("rank", "of", "house")]


def version():
    """The version at which the one list stands."""
    with everything("a test looks"):
        return Shortlist.objects.values_list("version", flat=True).get()


def crowd(person):
    """Windows of one person, each a client of its own with the same session."""
    cookies = factories.sign_in(Client(), person).cookies

    def window():
        client = Client()
        client.cookies = cookies
        return client

    return window


# Places


def test_fifty_people_placed_at_once_get_a_rank_each_until_the_list_is_full_and_three_get_places(call, alcc, alcc_lead, at_once):
    applications = making.candidates(call, alcc, 50)

    def act(number):
        try:
            return ranking.place(applications[number], reason="Ready.", by=making.fresh(alcc_lead)).rank
        except ranking.ListFull:
            return None

    returned, raised = at_once(act)
    assert raised == []
    assert sorted(rank for rank in returned if rank) == [*range(1, ranking.LONGEST + 1)]
    assert [rank for rank, _of, _house in ranks()] == [*range(1, ranking.LONGEST + 1)]
    assert sum(rank <= of for rank, of, _house in ranks()) == 3
    assert overfull_lists() == []
    assert entries("put on the list") == ranking.LONGEST
    assert broken_chains() == []


def test_fifty_of_one_house_placed_at_once_get_one_place_in_all(call, alcc, alcc_lead, at_once):
    applications = making.candidates(call, alcc, 50, house=factories.HouseFactory(networks=[alcc]))

    def act(number):
        try:
            return ranking.place(applications[number], reason="Ready.", by=making.fresh(alcc_lead))
        except ranking.HouseTaken:
            return None

    returned, raised = at_once(act)
    assert raised == []
    assert len([row for row in returned if row]) == 1
    assert len(ranks()) == 1


def test_one_person_placed_fifty_times_gets_one_rank(call, alcc, alcc_lead, at_once):
    application = making.candidate(call, alcc)

    def act(number):
        try:
            return ranking.place(application, reason="Ready.", by=making.fresh(alcc_lead))
        except ranking.PlaceTaken:
            return None

    returned, raised = at_once(act)
    assert raised == []
    assert len([row for row in returned if row]) == len(ranks()) == entries("put on the list") == 1


def test_the_constraint_alone_gives_each_rank_and_each_place_of_a_house_once(call, alcc, at_once, rows):
    """Nobody locks anything: fifty writers ask for the same three ranks, past every verb."""
    applications = making.candidates(call, alcc, 50)
    with everything("a test makes a list"):
        own = Shortlist.objects.create(call=call, network=alcc)

    def act(number):
        fields = {"rank": number % 3 + 1, "of": 3, "house": f"house {number % 2}", "reason": "Ready."}
        try:
            with everything("past the verbs"), transaction.atomic():
                return Place.objects.create(shortlist=own, application=applications[number], **fields)
        except IntegrityError:
            return None

    returned, raised = at_once(act)
    assert raised == []
    held = ranks()
    assert len(held) == len([row for row in returned if row]) == 2  # three ranks, and two houses
    assert len({rank for rank, _of, _house in held}) == len({house for _rank, _of, house in held}) == 2


def test_moves_from_fifty_windows_at_one_version_are_one_move(shortlist, alcc_lead, at_once, rows):
    listed = making.on_list(shortlist)

    def act(number):
        try:
            ranking.move(shortlist, listed[0], up=False, version=1, by=making.fresh(alcc_lead))
            return True
        except ranking.Moved:
            return False

    returned, raised = at_once(act)
    assert raised == []
    assert sum(returned) == 1
    assert rows(Shortlist, "version") == [(2,)]
    assert [row.pk for row in making.on_list(shortlist)][:2] == [listed[1].pk, listed[0].pk]


def test_whatever_leads_do_at_once_the_list_stays_in_order(call, alcc, shortlist, alcc_lead, at_once):
    listed, outside = making.on_list(shortlist), making.candidates(call, alcc, 10)
    refusals = (ranking.Moved, ranking.PlaceTaken, ranking.HouseTaken, ranking.NotAllowed, ranking.NotEligible, assessing.OnTheList)

    def act(number):
        lead, one = making.fresh(alcc_lead), listed[number % 5]
        try:
            match number % 5:
                case 0:
                    ranking.place(outside[number // 5], reason="Ready.", by=lead)
                case 1:
                    ranking.take_off(shortlist, one, version=version(), by=lead)
                case 2:
                    ranking.move(shortlist, one, up=bool(number % 2), version=version(), by=lead)
                case 3:
                    assessing.find_ineligible(outside[number // 5], reason="No member.", by=lead)
                case 4:
                    applying.withdraw(outside[number // 5], by=outside[number // 5].person)
        except refusals:
            pass
        except assessing.NotAllowed:
            pass  # withdrawn meanwhile

    _returned, raised = at_once(act)
    assert raised == []
    assert overfull_lists() == []
    assert broken_chains() == []


def test_who_is_placed_and_withdraws_at_once_is_on_no_list(call, alcc, alcc_lead, at_once):
    applications = making.candidates(call, alcc, 15)

    def act(number):
        one = applications[number // 2]
        try:
            if number % 2:
                ranking.place(one, reason="Ready.", by=making.fresh(alcc_lead))
            else:
                applying.withdraw(one, by=one.person)
        except ranking.NotEligible:
            pass  # withdrawn before

    _returned, raised = at_once(act, threads=30)
    assert raised == []
    with everything("a test looks"):
        assert not Application.objects.sent().exists()
    assert ranks() == []
    assert overfull_lists() == []


def test_who_is_placed_and_found_ineligible_at_once_is_one_of_both(call, alcc, alcc_lead, at_once, rows):
    applications = making.candidates(call, alcc, 15)

    def act(number):
        one, lead = applications[number // 2], making.fresh(alcc_lead)
        try:
            if number % 2:
                ranking.place(one, reason="Ready.", by=lead)
            else:
                assessing.find_ineligible(one, reason="No member.", by=lead)
        except (ranking.NotEligible, assessing.OnTheList):
            pass

    _returned, raised = at_once(act, threads=30)
    assert raised == []
    assert {pk for (pk,) in rows(Place, "application")}.isdisjoint(pk for (pk,) in rows(Ineligibility, "application"))
    assert rows(Place) + rows(Ineligibility) == 15
    assert overfull_lists() == []


# Fifty identical posts


def test_fifty_identical_posts_of_scores_are_one_change_and_one_entry(call, alcc, alcc_reader, address, at_once, rows):
    application = making.candidate(call, alcc)
    window, url = crowd(alcc_reader), address("applications", application.reference)
    seen = re.search(r'name="seen" value="(\w+)"', window().get(url).content.decode())[1]
    data = {f"value_{key}": "3" for key in making.SCORED} | {f"reason_{key}": "Because." for key in making.SCORED} | {"seen": seen}
    returned, raised = at_once(lambda number: window().post(url, data).status_code)
    assert raised == []
    assert returned == [302] * 50
    assert rows(Assessment, "total") == [(9,)]
    assert rows(Score) == 5
    assert entries("application scored") == 1


def test_fifty_readers_who_score_at_once_have_fifty_scores(call, alcc, at_once, rows):
    application = making.candidate(call, alcc)
    readers = [making.assessor_of(call, alcc) for _reader in range(50)]
    _returned, raised = at_once(lambda number: making.score(application, readers[number]))
    assert raised == []
    assert rows(Assessment, "total") == [(6,)] * 50
    assert entries("application scored") == 50
    assert broken_chains() == []


def test_fifty_identical_posts_of_a_conflict_are_one_conflict_and_one_entry(call, alcc, alcc_reader, address, at_once, rows):
    application = making.candidate(call, alcc)
    making.score(application, alcc_reader)
    window, url = crowd(alcc_reader), address("applications", application.reference, "conflict")
    returned, raised = at_once(lambda number: window().post(url).status_code)
    assert raised == []
    assert {302} <= {*returned} <= {302, 404}  # who comes later finds nothing any more
    assert (rows(Recusal), rows(Assessment), entries("conflict declared")) == (1, 0, 1)


def test_scores_and_a_conflict_at_once_leave_no_scores(call, alcc, alcc_reader, at_once, rows):
    application = making.candidate(call, alcc)

    def act(number):
        reader = making.fresh(alcc_reader)
        try:
            if number % 5:
                making.score(application, reader, transformation=number % 4)
            else:
                assessing.declare_conflict(application, by=reader)
        except assessing.NotAllowed:
            pass

    _returned, raised = at_once(act, threads=30)
    assert raised == []
    assert (rows(Recusal), rows(Assessment), rows(Score)) == (1, 0, 0)


def test_fifty_identical_posts_that_put_a_list_forward_are_one_and_lead_to_the_list(shortlist, alcc_lead, closed, address, at_once, rows):
    window, url = crowd(alcc_lead), address("lists", "alcc", "forward")
    returned, raised = at_once(lambda number: window().post(url, {"version": "1"}).headers.get("Location"))
    assert raised == []
    assert {*returned} == {address("lists", "alcc")}
    assert entries("list put forward") == 1
    assert broken_chains() == []


def test_fifty_identical_posts_that_take_a_list_back_are_one(shortlist, alcc_lead, closed, address, at_once):
    ranking.put_forward(shortlist, version=1, by=alcc_lead)
    window, url = crowd(alcc_lead), address("lists", "alcc", "back")
    returned, raised = at_once(lambda number: window().post(url).status_code)
    assert raised == []
    assert returned == [302] * 50
    assert entries("list taken back") == 1


def test_fifty_identical_posts_of_a_rank_are_one(call, alcc, alcc_lead, address, at_once):
    application = making.candidate(call, alcc)
    window, url = crowd(alcc_lead), address("applications", application.reference, "place")
    returned, raised = at_once(lambda number: window().post(url, {"place-reason": "Ready."}).status_code)
    assert raised == []
    assert returned == [302] * 50
    assert len(ranks()) == entries("put on the list") == 1


def test_scores_and_putting_forward_at_once_leave_none_that_came_after(call, alcc, shortlist, alcc_lead, closed, at_once):
    """What is scored is scored before the list was put forward, by the order of the record."""
    listed = making.on_list(shortlist)
    readers = [making.assessor_of(call, alcc) for _reader in range(10)]

    def act(number):
        try:
            if number == 15:
                ranking.put_forward(shortlist, version=1, by=making.fresh(alcc_lead))
            else:
                making.score(listed[number % 5], readers[number % 10])
        except ranking.ListClosed:
            pass

    _returned, raised = at_once(act, threads=30)
    assert raised == []
    forward = Entry.objects.get(act="list put forward")
    assert not Entry.objects.filter(act="application scored", number__gt=forward.number).exists()
