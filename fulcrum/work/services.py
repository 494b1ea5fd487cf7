"""Waking workers. A request never waits for a broker: a thread of its own knocks, and a sweep finds what nobody was woken for."""

import logging
import queue
import threading
from collections.abc import Callable

from django.db import transaction

log = logging.getLogger(__name__)

_knocks: queue.Queue[tuple[str, int]] = queue.Queue(maxsize=1000)
_thread: threading.Thread | None = None
_starting = threading.Lock()
_sweeps: list[Callable[[], int]] = []


def sweeps(function: Callable[[], int]) -> Callable[[], int]:
    """Register a function that does whatever is due in its room and returns how many rows it took."""
    _sweeps.append(function)
    return function


def sweep() -> int:
    """Do what is due in every room. Returns how many rows were taken. One room's failure is logged and stops no other."""
    taken = 0
    for function in _sweeps:
        try:
            taken += function()
        except Exception:
            log.exception("sweep of %s failed", function.__module__)
    return taken


def wake(task: str, pk: int) -> None:
    """After the transaction commits, ask a worker to run `task` on row `pk`. Never blocks; a lost knock is found by the sweep."""
    transaction.on_commit(lambda: _knock(task, pk))


def _knock(task: str, pk: int) -> None:
    global _thread
    with _starting:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_send_all, name="knocks", daemon=True)
            _thread.start()
    try:
        _knocks.put_nowait((task, pk))
    except queue.Full:
        log.warning("too many knocks wait for the broker; the sweep will find row %s", pk)


def _send_all() -> None:
    from fulcrum.celery import app

    while True:
        task, pk = _knocks.get()
        try:
            app.send_task(task, args=[pk], ignore_result=True, retry=False)
        except Exception as error:
            log.warning("no broker (%s); the sweep will find row %s", type(error).__name__, pk)
