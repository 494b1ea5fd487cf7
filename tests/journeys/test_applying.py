"""The way of a candidate, from the public page to the receipt, as people walk it."""

import pytest

from applications.answers.models import Answer
from applications.application import Application, State
from fulcrum.files.services import check_due
from fulcrum.guard.querysets import everything
from fulcrum.mail.models import Letter
from fulcrum.mail.services import deliver_due
from fulcrum.people.models import User
from fulcrum.people.services import end_sessions
from tests.journeys.conftest import Window, code_for

pytestmark = pytest.mark.browser
ANSWER = "Mēs gribam atkal satikt cilvēkus, kas dzīvo ap mūsu namu. "


def through_the_doors(window: Window, language: str, address: str) -> str:
    """From the public page to the empty task list, with every error on the way. Returns the address of the task list."""
    page = window.page
    window.go(f"/{language}/")
    window.look()
    page.locator("main a[href$='/apply/']").first.click()
    window.look()
    window.press()
    assert page.title().startswith(("Error:", "Kļūda:"))
    assert page.locator(".error-summary a").count() == 5
    window.look()
    page.locator("input[name=network]").last.check(force=True)
    for condition in ("works_there", "follows_english", "house_agrees"):
        window.choose(condition, "yes")
    window.choose("dates_free", "no")
    window.press()
    assert page.locator(".notice--warning a[href^='mailto:']").count()  # a "no" leads to a person
    window.look()
    page.locator("main a.btn[href*='/begin/'], main a.btn[href*='/sign-in/']").first.click()
    window.look()
    page.fill("input[name=email]", "nobody at all")
    window.press()
    window.look()
    page.fill("input[name=email]", address)
    window.press()
    window.look()
    page.fill("input[name=code]", "WRONG1")
    window.press()
    assert page.locator(".error-summary, [role=alert]").count()
    window.look()
    page.fill("input[name=code]", code_for(address))
    window.press()
    window.press()
    window.look()
    assert "/applications/" in page.url
    return page.url


def fill_everything(window: Window, tasks: str) -> None:
    """Every page of the application, refused once and then filled."""
    page = window.page
    page.goto(tasks + "about/")
    window.press()
    window.look()
    page.fill("input[name=name]", "Žanna Ķēniņa")
    page.fill("input[name=role]", "vadītāja")
    page.fill("textarea[name=mandate]", "Es lemju par programmu.")
    window.choose("gender", "woman")
    window.press()
    window.look()  # the next task: the house
    page.fill("input[name=q]", "kuldigas")
    page.locator("form[role=search] button").click()
    page.wait_for_url("**q=kuldigas*")
    window.look()
    page.goto(tasks + "house/other/")
    page.fill("input[name=typed_house]", "Nams aiz stūra")
    page.fill("input[name=place]", "Nekurnekad")
    window.press()
    assert page.input_value("input[name=typed_house]") == "Nams aiz stūra"
    window.look()
    page.goto(tasks + "house/")
    page.locator("input[name=house]").first.check(force=True)
    window.press()
    window.press()  # no figure at all is refused
    window.look()
    window.choose("staff", "1")
    window.press()
    window.look()  # the first question
    page.fill("textarea[name=text]", "vārds " * 301)
    window.press()
    assert page.input_value("textarea[name=text]").startswith("vārds")
    window.look()
    for question in ("motivation", "transformation", "ambassador", "position"):
        page.goto(f"{tasks}answers/{question}/?channel=text")
        page.fill("textarea[name=text]", ANSWER * 3)
        window.press()
    page.goto(tasks + "needs/")
    window.press()
    window.look()
    page.fill("textarea[name=access]", "Man vajag uzbrauktuvi.")
    page.locator("input[name=agree]").check(force=True)
    window.press()
    page.goto(tasks + "check/")
    window.look()
    page.goto(tasks + "consent/")
    window.press()
    window.look()
    page.locator("input[name=agree]").check(force=True)
    window.press()
    page.goto(tasks)
    window.look()


def send_and_see(window: Window, tasks: str, address: str) -> None:
    page = window.page
    page.goto(tasks + "check/")
    assert ANSWER.strip() in page.content()
    window.look()
    window.press(selector="main form[method=post] button.btn")
    assert page.url.endswith("/receipt/")
    window.look()
    with everything("a test looks"):
        application = Application.objects.get(person__email=address)
    assert application.state == State.SENT
    assert page.get_by_text(application.reference).count()
    deliver_due()
    letter = Letter.objects.filter(to=address).latest("pk")
    assert application.reference in letter.subject
    assert "uzbrauktuvi" not in letter.text  # needs go in no letter
    page.goto(tasks)
    window.look()


def test_a_stranger_applies_in_english_on_a_desktop(window):
    one = window(1440)
    tasks = through_the_doors(one, "en", "stranger@example.org")
    fill_everything(one, tasks)
    send_and_see(one, tasks, "stranger@example.org")


