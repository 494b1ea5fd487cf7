"""Recording in the browser, and uploads that break and go on, with chromium's own false microphone and camera."""

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright

from applications.answers.models import Answer
from fulcrum.files.services import check_due
from fulcrum.files.uploads.models import Upload
from fulcrum.guard.querysets import everything
from tests.journeys.conftest import ARGUMENTS
from tests.waiting import until

pytestmark = pytest.mark.browser
DEVICES = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
GONE = ["ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "ERR_CONNECTION_RESET", "401", "403", "410"]


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=[*ARGUMENTS, *DEVICES])
    yield browser
    browser.close()


@pytest.fixture
def question(candidate: Any) -> Any:
    """A window on the page that records."""

    def open_page(channel: str = "audio", width: int = 1440) -> Any:
        one, application = candidate(width)
        one.expected += GONE
        one.go(f"/en/applications/{application.reference}/answers/motivation/?channel={channel}")
        one.until("!document.querySelector('[data-recorder]').hidden")
        return one, application

    return open_page


def press(one: Any, name: str) -> None:
    one.page.locator("[data-recorder]").get_by_role("button", name=name, exact=True).click()


def state(one: Any, name: str, seconds: float = 15) -> None:
    one.until(f"document.querySelector('[data-recorder]').dataset.state === '{name}'", seconds)


def recorded(one: Any, tick: str) -> None:
    """Wait until the clock shows so much."""
    one.until(f"document.querySelector('[data-clock]').textContent >= '{tick}'", seconds=40)


def answer_of(application: Any) -> Answer | None:
    with everything("a test looks"):
        return Answer.objects.select_related("file").filter(application=application).exclude(file=None).first()


def held(application: Any) -> int:
    with everything("a test looks"):
        found = Upload.objects.filter(owner=application.person).order_by("pk").last()
    return found.here if found else 0


def kept_slices(one: Any) -> int:
    return one.page.evaluate("window.vault.all('slices').then((rows) => rows.length)")


def kill_tabs(browser: Browser) -> None:
    """Kill the processes of this browser that hold its pages."""
    for process in browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]:
        if process["type"] == "renderer":
            os.kill(process["id"], signal.SIGKILL)


@pytest.mark.parametrize("width", [1440, 390])
def test_a_voice_is_tested_recorded_paused_heard_and_kept(question, width):
    one, application = question("audio", width)
    one.look()
    press(one, "Test the microphone")
    state(one, "testing")
    one.page.get_by_text("We hear you well.").wait_for()
    one.look()
    press(one, "Start recording")
    recorded(one, "0:02")
    until(lambda: held(application) > 0)  # while it is still made
    one.look()
    press(one, "Pause")
    one.look()
    press(one, "Go on")
    recorded(one, "0:03")
    press(one, "Finish")
    state(one, "review")
    one.look()
    one.until("document.querySelector('[data-listen]').readyState >= 2")
    assert answer_of(application) is None  # it counts once it is kept
    with one.page.expect_navigation():
        press(one, "Keep this recording")
    one.page.get_by_text("It has arrived and counts.").wait_for()
    one.look()
    check_due()
    answer = answer_of(application)
    assert answer.channel == "audio"
    assert answer.file.passed
    assert answer.file.seconds >= 3
    one.until("window.vault.all('takes').then((rows) => rows.length === 0)")
    assert kept_slices(one) == 0


@pytest.mark.parametrize("width", [1440, 390])
def test_a_film_is_recorded_and_recorded_again(question, width):
    one, application = question("video", width)
    press(one, "Start recording")
    recorded(one, "0:02")
    one.until("document.querySelector('[data-preview]').readyState >= 2")
    one.look()
    until(lambda: held(application) > 0)
    press(one, "Finish")
    state(one, "review")
    one.look()
    press(one, "Record again")
    state(one, "idle")
    assert kept_slices(one) == 0
    with everything("a test looks"):
        until(lambda: not Upload.objects.exists())
    press(one, "Start recording")
    recorded(one, "0:02")
    press(one, "Finish")
    state(one, "review")
    with one.page.expect_navigation():
        press(one, "Keep this recording")
    check_due()
    answer = answer_of(application)
    assert answer.channel == "video"
    assert answer.file.passed


def test_a_tab_that_is_killed_after_twelve_seconds_loses_two_at_most(question, browser):
    one, application = question("audio")
    press(one, "Start recording")
    recorded(one, "0:12")
    context, address = one.page.context, one.page.url
    with one.page.expect_event("crash"):
        kill_tabs(browser)
    one.page.close()
    one.page = context.new_page()
    one.page.goto(address)
    state(one, "found")
    said = one.page.locator("[data-recorder] [data-status]").inner_text()
    minutes, seconds = said.partition("recording of ")[2].split(" ")[0].split(":")
    assert int(minutes) * 60 + int(seconds) >= 10
    one.look()
    press(one, "Listen to it")
    one.look()
    with one.page.expect_navigation():
        press(one, "Keep this recording")
    check_due()
    assert answer_of(application).file.seconds >= 10
