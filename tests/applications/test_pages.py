"""Pages of an application: what is typed is kept, what is wrong is said, and where."""

from urllib.parse import unquote

import pytest
from django.test import Client

from applications.answers.models import Answer
from applications.answers.services import write_answer
from applications.application import Gender, State
from applications.services import save_page
from fulcrum.audit.models import Entry
from tests import factories
from tests.applications.reading import anchors, chosen, typed_into, words

ABOUT = {"name": "Inga Ķēniņa", "phone": "+371 20 000 000", "role": "vadītāja", "mandate": "Es lemju par programmu.", "gender": "woman"}
LATER = {"later": "1"}
QUIETLY = {"X-Requested-With": "autosave"}
LONG = "vārds " * 320


def test_a_page_is_saved_as_it_was_typed(me, page, now):
    assert me.post(page("about"), ABOUT).status_code == 302
    assert {name: getattr(now(), name) for name in ABOUT} == ABOUT


def test_gaps_about_the_person_are_named_and_what_was_typed_stays(me, page, now):
    response = me.post(page("about"), {"name": "Inga", "role": "", "mandate": "Es lemju.", "phone": "20 000 000"})
    shown = words(response)
    assert response.status_code == 422
    assert "Say what your role is" in shown
    assert "Choose one; you may rather not say" in shown
    assert typed_into(response, "name") == "Inga"
    assert typed_into(response, "mandate") == "Es lemju."
    assert typed_into(response, "phone") == "20 000 000"
    assert (now().role, now().mandate) == ("", "")


def test_every_sentence_of_the_summary_leads_to_its_field(me, page):
    response = me.post(page("about"), {"name": "", "role": "", "mandate": "", "phone": ""})
    targets = anchors(response)
    assert len(targets) == 4
    for target in targets:
        assert f'id="{target}"' in response.content.decode()


def test_an_answer_over_the_limit_says_by_how_much_and_stays(me, page, unguarded):
    response = me.post(page("answers/motivation"), {"text": LONG})
    assert response.status_code == 422
    assert "This is 20 words over the limit of 300" in words(response)
    assert typed_into(response, "text").strip() == LONG.strip()
    assert not Answer.objects.exists()


def test_a_required_answer_left_empty_names_the_other_ways(me, page):
    response = me.post(page("answers/motivation"), {"text": ""})
    assert response.status_code == 422
    assert "Write an answer, or give it by voice or film" in words(response)


def test_an_optional_answer_may_stay_empty(me, page):
    assert me.post(page("answers/chances"), {"text": ""}).status_code == 302


def test_facts_without_any_figure_ask_for_one(me, page, now):
    response = me.post(page("facts"), {"staff": "", "own_view": "rural"})
    assert response.status_code == 422
    assert "Answer at least one of the four" in words(response)
    assert chosen(response, "own_view") == ["rural"]
    assert now().own_view == ""


@pytest.mark.parametrize(("name", "value"), [("staff", "3"), ("staff", "-1"), ("budget", "many"), ("own_view", "suburban")])
def test_a_band_that_is_none_is_refused(me, page, now, name, value):
    assert me.post(page("facts"), {"staff": "1", name: value}).status_code == 422
    assert now().size == ""


def test_a_question_that_the_call_does_not_ask_is_not_found(me, page):
    assert me.get(page("answers/nothing")).status_code == 404


def test_fields_that_the_page_does_not_show_are_ignored(me, page, now, draft):
    extra = {
        "state": "sent",
        "sent_at": "2024-04-20",
        "size": "large",
        "reference": "AAAAAAA",
        "house": "1",
        "person": "1",
        "consented_at": "2024-04-20",
    }
    me.post(page("about"), ABOUT | extra)
    kept = now()
    assert (kept.state, kept.sent_at, kept.size, kept.reference, kept.house, kept.person, kept.consented_at) == (
        State.DRAFT,
        None,
        "",
        draft.reference,
        None,
        draft.person,
        None,
    )


# Unfinished


def test_finish_later_keeps_half_a_page_and_leads_to_the_list(me, page, now):
    response = me.post(page("about"), {"name": "Inga", "role": "vadītāja", **LATER})
    assert response.headers["Location"] == page()
    assert (now().name, now().role, now().mandate, now().gender) == ("Inga", "vadītāja", "", "")


def test_finish_later_keeps_an_answer_that_is_too_long_for_now(me, page, draft, unguarded):
    me.post(page("answers/motivation"), {"text": LONG, **LATER})
    assert Answer.objects.get().text.split() == LONG.split()


def test_finish_later_keeps_facts_without_a_figure(me, page, now):
    assert me.post(page("facts"), {"own_view": "rural", **LATER}).status_code == 302
    assert now().own_view == "rural"


def test_finish_later_shows_what_it_cannot_keep(me, page, now):
    mandate = "ž" * 601
    response = me.post(page("about"), ABOUT | {"mandate": mandate, **LATER})
    assert response.status_code == 422
    assert typed_into(response, "mandate") == mandate
    assert now().mandate == ""


