"""A browser against a live site: an open call, houses and municipalities, letters delivered on request."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from applications.application import Application
from fulcrum.calls.services import load_call
from fulcrum.demo.services import shifted
from fulcrum.mail.models import Letter
from fulcrum.mail.services import deliver_due
from fulcrum.people.models import User
from tests import factories
from tests.conftest import CALL


class QuietWSGIRequestHandler(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Say nothing of each request."""


ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def site(django_db_setup: Any) -> Iterator[str]:
    """The address of the whole application on a thread of its own, static files served by its own middleware as in production."""
    server = ThreadedWSGIServer(("localhost", 0), QuietWSGIRequestHandler, allow_reuse_address=False, connections_override={})
    server.set_app(get_wsgi_application())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def open_call(transactional_db) -> Any:
    """The real call with its dates moved to be open now, and a few houses of two networks."""
    cache.clear()
    call = load_call(shifted(json.loads(CALL.read_text()), timezone.now()))
    alcc = call.networks.get(slug="alcc")
    factories.MunicipalityFactory(name="Rīga", lau_code="0010000", search="|riga", degree=1)
    for name in ("Kuldīgas Kultūras centrs", "Rūjienas Kultūras centrs"):
        factories.HouseFactory(name=name, networks=[alcc])
    return call


class Window:
    """A page of the browser that notes what its console complains of, and checks accessibility where it stands."""

    def __init__(self, context: BrowserContext, site: str, script: bool) -> None:
        self.page: Page = context.new_page()
        self.site = site
        self.script = script
        self.complaints: list[str] = []
        self.expected = ["422", "409"]  # a refused form is an answer
        self.page.on("console", lambda message: self._note(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, text: str) -> None:
        if not any(words in text for words in self.expected):
            self.complaints.append(f"{self.page.url}: {text}")

    def go(self, path: str) -> None:
        self.page.goto(self.site + path)

    def press(self, text: str | None = None, selector: str = "main form[method=post] button.btn:visible") -> None:
        """Press a button of the page's content, by its words or the first one, and wait for the page that answers."""
        button = self.page.get_by_role("button", name=text).first if text else self.page.locator(selector).first
        with self.page.expect_navigation():
            button.click()

    def choose(self, name: str, value: str) -> None:
        self.page.locator(f"input[name={name}][value='{value}']").check(force=True)

    def until(self, expression: str, seconds: float = 10) -> None:
        """Wait until the expression holds in the page; the page's own policy forbids Playwright's way of waiting."""
        end = time.monotonic() + seconds
        while not self.page.evaluate(expression):
            assert time.monotonic() < end, f"{expression} did not come true in {seconds} s"
            self.page.wait_for_timeout(50)

    def look(self) -> None:
        """Nothing for axe to find, no sideways scroll, under 100 kB, one h1; a page that a link has just led to is waited for."""
        self.page.wait_for_load_state()
        assert len(self.page.content().encode()) < 100_000, self.page.url
        assert self.page.locator("h1").count() == 1, self.page.url
        if self.script:
            found = Axe().run(self.page)
            assert found.violations_count == 0, f"{self.page.url}\n{found.generate_report()}"
            assert self.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), self.page.url


@pytest.fixture
def window(browser: Browser, site: str, open_call: Any) -> Iterator[Callable[..., Window]]:
    """Open a window of a width, with or without JavaScript."""
    contexts: list[BrowserContext] = []
    windows: list[Window] = []

    def open_window(width: int = 1440, script: bool = True, locale: str = "en") -> Window:
        context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=script, locale=locale)
        context.set_default_timeout(15_000)
        contexts.append(context)
        windows.append(Window(context, site, script))
        return windows[-1]

    yield open_window
    complaints = [complaint for window in windows for complaint in window.complaints]
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def candidate(window: Callable[..., Window], open_call: Any) -> Callable[..., tuple[Window, Application]]:
    """Open a window of a candidate who is signed in and has begun to apply; `site` where it is not the usual one."""

    def open_window(width: int = 1440, site: str = "", **words: Any) -> tuple[Window, Application]:
        one = window(width, **words)
        one.site = site or one.site
        application = factories.draft(call=open_call, network=open_call.networks.get(slug="alcc"))
        let_in(one, application.person)
        return one, application

    return open_window


def let_in(window: Window, person: User) -> None:
    """Sign the window in as the person, without the door."""
    cookies = factories.sign_in(Client(), person).cookies
    window.page.context.add_cookies([{"name": name, "value": morsel.value, "url": window.site} for name, morsel in cookies.items()])


def code_for(address: str) -> str:
    """The code in the newest letter to an address."""
    deliver_due()
    letter = Letter.objects.filter(to=address).latest("pk")
    found = re.search(r"^\s+([A-Z0-9-]{6,9})$", letter.text, re.MULTILINE)
    assert found, letter.text
    return found[1]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Six seconds of sound that really play."""
    from fulcrum.demo.recordings import make_recording

    return make_recording(tmp_path / "answer.m4a", kind="audio", seconds=6, pitch=140)
