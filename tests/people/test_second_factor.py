"""Staff work with two factors; nobody else is asked for one."""

import re
import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.sessions.models import Session
from django.test import Client, TestCase
from django.urls import reverse

from fulcrum.audit.models import Entry
from fulcrum.people.middleware import FACTOR_PAGES
from fulcrum.people.models import Role
from fulcrum.people.services import give_role
from tests import factories
from tests.people.conftest import FACTOR, is_signed_in, letters_to, sign_in_by_code, totp, wrong

ENROL = "/en/account/second-factor/app/"


@pytest.fixture
def secret():
    return generate_totp_secret()


@pytest.fixture
def enrolled(call, secret):
    """A coordinator whose app we hold."""
    person = factories.UserFactory(name="Anke")
    give_role(person, role=Role.Kind.COORDINATOR, call=call, by=None)
    TOTP.activate(person, secret)
    return person


@pytest.fixture
def newcomer(call):
    """A coordinator who has set nothing up yet, signed in by a code."""
    person = factories.UserFactory()
    give_role(person, role=Role.Kind.COORDINATOR, call=call, by=None)
    client = sign_in_by_code(person.email)
    client.person = person
    return client


def enrol(client):
    """Set up an app by the page; returns the secret that it holds."""
    page = client.get(ENROL).content.decode()
    secret = re.search(r'<code id="authenticator_secret">(\w+)</code>', page)[1]
    with TestCase.captureOnCommitCallbacks(execute=True):
        client.answer = client.post(ENROL, {"code": totp(secret)})
    return secret


def test_staff_without_a_second_factor_are_led_to_its_enrolment_from_everywhere(newcomer, call):
    for url in (
        "/",
        "/en/",
        "/en/work/",
        "/en/account/",
        "/en/applications/",
        f"/en/work/{call.slug}/people/",
        "/styleguide/",
        f"/en/calls/{call.slug}/",
    ):
        assert newcomer.get(url)["Location"] == "/en/account/second-factor/", url
    assert (
        newcomer.post(f"/en/work/{call.slug}/people/", {"email": "x@example.org", "role": "coordinator"})["Location"] == "/en/account/second-factor/"
    )
    assert not Role.objects.filter(person__email="x@example.org").exists()


