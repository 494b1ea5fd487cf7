"""Text that the server has not acknowledged: it survives, is offered beside what is saved, and goes when it should."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

import pytest
from django.conf import settings

from applications.answers.models import Answer
from applications.answers.services import write_answer
from fulcrum.guard.querysets import everything
from fulcrum.people.models import User
from fulcrum.people.services import end_sessions
from tests.journeys.conftest import let_in
from tests.processes import surroundings
from tests.waiting import until

pytestmark = pytest.mark.browser
TEXT = "textarea[name=text]"
GONE = ["ERR_CONNECTION_REFUSED", "ERR_INTERNET_DISCONNECTED", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET"]
ROWS = """new Promise((resolve) => {
  const request = indexedDB.open("fulcrum", 1);
  request.onsuccess = () => {
    const found = request.result.transaction("texts").objectStore("texts").getAll();
    found.onsuccess = () => { request.result.close(); resolve(found.result.length); };
  };
})"""


def saved_text(application: Any) -> str:
    with everything("a test looks"):
        return Answer.objects.filter(application=application).values_list("text", flat=True).first() or ""


def state(one: Any, name: str) -> None:
    """Wait until the page says so of what is saved."""
    one.until(f"document.querySelector('[data-save-status]').dataset.state === '{name}'")


def rows_become(one: Any, count: int) -> None:
    until(lambda: one.page.evaluate(ROWS) == count, seconds=5)


class Mortal:
    """The site in a process of its own, which can be killed and started again at the same address."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://localhost:{self.port}"
        self.start()

    def start(self) -> None:
        environment = os.environ | surroundings() | {"BIND": f"127.0.0.1:{self.port}", "MEDIA_DIR": str(settings.MEDIA_ROOT), "EMBEDDED_WORKER": "0"}
        environment["SITE_URL"] = self.address
        command = [sys.executable, "-m", "gunicorn", "--config", str(settings.BASE_DIR / "gunicorn.conf.py")]
        self.process = subprocess.Popen(command, env=environment, cwd=settings.BASE_DIR, start_new_session=True)
        until(self.answers)

    def answers(self) -> bool:
        try:
            with urlopen(f"{self.address}/healthz") as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def kill(self) -> None:
        os.killpg(self.process.pid, 9)
        self.process.wait()


@pytest.fixture
def mortal(open_call: Any) -> Iterator[Mortal]:
    site = Mortal()
    yield site
    site.kill()


@pytest.fixture
def answer(candidate: Any) -> Any:
    """A window on the page of a written answer."""

    def open_page(width: int = 1440, site: str = "") -> Any:
        one, application = candidate(width, site)
        one.expected += GONE
        one.go(f"/en/applications/{application.reference}/answers/motivation/")
        return one, application

    return open_page


@pytest.mark.parametrize("width", [1440, 390])
def test_no_text_is_lost_when_the_server_is_killed_while_typing_and_the_tab_closed(answer, mortal, width):
    one, application = answer(width, site=mortal.address)
    one.page.fill(TEXT, "Saved in time.")
    state(one, "saved")
    rows_become(one, 0)  # acknowledged, so nothing stays in the browser
    mortal.kill()
    one.page.locator(TEXT).press_sequentially(" And this while the server was dead.")
    state(one, "offline")
    one.look()
    one.page.get_by_role("button", name="Save and continue").click()
    state(one, "offline")  # no error page of the browser takes the place of the text
    address = one.page.url
    rows_become(one, 1)
    context = one.page.context
    one.page.close()
    mortal.start()
    one.page = context.new_page()
    one.page.goto(address)
    assert one.page.input_value(TEXT) == "Saved in time."
    one.page.get_by_role("button", name="Go on with the text of this device").wait_for()
    versions = one.page.locator(".versions")
    assert "And this while the server was dead." in versions.inner_text()
    assert versions.get_by_text("Saved in time.", exact=True).count() == 1
    one.look()
    one.page.get_by_role("button", name="Go on with the text of this device").click()
    state(one, "saved")
    assert not versions.is_visible()
    assert saved_text(application) == "Saved in time. And this while the server was dead."
    rows_become(one, 0)