def test_a_stranger_applies_in_latvian_on_a_phone(window):
    one = window(390, locale="lv")
    tasks = through_the_doors(one, "lv", "svesinieks@example.org")
    fill_everything(one, tasks)
    send_and_see(one, tasks, "svesinieks@example.org")


def test_the_whole_way_works_without_javascript(window, recording):
    one = window(390, script=False)
    tasks = through_the_doors(one, "en", "plain@example.org")
    fill_everything(one, tasks)
    one.page.goto(f"{tasks}answers/ambassador/?channel=audio")
    one.page.set_input_files("input[name=recording]", recording)
    one.press(selector="form[data-upload] button:not([type=button]):visible")
    assert one.page.locator("audio:visible").count() == 1
    send_and_see(one, tasks, "plain@example.org")


def test_an_answer_is_spoken_and_plays(window, recording):
    one = window(1440)
    tasks = through_the_doors(one, "en", "speaker@example.org")
    one.page.goto(f"{tasks}answers/motivation/?channel=audio")
    one.look()
    one.page.set_input_files("input[name=recording]", recording)
    with one.page.expect_navigation():
        one.page.locator("form[data-upload] button:not([type=button]):visible").click()
    check_due()
    one.page.reload()
    one.look()
    one.until("document.querySelector('audio').readyState >= 1")
    assert 5 < one.page.evaluate("document.querySelector('audio').duration") < 7
    one.page.evaluate("document.querySelector('audio').currentTime = 4")
    one.until("document.querySelector('audio').currentTime >= 4 && document.querySelector('audio').readyState >= 2")
    with everything("a test looks"):
        answer = Answer.objects.select_related("file").get(application__person__email="speaker@example.org")
    assert answer.is_given
    assert answer.file.passed
    assert answer.file.seconds == 6


def test_what_is_typed_is_saved_without_a_button_and_is_there_after_the_tab_was_closed(window):
    one = window(1440)
    tasks = through_the_doors(one, "en", "typist@example.org")
    one.page.goto(f"{tasks}answers/motivation/")
    one.page.locator("textarea[name=text]").press_sequentially("We would like to meet our neighbours again.")
    one.until("document.querySelector('[data-save-status]').dataset.state === 'saved'", seconds=5)
    context = one.page.context
    one.page.close()
    page = context.new_page()
    page.goto(f"{tasks}answers/motivation/")
    assert page.input_value("textarea[name=text]") == "We would like to meet our neighbours again."


def test_public_pages_fit_a_narrow_window_in_every_language(window):
    one = window(320)
    for language in ("en", "nl", "fr", "de", "it", "et", "lv"):
        for path in ("", "calls/", "calls/make-it-happen/questions/", "privacy/", "accessibility/", "sign-in/"):
            one.go(f"/{language}/{path}")
            one.look()


def test_a_text_survives_being_signed_out_while_typing(window):
    one = window(1440)
    tasks = through_the_doors(one, "en", "signedout@example.org")
    one.page.goto(f"{tasks}answers/motivation/")
    end_sessions(User.objects.get(email="signedout@example.org"))
    one.page.locator("textarea[name=text]").press_sequentially("This must not be lost.")
    one.until("document.querySelector('[data-save-status]').dataset.state === 'signed-out'", seconds=5)
    assert one.page.input_value("textarea[name=text]") == "This must not be lost."
    other = one.page.context.new_page()
    other.goto(one.site + "/en/sign-in/")
    other.fill("input[name=email]", "signedout@example.org")
    other.get_by_role("button", name="Send me the code").click()
    other.fill("input[name=code]", code_for("signedout@example.org"))
    other.get_by_role("button", name="Continue").click()
    other.wait_for_url("**/applications/**")
    one.until("document.querySelector('[data-save-status]').dataset.state === 'saved'", seconds=15)
    with everything("a test looks"):
        assert Answer.objects.get(application__person__email="signedout@example.org").text == "This must not be lost."


def test_two_windows_never_overwrite_each_other_in_silence(window):
    one = window(1440)
    tasks = through_the_doors(one, "en", "twice@example.org")
    one.page.goto(f"{tasks}answers/motivation/")
    other = one.page.context.new_page()
    other.goto(f"{tasks}answers/motivation/")
    other.fill("textarea[name=text]", "Written in the other window.")
    with other.expect_navigation():
        other.get_by_role("button", name="Save and continue").click()
    one.page.fill("textarea[name=text]", "Written here.")
    one.press("Save and continue")
    assert one.page.input_value("textarea[name=text]") == "Written here."
    assert one.page.get_by_text("Written in the other window.").count()
    one.look()
    one.press("Save and continue")
    with everything("a test looks"):
        assert Answer.objects.get(application__person__email="twice@example.org").text == "Written here."
