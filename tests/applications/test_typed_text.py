"""Whatever people type or paste: kept as text, or refused in words; never an error of ours."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from applications.answers.models import Answer
from tests.applications.reading import typed_into, words

ABOUT = {"name": "Inga", "role": "vadītāja", "mandate": "Es lemju.", "gender": "woman"}
QUIETLY = {"X-Requested-With": "autosave"}


@pytest.mark.parametrize("field", ["name", "role", "mandate", "phone"])
def test_a_nul_is_refused_and_nothing_is_kept(me, page, now, field):
    response = me.post(page("about"), ABOUT | {field: "a\0b"})
    assert response.status_code == 422
    assert now().role == ""


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("answers/motivation", {"text": "a\0b"}),
        ("needs", {"other": "a\0b", "agree": "on"}),
        ("house/other", {"typed_house": "a\0b", "country": "LV", "place": "Rīga"}),
        ("house/other", {"typed_house": "a", "country": "L\0", "place": "Rīga"}),
        ("house/other", {"typed_house": "a", "country": "LV", "place": "1\0" + "2"}),
        ("house/other", {"typed_house": "a", "country": "LV", "place": "Rī\0ga"}),
        ("house", {"house": "1\0"}),
        ("facts", {"staff": "1\0"}),
        ("doors", {"network": "1\0"}),
    ],
)
def test_a_nul_anywhere_is_refused_in_words(me, page, name, values):
    for headers in ({}, QUIETLY):
        assert me.post(page(name), values, headers=headers).status_code == 422


def test_a_nul_in_the_address_is_refused(me, page):
    for path in (page("house") + "?q=%00", page("answers/motivation") + "?channel=%00", "/en/applications/A%00/"):
        assert me.get(path).status_code == 400


def test_a_nul_in_what_the_page_carries_along_changes_nothing(me, page, now):
    assert me.post(page("about"), ABOUT | {"revision": "\0"}).status_code in (302, 409)


def test_marks_that_reorder_or_hide_text_are_taken_out(me, page, now):
    hidden = "\u202e\u2066\u200f\ufeff"
    me.post(page("about"), ABOUT | {"name": f"In{hidden}ga", "mandate": f"Es{hidden} lemju\x1b[31m\x07."})
    assert now().name == "Inga"
    assert now().mandate == "Es lemju[31m."


def test_letters_of_two_parts_are_kept_as_one(me, page, now):
    me.post(page("about"), ABOUT | {"name": "K\u0304e\u0304ni\u0326na"})
    assert now().name == "K\u0304ēni\u0326na"


def test_a_line_stays_one_line_and_prose_keeps_its_lines(me, page, now):
    me.post(page("about"), ABOUT | {"role": "vadītāja\r\nBcc: x@example.org", "mandate": "Viens.\r\nDivi.\rTrīs."})
    assert now().role == "vadītāja Bcc: x@example.org"
    assert now().mandate == "Viens.\nDivi.\nTrīs."


def test_what_looks_like_html_is_shown_as_text(me, page, complete):
    attack = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    me.post(page("about"), ABOUT | {"name": attack, "mandate": attack})
    me.post(page("answers/motivation"), {"text": attack})
    for name in ("about", "answers/motivation", "check", ""):
        response = me.get(page(name))
        assert "<script>alert" not in response.content.decode()
        assert "<img src=x" not in response.content.decode()
    assert attack in words(me.get(page("check")))


def test_a_search_that_looks_like_html_is_shown_as_text(me, page):
    response = me.get(page("house"), {"q": '"><script>alert(1)</script>'})
    assert "<script>alert" not in response.content.decode()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)
@given(text=st.text(max_size=300))
@example(text="\ud800")
@example(text="\u2028\u2029\x85")
@example(text="{{ settings.SECRET_KEY }}{% debug %}%s%(x)s{0}")
def test_any_text_is_kept_as_the_page_then_shows_it(me, page, unguarded, text):
    sent = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    response = me.post(page("answers/motivation"), {"text": sent}, headers=QUIETLY)
    assert response.status_code in (204, 422)
    if response.status_code == 204:
        kept = Answer.objects.get().text
        assert typed_into(me.get(page("answers/motivation")), "text").split() == kept.split()
        assert not [letter for letter in kept if letter in "\0\x1b\u202e\u2066\ufeff"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)
@given(place=st.text(max_size=130), house=st.text(max_size=170), country=st.sampled_from(["LV", "BE", "XX", ""]))
def test_any_place_and_house_is_answered(me, page, place, house, country):
    values = {name: value.encode("utf-8", "replace").decode() for name, value in (("place", place), ("typed_house", house))}
    assert me.post(page("house/other"), values | {"country": country}).status_code in (302, 422)
    assert me.get(page("house"), {"q": values["place"]}).status_code in (200, 400)