def test_whoever_leaves_the_text_of_the_device_keeps_what_is_saved(answer):
    one, application = answer()
    one.page.context.set_offline(True)
    one.page.fill(TEXT, "Typed on the train.")
    state(one, "offline")
    rows_become(one, 1)
    one.page.close()
    one.page = one.page.context.new_page()
    one.page.context.set_offline(False)
    write_answer(
        application, question=application.call.questions.get(key="motivation"), text="Typed at home.", seen=None, language="en", by=application.person
    )
    one.go(f"/lv/applications/{application.reference}/answers/motivation/")  # the same page in another language
    one.page.locator("[data-kept-leave]").click()
    rows_become(one, 0)
    assert one.page.input_value(TEXT) == "Typed at home."
    assert saved_text(application) == "Typed at home."


def test_what_was_typed_signed_out_is_offered_after_signing_in_again(answer):
    one, application = answer()
    end_sessions(application.person)
    one.page.fill(TEXT, "Typed without a session.")
    state(one, "signed-out")
    one.look()
    address = one.page.url
    rows_become(one, 1)
    one.page.close()
    one.page = one.page.context.new_page()
    let_in(one, User.objects.get(pk=application.person_id))
    one.page.goto(address)
    one.page.locator("[data-kept-use]").click()
    state(one, "saved")
    assert saved_text(application) == "Typed without a session."


def test_a_text_that_was_changed_elsewhere_stands_beside_it_after_loading_again(answer):
    one, application = answer()
    motivation = application.call.questions.get(key="motivation")
    write_answer(application, question=motivation, text="From the phone.", seen=None, language="en", by=application.person)
    one.page.fill(TEXT, "From the desk.")
    state(one, "conflict")
    rows_become(one, 1)
    one.page.reload()
    one.page.locator("[data-kept-use]").wait_for()
    assert "From the phone." in one.page.locator("[data-kept-there]").inner_text()
    assert "From the desk." in one.page.locator("[data-kept-here]").inner_text()
    one.page.locator("[data-kept-use]").click()
    state(one, "saved")
    assert saved_text(application) == "From the desk."


def test_signing_out_asks_about_what_did_not_arrive_and_then_leaves_nothing_behind(answer):
    one, application = answer()
    one.page.context.set_offline(True)
    one.page.fill(TEXT, "Nobody else shall find this.")
    state(one, "offline")
    rows_become(one, 1)
    one.page.close()
    one.page = one.page.context.new_page()
    one.page.context.set_offline(False)
    one.go(f"/en/applications/{application.reference}/")
    asked: list[str] = []
    one.page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    one.page.locator(".menu summary").first.click()
    one.page.get_by_role("button", name="Sign out").click()
    for _moment in range(100):  # the page looks what it keeps before it asks
        if not asked:
            one.page.wait_for_timeout(50)
    assert asked
    rows_become(one, 1)
    one.page.once("dialog", lambda dialog: dialog.accept())
    with one.page.expect_navigation():
        one.page.get_by_role("button", name="Sign out").click()
    rows_become(one, 0)


def test_what_lies_in_the_browser_is_sealed_and_goes_after_seven_days(answer):
    one, _application = answer()
    one.page.context.set_offline(True)
    one.page.fill(TEXT, "Sealed.")
    state(one, "offline")
    rows_become(one, 1)
    row = one.page.evaluate(
        """window.vault.all("texts").then(([row]) => ({
          names: Object.keys(row).sort().join(), sealed: Object.keys(row.sealed).sort().join(),
          text: new TextDecoder().decode(row.sealed.data) }))"""
    )
    assert row["names"] == "at,id,page,sealed"
    assert row["sealed"] == "data,iv"
    assert "Sealed" not in row["text"]
    assert one.page.evaluate("window.vault.get('keys', 'key').then((key) => key.extractable)") is False
    week = 7 * 24 * 3600 * 1000
    one.page.evaluate(f"window.vault.all('texts').then(([row]) => window.vault.put('texts', {{...row, id: 'old', at: row.at - {week} - 1}}))")
    rows_become(one, 2)
    one.page.close()
    one.page = one.page.context.new_page()
    one.page.context.set_offline(False)
    one.go("/en/")
    rows_become(one, 1)


def test_needs_are_never_kept_in_the_browser(answer):
    one, application = answer()
    one.go(f"/en/applications/{application.reference}/needs/")
    one.page.locator("main form[method=post] textarea").first.fill("A ramp.")
    assert one.page.locator("form[data-keep], form[data-autosave]").count() == 0
    rows_become(one, 0)


def test_a_text_box_is_as_tall_as_its_text(answer):
    one, _application = answer(390)
    one.page.fill(TEXT, "A line of its own.\n" * 60)
    one.until(f"(area => area.scrollHeight <= area.clientHeight + 1 && area.clientHeight > 1200)(document.querySelector('{TEXT}'))")
