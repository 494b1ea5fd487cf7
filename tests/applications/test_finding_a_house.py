"""Looking for the house before choosing a network: every member of every network of the call, and a way on for the rest."""

import pytest

from applications.application import Application
from fulcrum.calls.models import Network
from tests import factories
from tests.applications.reading import chosen, words

APPLY, FIND, START = (f"/en/calls/make-it-happen/apply/{step}" for step in ("", "house/", "start/"))


@pytest.fixture
def acc(call):
    return call.networks.get(slug="acc")


@pytest.fixture
def brussels(cult, acc):
    place = factories.MunicipalityFactory(name="Molenbeek-Saint-Jean", country="BE", degree=1)
    return factories.HouseFactory(name="GC De Vaartkapoen", municipality=place, networks=[cult, acc])


@pytest.fixture
def yes(call):
    return dict.fromkeys(call.eligibility.values_list("key", flat=True), "yes")


@pytest.mark.parametrize("searched", ["vaartkapoen", "molenbeek", "de vaart molen"])
def test_a_house_is_found_by_name_or_municipality_with_each_network_it_may_apply_through(client, brussels, cult, acc, searched):
    response = client.get(FIND, {"q": searched})
    assert "GC De Vaartkapoen" in words(response)
    assert "It may apply through any one of these:" in words(response)
    for network in (cult, acc):
        assert f"{APPLY}?house={brussels.pk}&amp;network={network.pk}" in response.content.decode()


def test_a_member_of_a_network_outside_the_call_is_not_found(client, call):
    outside = Network.objects.create(slug="outside", name="Outside", area="Nowhere", language="en")
    factories.HouseFactory(name="Elsewhere", networks=[outside])
    assert "No house on the lists is called “elsewhere”" in words(client.get(FIND, {"q": "elsewhere"}))


def test_a_network_of_the_house_that_has_no_part_in_the_call_is_not_shown(client, brussels):
    outside = Network.objects.create(slug="outside", name="Outside network", area="Nowhere", language="en")
    brussels.networks.add(outside)
    assert "Outside network" not in words(client.get(FIND, {"q": "vaartkapoen"}))


def test_a_house_on_no_list_leads_to_the_networks_and_to_a_way_on(client, call, alcc):
    alcc.contact_email = "anda@example.org"
    alcc.save()
    response = client.get(FIND, {"q": "nowhere"})
    assert "anda@example.org" in words(response)
    assert call.contact_email in words(response)
    assert f'href="{APPLY}"' in response.content.decode()


def test_only_the_networks_of_the_house_are_open_to_it(client, brussels, cult, alcc, yes):
    page = client.get(APPLY, {"house": brussels.pk, "network": cult.pk})
    assert "GC De Vaartkapoen" in words(page)
    assert chosen(page, "network") == [str(cult.pk)]
    assert str(alcc.area) not in words(page)
    refused = client.post(f"{APPLY}?house={brussels.pk}", yes | {"network": alcc.pk})
    assert refused.status_code == 422
    assert "Your house is not on the list of this network." in words(refused)


def test_an_application_starts_with_the_house_that_was_looked_up(as_, candidate, brussels, acc, yes, unguarded):
    me = as_(candidate)
    begin = me.post(f"{APPLY}?house={brussels.pk}&network={acc.pk}", yes | {"network": acc.pk}, follow=True)
    assert "Your house: GC De Vaartkapoen, Molenbeek-Saint-Jean." in words(begin)
    me.post(START)
    made = Application.objects.get()
    assert (made.house, made.network) == (brussels, acc)


def test_a_membership_that_ended_meanwhile_starts_without_the_house(as_, candidate, brussels, acc, yes, unguarded):
    me = as_(candidate)
    me.post(f"{APPLY}?house={brussels.pk}", yes | {"network": acc.pk})
    brussels.networks.remove(acc)
    me.post(START)
    assert Application.objects.get().house is None


def test_a_draft_takes_the_house_and_the_network_together(me, page, draft, brussels, cult, yes, now):
    found = me.get(FIND, {"q": "vaart"})
    assert f"{page('doors')}?house={brussels.pk}&amp;network={cult.pk}" in found.content.decode()
    assert me.post(f"{page('doors')}?house={brussels.pk}", yes | {"network": cult.pk}).status_code == 302
    assert (now().house, now().network) == (brussels, cult)


@pytest.mark.parametrize("asked", ["", "x", "99999999999999999999", "0", "1 or 1=1"])
def test_a_house_that_does_not_exist_is_as_none(client, call, asked):
    assert client.get(APPLY, {"house": asked, "network": asked}).status_code == 200


@pytest.mark.parametrize(
    ("condition", "sentences"),
    {
        "works_there": ["Look for your house: the page says through which network", "/apply/house/"],
        "follows_english": ["what would help you to follow", "Perhaps somebody else of your house can go"],
        "dates_free": ["Perhaps somebody else of your house can go", "care at home or a paid journey"],
        "house_agrees": ["a letter sent to its director"],
    }.items(),
)
def test_each_no_names_its_ways_and_a_person(client, call, alcc, yes, condition, sentences):
    response = client.post(APPLY, yes | {"network": alcc.pk, condition: "no"}, follow=True)
    for sentence in [*sentences, "Ask a person:", call.contact_email, "Continue with your email address"]:
        assert sentence in response.content.decode()


def test_the_page_asks_the_same_queries_for_few_and_for_many(client, call, alcc, django_assert_max_num_queries):
    for _house in range(40):
        factories.HouseFactory(networks=[alcc])
    with django_assert_max_num_queries(5):
        assert "There are more." in words(client.get(FIND, {"q": "kult"}))
