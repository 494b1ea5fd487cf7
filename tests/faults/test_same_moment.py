"""Fifty people, or fifty windows, at the same moment."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from applications import services
from applications.application import Application, State
from applications.services import send, start, withdraw
from fulcrum.audit.models import Entry
from fulcrum.audit.services import broken_chains, record
from fulcrum.guard.querysets import everything
from fulcrum.mail.models import Message
from fulcrum.mail.services import write
from fulcrum.work.models import Job
from tests import factories

pytestmark = [pytest.mark.concurrent, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def look():
    """A count of every row, whoever's it is."""

    def count(rows):
        with everything("a test looks"):
            return rows.count()

    return count


def test_fifty_identical_sends_are_one(complete, at_once, look):
    returned, raised = at_once(lambda number: send(complete, by=complete.person))
    assert raised == []
    assert {application.state for application in returned} == {State.SENT}
    assert len({application.sent_at for application in returned}) == 1
    assert look(Message.objects.filter(kind="receipt")) == 1
    assert Entry.objects.filter(act="application sent").count() == 1
    with everything("a test looks"):
        assert Application.objects.get().sendings == 1
    assert broken_chains() == []


def test_fifty_identical_posts_are_one_and_all_lead_to_the_receipt(complete, at_once, look):
    cookies = factories.sign_in(Client(), complete.person).cookies
    address = f"/en/applications/{complete.reference}/check/"

    def post(number):
        window = Client()
        window.cookies = cookies
        return window.post(address, {"csrfmiddlewaretoken": "-"}).headers.get("Location")

    returned, raised = at_once(post)
    assert raised == []
    assert set(returned) == {address.replace("check", "receipt")}
    assert look(Message.objects.filter(kind="receipt")) == 1
    assert Entry.objects.filter(act="application sent").count() == 1


def test_fifty_starts_of_one_person_make_one_application(call, alcc, cult, candidate, at_once, look):
    doors = dict.fromkeys(call.eligibility.values_list("key", flat=True), True)
    networks = [alcc, cult]
    returned, raised = at_once(lambda number: start(call, network=networks[number % 2], eligibility=doors, language="lv", by=candidate))
    assert raised == []
    assert len({application.pk for application in returned}) == 1
    assert look(Application.objects.all()) == 1
    assert Entry.objects.filter(act="application started").count() == 1


def test_fifty_letters_with_one_key_are_one(db, at_once, look):
    returned, raised = at_once(lambda number: write("totp_activated", key="the same", address="inga@example.org", language="lv"))
    assert raised == []
    assert sum(letter is not None for letter in returned) == 1
    assert look(Message.objects.all()) == 1


def test_sends_and_withdrawals_at_once_leave_a_state_and_as_many_letters_as_moves(complete, at_once, look):
    def act(number):
        try:
            (send if number % 2 else withdraw)(complete, by=complete.person)
        except services.WrongMove:
            pass  # nothing was sent yet

    _returned, raised = at_once(act, threads=30)
    assert raised == []
    sent = Entry.objects.filter(act="application sent").count()
    withdrawn = Entry.objects.filter(act="application withdrawn").count()
    with everything("a test looks"):
        now = Application.objects.get()
    assert (now.state, sent - withdrawn) in {(State.SENT, 1), (State.WITHDRAWN, 0)}
    assert now.sendings == sent
    assert look(Message.objects.filter(kind="receipt")) == sent
    assert look(Message.objects.filter(kind="withdrawn")) == withdrawn
    assert broken_chains() == []


def test_fifty_entries_at_once_make_one_unbroken_chain(call, at_once):
    before = Entry.objects.count()
    _returned, raised = at_once(lambda number: record("looked", call=call, subject=call))
    assert raised == []
    assert Entry.objects.count() == before + 50
    assert broken_chains() == []


def test_a_send_and_a_change_at_once_never_leave_a_sent_application_incomplete(complete, at_once):
    from applications.answers.services import write_answer
    from applications.progress import missing

    question = complete.call.questions.get(key="motivation")

    def act(number):
        try:
            if number % 2:
                return send(complete, by=complete.person)
            return write_answer(complete, question=question, text="" if number % 4 else "Atbilde.", seen=None, language="lv", by=complete.person)
        except services.Incomplete:
            return None

    _returned, raised = at_once(act, threads=30)
    assert raised == []
    with everything("a test looks"):
        now = Application.objects.get()
        assert not now.is_sent or not missing(now)


# Leases


@pytest.fixture
def letter(db):
    return write("totp_activated", key="a letter", address="inga@example.org", language="lv")


def lease(letter):
    with everything("a worker"):
        return Message.objects.lease(letter.pk)


def test_of_fifty_workers_one_gets_the_row(letter, at_once):
    returned, raised = at_once(lambda number: lease(letter))
    assert raised == []
    taken = [row for row in returned if row]
    assert len(taken) == 1
    assert taken[0].attempts == 1
    assert not taken[0].interrupted


def test_a_lease_that_is_over_is_taken_up_once_and_says_that_it_was_cut(letter, at_once):
    lost = lease(letter)
    with everything("the worker is gone"):
        Message.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    returned, raised = at_once(lambda number: lease(letter), threads=10)
    assert raised == []
    (taken,) = [row for row in returned if row]
    assert taken.interrupted
    assert taken.lease != lost.lease
    assert taken.attempts == 2


def test_who_lost_the_lease_changes_nothing_any_more(letter):
    lost = lease(letter)
    with everything("the worker is gone"):
        Message.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    taken = lease(letter)
    assert lost.finish(sent_at=timezone.now()) is False
    assert lost.put_off("late") is False
    assert lost.set_aside(Job.FAILED, "late") is False
    with everything("a test looks"):
        now = Message.objects.get()
    assert (now.job, now.lease, now.sent_at, now.trouble) == (Job.LEASED, taken.lease, None, "")
    assert taken.finish(sent_at=timezone.now()) is True


def test_what_is_done_is_leased_by_nobody(letter):
    lease(letter).finish(sent_at=timezone.now())
    assert lease(letter) is None


def test_what_is_put_off_waits_longer_each_time_and_is_given_up_in_the_end(letter):
    waits = []
    while row := lease(letter):
        row.put_off("OSError")
        with everything("a test lets time pass"):
            now = Message.objects.get()
            waits.append(round((now.due_at - timezone.now()).total_seconds()))
            Message.objects.filter(job=Job.WAITING).update(due_at=timezone.now())
    assert now.job == Job.FAILED
    assert now.attempts == Message.MAX_ATTEMPTS
    assert waits[:-1] == sorted(waits[:-1])
    assert waits[0] < 20