def test_what_staff_without_a_second_factor_reach_is_enrolment_signing_out_and_no_data():
    reaches = {"mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "mfa_list_webauthn", "account_logout", "account_reauthenticate", "sign_in_again"}
    codes = {"mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_download_recovery_codes"}
    proofs = {"mfa_reauthenticate", "mfa_reauthenticate_webauthn"}
    elsewhere = {"switch_person", "move_call", "healthz", "readyz"}
    assert reaches | codes | proofs | elsewhere == FACTOR_PAGES


def test_a_missing_page_tells_staff_without_a_second_factor_nothing(newcomer):
    assert newcomer.get("/en/nothing/").status_code == 404


def test_candidates_are_asked_for_no_second_factor(call, candidate):
    client = sign_in_by_code(candidate.email)
    assert client.get("/en/account/").status_code == 200
    assert client.get(ENROL).status_code == 403


def test_enrolling_an_app_by_the_page_opens_the_work(newcomer):
    enrol(newcomer)
    assert newcomer.answer["Location"] == "/en/account/second-factor/codes/"
    assert newcomer.get("/en/work/").status_code == 200
    assert "authenticator app was added" in letters_to(newcomer.person.email)[0].subject


def test_enrolling_shows_recovery_codes_once_it_is_done(newcomer):
    enrol(newcomer)
    page = newcomer.get("/en/account/second-factor/codes/").content.decode()
    assert len(re.findall(r"<li><code>(\w+)</code></li>", page)) == 10


def test_the_wrong_code_enrols_nothing(newcomer):
    secret = re.search(r"secret\">(\w+)<", newcomer.get(ENROL).content.decode())[1]
    assert newcomer.post(ENROL, {"code": wrong(totp(secret))}).status_code == 422
    assert newcomer.get("/en/work/").status_code == 302
    assert newcomer.post(ENROL, {"code": totp(secret)}).status_code == 302


def test_guessing_at_the_enrolment_is_limited(newcomer):
    secret = re.search(r"secret\">(\w+)<", newcomer.get(ENROL).content.decode())[1]
    for _attempt in range(5):
        newcomer.post(ENROL, {"code": wrong(totp(secret))})
    assert newcomer.post(ENROL, {"code": totp(secret)}).status_code == 422


def test_enrolling_asks_for_a_fresh_sign_in(newcomer, during_call):
    during_call.shift(timedelta(minutes=21))
    assert newcomer.get(ENROL)["Location"].startswith("/en/sign-in/again/")


def test_the_secret_of_an_app_is_encrypted_in_the_database(newcomer):
    secret = enrol(newcomer)
    for entry in Authenticator.objects.filter(user=newcomer.person):
        assert secret not in str(entry.data)
    held = Authenticator.objects.get(user=newcomer.person, type="totp").data["secret"]
    assert held.startswith("gAAAA")


def test_the_secret_of_an_app_does_not_stay_in_the_session(newcomer):
    secret = enrol(newcomer)
    assert secret not in str(dict(newcomer.session))


def test_signing_in_then_asks_for_the_app(enrolled, secret):
    client = sign_in_by_code(enrolled.email)
    assert client.answer["Location"].startswith(FACTOR)
    assert not is_signed_in(client)
    assert client.get("/en/work/")["Location"].startswith("/en/sign-in/")
    assert client.post(FACTOR, {"code": totp(secret)}).status_code == 302
    assert client.get("/en/work/").status_code == 200


def test_a_wrong_code_of_the_app_is_refused(enrolled, secret):
    client = sign_in_by_code(enrolled.email)
    assert client.post(FACTOR, {"code": wrong(totp(secret))}).status_code == 422
    assert not is_signed_in(client)


def test_a_code_of_the_app_works_once(enrolled, secret):
    code = totp(secret)
    first = sign_in_by_code(enrolled.email)
    first.post(FACTOR, {"code": code})
    second = sign_in_by_code(enrolled.email)
    assert second.post(FACTOR, {"code": code}).status_code == 422
    assert not is_signed_in(second)


def test_a_code_of_the_app_from_two_minutes_ago_is_refused(enrolled, secret, during_call):
    client = sign_in_by_code(enrolled.email)
    code = totp(secret)
    during_call.shift(timedelta(minutes=2))
    assert client.post(FACTOR, {"code": code}).status_code == 422


def test_guessing_the_app_is_limited_and_the_limit_ends(enrolled, secret, during_call):
    client = sign_in_by_code(enrolled.email)
    for _attempt in range(5):
        client.post(FACTOR, {"code": wrong(totp(secret))})
    assert client.post(FACTOR, {"code": totp(secret)}).status_code == 422
    during_call.shift(timedelta(minutes=6))
    client = sign_in_by_code(enrolled.email)
    client.post(FACTOR, {"code": totp(secret)})
    assert is_signed_in(client)


def test_the_limit_of_guessing_follows_the_person_and_not_the_computer(enrolled, secret):
    for number in range(5):
        client = sign_in_by_code(enrolled.email, Client(REMOTE_ADDR=f"192.0.2.{number}"))
        client.post(FACTOR, {"code": wrong(totp(secret))})
    assert client.post(FACTOR, {"code": totp(secret)}).status_code == 422


def test_a_recovery_code_lets_in_once(newcomer):
    enrol(newcomer)
    code = re.search(r"<li><code>(\w+)</code></li>", newcomer.get("/en/account/second-factor/codes/").content.decode())[1]
    client = sign_in_by_code(newcomer.person.email)
    client.post(FACTOR, {"code": code})
    assert is_signed_in(client)
    again = sign_in_by_code(newcomer.person.email)
    assert again.post(FACTOR, {"code": code}).status_code == 422


def test_changing_ones_factors_asks_for_a_factor_once_more(enrolled, secret):
    client = sign_in_by_code(enrolled.email)
    client.post(FACTOR, {"code": totp(secret)})
    for url in ("app/remove/", "codes/new/"):
        answer = client.post(f"/en/account/second-factor/{url}")
        assert "/reauthenticate/" in answer["Location"], url
    assert Authenticator.objects.filter(user=enrolled, type="totp").exists()


def test_removing_the_last_factor_leads_back_to_enrolment(enrolled, secret, during_call):
    client = sign_in_by_code(enrolled.email)
    client.post(FACTOR, {"code": totp(secret)})
    during_call.shift(timedelta(seconds=40))
    assert client.post("/en/account/second-factor/reauthenticate/", {"code": totp(secret)}).status_code == 302
    client.post("/en/account/second-factor/app/remove/")
    assert not Authenticator.objects.filter(user=enrolled).exists()
    assert client.get("/en/work/")["Location"] == "/en/account/second-factor/"
    assert "was removed" in letters_to(enrolled.email)[0].subject


# Somebody lost theirs


@pytest.fixture
def helper(call):
    person = factories.staff(call=call, role="coordinator", person=factories.UserFactory(name="Helga"))
    return factories.sign_in(Client(), person)


def test_a_coordinator_resets_a_lost_factor_with_a_reason_on_record(call, enrolled, secret, helper):
    there = sign_in_by_code(enrolled.email)
    there.post(FACTOR, {"code": totp(secret)})
    url = reverse("reset_second_factor", args=[call.slug, enrolled.pk])
    assert helper.get(url).status_code == 200
    assert Authenticator.objects.filter(user=enrolled).exists()
    assert helper.post(url, {"reason": "Her phone fell into the [Daugava](https://evil.example)."}).status_code == 302
    assert not Authenticator.objects.filter(user=enrolled).exists()
    assert not is_signed_in(there)
    entry = Entry.objects.get(act="second factor reset")
    assert (entry.subject, entry.call, entry.reason) == (
        f"people.user {enrolled.pk}",
        call,
        "Her phone fell into the [Daugava](https://evil.example).",
    )
    letter = letters_to(enrolled.email)[0]
    assert "second factor was removed" in letter.subject
    assert "Helga" in letter.text
    assert "Daugava" in letter.text
    assert 'href="https://evil' not in letter.html


def test_whoever_was_helped_enrols_anew(call, enrolled, helper):
    helper.post(reverse("reset_second_factor", args=[call.slug, enrolled.pk]), {"reason": "lost"})
    client = sign_in_by_code(enrolled.email)
    assert client.get("/en/work/")["Location"] == "/en/account/second-factor/"
    enrol(client)
    assert client.get("/en/work/").status_code == 200


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_a_factor_is_not_reset_without_a_reason(call, enrolled, helper, reason):
    assert helper.post(reverse("reset_second_factor", args=[call.slug, enrolled.pk]), {"reason": reason}).status_code == 422
    assert Authenticator.objects.filter(user=enrolled).exists()
    assert not Entry.objects.filter(act="second factor reset").exists()


def test_resetting_a_factor_asks_for_a_fresh_sign_in(call, enrolled):
    person = factories.staff(call=call, role="coordinator")
    old = factories.sign_in(Client(), person, fresh=False)
    assert old.post(reverse("reset_second_factor", args=[call.slug, enrolled.pk]), {"reason": "lost"})["Location"].startswith("/en/sign-in/again/")
    assert Authenticator.objects.filter(user=enrolled).exists()


def test_a_session_holds_no_trace_of_the_demonstration_on_a_real_site(newcomer):
    """Only the demonstration's own switch lets staff in without a factor."""
    assert "demonstration" not in newcomer.session
    assert newcomer.post("/demo/person/", {"person": newcomer.person.email}).status_code == 404
    assert Session.objects.count()
    assert newcomer.session.get_expiry_age() <= 14 * 24 * 3600
    assert time.time()


def test_a_session_of_the_demonstration_is_none_without_the_demonstration(newcomer):
    session = newcomer.session
    session["demonstration"] = True
    session.save()
    assert newcomer.get("/en/work/").status_code == 302


def test_a_session_from_before_the_enrolment_has_to_show_the_factor_too(call, alcc):
    person = factories.UserFactory()
    other = factories.sign_in(Client(), person)  # signed in by code before there was a factor
    factories.staff(call=call, role="lead", network=alcc, person=person)
    response = other.get("/en/work/")
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/en/account/second-factor/reauthenticate/")
