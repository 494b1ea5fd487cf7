"""One door: an address, a code by mail, and nothing that tells who is known."""

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from fulcrum.guard.querysets import everything
from fulcrum.mail.models import Message
from fulcrum.people.models import User
from fulcrum.people.services import forget_unused_addresses
from tests import factories
from tests.people.conftest import CODE, DOOR, ask_for_code, code_for, is_signed_in, letters_to, sign_in_by_code, wrong


def test_a_new_person_signs_in_with_a_code_from_a_letter(call, client):
    answer = ask_for_code(client, "new@example.org")
    assert (answer.status_code, answer["Location"]) == (302, CODE)
    assert not is_signed_in(client)
    answer = client.post(CODE, {"code": code_for("new@example.org")})
    assert answer.status_code == 302
    assert is_signed_in(client)
    assert User.objects.get(email="new@example.org").last_login


def test_a_returning_person_signs_in_as_the_same_one(call, candidate):
    client = sign_in_by_code(candidate.email)
    assert candidate.email in client.get("/en/account/").content.decode()
    assert User.objects.filter(email=candidate.email).count() == 1


def test_the_address_may_be_typed_in_capitals_and_with_spaces(call, candidate, client):
    ask_for_code(client, f"  {candidate.email.upper()} ")
    client.post(CODE, {"code": code_for(candidate.email)})
    assert is_signed_in(client)


def test_the_code_may_be_typed_in_small_letters_and_without_its_dash(call, candidate, client):
    ask_for_code(client, candidate.email)
    client.post(CODE, {"code": f" {code_for(candidate.email).lower().replace('-', '')} "})
    assert is_signed_in(client)


def test_signing_in_leads_to_the_page_that_was_asked_for_and_only_to_one_of_ours(call, candidate):
    for wanted, reached in (
        ("/en/account/", "/en/account/"),
        ("https://evil.example/", "/en/applications/"),
        ("//evil.example", "/en/applications/"),
    ):
        client = Client()
        client.post(DOOR, {"email": candidate.email, "next": wanted})
        answer = client.post(CODE, {"code": code_for(candidate.email), "next": wanted})
        assert answer["Location"] == reached


def strip_tokens(response, address):
    page = re.sub(r'(name="csrfmiddlewaretoken" value|X-CSRFToken&quot;|"X-CSRFToken")(=|: ?)"\w+"', "", response.content.decode())
    return re.sub(r"\b[A-Za-z0-9]{64}\b", "", page).replace(address, "ADDRESS")


def test_nobody_learns_whether_an_address_is_known(call, candidate, coordinator):
    answers = []
    for address in ("new-one@example.org", candidate.email, coordinator.email):
        client = Client()
        asked = ask_for_code(client, address)
        page = client.get(CODE)
        mistyped = client.post(CODE, {"code": "AAAA-AAAA"})
        answers.append(
            [
                (answer.status_code, answer.headers.get("Location"), sorted(set(answer.headers) - {"Content-Length"}), strip_tokens(answer, address))
                for answer in (asked, page, mistyped)
            ]
        )
        assert [letter.subject for letter in letters_to(address)] == ["Your code for FULCRUM"]
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@", "@example.org", "a b@example.org", "a@example.org\nBcc: b@example.org", "x" * 250 + "@example.org"]
)
def test_what_is_no_address_is_refused_at_its_field_and_makes_nobody(call, client, address):
    before = User.objects.count()
    assert ask_for_code(client, address).status_code == 422
    assert User.objects.count() == before


def test_after_three_wrong_codes_the_right_one_is_void(call, candidate, client):
    ask_for_code(client, candidate.email)
    code = code_for(candidate.email)
    assert [client.post(CODE, {"code": wrong(code)}).status_code for _attempt in range(3)] == [422, 422, 302]
    client.post(CODE, {"code": code})
    assert not is_signed_in(client)


def test_a_code_works_once(call, candidate):
    client = sign_in_by_code(candidate.email)
    code = code_for(candidate.email)
    client.post("/en/sign-out/")
    assert not is_signed_in(client)
    client.post(CODE, {"code": code})
    assert not is_signed_in(client)


def test_a_code_works_only_where_it_was_asked_for(call, candidate):
    ask_for_code(Client(), candidate.email)
    stranger = Client()
    ask_for_code(stranger, "stranger@example.org")
    stranger.post(CODE, {"code": code_for(candidate.email)})
    assert not is_signed_in(stranger)


def test_a_code_works_for_a_quarter_of_an_hour(call, candidate, client, during_call):
    ask_for_code(client, candidate.email)
    code = code_for(candidate.email)
    during_call.shift(timedelta(minutes=14, seconds=59))
    client.post(CODE, {"code": code})
    assert is_signed_in(client)


def test_a_code_is_over_after_a_quarter_of_an_hour(call, candidate, client, during_call):
    ask_for_code(client, candidate.email)
    code = code_for(candidate.email)
    during_call.shift(timedelta(minutes=15, seconds=1))
    client.post(CODE, {"code": code})
    assert not is_signed_in(client)


def test_one_address_gets_only_so_many_codes(call, candidate):
    statuses = [ask_for_code(Client(), candidate.email, REMOTE_ADDR=f"192.0.2.{number}").status_code for number in range(8)]
    assert statuses == [302] * 6 + [422] * 2
    assert len(letters_to(candidate.email)) == 6


