"""What was changed after sending: kept with what stood before, for the candidate and for staff; needs never."""

from datetime import timedelta

import pytest
from django.test import Client

from applications.answers.services import write_answer
from applications.application import Application
from applications.needs.services import say_needs
from applications.retention import forget_answers
from applications.services import change_doors, save_page, withdraw
from applications.versions.models import Earlier
from applications.versions.versions import changes
from tests import factories
from tests.applications.reading import words


@pytest.fixture
def answer_anew(sent, motivation, during_call):
    def write(text):
        during_call.shift(timedelta(hours=1))
        return write_answer(sent, question=motivation, text=text, seen=None, language="lv", by=sent.person)

    return write


def test_a_draft_keeps_no_earlier_versions(complete, unguarded):
    save_page(complete, values={"role": "cita"}, by=complete.person)
    assert not Earlier.objects.exists()


def test_the_candidate_sees_what_they_changed_and_when(sent, answer_anew, me, page):
    answer_anew("Otrā atbilde.")
    answer_anew("Trešā atbilde.")
    save_page(sent, values={"staff": 2, "gender": "undisclosed"}, by=sent.person)
    sent.refresh_from_db(from_queryset=Application.objects.of_person(sent.person))
    found = {(change.label, change.before, change.after) for change in changes(sent, to_staff=False)}
    title = "Why would you like to take part in this training?"
    assert {
        (title, "Atbilde: motivation.", "Otrā atbilde."),
        (title, "Otrā atbilde.", "Trešā atbilde."),
        ("Gender", "Woman", "Rather not say"),
        ("Paid staff", "More than 2, up to 10", "More than 10"),
    } == found
    shown = words(me.get(page("changes")))
    assert "Saturday 20 April 2024, 13:00 in Brussels" in shown
    assert shown.index("Trešā atbilde.") < shown.index("Atbilde: motivation.")


def test_saving_the_same_again_keeps_nothing(sent, answer_anew, unguarded):
    answer_anew("Atbilde: motivation.")
    assert not Earlier.objects.exists()


def test_what_is_changed_while_it_is_withdrawn_is_kept_too(sent, answer_anew):
    withdraw(sent, by=sent.person)
    answer_anew("Pārdomāju.")
    assert [change.after for change in changes(sent, to_staff=True)] == ["Pārdomāju."]


def test_staff_see_the_earlier_text_beside_the_new_one_and_others_see_neither(sent, answer_anew, call, alcc, cult):
    answer_anew("Jauna atbilde.")
    reader = factories.sign_in(Client(), factories.staff(call=call, role="assessor", network=alcc))
    address = f"/en/work/{call.slug}/applications/{sent.reference}/"
    shown = words(reader.get(address))
    assert "What was changed after sending, and what stood before" in shown
    assert shown.count("Jauna atbilde.") == 2
    assert "Atbilde: motivation." in shown
    stranger = factories.sign_in(Client(), factories.staff(call=call, role="assessor", network=cult))
    assert stranger.get(address).status_code == 404
    assert not Earlier.objects.visible_to(factories.UserFactory()).exists()


def test_staff_are_shown_no_version_of_an_answer_that_is_asked_no_more(sent, answer_anew, call):
    answer_anew("Jauna atbilde.")
    call.questions.filter(key="motivation").update(condition={"network": ["cult"]})
    assert not changes(sent, to_staff=True)
    assert changes(sent, to_staff=False)


def test_needs_are_in_no_version(sent, unguarded):
    say_needs(sent, other="Secret of a candidate", by=sent.person)
    say_needs(sent, other="Another secret", by=sent.person)
    assert not Earlier.objects.exists()


def test_conditions_of_applying_are_kept_in_words(sent, unguarded):
    change_doors(sent, network=sent.network, eligibility=sent.eligibility | {"follows_english": False}, by=sent.person)
    sent.refresh_from_db()
    assert [(change.before, change.after) for change in changes(sent, to_staff=True)] == [("Yes", "No")]


def test_earlier_versions_go_with_the_answers(sent, answer_anew, call, during_call, unguarded):
    answer_anew("Jauna atbilde.")
    during_call.move_to(call.ends_at + timedelta(days=731))
    forget_answers()
    assert not Earlier.objects.exists()
