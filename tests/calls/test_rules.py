"""The size of a house, and the bands that people choose from."""

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from fulcrum.calls.rules import MEASURES, Size, band_choices, size_of

BANDS = st.fixed_dictionaries({measure: st.none() | st.integers(0, 2) for measure in MEASURES})


def by_definition(bands):
    """At least half of the answers must lie at or below the class: the first class of which that holds."""
    given_bands = [rank for rank in bands.values() if rank is not None]
    for rank, size in enumerate((Size.SMALL, Size.MEDIUM, Size.LARGE)):
        if given_bands and 2 * sum(band <= rank for band in given_bands) >= len(given_bands):
            return size
    return None


@given(BANDS)
def test_the_size_is_the_median_and_the_lower_one_of_two(bands):
    assert size_of(bands) == by_definition(bands)


@given(BANDS, st.sampled_from(MEASURES))
def test_a_larger_band_never_makes_a_house_smaller(bands, measure):
    if bands[measure] is None or bands[measure] == 2:
        return
    order = [Size.SMALL, Size.MEDIUM, Size.LARGE]
    assert order.index(size_of(bands | {measure: bands[measure] + 1})) >= order.index(size_of(bands))


@pytest.mark.parametrize(
    ("bands", "size"),
    [
        ((0, 2, None, None), Size.SMALL),
        ((1, 2, None, None), Size.MEDIUM),
        ((0, 1, 2, None), Size.MEDIUM),
        ((0, 0, 2, 2), Size.SMALL),
        ((None, None, None, 2), Size.LARGE),
        ((0, None, None, None), Size.SMALL),
        ((None, None, None, None), None),
    ],
)
def test_sizes_that_staff_would_check_by_hand(bands, size):
    assert size_of(dict(zip(MEASURES, bands, strict=True))) == size


def test_no_band_counts_more_than_another():
    assert {size_of(dict.fromkeys(MEASURES) | {measure: 2}) for measure in MEASURES} == {Size.LARGE}


RULE = {"bands": {"staff": [2, 10], "volunteers": [10, 50], "visitors": [5000, 50000], "budget": [100000, 1000000]}}


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_has_three_bands_with_the_limits_of_the_call(measure):
    ranks, words = zip(*band_choices(RULE, measure), strict=True)
    low, high = RULE["bands"][measure]
    assert ranks == (0, 1, 2)
    assert f"{low:,}" in words[0]
    assert f"{low:,}" in words[1]
    assert f"{high:,}" in words[1]
    assert f"{high:,}" in words[2]
    assert len(set(words)) == 3


def test_limits_are_written_as_the_language_writes_numbers():
    with translation.override("de"):
        assert "1.000.000" in band_choices(RULE, "budget")[2][1]
    with translation.override("en"):
        assert "1,000,000" in band_choices(RULE, "budget")[2][1]


def test_another_call_has_other_limits():
    rule = {"bands": RULE["bands"] | {"staff": [5, 25]}}
    assert "25" in band_choices(rule, "staff")[2][1]
