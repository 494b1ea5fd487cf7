"""Fifty at the same moment at the doors: one answer of a director, one merger of two houses or two accounts."""

import pytest

from applications.directors import services as directing
from applications.directors.models import Confirmation
from applications.doubles import services as sorting
from fulcrum.audit.models import Entry
from fulcrum.audit.services import broken_chains
from fulcrum.calls.places import House
from fulcrum.guard.querysets import everything
from fulcrum.mail.models import Message
from tests import factories
from tests.selection import making

pytestmark = [pytest.mark.concurrent, pytest.mark.django_db(transaction=True)]


def test_fifty_answers_of_a_director_make_one(complete, at_once):
    asked = directing.ask_director(complete, name="Ilze", address="ilze@example.org", language="lv", by=complete.person)
    link = directing.token_of(asked)

    def act(number):
        return directing.answer(directing.asked_by_link(link), agrees=number % 2 == 0).state

    returned, raised = at_once(act)
    with everything("a test looks"):
        stands = Confirmation.objects.get(pk=asked.pk).state
        assert returned == [stands] * 25
        assert {type(error) for error in raised} == {directing.Answered}
        assert Entry.objects.filter(act__in=["director confirmed", "director refused"]).count() == 1
        assert Message.objects.filter(kind="director_answered").count() == 1
    assert broken_chains() == []


def test_fifty_mergers_of_two_houses_into_each_other_leave_one(call, alcc, coordinator, at_once):
    town = factories.MunicipalityFactory()
    pair = [factories.HouseFactory(municipality=town, networks=[alcc]) for _house in range(2)]
    for house in pair:
        making.candidate(call, alcc, house=house)

    def act(number):
        goes, into = pair if number % 2 else pair[::-1]
        return sorting.merge_houses(goes, into=into, call=call, by=coordinator).pk

    returned, raised = at_once(act)
    stays = House.objects.members_of(alcc).get()
    assert returned == [stays.pk] * 25
    assert {type(error) for error in raised} == {sorting.MergedElsewhere}
    assert House.objects.exclude(merged_into=None).get().merged_into == stays
    assert Entry.objects.filter(act="houses merged").count() == 1
    with everything("a test looks"):
        assert set(call.applications.values_list("house", flat=True)) == {stays.pk}
    assert broken_chains() == []
