"""The desk of access officers: kinds in the list, words only on record, nobody else's candidates, and nobody else at all."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from applications.application import Application
from applications.needs.models import Needs, Summary
from applications.needs.reading import NotTakingPart, officers_who_score, read, unread, write_summary
from applications.needs.services import agree_to_summary, say_money, say_needs
from applications.services import NotAllowed, send, withdraw
from fulcrum.audit.models import Entry
from fulcrum.mail.models import Message
from fulcrum.people.models import Role
from fulcrum.people.todos import todos_of
from tests import factories
from tests.applications.reading import words
from tests.benchmarks.counting import counted
from tests.selection import making

NEED, SUPPORT, NEUTRAL = "Zxneed pandus", "Zxmoney vilciens", "zxneutral access"


@pytest.fixture
def with_needs(sent):
    """A sent application with needs and money."""
    say_needs(sent, access=NEED, by=sent.person)
    say_money(sent, support=SUPPORT, by=sent.person)
    return sent


@pytest.fixture
def officer(call, alcc):
    return factories.staff(call=call, role="access_officer", network=alcc)


@pytest.fixture
def desk(officer):
    """The officer's browser."""
    return factories.sign_in(Client(), officer)


@pytest.fixture
def seated(monkeypatch):
    """Everybody has a seat."""
    monkeypatch.setattr("applications.needs.reading.is_taking_part", lambda application: True)


@pytest.fixture
def url(call, with_needs):
    return reverse("needs_of", args=[call.slug, with_needs.reference])


def shown(response):
    return response.content.decode()


def test_the_list_names_people_and_kinds_and_no_word_of_needs(call, desk, with_needs):
    page = desk.get(reverse("needs_list", args=[call.slug]))
    text = words(page)
    assert with_needs.name in text
    assert with_needs.house_name in text
    assert "Access" in text
    assert "Care" not in text
    assert "Not read yet" in text
    assert not re.search(r"zx(need|money|neutral)", shown(page).lower())


def test_the_words_are_read_by_a_post_that_goes_on_record_first(desk, officer, url, with_needs, call):
    assert not re.search(r"zx(need|money|neutral)", shown(desk.get(url)).lower())
    assert not Entry.objects.filter(act="needs read").exists()
    page = desk.post(url)
    assert NEED in words(page)
    assert SUPPORT in words(page)
    entry = Entry.objects.get(act="needs read")
    assert (entry.by, entry.call, entry.subject, entry.fields) == (
        officer,
        call,
        f"applications.application {with_needs.pk}",
        ["money", "needs"],
    )
    assert "Not read yet" not in words(desk.get(reverse("needs_list", args=[call.slug])))


