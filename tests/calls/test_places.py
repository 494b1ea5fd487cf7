"""Municipalities: found as people write them, and told apart where names repeat."""

import pytest

from fulcrum.calls.opendata import load_houses, load_municipalities, load_postcodes
from fulcrum.calls.places import House, Municipality, Origin, country_code, plain
from tests import factories

HEADINGS = "country,lau_code,name,name_latin,nuts3_2016,population,degurba"
ROWS = """
LV,0010000,Rīga,Riga,LV006,632614,1
LV,0620200,Kuldīgas novads,Kuldigas novads,LV003,22630,3
BE,21004,Bruxelles,Brussel,BE100,181726,1
BE,52011,Charleroi,Charleroi,BE32B,201816,1
BE,44021,Gent,Gand,BE234,262219,1
EL,45010101,Αθηναίων,Athinaion,EL303,664046,1
UK,E07000178,Oxford,Oxford,UKJ14,154327,2
IT,058091,Roma,Roma,ITI43,2872800,1
DE,01059045,Neustadt,Neustadt,DEF01,1000,3
DE,07316000,Neustadt,Neustadt,DEB36,53264,2
AT,30620,Neustadt,Neustadt,AT127,900,3
PL,1061,Łódź,Lodz,PL711,690422,1
EE,0784,Tallinn,Tallinn,EE001,,
""".strip()


@pytest.fixture
def sample(tmp_path):
    path = tmp_path / "municipalities.csv"
    path.write_text(f"{HEADINGS}\n{ROWS}\n")
    return path


@pytest.fixture
def loaded(db, sample):
    return load_municipalities(sample)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Riga", "Rīga"),
        ("rīga", "Rīga"),
        ("RIGA ", "Rīga"),
        ("Rig", "Rīga"),
        ("kuldiga", "Kuldīgas novads"),
        ("novads", "Kuldīgas novads"),
        ("Lodz", "Łódź"),
        ("łódź", "Łódź"),
        ("Athinaion", "Αθηναίων / Athinaion"),
        ("αθηναιων", "Αθηναίων / Athinaion"),
        ("Brussel", "Bruxelles / Brussel"),
        ("Bruxelles", "Bruxelles / Brussel"),
    ],
)
def test_a_municipality_is_found_as_people_write_it(loaded, words, found):
    assert [str(place) for place in Municipality.objects.named(words)] == [found]


@pytest.mark.parametrize("words", ["", " ", "...", "iga", "%", "_", "|", "Paris"])
def test_what_is_no_beginning_of_a_name_finds_nothing(loaded, words):
    assert not Municipality.objects.named(words).exists()


def test_the_region_is_shown_where_names_repeat_in_a_country_and_only_there(loaded):
    assert sorted(str(place) for place in Municipality.objects.named("Neustadt")) == ["Neustadt", "Neustadt (DEB36)", "Neustadt (DEF01)"]


def test_countries_have_the_codes_of_everybody_and_not_those_of_eurostat(loaded):
    assert (country_code("EL"), country_code("UK"), country_code("LV")) == ("GR", "GB", "LV")
    assert Municipality.objects.get(lau_code="45010101").country == "GR"
    assert Municipality.objects.get(lau_code="E07000178").country == "GB"
    assert not Municipality.objects.filter(country__in=["EL", "UK"]).exists()


def test_the_origin_follows_the_degree_and_is_empty_where_there_is_none(loaded):
    found = {place.name: place.origin for place in Municipality.objects.filter(name__in=["Rīga", "Oxford", "Kuldīgas novads", "Tallinn"])}
    assert found == {"Rīga": Origin.CITY, "Oxford": Origin.TOWN, "Kuldīgas novads": Origin.RURAL, "Tallinn": None}


def test_loading_twice_updates_and_doubles_nothing(loaded, sample):
    before = dict(Municipality.objects.values_list("lau_code", "pk"))
    sample.write_text(sample.read_text().replace("Riga,LV006,632614,1", "Riga,LV006,600000,2"))
    assert load_municipalities(sample) == loaded == len(before)
    assert dict(Municipality.objects.values_list("lau_code", "pk")) == before
    assert Municipality.objects.get(name="Rīga").origin == Origin.TOWN


def test_newer_tables_of_eurostat_are_read_by_their_headings(db, tmp_path):
    path = tmp_path / "newer.csv"
    path.write_text(
        "NUTS 3 CODE,LAU CODE,LAU NAME NATIONAL,LAU NAME LATIN,POPULATION,DEGURBA\nLV006,0001000,Rīga,Riga,605273,1\nEL303,1,Αθήνα,Athina,1,1\n"
    )
    assert load_municipalities(path) == 2
    assert Municipality.objects.get(name="Rīga").country == "LV"
    assert Municipality.objects.get(lau_code="1").country == "GR"


@pytest.mark.parametrize(
    ("text", "searched"), [("Rīga", "riga"), ("  Saint-Gilles ", "saint gilles"), ("L'Aquila", "l aquila"), ("Straße", "strasse"), ("Ærø", "aero")]
)
def test_names_are_compared_without_accents_and_marks(text, searched):
    assert plain(text) == searched


def test_the_shipped_tables_load_and_find_what_people_type(db, call):
    """The real tables: slow enough to be read once, for everything that only they can show."""
    assert load_municipalities() > 90_000
    assert load_postcodes() > 1_000
    latvian, belgian = Municipality.objects.filter(country="LV"), Municipality.objects.filter(country="BE")
    assert "Rīga" in {place.name for place in latvian.named("riga")}
    assert {str(place) for place in belgian.named("Brussel")} == {str(place) for place in belgian.named("Bruxelles")} == {"Bruxelles / Brussel"}
    assert [place.name for place in Municipality.objects.at_postcode("BE", "1000")] == ["Bruxelles"]
    assert Municipality.objects.at_postcode("LV", "LV-1001").filter(name="Rīga").exists()
    assert Municipality.objects.at_postcode("LV", "lv 1001").filter(name="Rīga").exists()
    assert not Municipality.objects.filter(country__in=["EL", "UK"]).exists()
    assert Municipality.objects.filter(country="GR").exists()
    networks = {network.name: network for network in call.networks.all()}
    assert load_houses(networks) > 100
    assert House.objects.members_of(networks["cult!"]).exists()


def test_a_house_is_found_by_its_name_and_its_municipality(call, cult, alcc):
    place = factories.MunicipalityFactory(name="Rēzekne", search="|rezekne")
    house = factories.HouseFactory(name="GORS – Latgales vēstniecība", municipality=place, networks=[alcc])
    factories.HouseFactory(name="GORS", networks=[cult])
    for words in ("gors latgales", "Rezekne", "vestnieciba REZEKNE", "latg"):
        assert list(House.objects.members_of(alcc).named(words)) == [house]
    assert not House.objects.members_of(alcc).named("Kuldiga").exists()
