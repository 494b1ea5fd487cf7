"""Celery only wakes workers; the rows are the queue (architecture: the row is the queue)."""

import os

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fulcrum.settings")

from django.conf import settings

app = Celery("fulcrum", broker=settings.CELERY_BROKER_URL)
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    broker_connection_timeout=2,
    broker_connection_retry_on_startup=True,
    broker_transport_options=(
        {"polling_interval": 0.05}
        if settings.CELERY_BROKER_URL.startswith("memory")
        else {"socket_timeout": 5, "socket_connect_timeout": 2, "unacked_restore_throttle": 1, "visibility_timeout": 600}
    ),
    timezone="UTC",
    beat_schedule={"every night": {"task": "work.nightly", "schedule": crontab(hour=2, minute=30)}},
    beat_schedule_filename=str(settings.VAR / "beat-schedule"),
)
app.autodiscover_tasks(
    lambda: ["fulcrum.work", "fulcrum.mail", "fulcrum.files", "fulcrum.people", "applications.recordings", "programme.certificates"]
)


@worker_ready.connect
def start_sweeper(**kwargs: object) -> None:
    """A worker of its own sweeps as the embedded one does."""
    from fulcrum.work.embedded import Sweeper

    Sweeper().start()
