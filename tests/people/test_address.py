"""Changing an address: asked for on the page, proved from the new mailbox, told to the old one."""

import re
from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client

from fulcrum.audit.models import Entry
from fulcrum.guard.querysets import everything
from fulcrum.mail.models import Message
from fulcrum.people.models import User
from tests import factories
from tests.people.conftest import code_for, is_signed_in, letters_to, sign_in_by_code

PAGE, NEW = "/en/account/address/", "new@example.org"


@pytest.fixture
def there(call, candidate):
    """The candidate, signed in by a code."""
    return sign_in_by_code(candidate.email)


def link_for(address=NEW):
    """The path of the link in the newest letter."""
    return re.search(r"http://localhost:8000(/\w\w/account/address/[\w.:\-]+/)", letters_to(address)[0].text)[1]


def test_an_address_changes_once_its_link_is_followed_and_confirmed(there, candidate):
    former = candidate.email
    assert there.post(PAGE, {"email": "New@Example.org"}).status_code == 200
    assert User.objects.get(pk=candidate.pk).email == former
    link = link_for()
    assert NEW in Client().get(link).content.decode()
    assert User.objects.get(pk=candidate.pk).email == former
    assert Client().post(link).status_code == 302
    assert User.objects.get(pk=candidate.pk).email == NEW


def test_the_change_ends_every_session_is_told_to_the_former_address_and_is_on_record(there, candidate):
    elsewhere = factories.sign_in(Client(), candidate)
    there.post(PAGE, {"email": NEW})
    Client().post(link_for())
    assert not is_signed_in(there)
    assert not is_signed_in(elsewhere)
    letter = letters_to(candidate.email)[0]
    with everything("a test looks"):
        assert Message.objects.get(kind="address_changed").address == candidate.email
    assert letter.to == candidate.email
    entry = Entry.objects.get(act="address changed")
    assert (entry.by, entry.subject, entry.fields) == (candidate, f"people.user {candidate.pk}", ["email"])
    assert NEW not in str(entry.__dict__)


def test_the_person_signs_in_with_the_new_address_and_the_former_one_is_somebody_new(there, candidate):
    there.post(PAGE, {"email": NEW})
    Client().post(link_for())
    assert "Inga" in sign_in_by_code(NEW).get("/en/account/").content.decode()
    assert "Inga" not in sign_in_by_code(candidate.email).get("/en/account/").content.decode()


def test_looking_at_the_link_changes_nothing_however_often(there, candidate):
    there.post(PAGE, {"email": NEW})
    link = link_for()
    for _look in range(3):
        assert Client().get(link).status_code == 200
        assert Client().head(link).status_code == 200
    assert User.objects.get(pk=candidate.pk).email == candidate.email


def test_a_link_that_was_used_is_over(there, candidate):
    there.post(PAGE, {"email": NEW})
    link = link_for()
    Client().post(link)
    assert Client().get(link).status_code == 404
    assert Client().post(link).status_code == 404


def test_a_link_is_over_after_an_hour(there, candidate, during_call):
    there.post(PAGE, {"email": NEW})
    link = link_for()
    during_call.shift(timedelta(minutes=59))
    assert Client().get(link).status_code == 200
    during_call.shift(timedelta(minutes=2))
    assert Client().post(link).status_code == 404
    assert User.objects.get(pk=candidate.pk).email == candidate.email


def test_a_second_link_of_before_a_change_is_over_too(there, candidate):
    there.post(PAGE, {"email": "first@example.org"})
    there.post(PAGE, {"email": NEW})
    first, second = link_for("first@example.org"), link_for()
    Client().post(first)
    assert Client().post(second).status_code == 404
    assert User.objects.get(pk=candidate.pk).email == "first@example.org"


@pytest.mark.parametrize("change", [lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"), lambda token: "x" + token, lambda token: "x"])
def test_a_forged_link_is_over(there, candidate, change):
    token = signing.dumps([candidate.pk, candidate.email, NEW], salt="address")
    assert Client().post(f"{PAGE}{change(token)}/").status_code == 404


def test_what_was_signed_for_something_else_is_no_link(candidate):
    token = signing.dumps([candidate.pk, candidate.email, NEW], salt="another purpose")
    assert Client().post(f"{PAGE}{token}/").status_code == 404


def test_the_page_does_not_tell_whether_an_address_is_taken(there, candidate, coordinator):
    there.get(PAGE)  # the greeting after signing in is read
    free, taken = (there.post(PAGE, {"email": address}) for address in ("free-one@example.org", coordinator.email))
    pages = [
        re.sub(r"\b[A-Za-z0-9]{64}\b", "", answer.content.decode()).replace(address, "ADDRESS")
        for answer, address in ((free, "free-one@example.org"), (taken, coordinator.email))
    ]
    assert free.status_code == taken.status_code == 200
    assert pages[0] == pages[1]


def test_whoever_has_the_address_already_gets_a_letter_without_a_link(there, candidate, coordinator):
    there.post(PAGE, {"email": coordinator.email})
    letter = letters_to(coordinator.email)[0]
    assert "account/address" not in letter.text + letter.html
    assert candidate.email not in letter.text


def test_an_address_that_was_taken_meanwhile_is_not_taken_twice(there, candidate):
    there.post(PAGE, {"email": NEW})
    link = link_for()
    factories.UserFactory(email=NEW)
    assert Client().post(link).status_code == 409
    assert User.objects.get(pk=candidate.pk).email == candidate.email


def test_the_link_is_encrypted_in_the_outbox_and_wiped_once_delivered(there):
    there.post(PAGE, {"email": NEW})
    with everything("a test looks"):
        waiting = Message.objects.get(kind="address_confirm")
        assert "account/address" not in waiting.body
    letters_to(NEW)
    with everything("a test looks"):
        assert Message.objects.get(pk=waiting.pk).body == ""


def test_an_address_is_changed_only_after_a_fresh_sign_in(call, as_, candidate):
    client = as_(candidate, fresh=False)
    assert client.post(PAGE, {"email": NEW})["Location"].startswith("/en/sign-in/again/")
    assert letters_to(NEW) == []


@pytest.mark.parametrize("address", ["", "nobody", "a@example.org\nBcc: b@example.org", "x" * 250 + "@example.org"])
def test_what_is_no_address_is_refused(there, address):
    assert there.post(PAGE, {"email": address}).status_code == 422


def test_a_code_that_was_asked_for_before_the_change_lets_nobody_in_by_the_former_address(there, candidate):
    waiting = Client()
    waiting.post("/en/sign-in/", {"email": candidate.email})
    code = code_for(candidate.email)
    there.post(PAGE, {"email": NEW})
    Client().post(link_for())
    waiting.post("/en/sign-in/code/", {"code": code})
    assert not is_signed_in(waiting)


def test_somebody_signed_in_can_not_send_letters_to_any_number_of_addresses(there):
    for number in range(30):
        there.post(PAGE, {"email": f"victim{number}@example.org"})
    with everything("a test looks"):
        assert Message.objects.filter(kind="address_confirm").count() < 30
