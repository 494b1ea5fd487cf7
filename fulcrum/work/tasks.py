import logging

from celery import shared_task
from django.core.management import call_command

log = logging.getLogger(__name__)


@shared_task(name="work.nightly")
def nightly() -> None:
    """Look whether what must always hold still does, and remove what is no longer needed."""
    for command in ("invariants", "clearsessions", "forget"):
        try:
            call_command(command)
        except Exception:
            log.exception("nightly %s failed", command)