def test_the_limit_of_an_address_ends(call, candidate, during_call):
    for number in range(7):
        ask_for_code(Client(), candidate.email, REMOTE_ADDR=f"192.0.2.{number}")
    during_call.shift(timedelta(minutes=16))
    assert ask_for_code(Client(), candidate.email).status_code == 302


def test_one_computer_asks_for_only_so_many_codes(call):
    statuses = [ask_for_code(Client(), f"a{number}@example.org").status_code for number in range(22)]
    assert statuses == [302] * 20 + [422] * 2
    assert not User.objects.filter(email="a21@example.org").exists()
    assert letters_to("a21@example.org") == []


def test_a_forged_forwarding_header_does_not_go_around_the_limit(call):
    for number in range(22):
        answer = ask_for_code(Client(), f"a{number}@example.org", headers={"x-forwarded-for": f"192.0.2.{number}"})
    assert answer.status_code == 422


def test_a_code_is_encrypted_in_the_outbox_and_wiped_once_delivered(call, candidate, client):
    ask_for_code(client, candidate.email)
    with everything("a test looks"):
        waiting = Message.objects.get(kind="login_code")
    code = code_for(candidate.email)
    assert waiting.body
    assert code not in waiting.body
    assert code not in waiting.subject
    with everything("a test looks"):
        delivered = Message.objects.get(pk=waiting.pk)
    assert (delivered.body, delivered.job) == ("", "done")


def test_the_letter_comes_in_the_language_of_the_page(call):
    client = Client()
    client.post("/lv/sign-in/", {"email": "jauna@example.org"})
    assert User.objects.get(email="jauna@example.org").language == "lv"
    with everything("a test looks"):
        assert Message.objects.get().language == "lv"


def test_signing_out_is_a_post_and_ends_the_session(call, candidate):
    client = sign_in_by_code(candidate.email)
    client.get("/en/sign-out/")
    assert is_signed_in(client)
    client.post("/en/sign-out/")
    assert not is_signed_in(client)
    assert not Session.objects.filter(session_data__contains="_auth_user_id").exists()


def test_a_signed_in_session_gets_a_new_key(call, candidate, client):
    ask_for_code(client, candidate.email)
    before = client.cookies["session"].value
    client.post(CODE, {"code": code_for(candidate.email)})
    assert client.cookies["session"].value != before


def test_what_was_said_at_the_doors_survives_signing_in(call, candidate, client, cult):
    data = {"network": cult.pk} | dict.fromkeys(call.eligibility.values_list("key", flat=True), "yes")
    client.post(f"/en/calls/{call.slug}/apply/", data)
    sign_in_by_code(candidate.email, client)
    assert client.post(f"/en/calls/{call.slug}/apply/start/")["Location"].startswith("/en/applications/")


def test_a_fresh_sign_in_is_asked_for_after_twenty_minutes(call, candidate, during_call):
    client = sign_in_by_code(candidate.email)
    assert client.get("/en/account/address/").status_code == 200
    during_call.shift(timedelta(minutes=20, seconds=1))
    answer = client.get("/en/account/address/")
    assert answer["Location"] == "/en/sign-in/again/?next=%2Fen%2Faccount%2Faddress%2F"


def test_signing_in_again_leads_back_and_proves_it_anew(call, candidate, during_call):
    client = sign_in_by_code(candidate.email)
    during_call.shift(timedelta(hours=1))
    answer = client.post("/en/sign-in/again/", {"next": "/en/account/address/"})
    assert answer["Location"] == "/en/sign-in/?next=%2Fen%2Faccount%2Faddress%2F"
    sign_in_by_code(candidate.email, client)
    assert client.get("/en/account/address/").status_code == 200


def test_looking_at_the_page_of_signing_in_again_ends_nothing(call, candidate):
    client = sign_in_by_code(candidate.email)
    client.get("/en/sign-in/again/?next=/en/account/")
    assert is_signed_in(client)


def test_a_person_has_no_usable_password(call, candidate):
    assert not candidate.has_usable_password()
    assert not User.objects.known_by("b@example.org").has_usable_password()
    client = Client()
    client.post(DOOR, {"email": candidate.email, "login": candidate.email, "password": ""})
    assert not is_signed_in(client)


def test_addresses_that_were_never_used_are_forgotten_after_a_week(call, candidate, coordinator, during_call):
    ask_for_code(Client(), "once@example.org")
    sign_in_by_code(candidate.email)
    during_call.shift(timedelta(days=6))
    assert forget_unused_addresses() == 0
    during_call.shift(timedelta(days=2))
    assert forget_unused_addresses() == 1
    assert set(User.objects.values_list("email", flat=True)) == {candidate.email, coordinator.email}


def test_forgetting_addresses_spares_who_applied_or_holds_a_role(call, draft, lead, during_call):
    during_call.shift(timedelta(days=30))
    forget_unused_addresses()
    assert User.objects.filter(pk__in=[draft.person.pk, lead.pk]).count() == 2


def test_the_account_page_takes_a_name_and_a_language_and_nothing_else(call, as_, candidate):
    other = factories.UserFactory()
    data = {"name": " Inga  K ", "language": "de", "email": other.email, "is_active": "", "roles": "coordinator", "sessions_since": "5"}
    assert as_(candidate).post("/en/account/", data).status_code == 302
    candidate.refresh_from_db()
    assert (candidate.name, candidate.language, candidate.is_active, candidate.sessions_since) == ("Inga K", "de", True, 0)
    assert candidate.email != other.email
