"""Sends an application as its candidate would, in a process of its own; says so, and then does what was left for the sweep."""

import sys
from datetime import UTC, datetime

import django
import time_machine

address, session = sys.argv[1:]
django.setup()

from django.test import Client  # noqa: E402

from fulcrum.work.services import sweep  # noqa: E402

with time_machine.travel(datetime(2024, 4, 20, 10, tzinfo=UTC), tick=False):
    window = Client(SERVER_NAME="localhost")
    window.cookies["session"] = session
    print(window.post(address, {"csrfmiddlewaretoken": "-"}).status_code, flush=True)
    sys.stdin.readline()
    sweep()
