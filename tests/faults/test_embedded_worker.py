"""The worker inside the web process: it is woken by a knock, and runs once in an installation."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.processes import surroundings

SCRIPT = Path(__file__).with_name("embedded.py")


@pytest.fixture
def process(db, tmp_path):
    """Starts a process of an installation whose sweep comes once an hour."""
    for name in ("static", "assets", "fonts"):
        (tmp_path / name).symlink_to(settings.VAR / name)
    here = {
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/fulcrum.sqlite3",
        "SWEEP_SECONDS": "3600",
        "CELERY_BROKER_URL": "memory://",
    }
    running = []

    def start(which):
        started = subprocess.Popen(
            [sys.executable, str(SCRIPT), which],
            env=os.environ | surroundings() | here,
            cwd=settings.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(started)
        return started

    yield start
    for started in running:
        started.kill()
        started.communicate()


def test_a_letter_is_delivered_by_the_knock_and_one_process_alone_runs_the_worker(process):
    first = process("first")
    assert first.stdout.readline().strip() == "runs"
    assert first.stdout.readline().strip() == "delivered 2"
    second = process("second")
    assert second.communicate(timeout=60)[0].split("\n")[0] == "another process runs it"
    output, _errors = first.communicate("stop\n", timeout=60)
    assert output.strip() == "stopped"
    third = process("third")
    assert third.communicate(timeout=60)[0].split() == ["runs", "stopped"]


def test_a_worker_that_was_killed_leaves_its_place_to_another_process(process):
    first = process("first")
    assert first.stdout.readline().strip() == "runs"
    first.kill()
    first.wait(10)
    assert process("second").communicate(timeout=60)[0].split()[0] == "runs"
