"""How much the site bears when twenty candidates write and send at once."""

import http.client
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client

from applications.application import Application
from fulcrum.calls.models import Call
from tests import factories
from tests.benchmarks import crowd

AT_ONCE, SENDINGS, SAVES = 20, 5, 25  # candidates; applications and quiet saves of each


@dataclass
class Draft:
    """A complete application with the cookies of whoever it belongs to."""

    path: str
    question: str
    cookie: str


def drafts(call: Call) -> list[list[Draft]]:
    """For each candidate as many complete drafts as they are to send: each of another person, since one applies once."""
    question = call.questions.first().key
    return [
        [_draft(crowd.whole_application(call, address=f"writer{i}-{j}@example.org", send=False), question) for j in range(SENDINGS)]
        for i in range(AT_ONCE)
    ]


def _draft(application: Application, question: str) -> Draft:
    own_house = {"house": None, "typed_house": f"House of {application.reference}", "municipality": application.place}
    Application.objects.of_person(application.person).filter(pk=application.pk).update(
        **own_house
    )  # a shared house writes letters to all who share it
    session = factories.sign_in(Client(), application.person).cookies[settings.SESSION_COOKIE_NAME].value
    return Draft(f"/en/applications/{application.reference}/", question, f"{settings.SESSION_COOKIE_NAME}={session}")


def _ask(line: http.client.HTTPConnection, method: str, path: str, body: dict[str, Any] | None = None, **headers: str) -> tuple[int, str, str]:
    """Status, the cookie that was set, and the page."""
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    line.request(method, path, urlencode(body) if body else None, headers)
    answer = line.getresponse()
    return answer.status, (answer.headers.get("Set-Cookie") or "").partition(";")[0], answer.read().decode()


def _one_candidate(port: int, own: list[Draft], together: Barrier) -> tuple[float, float, float]:
    """Save, then send, both at the same time as everybody. Returns when the saves began and ended, and when the sends ended."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    ready = []
    for draft in own:
        page = f"{draft.path}answers/{draft.question}/?channel=text"
        _status, cookie, text = _ask(line, "GET", page, Cookie=draft.cookie)
        token, revision = (re.search(rf'name="{name}" value="([^"]*)"', text)[1] for name in ("csrfmiddlewaretoken", "revision"))  # type: ignore[index]
        ready.append((draft, page, {"Cookie": f"{draft.cookie}; {cookie}", "X-CSRFToken": token}, revision))
    draft, page, headers, revision = ready[0]
    together.wait(60)
    began = time.monotonic()
    for number in range(SAVES):
        body = {"text": f"We open the house {number} times.", "revision": revision, "autosave": "1"}
        line.request("POST", page, urlencode(body), headers | {"Content-Type": "application/x-www-form-urlencoded", "X-Requested-With": "autosave"})
        answer = line.getresponse()
        answer.read()
        assert answer.status == 204, answer.status
        revision = answer.headers["X-Revision"]
    together.wait(60)
    saved = time.monotonic()
    for draft, _page, headers, _revision in ready:
        status, _cookie, _text = _ask(line, "POST", f"{draft.path}check/", {"send": "1"}, **headers)
        assert status == 302, status
    return began, saved, time.monotonic()


def measure(port: int, everybody: list[list[Draft]]) -> None:
    """Prints how many saves and sends a second were answered."""
    together = Barrier(AT_ONCE)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        times = list(threads.map(lambda own: _one_candidate(port, own, together), everybody))
    began, saved, sent = min(time[0] for time in times), max(time[1] for time in times), max(time[2] for time in times)
    print(
        f"{AT_ONCE} candidates at once: {AT_ONCE * SAVES / (saved - began):.0f} quiet saves a second, "
        f"{AT_ONCE * SENDINGS / (sent - saved):.0f} sends a second."
    )
