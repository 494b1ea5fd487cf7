"""The house: chosen among the members of a network, or typed with its municipality."""

import pytest
from django.db import IntegrityError, transaction

from applications.application import Application
from applications.services import WrongMove, change_doors, save_page
from fulcrum.calls.places import Origin, Postcode
from tests import factories
from tests.applications.reading import chosen, typed_into, words


@pytest.fixture
def house(alcc):
    return factories.HouseFactory(name="Kuldīgas kultūras centrs", networks=[alcc], municipality__name="Kuldīga")


@pytest.fixture
def towns(call):
    """Places whose names are easily confused."""
    make = factories.MunicipalityFactory
    return {
        "riga": make(name="Rīga", degree=1),
        "liepaja": make(name="Liepāja", degree=2),
        "jaunpils": make(name="Jaunpils", degree=3),
        "jaunpiebalga": make(name="Jaunpiebalga", degree=3),
        "brussels": make(country="BE", name="Bruxelles", other_name="Brussel", search="|bruxelles|brussel", degree=1),
    }


def other(**values):
    return {"typed_house": "Mūsu nams", "country": "LV", "place": "Rīga"} | values


def test_a_member_of_the_network_is_chosen(me, page, house, now):
    assert me.post(page("house"), {"house": house.pk}).status_code == 302
    assert now().house == house
    assert now().house_name == "Kuldīgas kultūras centrs"
    assert now().origin == Origin.RURAL


def test_a_house_of_another_network_is_refused(me, page, cult, now):
    foreign = factories.HouseFactory(networks=[cult])
    response = me.post(page("house"), {"house": foreign.pk})
    assert response.status_code == 422
    assert "This house is not a member of the network that you chose" in words(response)
    assert now().house is None


@pytest.mark.parametrize("value", ["", "0", "-1", "99999999999999999999", "1\0", "Kuldīga", "1 OR 1=1"])
def test_a_house_that_is_none_is_refused(me, page, house, now, value):
    assert me.post(page("house"), {"house": value}).status_code == 422
    assert now().house is None


def test_a_house_of_two_networks_can_be_chosen_through_either(me, page, alcc, call, now):
    both = factories.HouseFactory(networks=[alcc, call.networks.get(slug="encc")])
    assert me.post(page("house"), {"house": both.pk}).status_code == 302


def test_members_are_found_by_name_or_municipality_whatever_the_accents(me, page, alcc, cult, house):
    factories.HouseFactory(name="Liepājas nams", networks=[alcc], municipality__name="Liepāja")
    factories.HouseFactory(name="Kuldiga in Gent", networks=[cult])
    for searched in ("KULDIGAS", "kuldīga", "centrs kuld"):
        shown = words(me.get(page("house"), {"q": searched}))
        assert "Kuldīgas kultūras centrs" in shown
        assert "Liepājas nams" not in shown
        assert "Gent" not in shown


def test_a_search_that_finds_nothing_offers_to_type_the_house(me, page, house):
    response = me.get(page("house"), {"q": "Atlantis"})
    assert "No member of your network is called “Atlantis”" in words(response)
    assert page("house/other") in response.content.decode()


def test_a_long_list_of_members_asks_to_search(me, page, alcc):
    for _number in range(22):
        factories.HouseFactory(networks=[alcc])
    assert "There are more. Search to find yours" in words(me.get(page("house")))


def test_the_chosen_house_stands_in_the_list_however_long(me, page, alcc, draft):
    for number in range(22):
        factories.HouseFactory(name=f"A {number}", networks=[alcc])
    last = factories.HouseFactory(name="Ž pēdējais", networks=[alcc])
    save_page(draft, values={"house": last}, by=draft.person)
    assert chosen(me.get(page("house")), "house") == [str(last.pk)]


# A house that is not in the list


@pytest.mark.parametrize("place", ["Rīga", "riga", " RĪGA ", "Ri\u0304ga"])
def test_a_typed_house_lies_in_the_municipality_that_was_named(me, page, towns, now, place):
    assert me.post(page("house/other"), other(place=place)).status_code == 302
    assert now().typed_house == "Mūsu nams"
    assert now().municipality == towns["riga"]
    assert now().house_is_typed
    assert now().origin == Origin.CITY


def test_the_exact_name_wins_over_longer_ones(me, page, towns, now):
    exact = factories.MunicipalityFactory(name="Jaun")
    me.post(page("house/other"), other(place="Jaun"))
    assert now().municipality == exact


def test_either_name_of_a_bilingual_municipality_is_known(me, page, towns, now):
    for name in ("Brussel", "Bruxelles"):
        me.post(page("house/other"), other(country="BE", place=name))
        assert now().municipality == towns["brussels"]


@pytest.mark.parametrize("code", ["LV-3401", "3401", "lv 3401"])
def test_a_postcode_names_the_municipality(me, page, towns, now, code):
    Postcode.objects.create(country="LV", code="3401", municipality=towns["liepaja"])
    me.post(page("house/other"), other(place=code))
    assert now().municipality == towns["liepaja"]
    assert now().origin == Origin.TOWN


def test_a_postcode_of_two_municipalities_asks_which(me, page, towns, now):
    for name in ("riga", "liepaja"):
        Postcode.objects.create(country="LV", code="3401", municipality=towns[name])
    response = me.post(page("house/other"), other(place="3401"))
    assert response.status_code == 422
    assert "Several municipalities fit. Choose yours" in words(response)
    assert typed_into(response, "typed_house") == "Mūsu nams"
    assert me.post(page("house/other"), other(place="3401", municipality=towns["liepaja"].pk)).status_code == 302
    assert now().municipality == towns["liepaja"]


