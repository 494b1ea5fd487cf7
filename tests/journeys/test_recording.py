"""Recording in the browser, and uploads that break and go on, with chromium's own false microphone and camera."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright

from applications.answers.models import Answer
from fulcrum.demo.recordings import make_recording
from fulcrum.files.services import check_due
from fulcrum.files.uploads.models import Upload
from fulcrum.guard.querysets import everything
from fulcrum.people.models import User
from fulcrum.people.services import end_sessions
from tests.journeys.conftest import ARGUMENTS, let_in
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


def big(tmp_path: Path) -> Path:
    """A real sound with nothing behind it, long enough to travel in several pieces."""
    path = make_recording(tmp_path / "long.m4a", kind="audio", seconds=2, pitch=140)
    with path.open("ab") as file:
        file.write((3_000_000).to_bytes(4, "big") + b"free" + bytes(3_000_000 - 8))
    return path


@pytest.mark.parametrize("width", [1440, 390])
def test_an_upload_that_breaks_goes_on_by_itself_where_it_stopped(question, tmp_path, width):
    one, application = question("audio", width)
    one.page.set_input_files("#id_recording", big(tmp_path))
    cut = cut_after_first_piece(one)
    one.page.get_by_role("button", name="Upload", exact=True).click()
    one.page.get_by_text("The line is broken.").wait_for()
    arrived = held(application)
    assert 0 < arrived < 3_000_000
    figure = one.page.locator("[data-upload-figure]").inner_text()
    assert figure.startswith(f"{100 * arrived // (tmp_path / 'long.m4a').stat().st_size} % have arrived")  # what the server holds
    one.look()
    with one.page.expect_navigation():
        cut["off"]()
    assert answer_of(application).file.size == (tmp_path / "long.m4a").stat().st_size
    with everything("a test looks"):
        assert Upload.objects.count() == 1  # it went on, and did not begin again


def test_an_upload_that_was_left_is_found_again_and_goes_on_with_the_same_file_without_a_session(question, tmp_path):
    one, application = question("audio")
    file = big(tmp_path)
    one.page.set_input_files("#id_recording", file)
    cut_after_first_piece(one)
    one.page.get_by_role("button", name="Upload", exact=True).click()
    one.page.get_by_text("The line is broken.").wait_for()
    one.page.get_by_role("button", name="Pause").click()
    one.look()
    context, address, arrived = one.page.context, one.page.url, held(application)
    one.page.close()
    one.page = context.new_page()
    one.page.goto(address)
    one.page.get_by_text("This upload was not finished.").wait_for()
    one.look()
    end_sessions(application.person)  # the token of the upload opens it
    offsets: list[str] = []
    one.page.on("request", lambda request: offsets.append(request.headers["upload-offset"]) if request.method == "PATCH" else None)
    one.page.set_input_files("#id_recording", file)
    one.page.get_by_role("button", name="Upload", exact=True).click()
    one.page.wait_for_url("**/sign-in/**")  # it has arrived; the page to go to asks who it is
    assert offsets[0] == str(arrived)
    assert answer_of(application).file.size == file.stat().st_size
    let_in(one, User.objects.get(pk=application.person_id))
    one.page.goto(address)
    one.page.get_by_text("It has arrived and counts.").wait_for()
    one.look()


def test_a_file_that_is_none_of_a_recording_is_refused_in_a_sentence_and_a_stopped_upload_can_be_thrown_away(question, tmp_path):
    one, application = question("audio")
    page = tmp_path / "page.m4a"
    page.write_text("<html>" + "x" * 2000)
    one.page.set_input_files("#id_recording", page)
    one.page.get_by_role("button", name="Upload", exact=True).click()
    one.page.get_by_text("This is no recording that we can open.").wait_for()
    one.look()
    one.page.set_input_files("#id_recording", big(tmp_path))
    cut_after_first_piece(one)
    one.page.get_by_role("button", name="Upload", exact=True).click()
    one.page.get_by_text("The line is broken.").wait_for()
    one.page.unroute_all()
    one.page.get_by_role("button", name="Throw the upload away").click()
    until(lambda: held(application) == 0)
    one.until("!Object.keys(localStorage).some((name) => name.startsWith('tus::'))")


def cut_after_first_piece(one: Any) -> dict[str, Any]:
    """Let one PATCH through and break the line from then on. Returns how to mend it."""
    passed: list[str] = []

    def handle(route: Any) -> None:
        if route.request.method == "PATCH" and not passed:
            passed.append(route.request.url)
            route.continue_()
        elif route.request.method == "POST":
            route.continue_()
        else:
            route.abort("connectionreset")

    one.page.route("**/uploads/**", handle)
    return {"off": lambda: one.page.unroute("**/uploads/**", handle)}


def test_a_recording_made_without_a_line_is_kept_on_the_device_until_it_has_arrived(question):
    one, application = question("audio")
    one.page.context.set_offline(True)
    press(one, "Start recording")
    recorded(one, "0:02")
    press(one, "Finish")
    state(one, "review")
    press(one, "Keep this recording")
    one.page.get_by_text("No connection. The recording is kept on this device").wait_for()
    one.look()
    assert kept_slices(one) > 0
    with one.page.expect_navigation():
        one.page.context.set_offline(False)
    assert answer_of(application).file.kind == "audio"


def test_a_device_that_may_not_be_used_is_said_in_a_sentence(question):
    one, _application = question("audio")
    for error, words in (
        ("NotAllowedError", "does not let this page use"),
        ("NotFoundError", "No microphone was found"),
        ("NotReadableError", "Another program"),
    ):
        one.page.evaluate(f"() => {{ navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', '{error}')) }}")
        press(one, "Start recording")
        one.page.get_by_text(words).wait_for()
        one.look()


def test_a_browser_that_cannot_record_says_so_and_keeps_the_upload(question):
    one, _application = question("audio")
    one.page.add_init_script("delete window.MediaRecorder")
    one.page.reload()
    state(one, "without")
    assert one.page.get_by_label("Your recording, as a sound file").is_visible()
    one.look()
