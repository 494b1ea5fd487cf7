import re
from types import SimpleNamespace

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from fulcrum.ui.templatetags.charts import KINDS, beam, track

COUNTS = st.integers(min_value=0, max_value=60)


def side(count, label="Women", kind="woman"):
    return {"label": label, "count": count, "kind": kind}


def tilt(svg):
    return float(re.search(r"rotate\((-?[\d.]+) ", svg)[1])


def squares(svg):
    return [(float(x), float(y), float(size)) for x, y, size in re.findall(r'<rect x="([-\d.]+)" y="([-\d.]+)" width="([\d.]+)" height="\3"', svg)]


def shares(svg):
    return [(float(x), float(width)) for x, width in re.findall(r'<rect x="([\d.]+)%" width="([\d.]+)%"', svg)]


def numbers(svg):
    return re.findall(r'text-anchor="middle">(\d+)<', svg)


@pytest.mark.parametrize(("left", "right"), [(15, 8), (1, 0), (24, 0), (300, 2)])
def test_a_beam_sinks_on_its_heavier_side(left, right):
    assert -8 <= tilt(beam(side(left), side(right))) < 0
    assert 0 < tilt(beam(side(right), side(left))) <= 8


@pytest.mark.parametrize("count", [0, 12, 40])
def test_a_beam_is_level_when_both_sides_are_equal(count):
    assert tilt(beam(side(count), side(count))) == 0


def test_a_beam_says_its_figures_in_words():
    svg = beam(side(15), side(8, "Men", "man"))

    assert 'role="img" aria-label="Women 15, Men 8"' in svg
    assert ">Women 15</text>" in svg
    assert ">Men 8</text>" in svg


@given(left=COUNTS, right=COUNTS)
def test_a_beam_carries_one_block_for_each_person_on_its_own_arm(left, right):
    found = squares(beam(side(left), side(right)))

    assert len(found) == left + right
    assert all(x + size <= 125 for x, _y, size in found[:left])
    assert all(x >= 165 for x, _y, _size in found[left:])
    assert all(y >= 0 for _x, y, _size in found)
    assert len(set(found)) == len(found)


def test_a_beam_takes_objects_as_well_as_mappings():
    assert beam(SimpleNamespace(**side(3)), side(3)) == beam(side(3), side(3))


@given(counts=st.lists(COUNTS, min_size=1, max_size=5))
def test_the_widths_of_a_track_sum_up(counts):
    found = shares(track([side(count) for count in counts]))

    assert len(found) == sum(1 for count in counts if count)
    if found:
        assert sum(width for _x, width in found) == pytest.approx(100, abs=0.01)
        assert found[-1][0] + found[-1][1] == pytest.approx(100, abs=0.01)


def test_a_track_prints_a_count_only_where_there_is_room_for_it():
    assert numbers(track([side(15), side(0), side(8), side(1)])) == ["15", "8", "1"]
    assert numbers(track([side(99), side(1)])) == ["99"]


def test_a_track_shows_where_its_first_part_may_end():
    svg = track([side(15), side(9)], 6, 12)

    assert '<line x1="25.000%" x2="50.000%"' in svg


@pytest.mark.parametrize(
    ("low", "high", "start", "end"), [(None, 12, "0.000%", "50.000%"), (6, None, "25.000%", "100.000%"), (6, 99, "25.000%", "100.000%")]
)
def test_a_range_that_is_open_or_too_wide_ends_with_the_track(low, high, start, end):
    assert f'<line x1="{start}" x2="{end}"' in track([side(15), side(9)], low, high)


@pytest.mark.parametrize(("low", "high"), [(None, None), (12, 6), (30, 40)])
def test_a_track_shows_no_range_when_none_is_asked_for_or_none_can_be_met(low, high):
    assert "track__range" not in track([side(15), side(9)], low, high)


def test_a_track_of_nobody_is_empty():
    svg = track([side(0), side(0)], 3, 5)

    assert shares(svg) == []
    assert "track__range" not in svg


def test_nothing_typed_gets_through_unescaped():
    typed = '"><script>alert(1)</script>'
    template = Template("{% load charts %}{% beam part part %}{% track parts 1 2 %}")
    html = template.render(Context({"part": side(2, typed, typed), "parts": [side(2, typed, typed)]}))

    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert set(re.findall(r'class="k-([^"]*)"', html)) == {"unknown"}


def test_every_kind_has_its_colours(settings):
    css = (settings.BASE_DIR / "static" / "css" / "board.css").read_text()

    assert [kind for kind in sorted(KINDS) if not re.search(rf"^  \.k-{kind}[ ,]", css, re.MULTILINE)] == []
