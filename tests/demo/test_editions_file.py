"""The people of the call in selection and of the running call: what the demonstration counts on."""

import json
from collections import Counter
from itertools import groupby

import pytest

from fulcrum.calls.opendata import DATA, rows
from fulcrum.calls.rules import MEASURES, size_of
from fulcrum.demo.services import BANDS, CALL, PEOPLE

EDITIONS = json.loads((PEOPLE.parent / "editions.json").read_text())
OPEN = json.loads(PEOPLE.read_text())
FILE = json.loads(CALL.read_text())
NETWORKS = [network["slug"] for network in FILE["networks"]]
FLOORS = {feature: floor for targets in FILE["targets"].values() for feature, (floor, _ceiling) in targets.items()}
EVERYBODY = [entry for edition in EDITIONS.values() for entry in edition]


def by_network(edition):
    ordered = sorted(EDITIONS[edition], key=lambda entry: entry["network"])
    return {network: list(entries) for network, entries in groupby(ordered, key=lambda entry: entry["network"])}


def score(entry):
    return sum(value for key, value in entry["scores"].items() if key != "chances")


@pytest.fixture(scope="module")
def rural():
    """The houses of rural municipalities, by name."""
    names = {row["house"] for row in rows(DATA / "houses.csv") if row["degurba"] == "3"}
    extra = {(house["country"], house["municipality"]): house["name"] for house in OPEN["extra_houses"]}
    found = {(row["country"], row["name"]): row["degurba"] for row in rows(DATA / "municipalities.csv.gz")}
    return names | {name for place, name in extra.items() if found[place] == "3"}


def missing(entries, rural):
    """How many each floor lacks among these people."""
    counts = Counter()
    for entry in entries:
        ranks = {measure: BANDS[measure].index(band) for measure, band in entry["bands"].items()}
        size = size_of({measure: ranks.get(measure) for measure in MEASURES})
        counts.update([entry["gender"], "rural" if entry["house"] in rural else "urban", str(size.value)])
    return {feature: floor - counts[feature] for feature, floor in FLOORS.items() if counts[feature] < floor}


def first_three(edition):
    return [entry for entry in EDITIONS[edition] if entry["rank"] in (1, 2, 3)]


@pytest.mark.parametrize(("edition", "size"), [("selection", 5), ("running", 4)])
def test_every_network_has_its_people(edition, size):
    assert {network: len(entries) for network, entries in by_network(edition).items()} == dict.fromkeys(NETWORKS, size)


def test_every_list_is_complete_and_two_networks_leave_one_person_out():
    ranks = {edition: {network: [entry["rank"] for entry in entries] for network, entries in by_network(edition).items()} for edition in EDITIONS}
    assert all(found == [1, 2, 3, 4] for found in ranks["running"].values())
    assert sorted(found[4] or 0 for found in ranks["selection"].values()) == [0, 0, 5, 5, 5, 5, 5, 5]
    assert all(found[:4] == [1, 2, 3, 4] for found in ranks["selection"].values())


@pytest.mark.parametrize("edition", EDITIONS)
def test_no_house_has_two_people_in_an_edition(edition):
    assert max(Counter(entry["house"] for entry in EDITIONS[edition]).values()) == 1


def test_nobody_is_somebody_else():
    staff = [OPEN["coordinator"], *OPEN["staff"]]
    known = {person[key] for person in [*staff, *OPEN["candidates"]] for key in ("name", "email")}
    ours = Counter(person[key] for person in EVERYBODY for key in ("name", "email"))
    assert max(ours.values()) == 1
    assert known.isdisjoint(ours)
    assert all(person["email"].endswith(".example") for person in EVERYBODY)


def test_every_score_fits_its_criterion_and_has_a_reason_where_it_counts():
    highest = {criterion["key"]: max(step["value"] for step in criterion["values"]) for criterion in FILE["criteria"]}
    scored = {criterion["key"] for criterion in FILE["criteria"] if criterion["kind"] == "scored"}
    for entry in EVERYBODY:
        assert entry["scores"].keys() == highest.keys()
        assert all(0 <= value <= highest[key] for key, value in entry["scores"].items())
        assert entry["reasons"].keys() == scored
        assert all(entry["reasons"].values())


def test_everybody_on_a_list_is_there_for_a_reason():
    assert all(bool(entry["why"]) == (entry["rank"] is not None) for entry in EVERYBODY)


def test_everybody_has_answered_what_is_required_and_nothing_else():
    required = {question["key"] for question in FILE["questions"] if question["required"]}
    asked = {question["key"] for question in FILE["questions"]}
    for entry in EVERYBODY:
        assert required <= entry["answers"].keys() <= asked
        assert all(answer.get("text") or answer.get("seconds") for answer in entry["answers"].values())
        assert entry["state"] == "sent"


def test_some_answer_by_voice_and_on_film_in_the_selection_and_all_in_writing_in_the_running_call():
    channels = {edition: {answer["channel"] for entry in entries for answer in entry["answers"].values()} for edition, entries in EDITIONS.items()}
    assert channels["running"] == {"text"}
    assert channels["selection"] == {"text", "audio", "video"}
    assert sum(bool(entry["needs"] or entry.get("money")) for entry in EDITIONS["selection"]) == 5


def test_a_tie_on_the_border_of_the_places_is_decided_by_few_chances():
    third, fourth = by_network("selection")["alcc"][2:4]
    assert score(third) == score(fourth)
    assert [entry["name"] for entry in by_network("selection")["alcc"] if entry.get("tie")] == [third["name"], fourth["name"]]
    assert (third["scores"]["chances"], fourth["scores"]["chances"]) == (1, 0)


def test_the_running_call_meets_every_floor(rural):
    assert missing(first_three("running"), rural) == {}


def test_the_selection_lacks_two_men_and_one_rural_house_and_two_reserves_mend_it(rural):
    proposed = first_three("selection")
    assert len(proposed) == sum(network["places"] for network in FILE["networks"])
    assert missing(proposed, rural) == {"man": 2, "rural": 1}
    for network in ("soziokultur", "ig-kultur"):
        _first, _second, third, fourth = by_network("selection")[network][:4]
        proposed[proposed.index(third)] = fourth
    assert missing(proposed, rural) == {}


def test_some_names_are_greek_and_cyrillic():
    names = "".join(entry["name"] for entry in first_three("running"))
    assert any("Α" <= letter <= "ω" for letter in names)
    assert any("А" <= letter <= "я" for letter in names)
