"""An answer carries its language: one of the seven, or another one by its name."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from applications.answers.models import Answer
from applications.copy import copy_of
from fulcrum.guard.text import clean_text, count_words
from tests.applications.reading import words


@pytest.fixture
def answer(draft, unguarded):
    return lambda: Answer.objects.get(application=draft, question__key="motivation")


def test_the_language_of_the_page_is_the_one_that_is_offered_and_taken(me, page, answer):
    shown = me.get(page("answers/motivation").replace("/en/", "/lv/")).content.decode()
    assert '<option value="lv" selected>' in shown
    me.post(page("answers/motivation").replace("/en/", "/lv/"), {"text": "Mācīties."})
    assert answer().language == "lv"


def test_a_candidate_may_answer_in_another_language_by_its_name(me, page, answer, draft):
    me.post(page("answers/motivation"), {"text": "Навчатися.", "language": "xx", "other_language": "Ukrainian"})
    assert (answer().language, answer().language_name, answer().language_code) == ("xx", "Ukrainian", "")
    assert "Language: Ukrainian" in words(me.get(page("check")))


def test_another_language_needs_its_name_and_what_was_typed_stays(me, page, unguarded):
    refused = me.post(page("answers/motivation"), {"text": "Навчатися.", "language": "xx"})
    assert refused.status_code == 422
    assert "Say which language it is." in words(refused)
    assert "Навчатися." in words(refused)
    assert me.post(page("answers/motivation"), {"text": "Навчатися.", "language": "xx"}, headers={"X-Requested-With": "autosave"}).status_code == 204
    assert Answer.objects.get().language == "xx"


def test_a_language_that_there_is_not_is_refused(me, page):
    assert me.post(page("answers/motivation"), {"text": "A", "language": "qq"}).status_code == 422


def test_the_language_of_a_recording_is_said_beside_it(me, page, answer, draft):
    address = page("answers/motivation/audio/language")
    assert me.post(address, {"language": "et"}).status_code == 302
    assert (answer().language, answer().channel, answer().is_given) == ("et", "audio", False)
    refused = me.post(address, {"language": "xx"})
    assert refused.status_code == 422
    assert "<title>Error: " in refused.content.decode()
    assert not [line for _title, lines in copy_of(draft) for line in lines if line.answer]


def test_staff_see_the_language_and_a_screen_reader_hears_it(sent, me, page):
    shown = me.get(page("check")).content.decode()
    assert '<div lang="lv">' in shown
    assert "Language: Latvian" in shown


TEXTS = ["d'art co-op 3.5", "Žanete  ēd\nābolu", "l’homme", "a\u200eb", "e\u0301te\u0301s", "", "— – …", "1 000 000", "foo_bar x.y.", "naïve café"]


def test_the_browser_counts_words_as_the_server_does():
    node = shutil.which("node")
    if node is None:
        pytest.skip("without node")
    source = Path("static/js/words.js").read_text()
    body = source[source.index("const unwanted") : source.index("function attach")]
    program = f"{body}; console.log(JSON.stringify({json.dumps(TEXTS)}.map(count)))"
    counted = subprocess.run([node, "-e", program], capture_output=True, text=True, check=True).stdout
    assert json.loads(counted) == [count_words(clean_text(text)) for text in TEXTS]
