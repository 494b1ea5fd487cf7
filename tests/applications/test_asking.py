"""A question with a condition is asked while the condition holds; otherwise it is nowhere, and what was answered is kept."""

import copy
import json

import pytest
from django.core.exceptions import ValidationError

from applications.answers.asking import misnoted_answers
from applications.answers.models import Answer
from applications.answers.services import write_answer
from applications.copy import copy_of, file_of
from applications.progress import missing, progress
from applications.services import Incomplete, NotAllowed, change_doors, save_page, send
from fulcrum.calls.conditions import Facts, holds
from fulcrum.calls.models import Question
from fulcrum.calls.services import dump_call, load_call
from tests import factories
from tests.applications.reading import words
from tests.conftest import CALL


@pytest.fixture
def ask(call):
    """Gives a question of the call a condition, and perhaps makes it needed."""

    def change(key, condition, **values):
        call.questions.filter(key=key).update(condition=condition, **values)

    return change


def keys(application):
    return [task.key for task in progress(application).answers]


def labels(sections):
    return [line.label for _title, lines in sections for line in lines]


def reload(application, unguarded=None):
    return type(application).objects.of_person(application.person).with_page().get(pk=application.pk)


@pytest.mark.parametrize(
    ("condition", "facts", "is_asked"),
    [
        (None, Facts("alcc", ""), True),
        ({"network": ["alcc", "cult"]}, Facts("alcc", ""), True),
        ({"network": ["cult"]}, Facts("alcc", ""), False),
        ({"size": ["small"]}, Facts("alcc", "small"), True),
        ({"size": ["small"]}, Facts("alcc", ""), False),
        ({"eligibility": {"house_agrees": False}}, Facts("alcc", "", {"house_agrees": False}), True),
        ({"eligibility": {"house_agrees": False}}, Facts("alcc", "", {"house_agrees": True}), False),
        ({"eligibility": {"house_agrees": False}}, Facts("alcc", "", {}), False),
        ({"answered": "motivation"}, Facts("alcc", "", {}, frozenset({"motivation"})), True),
        ({"answered": "motivation"}, Facts("alcc", ""), False),
    ],
)
def test_a_condition_holds_by_what_the_application_says(condition, facts, is_asked):
    assert holds(condition, facts) is is_asked


@pytest.mark.parametrize(
    ("key", "changes", "why"),
    [
        ("chances", {"condition": {"network": ["nowhere"]}}, "does not have"),
        ("chances", {"condition": {"network": []}}, "does not have"),
        ("chances", {"condition": {"size": ["huge"]}}, "does not have"),
        ("chances", {"condition": {"eligibility": {"unknown": True}}}, "true or false"),
        ("chances", {"condition": {"eligibility": {"house_agrees": "yes"}}}, "true or false"),
        ("chances", {"condition": {"weather": ["rain"]}}, "exactly one"),
        ("chances", {"condition": {}}, "exactly one"),
        ("chances", {"condition": {"network": ["alcc"], "size": ["small"]}}, "exactly one"),
        ("chances", {"condition": "network"}, "exactly one"),
        ("motivation", {"condition": {"answered": "chances"}}, "before it"),
        ("motivation", {"condition": {"answered": "motivation"}}, "before it"),
        ("chances", {"channels": []}, "ways to answer"),
        ("chances", {"channels": ["text", "smoke"]}, "ways to answer"),
        ("chances", {"channels": ["text", "text"]}, "ways to answer"),
    ],
)
def test_a_call_file_whose_questions_make_no_sense_is_refused(db, key, changes, why):
    content = json.loads(CALL.read_text())
    next(entry for entry in content["questions"] if entry["key"] == key).update(changes)
    with pytest.raises(ValidationError, match=why):
        load_call(content)
    assert not Question.objects.exists()


def test_a_condition_on_a_question_with_a_condition_is_one_level_too_many(db):
    content = json.loads(CALL.read_text())
    content["questions"][1]["condition"] = {"answered": "motivation"}
    content["questions"][2]["condition"] = {"answered": "transformation"}
    with pytest.raises(ValidationError, match="one level"):
        load_call(content)


def test_channels_purpose_readers_and_conditions_survive_the_way_through_a_file(call):
    content = dump_call(call)
    content["questions"][5] |= {"channels": ["audio"], "condition": {"answered": "motivation"}}
    second = dump_call(load_call(copy.deepcopy(content) | {"slug": "second"}))
    assert second["questions"] == content["questions"]
    assert content["questions"][0]["purpose"]["lv"]