def test_a_page_can_be_emptied_again_in_a_draft(me, page, now):
    me.post(page("about"), ABOUT)
    me.post(page("about"), {"name": "", **LATER})
    assert [getattr(now(), name) for name in ABOUT] == ["", "", "", "", ""]


def test_autosave_keeps_half_a_page_and_says_when(me, page, now):
    response = me.post(page("about"), {"name": "Inga", "mandate": "Es lem"}, headers=QUIETLY)
    assert response.status_code == 204
    assert unquote(response.headers["X-Saved-At"]) == "12:00"  # ten in UTC is noon in Brussels
    assert (now().name, now().mandate, now().gender) == ("Inga", "Es lem", "")


def test_autosave_keeps_an_answer_that_is_empty_or_too_long(me, page, unguarded):
    assert me.post(page("answers/motivation"), {"text": LONG}, headers=QUIETLY).status_code == 204
    assert Answer.objects.get().text.split() == LONG.split()
    assert me.post(page("answers/motivation"), {"text": ""}, headers=QUIETLY).status_code == 204
    assert Answer.objects.get().text == ""


def test_autosave_says_when_it_cannot_keep_something(me, page, now):
    assert me.post(page("about"), {"name": "Inga", "mandate": "ž" * 601}, headers=QUIETLY).status_code == 422
    assert me.post(page("answers/motivation"), {"text": "ž" * 20_001}, headers=QUIETLY).status_code == 422


def test_one_autosave_after_the_other_is_no_conflict(me, page, now):
    seen = me.get(page("about")).context["revision"]
    for mandate in ("Es", "Es lemju", "Es lemju par programmu."):
        response = me.post(page("about"), ABOUT | {"mandate": mandate, "revision": seen}, headers=QUIETLY)
        assert response.status_code == 204
        seen = response.headers["X-Revision"]
    assert now().mandate == "Es lemju par programmu."


def test_the_first_autosave_of_an_answer_leads_on_to_the_next(me, page, unguarded):
    seen = me.get(page("answers/motivation")).context["revision"]
    for text in ("Es", "Es gribu", "Es gribu mācīties."):
        response = me.post(page("answers/motivation"), {"text": text, "revision": seen}, headers=QUIETLY)
        assert response.status_code == 204
        seen = response.headers["X-Revision"]
    assert Answer.objects.get().text == "Es gribu mācīties."


def test_autosave_answers_in_words_a_browser_can_show(me, page):
    for language in ("en", "nl", "fr", "de", "it", "et", "lv"):
        response = me.post(page("about").replace("/en/", f"/{language}/"), {"name": language}, headers=QUIETLY)
        assert response.headers["X-Saved-At"].isascii()


def test_autosave_leaves_a_sent_application_alone(me, page, sent, now, unguarded):
    before = now()
    assert me.post(page("about"), ABOUT | {"name": "Cita"}, headers=QUIETLY).status_code == 204
    assert me.post(page("answers/motivation"), {"text": "Cits."}, headers=QUIETLY).status_code == 204
    assert now().name == before.name
    assert now().changed_at == before.changed_at
    assert not Answer.objects.filter(text="Cits.").exists()
    assert not Entry.objects.filter(act="application changed").exists()


def test_a_sent_application_shows_no_autosave(me, page, sent):
    assert "data-autosave" not in me.get(page("about")).content.decode()


def test_nothing_is_written_when_nothing_changed(me, page, sent, now, unguarded):
    before = now()
    values = {name: getattr(before, name) or "" for name in ABOUT}
    assert me.post(page("about"), values).status_code == 302
    assert now().changed_at == before.changed_at
    assert not Entry.objects.filter(act="application changed").exists()


# Two windows


def test_a_page_saved_elsewhere_shows_both_versions(me, page, draft, now):
    seen = me.get(page("about")).context["revision"]
    save_page(draft, values={"name": "Inga", "mandate": "Mans otrs logs."}, by=draft.person)
    response = me.post(page("about"), ABOUT | {"mandate": "Mans pirmais logs.", "revision": seen})
    assert response.status_code == 409
    assert "saved in another window" in words(response)
    assert "Mans otrs logs." in words(response)
    assert typed_into(response, "mandate") == "Mans pirmais logs."
    assert now().mandate == "Mans otrs logs."


def test_saving_again_after_a_conflict_wins(me, page, draft, now):
    seen = me.get(page("about")).context["revision"]
    save_page(draft, values={"mandate": "Mans otrs logs."}, by=draft.person)
    mine = ABOUT | {"mandate": "Mans pirmais logs."}
    told = me.post(page("about"), mine | {"revision": seen})
    assert me.post(page("about"), mine | {"revision": typed_into(told, "revision")}).status_code == 302
    assert now().mandate == "Mans pirmais logs."


def test_a_conflict_shows_choices_by_their_names(me, page, draft):
    seen = me.get(page("about")).context["revision"]
    save_page(draft, values={"gender": Gender.UNDISCLOSED}, by=draft.person)
    response = me.post(page("about"), ABOUT | {"revision": seen})
    assert response.status_code == 409
    assert "Gender Rather not say" in words(response)


