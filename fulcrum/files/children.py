"""Heavy work on one file in a process of its own, so that what crashes or swells takes nothing with it; one at a time on a machine."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings

LOOK_SECONDS = 30  # how often a long work is asked for whether it is still wanted


class Gone(Exception):
    """Nobody wants the result any more: the row was removed, or another worker has it."""


class OutOfTime(Exception):
    """The work took longer than it may."""


class Crashed(Exception):
    """The process ended by itself without a result: by one of its limits, or by what it read."""


@contextmanager
def one_at_a_time() -> Iterator[bool]:
    """Yields whether this is the only heavy work on the machine now; who is told no leaves its row to the next sweep."""
    with open(settings.VAR / "media.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


def run_script(script: Path, *arguments: str, seconds: float, wanted: Callable[[], bool] = lambda: True, isolation: str = "-I") -> Any:
    """What `python script arguments…` prints, read as JSON.

    The process inherits neither our environment nor our open files. Raises OutOfTime, Gone once `wanted` says no, Crashed, and
    InterruptedError when somebody else ended it: that says nothing about the file.
    """
    command = [sys.executable, isolation, str(script), *arguments]
    env = {"PATH": os.environ.get("PATH", ""), "MALLOC_ARENA_MAX": "2"}
    process = subprocess.Popen(  # noqa: S603 - our own script, on paths of ours
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, env=env, start_new_session=True
    )
    try:
        printed = _wait(process, time.monotonic() + seconds, wanted)
    except BaseException:
        process.kill()
        process.wait()
        raise
    if -process.returncode in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
        raise InterruptedError("the work was cut")
    if process.returncode == -signal.SIGXCPU:
        raise OutOfTime
    try:
        return json.loads(printed)
    except ValueError as error:
        raise Crashed from error


def _wait(process: subprocess.Popen, end: float, wanted: Callable[[], bool]) -> bytes:
    while True:
        try:
            return process.communicate(timeout=max(min(LOOK_SECONDS, end - time.monotonic()), 0.01))[0]
        except subprocess.TimeoutExpired:
            if time.monotonic() >= end:
                raise OutOfTime from None
            if not wanted():
                raise Gone from None