def test_nothing_is_shown_when_the_record_can_not_be_written(desk, url, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("no record")

    monkeypatch.setattr("applications.needs.reading.record", broken)
    desk.raise_request_exception = False
    page = desk.post(url)
    assert page.status_code == 500
    assert not re.search(r"zx(need|money|neutral)", shown(page).lower())


def test_the_person_sees_when_it_was_read_and_in_which_role_and_not_by_whom(desk, officer, url, with_needs):
    own = factories.sign_in(Client(), with_needs.person)
    page = reverse("application_needs", args=[with_needs.reference])
    assert "Nobody has read it so far" in words(own.get(page))
    desk.post(url)
    text = words(own.get(page))
    assert "10:00" in text or "12:00" in text
    assert "Access officer" in text.split("Who has read what you need")[1]
    assert officer.name not in text.split("Who has read what you need")[1]


@pytest.mark.parametrize("role", ["lead", "assessor", "coordinator"])
def test_nobody_else_reads_needs(call, alcc, with_needs, url, role):
    person = factories.staff(call=call, role=role, network=None if role == "coordinator" else alcc)
    for answer in (factories.sign_in(Client(), person).get(url), factories.sign_in(Client(), person).post(url)):
        assert answer.status_code == 403
    assert not Needs.objects.visible_to(person).exists()
    with pytest.raises(NotAllowed):
        read(with_needs, by=person)


def test_an_officer_of_another_network_finds_nobody(call, cult, with_needs, url):
    elsewhere = factories.sign_in(Client(), factories.staff(call=call, role="access_officer", network=cult))
    assert elsewhere.get(url).status_code == elsewhere.post(url).status_code == 404
    assert with_needs.name not in words(elsewhere.get(reverse("needs_list", args=[call.slug])))


def test_a_draft_and_what_was_withdrawn_are_read_by_nobody_but_the_person(complete, officer):
    say_needs(complete, other=NEED, by=complete.person)
    assert not Application.objects.with_needs_for(officer).exists()
    assert not Needs.objects.visible_to(officer).exists()
    sent = send(complete, by=complete.person)
    assert Needs.objects.visible_to(officer).exists()
    withdraw(sent, by=sent.person)
    assert not Application.objects.with_needs_for(officer).exists()


def test_ones_own_needs_are_read_by_another_officer(call, alcc, with_needs):
    Role.objects.create(person=with_needs.person, role="access_officer", call=call, network=alcc)
    assert not Application.objects.with_needs_for(making.fresh(with_needs.person)).exists()


def test_roles_that_went_past_the_verb_open_no_needs_and_are_found(call, alcc, with_needs, officer):
    assert officers_who_score() == []
    Role.objects.create(person=officer, role="assessor", call=call, network=alcc)
    assert not Needs.objects.visible_to(making.fresh(officer)).exists()
    assert officers_who_score() == [f"roles: {officer.pk} reads the needs of a network and scores in it."]


def test_what_was_said_waits_for_the_officer_until_it_is_read_and_again_when_it_changes(with_needs, officer):
    asked = [todo.text for todo in todos_of(officer)]
    assert asked == ["Read what 1 candidate needs"]
    read(with_needs, by=officer)
    assert todos_of(officer) == []
    say_money(with_needs, support="Cits", by=with_needs.person)
    assert list(unread(officer).values()) == [1]


def test_the_coordinator_reads_the_sentence_once_the_person_agrees_and_on_record(call, desk, officer, with_needs, seated, coordinator):
    office = factories.sign_in(Client(), coordinator)
    url, page = reverse("write_summary", args=[call.slug, with_needs.reference]), reverse("needs_passed_on", args=[call.slug])
    assert desk.post(url, {"text": NEUTRAL}).status_code == 302
    assert with_needs.name not in words(office.post(page))
    agree_to_summary(with_needs, text=NEUTRAL, by=with_needs.person)
    first = office.get(page)
    assert with_needs.name in words(first)
    assert NEUTRAL not in shown(first)
    assert not Entry.objects.filter(act="summary read").exists()
    read_page = office.post(page)
    assert NEUTRAL in words(read_page)
    assert NEED not in shown(read_page)
    assert Entry.objects.get(act="summary read").by == coordinator
    own = factories.sign_in(Client(), with_needs.person).get(reverse("application_needs", args=[with_needs.reference]))
    assert "Coordinator" in words(own).split("Who has read what you need")[1]


def test_another_sentence_asks_the_person_again_by_a_letter_without_it(with_needs, officer, seated, unguarded):
    write_summary(with_needs, text=NEUTRAL, by=officer)
    agree_to_summary(with_needs, text=NEUTRAL, by=with_needs.person)
    write_summary(with_needs, text="zxneutral care", by=officer)
    assert Summary.objects.get().agreed_at is None
    letters = Message.objects.filter(kind="needs_summary")
    assert letters.count() == 2
    assert not [letter for letter in letters if "zxneutral" in letter.subject + letter.body]


def test_nothing_is_passed_on_of_who_has_no_seat(call, desk, officer, with_needs):
    with pytest.raises(NotTakingPart):
        write_summary(with_needs, text=NEUTRAL, by=officer)
    answer = desk.post(reverse("write_summary", args=[call.slug, with_needs.reference]), {"text": NEUTRAL}, follow=True)
    assert "only of those who take part" in words(answer)


def test_an_empty_sentence_is_refused(call, desk, with_needs, seated):
    answer = desk.post(reverse("write_summary", args=[call.slug, with_needs.reference]), {"text": " "})
    assert answer.status_code == 422
    assert "zxneed" not in shown(answer).lower()


def test_the_list_costs_the_same_queries_for_three_and_for_three_hundred(call, alcc, desk, officer):
    costs = []
    for number in (3, 120):
        for application in making.candidates(call, alcc, number):
            say_needs(application, care=NEED, by=application.person)
        with counted() as count:
            assert desk.get(reverse("needs_list", args=[call.slug])).status_code == 200
        costs.append((count.queries, count.rows))
    assert costs[0][0] == costs[1][0] <= 10
    assert costs[1][1] - costs[0][1] <= 50  # a page of them
