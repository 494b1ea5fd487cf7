"""A broker that is gone, or that hangs: people notice nothing, and the sweep does what nobody was woken for."""

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from applications.application import Application
from fulcrum.guard.querysets import everything
from fulcrum.mail.models import Letter, Message
from fulcrum.work.models import Job
from tests import factories
from tests.processes import surroundings

pytestmark = [pytest.mark.concurrent, pytest.mark.django_db(transaction=True)]
SCRIPT = Path(__file__).with_name("send_application.py")


@pytest.fixture
def sender(complete):
    """A process that sends the application, with the broker at an address."""
    session = factories.sign_in(Client(), complete.person).cookies["session"].value
    running = []

    def start(broker):
        process = subprocess.Popen(
            [sys.executable, str(SCRIPT), f"/en/applications/{complete.reference}/check/", session],
            env=os.environ | surroundings() | {"CELERY_BROKER_URL": broker},
            cwd=settings.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def waits_and_is_then_delivered(process):
    with everything("a test looks"):
        assert Application.objects.get().is_sent
        assert Message.objects.get(kind="receipt").job == Job.WAITING
    assert not Letter.objects.exists()
    process.communicate("now\n", timeout=60)
    assert process.returncode == 0
    with everything("a test looks"):
        assert Message.objects.get(kind="receipt").job == Job.DONE
    assert Letter.objects.count() == 1


def test_with_the_broker_gone_an_application_is_sent_and_the_sweep_delivers_its_receipt(sender):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    process = sender(f"redis://127.0.0.1:{port}/0")
    assert process.stdout.readline().strip() == "302"
    waits_and_is_then_delivered(process)


class Hung:
    """A broker that takes a call and never says a word."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.called, self.hung_up = threading.Event(), threading.Event()
        self.url = f"redis://127.0.0.1:{self.server.getsockname()[1]}/0"
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self) -> None:
        caller, _address = self.server.accept()
        self.called.set()
        while caller.recv(4096):
            pass
        self.hung_up.set()


def test_with_the_broker_hung_an_application_is_sent_while_the_knock_still_waits(sender):
    broker = Hung()
    process = sender(broker.url)
    assert process.stdout.readline().strip() == "302"
    assert not broker.hung_up.is_set()  # the knock has not given up, so the answer did not wait for it
    assert broker.called.wait(30)
    waits_and_is_then_delivered(process)


def test_more_knocks_than_the_queue_holds_block_nobody(db):
    """Nobody takes the knocks of a process whose broker hangs: the surplus is left to the sweep."""
    broker = Hung()
    script = (
        "import django; django.setup()\n"
        "from fulcrum.work.services import wake\n"
        "for number in range(3000): wake('mail.deliver', number)\n"
        "print('done', flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        env=os.environ | surroundings() | {"CELERY_BROKER_URL": broker.url},
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout.readline().strip() == "done"
        assert not broker.hung_up.is_set()
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.communicate()
