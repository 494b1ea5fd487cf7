"""The balance of a selection: who counts as what, and what the targets of the call make of it."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulcrum.calls.places import Origin
from selection.slates.balance import balance, shortfall

FLOORS = {
    "gender": {"woman": [10, None], "man": [10, None]},
    "origin": {"urban": [10, None], "rural": [10, None]},
    "size": {"small": [6, None], "medium": [6, None], "large": [6, None]},
}


def a_call(**targets):
    return SimpleNamespace(targets=FLOORS | targets)


def somebody(gender="woman", origin=Origin.RURAL, size="small"):
    return SimpleNamespace(gender=gender, origin=origin, size=size)


def dimension(key, people, **targets):
    return {entry.key: entry for entry in balance(a_call(**targets), people)}[key]


def counts(found):
    return {part.kind: part.count for part in found.parts}


PEOPLE = st.lists(
    st.builds(
        somebody,
        gender=st.sampled_from(["woman", "man", "other", "undisclosed", ""]),
        origin=st.sampled_from([None, *Origin]),
        size=st.sampled_from(["small", "medium", "large", ""]),
    ),
    max_size=40,
)
RANGES = st.tuples(st.integers(0, 12), st.none() | st.integers(12, 24)).map(list)
TARGETS = st.fixed_dictionaries(
    {
        "gender": st.dictionaries(st.sampled_from(["woman", "man", "other", "undisclosed"]), RANGES),
        "origin": st.dictionaries(st.sampled_from(["urban", "rural", "town", "city"]), RANGES),
        "size": st.dictionaries(st.sampled_from(["small", "medium", "large"]), RANGES),
    }
)


@given(people=PEOPLE, targets=TARGETS)
def test_the_parts_of_every_dimension_sum_up_to_the_people(people, targets):
    for found in balance(a_call(**targets), people):
        assert sum(part.count for part in found.parts) == len(people)
        assert sum(part.count for part in found.others) <= len(people)
        assert found.is_met == all(aim.low <= aim.count and (aim.high is None or aim.count <= aim.high) for aim in found.aims)


@given(people=PEOPLE, targets=TARGETS)
def test_the_shortfall_is_what_all_dimensions_lack_together(people, targets):
    call = a_call(**targets)
    assert shortfall(call, people) == sum(found.short for found in balance(call, people)) >= 0


@given(people=PEOPLE, targets=TARGETS)
def test_a_bracket_lies_inside_the_people_and_leaves_room_for_every_other_floor(people, targets):
    for found in balance(a_call(**targets), people):
        low, high = found.bracket
        if low is None:
            assert high is None
        else:
            floors = {aim.value: aim.low for aim in found.aims}
            first = found.parts[0].kind
            assert low == floors.pop(first)
            assert low <= high == len(people) - sum(floors.values())


def test_people_are_taken_from_any_iterable_once():
    found = balance(a_call(), (somebody() for _one in range(3)))
    assert [sum(part.count for part in entry.parts) for entry in found] == [3, 3, 3]


def test_rather_not_say_and_no_word_at_all_are_one_value_of_their_own():
    found = dimension("gender", [somebody(gender="undisclosed"), somebody(gender=""), somebody()])
    assert counts(found) == {"woman": 1, "other": 0, "undisclosed": 2, "man": 0}
    assert "Not said 2" in found.words


def test_neither_woman_nor_man_is_counted_to_one_of_them():
    found = dimension("gender", [somebody(gender="other"), somebody(gender="man")])
    assert counts(found) == {"woman": 0, "other": 1, "undisclosed": 0, "man": 1}
    assert [aim.count for aim in found.aims] == [0, 1]
    assert [(part.kind, part.count) for part in found.others] == [("other", 1)]


@pytest.mark.parametrize(("key", "people"), [("origin", somebody(origin=None)), ("size", somebody(size=""))])
def test_what_could_not_be_classified_is_a_value_of_its_own_and_helps_no_target(key, people):
    found = dimension(key, [people])
    assert counts(found)["unknown"] == 1
    assert not any(aim.count for aim in found.aims)
    assert found.words == "Not classified 1"
    assert [part.kind for part in found.others] == ["unknown"]


def test_urban_is_city_and_town_together_and_three_classes_are_shown():
    people = [somebody(origin=Origin.CITY)] * 4 + [somebody(origin=Origin.TOWN)] * 3 + [somebody(origin=Origin.RURAL)] * 2
    found = dimension("origin", people)
    assert counts(found) == {"rural": 2, "town": 3, "city": 4, "unknown": 0}
    assert {aim.value: aim.count for aim in found.aims} == {"urban": 7, "rural": 2}
    assert [aim.words for aim in found.aims] == ["Rural 2, at least 10", "Urban 7, at least 10"]


@pytest.mark.parametrize(("women", "short"), [(0, 10), (9, 1), (10, 0), (24, 0)])
def test_a_floor_asks_for_at_least_so_many(women, short):
    (aim, _men) = dimension("gender", [somebody()] * women).aims
    assert (aim.short, aim.count) == (short, women)


@pytest.mark.parametrize(("women", "short"), [(7, 1), (8, 0), (14, 0), (15, 1), (24, 10)])
def test_a_ceiling_asks_for_no_more_than_so_many(women, short):
    (aim,) = dimension("gender", [somebody()] * women, gender={"woman": [8, 14]}).aims
    assert aim.short == short
    assert aim.words == f"Women {women}, from 8 to 14"


def test_a_verdict_is_in_range_or_by_how_many_people_it_is_not():
    good = [somebody()] * 10 + [somebody(gender="man")] * 10
    assert dimension("gender", good).verdict == "In range"
    assert dimension("gender", good[1:]).verdict == "Out of range by 1"
    assert dimension("gender", good[2:] + [somebody(gender="other")] * 2).verdict == "Out of range by 2"
    assert not dimension("gender", good[1:]).is_met


def test_the_shortfall_adds_what_misses_floors_and_what_goes_over_ceilings():
    people = [somebody()] * 12 + [somebody(gender="man")] * 8
    call = a_call(origin={"rural": [0, 15]}, gender={"woman": [14, None], "man": [10, None]}, size={})
    assert shortfall(call, people) == 2 + 2 + 5


def test_a_bracket_runs_from_the_floor_of_the_first_to_what_the_others_leave():
    people = [somebody()] * 15 + [somebody(gender="man")] * 9
    assert dimension("gender", people).bracket == (10, 14)
    assert dimension("size", people).bracket == (6, 12)
    assert dimension("origin", people).bracket == (10, 14)


def test_there_is_no_bracket_when_the_floors_can_not_all_be_met():
    assert dimension("gender", [somebody()] * 19).bracket == (None, None)


def test_there_is_no_bracket_when_nothing_is_asked_of_the_first():
    assert dimension("gender", [somebody()] * 24, gender={"man": [3, None]}).bracket == (None, None)


def test_a_call_without_targets_has_parts_and_is_in_range():
    call = SimpleNamespace(targets={})
    assert shortfall(call, [somebody()]) == 0
    assert [(found.aims, found.is_met, found.bracket) for found in balance(call, [somebody()])] == [([], True, (None, None))] * 3


def test_the_words_of_a_dimension_name_only_what_there_is():
    assert dimension("size", [somebody(), somebody(size="large")]).words == "Small 1 · Large 1"


def test_the_arms_of_the_beam_are_the_first_and_the_last_target():
    people = [somebody(), somebody(gender="man", origin=Origin.CITY, size="large"), somebody(origin=Origin.TOWN)]
    arms = {key: [(arm.label, arm.count) for arm in dimension(key, people).arms] for key in FLOORS}
    assert arms == {"gender": [("Women", 2), ("Men", 1)], "origin": [("Rural", 1), ("Urban", 2)], "size": [("Small", 2), ("Large", 1)]}


def test_the_order_of_the_aims_does_not_hang_on_that_of_the_targets(call):
    turned = {key: dict(reversed(list(targets.items()))) for key, targets in call.targets.items()}
    call.targets = turned
    assert [[aim.value for aim in dimension.aims] for dimension in balance(call, [])] == [
        ["woman", "man"],
        ["rural", "urban"],
        ["small", "medium", "large"],
    ]
