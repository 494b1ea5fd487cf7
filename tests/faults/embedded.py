"""The embedded worker in a process of its own, with a database of its own: says what it does, line by line."""

import sys
import threading

import django
from django.conf import settings

django.setup()

from django.apps import apps  # noqa: E402
from django.core.management import call_command  # noqa: E402

from fulcrum.work.embedded import EmbeddedWorker  # noqa: E402
from fulcrum.work.services import sweeps  # noqa: E402
from tests.waiting import until  # noqa: E402


def say(line: str) -> None:
    print(line, flush=True)


if sys.argv[1] == "first":
    settings.MIGRATION_MODULES = {config.label: None for config in apps.get_app_configs()}
    call_command("migrate", run_syncdb=True, verbosity=0)

swept = threading.Event()
sweeps(lambda: swept.set() or 0)  # the last of the sweeps
worker = EmbeddedWorker()
if not worker.start():
    say("another process runs it")
    sys.exit()
say("runs")

if sys.argv[1] == "first":
    from fulcrum.guard.querysets import everything
    from fulcrum.mail.models import Letter, Message
    from fulcrum.mail.services import write

    assert swept.wait(30)  # the only sweep of this hour is over
    with everything("a test looks"):
        for key in ("one", "two"):
            write("totp_activated", key=key, address=f"{key}@example.org", language="en")
            until(lambda key=key: Letter.objects.filter(to=f"{key}@example.org").exists())
            until(lambda key=key: Message.objects.get(key=key).job == "done")
    say(f"delivered {Letter.objects.count()}")
    sys.stdin.readline()

worker.stop()
say("stopped")
