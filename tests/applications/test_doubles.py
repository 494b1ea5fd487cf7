"""One house that stands twice: found without comparing each with each, merged or kept apart by staff, seen by nobody it does not concern."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications import services as applying
from applications.application import Application
from applications.directors import services as directing
from applications.doubles import services
from applications.doubles.models import Apart
from fulcrum.audit.models import Entry
from fulcrum.calls.likeness import Named, alike, core, doubles
from fulcrum.calls.places import House
from tests import factories
from tests.applications.reading import words
from tests.selection import making

LIST = "/en/work/make-it-happen/doubles/"


@pytest.fixture
def town(db):
    return factories.MunicipalityFactory(name="Kuldīga")


@pytest.fixture
def pair(alcc, town):
    return [factories.HouseFactory(name=name, municipality=town, networks=[alcc]) for name in ("Kuldīgas kultūras centrs", "Kuldigas Kultūras nams")]


@pytest.fixture
def window(as_, lead):
    return as_(lead)


def url(first, second):
    return reverse("house_pair", args=["make-it-happen", first.pk, second.pk])


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Kuldīgas kultūras centrs", "Kuldigas Kultūras nams", True),
        ("GC De Markten", "Gemeenschapscentrum De Markten vzw", True),
        ("Centre culturel d'Engis", "Centre Culturel Engis asbl", False),  # the spelling differs too much of a short name
        ("Kulturzentrum Schlachthof", "Schlachthoff", True),
        ("Rahvamaja", "Kultuurimaja", False),
        ("Haus 1", "Haus 2", False),
        ("Nekkersdal", "Nekkersdaal", True),
        ("Pianofabriek", "Kontakt", False),
    ],
)
def test_names_are_compared_without_accents_and_general_words(one, other, same):
    assert alike(core(one), core(other)) is same


def test_at_one_address_a_little_more_may_differ():
    assert Named("a", "Nekkersdal", 1, "1020").is_like(Named("b", "Nekkers", 1, "1020"))
    assert not Named("a", "Nekkersdal", 1).is_like(Named("b", "Nekkers", 1))
    assert not Named("a", "Nekkersdal", 1, "1020").is_like(Named("b", "Nekkersdal", 2, "1020"))


def test_many_houses_of_one_city_are_not_compared_each_with_each(monkeypatch):
    asked = []
    like = Named.is_like
    monkeypatch.setattr(Named, "is_like", lambda self, other: asked.append(1) or like(self, other))
    rows = [Named(str(n), f"{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{n * 7919}", 1) for n in range(1000)]
    rows += [Named("x", "Schlachthof", 1), Named("y", "Schlachthoff", 1)]
    assert [{pair[0].key, pair[1].key} for pair in doubles(rows)] == [{"x", "y"}]
    assert len(asked) < 20_000


def test_a_lead_sees_the_pairs_of_their_own_network_and_the_coordinator_those_of_all(as_, lead, coordinator, pair, cult, town):
    foreign = [factories.HouseFactory(name=name, municipality=town, networks=[cult]) for name in ("De Vaartkapoen", "GC Vaartkapoen")]
    shown = words(as_(lead).get(LIST))
    assert pair[0].name in shown
    assert foreign[0].name not in shown
    shown = words(as_(coordinator).get(LIST))
    assert pair[0].name in shown
    assert foreign[0].name in shown


def test_a_lead_reaches_no_pair_of_another_network(window, pair, cult, town):
    foreign = [factories.HouseFactory(municipality=town, networks=[cult]) for _house in range(2)]
    for one, other in (foreign, (pair[0], foreign[0]), (pair[0], pair[0])):
        assert window.get(url(one, other)).status_code == 404
        assert window.post(url(one, other), {"stays": one.pk}).status_code == 404
    assert not House.objects.exclude(merged_into=None).exists()


def test_a_merger_moves_members_applications_and_earlier_mergers(window, call, alcc, pair, town, unguarded):
    stays, goes = pair
    earlier = factories.HouseFactory(municipality=town)
    House.objects.filter(pk=earlier.pk).update(merged_into=goes)
    application = making.candidate(call, alcc, house=goes)
    before = Application.objects.get(pk=application.pk).changed_at
    assert window.post(url(stays, goes), {"stays": stays.pk}).status_code == 302
    application.refresh_from_db()
    assert (application.house, application.changed_at) == (stays, before)
    assert {house.merged_into for house in (House.objects.get(pk=goes.pk), House.objects.get(pk=earlier.pk))} == {stays}
    assert list(House.objects.members_of(alcc).filter(municipality=town)) == [stays]
    assert f"{goes.name}, Kuldīga {stays.name}, Kuldīga" in words(window.get(f"{LIST}?show=merged"))
    assert Entry.objects.get(act="houses merged").fields == [f"into {stays.pk}"]
    again = window.post(url(stays, goes), {"stays": stays.pk}, follow=True)
    assert "One of the two was merged meanwhile." in words(again)
    assert Entry.objects.filter(act="houses merged").count() == 1


def test_a_merger_asks_which_one_stays(window, pair):
    response = window.post(url(*pair), {})
    assert response.status_code == 422
    assert "Choose which of the two stays." in words(response)
    assert "<title>Error: " in response.content.decode()


def test_a_lead_does_not_take_a_house_from_another_network(as_, lead, coordinator, call, pair, cult):
    stays, goes = pair
    goes.networks.add(cult)
    response = as_(lead).post(url(stays, goes), {"stays": stays.pk})
    assert response.status_code == 409
    assert "Another network lists the house that would go." in words(response)
    assert as_(coordinator).post(url(stays, goes), {"stays": stays.pk}).status_code == 302
    assert set(stays.networks.values_list("slug", flat=True)) == {"alcc", "cult"}


def test_different_houses_are_not_suggested_again(window, pair):
    window.post(url(*pair), {"apart": "1"})
    assert "Nothing looks like a duplicate" in words(window.get(LIST))
    assert Apart.objects.count() == 1
    window.post(url(*pair[::-1]), {"apart": "1"})
    assert Apart.objects.count() == 1
    assert Entry.objects.filter(act="found different").count() == 1


def test_a_house_with_two_places_after_it_is_not_made(window, call, alcc, pair, lead):
    from selection.shortlists import services as ranking

    for house in pair:
        ranking.place(making.candidate(call, alcc, house=house), reason="So.", by=making.fresh(lead))
    response = window.post(url(*pair), {"stays": pair[0].pk})
    assert response.status_code == 409
    assert "Both hold a place or a seat." in words(response)
    assert not House.objects.exclude(merged_into=None).exists()
    assert House.objects.members_of(alcc).filter(pk=pair[1].pk).exists()


def test_what_is_ranked_follows_the_house(call, alcc, pair, lead, unguarded):
    from selection.shortlists import services as ranking
    from selection.shortlists.models import Place

    application = making.candidate(call, alcc, house=pair[1])
    ranking.place(application, reason="So.", by=making.fresh(lead))
    services.merge_houses(pair[1], into=pair[0], call=call, by=making.fresh(lead))
    application.refresh_from_db()
    assert Place.objects.get().house == application.house_key


@pytest.fixture
def typed(call, alcc, town):
    return making.candidate(call, alcc, house=None, typed_house="Kuldigas KC", municipality=town)


def linking(application, house):
    return reverse("typed_pair", args=["make-it-happen", application.reference, house.pk])


def test_a_typed_house_is_linked_to_a_listed_one_with_one_act_and_its_director_stays(window, typed, pair, unguarded):
    directing.ask_director(typed, name="Ilze", address="ilze@example.org", language="lv", by=typed.person)
    shown = window.get(f"{LIST}?show=typed")
    assert "Kuldigas KC" in words(shown)
    assert linking(typed, pair[0]) in shown.content.decode()
    for _twice in range(2):
        assert window.post(linking(typed, pair[0])).status_code == 302
    typed.refresh_from_db()
    assert (typed.house, typed.typed_house, typed.municipality) == (pair[0], "", None)
    assert directing.current(typed).name == "Ilze"
    assert Entry.objects.filter(act="house linked").count() == 1


def test_a_typed_house_can_be_found_different(window, typed, pair):
    window.post(linking(typed, pair[0]), {"apart": "1"})
    shown = window.get(f"{LIST}?show=typed").content.decode()
    assert linking(typed, pair[0]) not in shown
    assert linking(typed, pair[1]) in shown


def test_nobody_links_what_another_network_reads(as_, call, cult, typed, pair, coordinator, unguarded):
    other = factories.staff(call=call, role="lead", network=cult)
    assert as_(other).post(linking(typed, pair[0])).status_code == 404
    assert as_(coordinator).post(linking(typed, pair[0])).status_code == 404
    assert typed.name not in words(as_(other).get(f"{LIST}?show=typed"))
    typed.refresh_from_db()
    assert typed.house is None


def test_a_draft_is_suggested_to_nobody(window, draft, town, pair):
    applying.save_page(draft, values={"typed_house": "Kuldigas KC", "municipality": town}, by=draft.person)
    assert "Kuldigas KC" not in words(window.get(f"{LIST}?show=typed"))


def test_names_that_are_nearly_the_same_are_told_without_names_and_not_once_found_different(call, alcc, cult, typed, pair):
    other = making.candidate(call, cult, house=pair[0], name="Canary Kanariņa")
    assert (applying.others_of_house(typed), applying.others_of_house(other)) == (1, 1)
    services.keep_apart(f"application {typed.pk}", f"house {pair[0].pk}", call=call, by=None)
    assert (applying.others_of_house(typed), applying.others_of_house(other)) == (0, 0)


def test_staff_of_both_networks_see_through_which_network_the_other_came(as_, call, alcc, cult, pair):
    one = making.candidate(call, alcc, house=pair[0], name="Canary Alpha")
    other = making.candidate(call, cult, house=pair[0], name="Canary Beta")
    for application, seen, hidden in ((one, "through cult!", "Canary Beta"), (other, "through ALCC", "Canary Alpha")):
        reader = as_(factories.staff(call=call, role="assessor", network=application.network))
        shown = words(reader.get(reverse("review", args=[call.slug, application.reference])))
        assert f"names the same house, {seen}" in shown
        assert hidden not in shown
    making.candidate(call, alcc, house=pair[0])
    shown = words(as_(factories.staff(call=call, role="assessor", network=alcc)).get(reverse("review", args=[call.slug, one.reference])))
    assert "2 other applications name the same house, through this network, cult!" in shown


def test_an_application_that_took_the_house_in_the_moment_of_the_merger_follows(call, alcc, pair, lead, unguarded):
    services.merge_houses(pair[1], into=pair[0], call=call, by=lead)
    late = making.candidate(call, alcc, house=pair[1])
    assert services.follow_mergers() == 1
    late.refresh_from_db()
    assert late.house == pair[0]
    assert services.follow_mergers() == 0


@pytest.mark.parametrize("show", ["houses", "typed", "people", "merged"])
def test_the_page_asks_the_same_queries_for_few_and_for_many(window, call, alcc, pair, show):
    def grow(number):
        for _pair in range(number):
            place = factories.MunicipalityFactory()
            houses = [factories.HouseFactory(name=f"{kind} Liepa", municipality=place, networks=[alcc]) for kind in ("KC", "Kultūras nams")]
            for name in ("Anna Liepa", "Liepa, Anna"):
                making.candidate(call, alcc, house=None, typed_house="Tautas nams Liepa", municipality=place, name=name)
            if show == "merged":
                House.objects.filter(pk=houses[0].pk).update(merged_into=houses[1])

    def cost():
        with CaptureQueriesContext(connection) as asked:
            response = window.get(LIST, {"show": show})
        assert response.status_code == 200
        assert len(response.content) < 100_000
        return len(asked)

    grow(2)
    few = cost()
    grow(30)
    assert cost() == few <= 14


@pytest.fixture
def twice(call, alcc, cult):
    """One person through two networks, by the same phone."""
    values = {"phone": "+371 2911 0000"}
    return making.candidate(call, alcc, name="Anna Liepa", **values), making.candidate(call, cult, name="Liepa, Änna", phone="0037129110000")


def test_one_person_under_two_addresses_is_found_for_the_coordinator_and_not_across_networks(as_, call, coordinator, lead, twice, alcc):
    shown = words(as_(coordinator).get(f"{LIST}?show=people"))
    for application in twice:
        assert application.person.email in shown
    shown = words(as_(lead).get(f"{LIST}?show=people"))
    assert "Nothing looks like a duplicate" in shown
    second = making.candidate(call, alcc, name="Anna Liepa", house=twice[0].house)
    shown = words(as_(lead).get(f"{LIST}?show=people"))
    assert second.person.email in shown
    assert twice[1].person.email not in shown


def test_other_names_with_one_phone_and_one_name_at_other_houses_are_no_pair(as_, call, alcc, coordinator):
    for name, phone in (("Anna Liepa", "29110000"), ("Jānis Ozols", "29110000"), ("Anna Liepa", "")):
        making.candidate(call, alcc, name=name, phone=phone)
    assert "Nothing looks like a duplicate" in words(as_(coordinator).get(f"{LIST}?show=people"))


def test_people_found_different_are_not_suggested_again_and_others_are_no_business_of_a_lead(as_, coordinator, lead, twice):
    apart = reverse("people_apart", args=["make-it-happen", *(application.person_id for application in twice)])
    as_(lead).post(apart)
    assert not Apart.objects.exists()
    as_(coordinator).post(apart)
    assert Apart.objects.count() == 1
    assert "Nothing looks like a duplicate" in words(as_(coordinator).get(f"{LIST}?show=people"))
