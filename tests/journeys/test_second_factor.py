"""The second factor of staff: asked for before anything else, set up as an app or a passkey, used, replaced and removed."""

import re
import time
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.urls import reverse

from fulcrum.people.models import Role, User
from fulcrum.people.services import give_role
from tests import factories
from tests.journeys.conftest import Window, code_for

pytestmark = pytest.mark.browser
ADDRESS = "lead@alcc.example"
INDEX, ADD = "/en/account/second-factor/", "/en/account/passkeys/add/"


@pytest.fixture
def newcomer(open_call: Any) -> User:
    """A network lead who has never signed in."""
    person = factories.UserFactory(email=ADDRESS, name="Elīna Bērziņa")
    give_role(person, role=Role.Kind.LEAD, call=open_call, network=open_call.networks.get(slug="alcc"), by=None)
    return person


def shown_now(secret: str) -> str:
    """What an authenticator app shows; the code before it still counts while it changes."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def put_device(window: Window, verifies: bool = True) -> tuple[Any, str]:
    """A device that keeps passkeys, and says yes at once."""
    device = window.page.context.new_cdp_session(window.page)
    device.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": verifies, "automaticPresenceSimulation": True}
    return device, device.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def follow(window: Window, words: str) -> None:
    with window.page.expect_navigation():
        window.page.get_by_role("main").get_by_role("link", name=words).click()


def type_code(window: Window, code: str) -> None:
    window.page.fill("input[name=code]", code)
    with window.page.expect_navigation():
        window.page.keyboard.press("Enter")


def sign_in(window: Window) -> None:
    """The address, then the code from the letter."""
    window.go("/en/sign-in/")
    window.page.fill("input[name=email]", ADDRESS)
    window.press("Send me the code")
    type_code(window, code_for(ADDRESS))


def sign_out(window: Window) -> None:
    window.go("/en/sign-out/")
    window.look()
    window.press("Sign out", selector="")
    assert "You are signed out." in window.page.inner_text("main")


def set_up_app(window: Window) -> str:
    """From the page of the second factor to the recovery codes. Returns the secret."""
    follow(window, "Set up an app")
    secret = window.page.inner_text("#authenticator_secret")
    type_code(window, shown_now(secret))
    assert window.page.url.endswith("/codes/")
    return secret


def press_passkey(window: Window, button: str, leaves: str) -> None:
    """Press a passkey's button from the keyboard, and wait until the page that ends in `leaves` is left."""
    window.page.focus(button)
    window.page.keyboard.press("Enter")
    window.page.wait_for_url(lambda url: not url.endswith(leaves))


@pytest.mark.parametrize("width", [1440, 390])
def test_an_app_is_set_up_and_asked_for(window, newcomer, width):
    here = window(width)
    sign_in(here)
    assert here.page.url.endswith(INDEX)
    here.look()
    for path in ("/en/work/", "/en/account/"):  # nothing else opens before
        here.go(path)
        assert here.page.url.endswith(INDEX)
    here.go("/en/account/second-factor/codes/new/")
    here.look()
    here.press("Make new codes")
    assert here.page.locator(".error-summary").count() == 1
    here.look()
    here.go(INDEX)
    follow(here, "Set up an app")
    here.look()
    type_code(here, "12")
    assert here.page.title().startswith("Error: ")
    assert here.page.evaluate("document.activeElement.className") == "error-summary"
    here.look()
    here.go(INDEX)
    secret = set_up_app(here)
    here.look()
    codes = here.page.locator("main li code").all_inner_texts()
    assert len(codes) == 10
    with here.page.expect_download() as download:
        here.page.get_by_role("link", name="Download the codes").click()
    assert Path(download.value.path()).read_text().split()[-10:] == codes
    here.go("/en/work/")
    assert here.page.url.endswith("/en/work/")
    here.go(INDEX)
    here.look()

    sign_out(here)
    sign_in(here)
    assert here.page.url.endswith("/sign-in/second-factor/")
    here.look()
    type_code(here, "000000")
    assert here.page.locator(".error-summary a[href='#id_code']").count() == 1
    here.look()
    type_code(here, shown_now(secret))
    assert "You are signed in as Elīna Bērziņa." in here.page.inner_text("main")
    sign_out(here)
    sign_in(here)
    type_code(here, codes[3])  # the phone is not at hand
    here.go("/en/account/second-factor/app/remove/")
    here.look()  # asks once more who this is
    type_code(here, codes[3])
    assert here.page.title().startswith("Error: ")  # each code works once
    type_code(here, codes[4])
    here.look()
    here.press("Remove the app")
    assert here.page.url.endswith(INDEX)
    assert not Authenticator.objects.exists()
    here.go("/en/work/")
    assert here.page.url.endswith(INDEX)


