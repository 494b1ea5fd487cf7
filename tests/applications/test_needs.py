"""Needs: apart from everything, under a consent of their own, erased when it is taken back."""

import pytest
from django.db import connection

from applications.copy import copy_of
from applications.needs.models import Needs
from applications.needs.services import say_needs
from applications.services import send
from fulcrum.audit.models import Entry
from fulcrum.mail.models import Message
from tests.applications.reading import typed_into, words

SECRET = "Bērnu pieskatīšana un pandus"
GO = {"csrfmiddlewaretoken": "-"}


@pytest.fixture
def said(complete):
    return say_needs(complete, other=SECRET, by=complete.person)


def columns():
    with connection.cursor() as cursor:
        cursor.execute("SELECT other FROM applications_needs")
        return [row[0] for row in cursor.fetchall()]


def test_needs_are_kept_with_their_consent(me, page, call, unguarded):
    assert me.post(page("needs"), {"other": SECRET, "agree": "on"}).status_code == 302
    needs = Needs.objects.get()
    assert needs.other == SECRET
    assert needs.consented_at
    assert needs.consent_version == call.version


def test_needs_without_consent_are_not_kept_and_stay_on_the_page(me, page, unguarded):
    response = me.post(page("needs"), {"other": SECRET})
    assert response.status_code == 422
    assert "Without your consent we may not keep what you wrote" in words(response)
    assert typed_into(response, "other") == SECRET
    assert not Needs.objects.exists()


def test_the_database_holds_needs_encrypted(said):
    (stored,) = columns()
    for part in SECRET.split():
        assert len(part) < 5 or part not in stored  # two letters stand in any ciphertext
    assert Needs.objects.of(said.application).get().other == SECRET


def test_the_same_needs_look_different_each_time_they_are_kept(said, complete):
    before = columns()
    for text in ("Nekas", SECRET):
        say_needs(complete, other=text, by=complete.person)
    assert columns() != before


def test_needs_appear_in_no_copy_no_letter_and_no_record(me, page, said, complete, unguarded):
    send(complete, by=complete.person)
    assert not [line for _title, lines in copy_of(complete) for line in lines if SECRET in line.value]
    for name in ("check", "receipt"):
        assert SECRET not in words(me.get(page(name)))
    for letter in Message.objects.all():
        assert SECRET not in letter.subject + letter.body
    for entry in Entry.objects.all():
        assert SECRET not in f"{entry.act} {entry.subject} {entry.fields} {entry.reason}"


def test_the_record_says_that_needs_were_said_and_by_whom(said, complete):
    entry = Entry.objects.get(act="needs said")
    assert entry.by_id == complete.person.pk
    assert entry.fields == []


def test_needs_are_optional(complete):
    assert send(complete, by=complete.person).is_sent


def test_taking_consent_back_erases_at_once(me, page, said, unguarded):
    assert me.post(page("needs/erase"), GO).headers["Location"] == page("needs")
    assert columns() == []
    assert Entry.objects.filter(act="needs erased").count() == 1


def test_taking_consent_back_has_no_deadline(me, page, said, complete, after_deadline, unguarded):
    send(complete, by=complete.person)
    after_deadline(seconds=40 * 24 * 3600)
    me.post(page("needs/erase"), GO)
    assert columns() == []


def test_taking_consent_back_twice_is_one_entry(me, page, said, unguarded):
    for _again in range(2):
        me.post(page("needs/erase"), GO)
    assert Entry.objects.filter(act="needs erased").count() == 1


def test_a_look_at_the_address_erases_nothing(me, page, said):
    assert me.get(page("needs/erase")).status_code == 405
    assert len(columns()) == 1


def test_nobody_else_erases_needs(said, page, somebody):
    assert somebody.post(page("needs/erase"), GO).status_code == 404
    assert len(columns()) == 1


def test_needs_can_be_said_and_changed_after_sending(me, page, said, complete, unguarded):
    send(complete, by=complete.person)
    assert me.post(page("needs"), {"other": "Tikai pandus", "agree": "on"}).status_code == 302
    assert Needs.objects.get().other == "Tikai pandus"


def test_the_page_shows_the_person_what_they_said(me, page, said):
    assert typed_into(me.get(page("needs")), "other") == SECRET
