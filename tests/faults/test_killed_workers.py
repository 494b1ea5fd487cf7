"""A worker that is killed in the middle: no letter is lost, and none goes out twice."""

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from fulcrum.guard.querysets import everything
from fulcrum.mail.models import Letter, Message
from fulcrum.mail.services import send_again, write
from fulcrum.work.models import Job
from tests import factories
from tests.faults.smtp import MailServer
from tests.processes import surroundings
from tests.waiting import until

pytestmark = [pytest.mark.concurrent, pytest.mark.django_db(transaction=True)]
SCRIPT = Path(__file__).with_name("deliver.py")
MANY = 50


@pytest.fixture
def letters(db):
    return [write("totp_activated", key=f"letter {number}", address=f"person{number}@example.org", language="lv") for number in range(MANY)]


@pytest.fixture
def worker():
    """Starts a worker process; whatever still runs in the end is stopped."""
    running = []

    def start(**environment):
        process = subprocess.Popen(
            [sys.executable, str(SCRIPT)], env=os.environ | surroundings() | environment, cwd=settings.BASE_DIR, stderr=subprocess.PIPE, text=True
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def server():
    server = MailServer(hang_at=20)
    yield server
    server.close()


def kill(process):
    process.send_signal(signal.SIGKILL)
    assert process.wait(10) == -signal.SIGKILL


def finish(process):
    _output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors[-2000:]


def leases_run_out():
    with everything("time passes"):
        return Message.objects.filter(job=Job.LEASED).update(leased_until=timezone.now() - timedelta(seconds=1))


def jobs():
    with everything("a test looks"):
        return Counter(Message.objects.values_list("job", flat=True))


def test_letters_of_this_machine_all_arrive_once(letters, worker):
    first = worker()
    until(lambda: Letter.objects.count() >= 5)
    kill(first)
    assert jobs()[Job.DONE] < MANY
    leases_run_out()
    finish(worker())
    assert jobs() == {Job.DONE: MANY}
    assert Letter.objects.count() == MANY
    assert set(Letter.objects.values_list("to", flat=True)) == {letter.address for letter in letters}


def test_two_workers_beside_each_other_send_every_letter_once(letters, worker):
    server = MailServer()
    try:
        both = [worker(EMAIL_URL=server.url), worker(EMAIL_URL=server.url)]
        for process in both:
            finish(process)
        until(lambda: jobs() == {Job.DONE: MANY})
        assert set(server.arrived.values()) == {1}
        assert len(server.arrived) == MANY
    finally:
        server.close()


def test_the_letter_that_was_cut_is_uncertain_and_never_sent_twice(letters, worker, server):
    first = worker(EMAIL_URL=server.url)
    assert server.hanging.wait(30)
    kill(first)
    assert jobs()[Job.LEASED] == 1
    finish(worker(EMAIL_URL=server.url))  # while the lease runs nobody touches the letter
    assert jobs() == {Job.DONE: MANY - 1, Job.LEASED: 1}
    assert leases_run_out() == 1
    finish(worker(EMAIL_URL=server.url))
    assert jobs() == {Job.DONE: MANY - 1, Job.UNCERTAIN: 1}
    assert set(server.arrived.values()) == {1}
    assert len(server.arrived) == MANY
    with everything("a test looks"):
        cut = Message.objects.get(job=Job.UNCERTAIN)
    assert server.hung == f"<letter-{cut.pk}@localhost>"


def test_a_person_lets_the_uncertain_letter_go_out_again_under_the_same_number(letters, worker, server, call):
    first = worker(EMAIL_URL=server.url)
    assert server.hanging.wait(30)
    kill(first)
    leases_run_out()
    finish(worker(EMAIL_URL=server.url))
    with everything("a person looks"):
        cut = Message.objects.get(job=Job.UNCERTAIN)
    send_again(cut, by=factories.UserFactory())
    finish(worker(EMAIL_URL=server.url))
    assert jobs() == {Job.DONE: MANY}
    assert {letter: times for letter, times in server.arrived.items() if times > 1} == {server.hung: 2}


def test_a_mail_server_that_is_away_loses_no_letter(letters, worker):
    closed = MailServer()
    closed.close()
    finish(worker(EMAIL_URL=closed.url))
    assert jobs() == {Job.WAITING: MANY}
    with everything("a test looks"):
        assert set(Message.objects.values_list("attempts", "trouble")) == {(1, "ConnectionRefusedError")}
        Message.objects.update(due_at=timezone.now())
    server = MailServer()
    try:
        finish(worker(EMAIL_URL=server.url))
        assert jobs() == {Job.DONE: MANY}
        assert set(server.arrived.values()) == {1}
    finally:
        server.close()