@pytest.mark.parametrize("width", [1440, 390])
def test_a_passkey_is_added_and_signs_in_alone(window, newcomer, width):
    here = window(width)
    put_device(here)
    sign_in(here)
    follow(here, "Add a passkey")
    here.look()
    here.page.fill("input[name=name]", "My laptop")
    here.page.keyboard.press("Enter")  # sends nothing by itself
    press_passkey(here, "#passkey_add", ADD)
    assert here.page.url.endswith("/codes/")  # shown at once, without another proof
    here.look()
    sign_out(here)

    here.go("/en/sign-in/")
    here.look()
    press_passkey(here, "#passkey_login", "/sign-in/")
    here.go("/en/work/")
    assert here.page.url.endswith("/en/work/")

    passkeys = "/en/account/passkeys/"
    here.go(passkeys)
    here.look()
    follow(here, "Rename")
    here.look()  # a proof is asked for, by code or by passkey
    follow(here, "Use my passkey")
    here.look()
    press_passkey(here, "#passkey_reauthenticate", "/edit/")
    here.page.wait_for_url("**/edit/")
    here.look()
    here.page.fill("input[name=name]", "")
    here.press("Save the name")
    here.look()
    here.page.fill("input[name=name]", "Laptop <b>at</b> home")
    here.press("Save the name")
    assert "Laptop <b>at</b> home" in here.page.inner_text("main")

    sign_out(here)
    sign_in(here)  # after the mailed code it is the second factor
    here.look()
    press_passkey(here, "#passkey_authenticate", "/second-factor/")
    here.go(passkeys)
    follow(here, "Remove")
    follow(here, "Use my passkey")
    press_passkey(here, "#passkey_reauthenticate", "/remove/")
    here.page.wait_for_url("**/remove/")
    here.look()
    here.press("Remove the passkey")
    here.go("/en/work/")
    assert here.page.url.endswith(INDEX)


def test_a_passkey_that_nobody_knows_is_refused_in_words(window, newcomer):
    here = window()
    put_device(here)
    sign_in(here)
    here.go(ADD)
    press_passkey(here, "#passkey_add", ADD)
    assert Authenticator.objects.get(type=Authenticator.Type.WEBAUTHN).wrap().name == "Passkey 1"
    Authenticator.objects.all().delete()
    sign_out(here)
    here.go("/en/sign-in/")
    here.page.focus("#passkey_login")
    with here.page.expect_navigation():
        here.page.keyboard.press("Enter")
    here.page.wait_for_selector(".notice--error")
    assert "This passkey was not accepted." in here.page.inner_text("main")
    here.look()


def test_without_scripts_the_app_is_the_way(window, newcomer):
    here = window(script=False)
    here.go("/en/sign-in/")
    assert "A passkey needs JavaScript" in here.page.inner_text("main")
    here.press("Sign in with a passkey")
    assert "The passkey gave no answer." in here.page.inner_text("main")
    sign_in(here)
    assert "The authenticator app works without." in here.page.inner_text("main")
    here.go(ADD)
    here.look()
    assert "The authenticator app works without." in here.page.inner_text("main")
    here.go(INDEX)
    secret = set_up_app(here)
    sign_out(here)
    sign_in(here)
    type_code(here, shown_now(secret))
    here.go("/en/work/")
    assert here.page.url.endswith("/en/work/")


def test_passkeys_are_open_on_their_pages_only(client, newcomer):
    def opened(path: str) -> set[str]:
        return set(re.findall(r"([a-z-]+)=\(self\)", client.get(path)["Permissions-Policy"]))

    assert opened("/en/sign-in/") == {"publickey-credentials-get"}
    assert opened("/en/") == set()
    factories.sign_in(client, newcomer)
    assert opened(reverse("mfa_index")) == set()
    assert opened(reverse("mfa_add_webauthn")) == {"publickey-credentials-create"}


def test_too_many_tries_get_a_page_of_ours(client, open_call):
    answers = [client.post(reverse("mfa_login_webauthn")) for _ in range(11)]
    assert {answer.status_code for answer in answers[:10]} == {302}
    assert answers[10].status_code == 429
    assert "Wait five minutes" in answers[10].content.decode()