def test_an_answer_written_elsewhere_shows_both_versions_and_saving_again_wins(me, page, draft, motivation, unguarded):
    write_answer(draft, question=motivation, text="Sākums.", seen=None, language="lv", by=draft.person)
    seen = me.get(page("answers/motivation")).context["revision"]
    write_answer(draft, question=motivation, text="Citā logā.", seen=None, language="lv", by=draft.person)
    told = me.post(page("answers/motivation"), {"text": "Šajā logā.", "revision": seen})
    assert told.status_code == 409
    assert "Citā logā." in words(told)
    assert typed_into(told, "text") == "Šajā logā."
    assert me.post(page("answers/motivation"), {"text": "Šajā logā.", "revision": typed_into(told, "revision")}).status_code == 302
    assert Answer.objects.get().text == "Šajā logā."


def test_an_answer_begun_in_two_windows_is_a_conflict_too(me, page, draft, motivation, unguarded):
    seen = me.get(page("answers/motivation")).context["revision"]
    write_answer(draft, question=motivation, text="Citā logā.", seen=None, language="lv", by=draft.person)
    assert me.post(page("answers/motivation"), {"text": "Šajā logā.", "revision": seen}).status_code == 409
    assert Answer.objects.get().text == "Citā logā."


def test_autosave_stops_at_a_conflict(me, page, draft, now):
    seen = me.get(page("about")).context["revision"]
    save_page(draft, values={"mandate": "Mans otrs logs."}, by=draft.person)
    assert me.post(page("about"), ABOUT | {"revision": seen}, headers=QUIETLY).status_code == 409
    assert now().mandate == "Mans otrs logs."


def test_the_same_words_in_two_windows_are_no_conflict(me, page, draft, now):
    seen = me.get(page("about")).context["revision"]
    save_page(draft, values=ABOUT, by=draft.person)
    assert me.post(page("about"), ABOUT | {"revision": seen}).status_code == 302


def test_another_page_saved_meanwhile_is_no_conflict(me, page, draft):
    seen = me.get(page("about")).context["revision"]
    save_page(draft, values={"staff": 1}, by=draft.person)
    assert me.post(page("about"), ABOUT | {"revision": seen}).status_code == 302


# Too late


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("about", ABOUT),
        ("facts", {"staff": "1", "own_view": "rural"}),
        ("answers/motivation", {"text": "Es gribu mācīties."}),
        ("needs", {"other": "Es gribu mācīties.", "agree": "on"}),
    ],
)
def test_what_was_typed_too_late_is_shown_and_not_saved(me, page, now, after_deadline, name, typed):
    before = now()
    after_deadline()
    response = me.post(page(name), typed)
    shown = words(response)
    assert response.status_code == 409
    assert "Changes were possible up to Tuesday 7 May 2024, 23:59 in Brussels; the clock of our server decides." in shown
    assert "What you just typed" in shown
    said = {"woman": "Woman", "yes": "Yes"}  # what was chosen is shown in words
    for value in typed.values():
        assert said.get(value, value) in shown
    assert "Your application was not sent" in shown
    assert now().changed_at == before.changed_at


def test_too_late_a_sent_application_is_said_to_count(me, page, sent, after_deadline):
    after_deadline()
    assert "Your application was sent and counts as it stood" in words(me.post(page("about"), ABOUT))


def test_too_late_nothing_is_autosaved_and_the_page_is_told(me, page, now, after_deadline):
    after_deadline()
    assert me.post(page("about"), ABOUT, headers=QUIETLY).status_code == 410
    assert now().role == ""


def test_too_late_the_pages_can_still_be_read(me, page, complete, after_deadline):
    after_deadline()
    for name in ("", "doors", "about", "house", "facts", "answers/motivation", "needs", "consent", "check", "withdraw"):
        assert me.get(page(name)).status_code == 200, name


def test_too_late_neither_house_nor_consent_changes(me, page, alcc, now, after_deadline):
    house = factories.HouseFactory(networks=[alcc])
    after_deadline()
    assert me.post(page("house"), {"house": house.pk}).status_code == 409
    assert me.post(page("consent"), {"agree": "on"}).status_code == 409
    assert (now().house, now().consented_at) == (None, None)


def test_an_extension_opens_the_pages_again(me, page, call, now, after_deadline):
    after_deadline()
    call.deadline = call.deadline.replace(day=9)
    call.save()
    assert me.post(page("about"), ABOUT).status_code == 302
    assert now().role == "vadītāja"


def test_who_is_signed_out_comes_back_to_the_page(page):
    assert Client().post(page("about"), ABOUT).headers["Location"].endswith(f"?next={page('about')}")


def test_after_the_deadline_the_list_says_how_it_stands_and_offers_no_change(me, page, draft, after_deadline):
    after_deadline()
    shown = words(me.get(page("")))
    assert "Your application was not sent." in shown
    assert "The deadline has passed" in shown
    for said_while_open in ("Answers save as you go", "days left", "to go", "Opens once the rest is complete"):
        assert said_while_open not in shown
    assert page("about") not in me.get(page("")).content.decode()
    assert "Before you can send it" not in words(me.get(page("check")))
    assert "Send your application" not in words(me.get(page("check")))
