"""Waiting for what another thread or process does: for the thing itself, with a deadline."""

import threading
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def until(look: Callable[[], Found], seconds: float = 30) -> Found:
    """What `look` finds, as soon as it finds something; an AssertionError when it never does."""
    pause = threading.Event()
    for _look in range(int(seconds / 0.02)):
        if found := look():
            return found
        pause.wait(0.02)
    raise AssertionError(f"nothing came of {look} in {seconds} seconds")