def test_a_question_that_does_not_apply_is_nowhere_and_not_counted(draft, ask, as_, page):
    before = progress(draft).total
    ask("motivation", {"network": ["cult"]})
    assert "motivation" not in keys(draft)
    assert progress(draft).total == before - 1
    listed = words(as_(draft.person).get(page()))
    assert "Say why you want to join" not in listed
    assert as_(draft.person).get(page("answers/motivation")).status_code == 302


def test_a_required_question_that_is_asked_keeps_it_from_being_sent_and_one_that_is_not_does_not(complete, ask):
    ask("chances", {"size": ["large"]}, required=True)
    assert not missing(complete)
    ask("chances", {"size": ["small", "medium"]})
    assert [task.key for task in missing(complete)] == ["chances"]


def test_an_answer_whose_question_fell_away_is_kept_shown_to_nobody_and_comes_back(complete, ask, optional, unguarded):
    ask("chances", {"size": ["medium"]})
    person = complete.person
    write_answer(complete, question=optional, text="Mums ir maz iespēju.", seen=None, language="lv", by=person)
    title = str(optional.title)
    assert title in labels(copy_of(reload(complete)))
    save_page(complete, values={"staff": 0}, by=person)
    assert title not in labels(copy_of(reload(complete)))
    assert title not in labels(file_of(reload(complete)))
    kept = Answer.objects.get(application=complete, question=optional)
    assert (kept.text, kept.asked) == ("Mums ir maz iespēju.", False)
    assert not misnoted_answers()
    Answer.objects.filter(pk=kept.pk).update(asked=True)
    assert misnoted_answers() == [f"answers: {kept.pk} does not know whether it is asked."]
    save_page(complete, values={"staff": 1}, by=person)
    assert title in labels(copy_of(reload(complete)))
    assert Answer.objects.get(pk=kept.pk).asked


def test_what_is_typed_while_the_condition_falls_away_in_another_window_is_kept(draft, ask, as_, page, unguarded):
    ask("motivation", {"network": ["cult"]})
    answer = as_(draft.person).post(page("answers/motivation"), {"text": "Vēl nepazaudēts."}, headers={"X-Requested-With": "autosave"})
    assert answer.status_code == 204
    assert Answer.objects.get(application=draft).text == "Vēl nepazaudēts."
    assert not Answer.objects.get(application=draft).asked


def test_a_sent_application_is_not_changed_into_one_that_lacks_an_answer(sent, ask, as_, page):
    ask("chances", {"eligibility": {"house_agrees": False}}, required=True)
    said = sent.eligibility | {"house_agrees": False}
    with pytest.raises(Incomplete):
        change_doors(sent, network=sent.network, eligibility=said, by=sent.person)
    assert reload(sent).eligibility["house_agrees"] is True
    doors = {key: "yes" if value else "no" for key, value in said.items()} | {"network": sent.network_id}
    answer = as_(sent.person).post(page("doors"), doors)
    assert answer.status_code == 422
    assert "after this change it would lack: Tell us about your chances" in words(answer)


def test_a_question_is_answered_only_in_the_ways_that_it_allows(draft, motivation, as_, page, call):
    call.questions.filter(key="motivation").update(channels=["audio"])
    motivation.refresh_from_db()
    with pytest.raises(NotAllowed):
        write_answer(draft, question=motivation, text="Rakstīts.", seen=None, language="lv", by=draft.person)
    shown = words(as_(draft.person).get(page("answers/motivation")))
    assert "Your recording, as a sound file" in shown
    assert as_(draft.person).post(page("answers/motivation"), {"text": "Rakstīts."}).status_code == 404
    assert as_(draft.person).post(page("answers/motivation/video/upload"), {}).status_code == 404


def test_the_check_page_says_by_how_much_an_answer_is_too_long(complete, motivation, as_, page):
    write_answer(complete, question=motivation, text="vārds " * 312, seen=None, language="lv", by=complete.person)
    refused = as_(complete.person).post(page("check"))
    assert refused.status_code == 422
    assert "312 words written: 12 more than the limit" in words(refused)


def test_a_draft_whose_needed_question_fell_away_can_be_sent(draft, ask, call):
    ask("motivation", {"network": ["cult"]})
    factories.fill(draft)
    Answer.objects.of(draft).filter(question__key="motivation").delete()
    assert send(reload(draft), by=draft.person).is_sent
