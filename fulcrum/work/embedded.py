"""The worker inside the web process: for a site without Redis and without a second service."""

import fcntl
import logging
import threading
from typing import Any

from django.conf import settings
from django.db import close_old_connections

from fulcrum.work.services import sweep

log = logging.getLogger(__name__)


class Sweeper(threading.Thread):
    """Sweeps every SWEEP_SECONDS until told to stop; needs no broker."""

    def __init__(self) -> None:
        super().__init__(name="sweeper", daemon=True)
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.is_set():
            try:
                sweep()
            finally:
                close_old_connections()
            self.over.wait(settings.SWEEP_SECONDS)

    def stop(self) -> None:
        self.over.set()


class EmbeddedWorker:
    """Worker, schedule and sweeper as threads. A file lock lets only one process of an installation run them."""

    def __init__(self) -> None:
        self.lock: Any = None
        self.worker: Any = None
        self.beat: Any = None
        self.sweeper = Sweeper()

    def start(self) -> bool:
        """Returns whether this process runs the worker now; False when another process does."""
        settings.VAR.mkdir(parents=True, exist_ok=True)
        lock = open(settings.VAR / "worker.lock", "w")  # noqa: SIM115 - held as long as the process lives
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            return False
        self.lock = lock
        from celery.beat import EmbeddedService
        from celery.worker import WorkController

        from fulcrum.celery import app

        app.autodiscover_tasks(force=True)
        app.finalize()
        self.worker = WorkController(
            app=app, pool_cls="solo", concurrency=1, hostname="embedded@fulcrum", without_gossip=True, without_mingle=True, without_heartbeat=True
        )
        self.beat = EmbeddedService(app, thread=True)
        threading.Thread(target=self.worker.start, name="worker", daemon=True).start()
        self.beat.start()
        self.sweeper.start()
        log.info("the embedded worker runs")
        return True

    def stop(self) -> None:
        """Stop taking new work; what was leased comes back when its lease runs out."""
        if self.lock is None:
            return
        self.sweeper.stop()
        self.beat.stop()
        self.worker.stop()
        self.lock.close()
        self.lock = None
