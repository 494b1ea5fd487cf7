"""The coordinator words, limits and orders the questions until the call opens; afterwards only hints, each time as a version."""

from datetime import timedelta

import pytest

from fulcrum.audit.models import Entry
from fulcrum.calls.models import Call, Question
from tests.applications.reading import words


@pytest.fixture
def editor(as_, coordinator):
    return as_(coordinator)


@pytest.fixture
def before_opening(call):
    call.opens_at += timedelta(days=25)
    call.save()


def typed(page):
    """What the form shows, as a browser would send it back."""
    initial = page.context["form"].initial
    return {name: value for name in page.context["form"].fields if (value := initial.get(name)) not in (None, False)}


def address(call, key="motivation", end=""):
    return f"/en/work/{call.slug}/questions/{key}/{end}"


def test_before_the_opening_everything_of_a_question_changes_and_makes_a_version(call, editor, before_opening):
    sent = typed(editor.get(address(call))) | {"title_en": "Why you?", "max_words": 120, "channels": ["audio"]}
    assert editor.post(address(call), sent).status_code == 302
    question = Question.objects.get(call=call, key="motivation")
    assert (question.title.data["en"], question.max_words, question.channels) == ("Why you?", 120, ["audio"])
    assert Call.objects.get(pk=call.pk).version == 2
    assert Entry.objects.get(act="question changed").fields == ["motivation channels", "motivation max_words", "motivation title"]


def test_a_preview_shows_what_was_typed_and_saves_nothing(call, editor, before_opening):
    shown = editor.post(address(call), typed(editor.get(address(call))) | {"title_en": "Why you?", "preview": "1"})
    assert "As candidates would see it; not saved yet Why you?" in words(shown)
    assert Call.objects.get(pk=call.pk).version == 1


def test_once_it_is_open_only_the_hint_can_be_reworded(call, editor):
    page = editor.get(address(call))
    assert set(page.context["form"].names) == {"hint"}
    assert editor.post(address(call), typed(page) | {"hint_en": "Take your time.", "max_words": 5, "title_en": "X"}).status_code == 302
    question = Question.objects.get(call=call, key="motivation")
    assert (question.hint.data["en"], question.max_words, question.title.data["en"] == "X") == ("Take your time.", 300, False)


def test_a_question_moves_until_the_opening_but_not_before_the_one_that_its_condition_asks_for(call, editor, before_opening):
    move = address(call, "transformation", "move/")
    call.questions.filter(key="transformation").update(condition={"answered": "motivation"})
    assert "does not come before it" in words(editor.post(move, {"version": 1, "up": "1"}, follow=True))
    assert editor.post(move, {"version": 1, "down": "1"}).status_code == 302
    assert [question.key for question in call.questions.all()][:3] == ["motivation", "ambassador", "transformation"]
    assert "Somebody else changed the call meanwhile" in words(editor.post(move, {"version": 1, "up": "1"}, follow=True))


def test_an_open_call_keeps_its_order(call, editor):
    editor.post(address(call, "transformation", "move/"), {"version": 1, "down": "1"})
    assert next(question.key for question in call.questions.all()[1:2]) == "transformation"