def test_the_beginning_of_several_names_asks_which(me, page, towns, now):
    response = me.post(page("house/other"), other(place="Jaunpi"))
    shown = words(response)
    assert response.status_code == 422
    assert "Jaunpils" in shown
    assert "Jaunpiebalga" in shown
    assert now().typed_house == ""


def test_a_choice_outside_those_that_fit_is_refused(me, page, towns, now):
    assert me.post(page("house/other"), other(place="Jaunpi", municipality=towns["riga"].pk)).status_code == 422
    assert now().municipality is None


@pytest.mark.parametrize("place", ["Atlantis", "0000", "%", "|", "'; --"])
def test_a_place_that_nobody_knows_is_said_to_be_unknown(me, page, towns, now, place):
    response = me.post(page("house/other"), other(place=place))
    assert response.status_code == 422
    assert "We know no municipality or postcode like this in that country" in words(response)
    assert typed_into(response, "place") == place
    assert now().municipality is None


def test_a_place_is_looked_for_in_its_country_alone(me, page, towns, now):
    assert me.post(page("house/other"), other(country="BE", place="Rīga")).status_code == 422


@pytest.mark.parametrize("country", ["", "XX", "B\0", "BE; DROP TABLE"])
def test_a_country_that_is_none_is_refused(me, page, towns, country):
    assert me.post(page("house/other"), other(country=country)).status_code == 422


def test_too_many_places_ask_for_more_letters(me, page, call):
    for number in range(22):
        factories.MunicipalityFactory(name=f"Jaun{number:02d}")
    assert "Many municipalities begin like this" in words(me.post(page("house/other"), other(place="Jaun")))


def test_a_house_without_name_or_place_says_so(me, page, towns):
    shown = words(me.post(page("house/other"), {"country": "LV"}))
    assert "Type the name of your house" in shown
    assert "Type the name of the municipality, or its postcode" in shown


def test_choosing_a_member_lets_the_typed_house_go_and_the_other_way_round(me, page, towns, house, now):
    me.post(page("house/other"), other())
    me.post(page("house"), {"house": house.pk})
    assert (now().house, now().typed_house, now().municipality) == (house, "", None)
    me.post(page("house/other"), other())
    assert (now().house, now().typed_house, now().municipality) == (None, "Mūsu nams", towns["riga"])


def test_the_database_holds_no_house_that_is_both_chosen_and_typed(draft, house, unguarded):
    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.filter(pk=draft.pk).update(house=house, typed_house="Mūsu nams")


# What derives


@pytest.mark.parametrize(
    ("bands", "size"),
    [
        ({"staff": 0}, "Small"),
        ({"staff": 2}, "Large"),
        ({"staff": 0, "budget": 2}, "Small"),  # the lower one of two
        ({"staff": 0, "visitors": 1, "budget": 2}, "Medium"),
        ({"staff": 1, "volunteers": 1, "visitors": 2, "budget": 2}, "Medium"),
        ({"staff": 0, "volunteers": 2, "visitors": 2, "budget": 2}, "Large"),
    ],
)
def test_the_size_derives_from_the_bands_and_is_shown(me, page, draft, house, now, bands, size):
    save_page(draft, values={"house": house}, by=draft.person)
    me.post(page("facts"), bands)
    assert now().get_size_display() == size
    assert f"the size of your house is: {size}" in words(me.get(page("facts")))


def test_taking_a_figure_back_derives_the_size_anew(me, page, now):
    me.post(page("facts"), {"staff": "2"})
    me.post(page("facts"), {"later": "1"})
    assert now().size == ""


def test_the_origin_comes_from_the_municipality_beside_the_own_view(me, page, draft, house, now):
    save_page(draft, values={"house": house}, by=draft.person)
    me.post(page("facts"), {"staff": "1", "own_view": "urban"})
    assert now().origin == Origin.RURAL
    assert now().own_view == "urban"
    assert "counts as: Rural area" in words(me.get(page("facts")))


def test_a_municipality_without_a_degree_is_left_to_the_network(me, page, draft, alcc):
    unknown = factories.HouseFactory(networks=[alcc], municipality__degree=None)
    save_page(draft, values={"house": unknown}, by=draft.person)
    assert "does not classify" in words(me.get(page("facts")))


# Another network


def test_changing_the_network_lets_go_a_house_that_is_no_member_there(draft, house, cult):
    save_page(draft, values={"house": house}, by=draft.person)
    changed = change_doors(draft, network=cult, eligibility=draft.eligibility, by=draft.person)
    assert (changed.network, changed.house) == (cult, None)


def test_changing_the_network_keeps_a_house_that_is_a_member_of_both(draft, alcc, cult):
    both = factories.HouseFactory(networks=[alcc, cult])
    save_page(draft, values={"house": both}, by=draft.person)
    assert change_doors(draft, network=cult, eligibility=draft.eligibility, by=draft.person).house == both


def test_a_sent_application_keeps_its_network(me, page, sent, cult, alcc, call, now):
    with pytest.raises(WrongMove):
        change_doors(sent, network=cult, eligibility=sent.eligibility, by=sent.person)
    doors = {"network": cult.pk} | dict.fromkeys(call.eligibility.values_list("key", flat=True), "yes")
    response = me.post(page("doors"), doors)
    assert response.status_code == 422
    assert "withdraw it first" in words(response)
    assert now().network == alcc
