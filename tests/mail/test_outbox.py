"""Letters are rows of the deciding transaction; each leaves once, or waits for a person."""

import smtplib
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation

from applications import services as applying
from fulcrum.audit.models import Entry
from fulcrum.guard.privacy import decrypt
from fulcrum.guard.querysets import everything
from fulcrum.mail.models import Letter, Message
from fulcrum.mail.services import NotTroubled, build, deliver, deliver_due, send_again, write
from fulcrum.people.models import User
from fulcrum.work.models import Job
from fulcrum.work.services import sweep
from tests import factories


class Smtp(BaseEmailBackend):
    """A mail server in this process: takes letters, or answers with what it was told to."""

    sent: list = []
    trouble: Exception | None = None
    closed: Exception | None = None
    parting: Exception | None = None

    def open(self):
        if Smtp.closed:
            raise Smtp.closed

    def close(self):
        if Smtp.parting:
            raise Smtp.parting

    def send_messages(self, messages):
        if Smtp.trouble:
            raise Smtp.trouble
        Smtp.sent += messages
        return len(messages)


@pytest.fixture
def smtp(settings):
    settings.EMAIL_BACKEND = f"{__name__}.Smtp"
    Smtp.sent, Smtp.trouble, Smtp.closed, Smtp.parting = [], None, None, None
    return Smtp


def letter(call, key="one", **words):
    """A letter of the call to somebody."""
    person = User.objects.known_by("reader@example.org", name="Reader", language="en")
    return write("second_factor_reset", key=key, address=person.email, language="en", person=person, call=call, by=person, **{"reason": "x"} | words)


def state_of(message):
    with everything("a test looks"):
        return Message.objects.get(pk=message.pk)


# Writing


def test_a_letter_with_a_key_that_was_used_is_not_written_again(call):
    assert letter(call, key="same")
    assert letter(call, key="same") is None
    with everything("a test looks"):
        assert Message.objects.count() == 1


def test_a_letter_that_was_written_already_does_not_break_the_deciding_transaction(call):
    letter(call, key="same")
    with transaction.atomic():
        letter(call, key="same")
        assert letter(call, key="other")


def test_a_letter_is_taken_back_with_what_was_decided(call):
    @transaction.atomic
    def decide():
        letter(call)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        decide()
    with everything("a test looks"):
        assert not Message.objects.exists()


@pytest.mark.parametrize("bad", ["a\nBcc: evil@example.org", "a\r\nBcc: evil@example.org", "a\x0bb\u2028Bcc: evil@example.org"])
def test_no_word_in_a_subject_makes_a_header(call, candidate, smtp, bad):
    call.short_name = bad
    message = write("role_given", key="k", address="a@example.org", language="en", person=candidate, call=call, role=None, network=None)
    assert len(message.subject.splitlines()) == 1
    deliver(message.pk)
    sent = message_from_bytes(smtp.sent[0].message().as_bytes(), policy=policy.default)
    assert sent["Bcc"] is None
    assert sent["To"] == "a@example.org"
    assert smtp.sent[0].recipients() == ["a@example.org"]


def test_a_subject_fits_its_column(call, candidate):
    call.short_name = "long " * 100
    assert (
        len(write("role_given", key="k", address="a@example.org", language="en", person=candidate, call=call, role=None, network=None).subject) <= 200
    )


def test_a_secret_letter_is_encrypted_until_it_leaves_and_wiped_then(call, smtp):
    message = write("login_code", key="k", address="a@example.org", language="en", secret=True, code="ABCD-EFGH")
    assert "ABCD" not in message.body
    assert "ABCD-EFGH" in decrypt(message.body)
    deliver(message.pk)
    assert "ABCD-EFGH" in smtp.sent[0].body
    assert state_of(message).body == ""


# Delivering


def test_a_letter_is_delivered_once_however_often_it_is_asked_for(call, smtp):
    message = letter(call)
    for _time in range(3):
        deliver(message.pk)
    deliver_due()
    assert len(smtp.sent) == 1
    now = state_of(message)
    assert (now.job, now.sent_at, now.trouble, now.lease) == (Job.DONE, timezone.now(), "", None)


def test_the_sweep_finds_what_nobody_was_woken_for(call, smtp):
    letter(call, key="one")
    letter(call, key="two")
    sweep()
    assert len(smtp.sent) == 2


def test_a_letter_has_text_and_html_and_says_that_it_is_automatic(call, smtp, settings):
    message = letter(call)
    deliver(message.pk)
    (sent,) = smtp.sent
    assert sent.from_email == settings.DEFAULT_FROM_EMAIL
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"
    assert [kind for _content, kind in sent.alternatives] == ["text/html"]
    assert "<script" not in sent.alternatives[0][0]


def test_a_letter_keeps_its_message_id_at_every_try(call, smtp):
    message = letter(call)
    assert build(message).extra_headers["Message-ID"] == build(state_of(message)).extra_headers["Message-ID"]
    assert build(message).extra_headers["Message-ID"] != build(letter(call, key="other")).extra_headers["Message-ID"]


@pytest.mark.parametrize(
    "trouble",
    [
        smtplib.SMTPRecipientsRefused({"reader@example.org": (550, b"no such user")}),
        smtplib.SMTPSenderRefused(553, b"no", "fulcrum@localhost"),
        smtplib.SMTPDataError(554, b"looks like spam"),
    ],
)
def test_a_refused_letter_has_failed_and_is_not_tried_again(call, smtp, during_call, trouble):
    message = letter(call)
    smtp.trouble = trouble
    deliver(message.pk)
    now = state_of(message)
    assert now.job == Job.FAILED
    assert "reader@example.org" not in now.trouble
    smtp.trouble = None
    during_call.shift(timedelta(days=2))
    deliver_due()
    assert smtp.sent == []


@pytest.mark.parametrize("trouble", [smtplib.SMTPDataError(451, b"greylisted"), smtplib.SMTPHeloError(421, b"busy"), ValueError("something else")])
def test_a_passing_trouble_puts_a_letter_off_and_it_goes_out_later(call, smtp, during_call, trouble):
    message = letter(call)
    smtp.trouble = trouble
    deliver(message.pk)
    assert state_of(message).job == Job.WAITING
    assert state_of(message).due_at > timezone.now()
    smtp.trouble = None
    deliver(message.pk)
    assert smtp.sent == []
    during_call.shift(timedelta(minutes=1))
    deliver_due()
    assert len(smtp.sent) == 1


def test_a_recipient_that_is_put_off_for_now_is_tried_later(call, smtp):
    message = letter(call)
    smtp.trouble = smtplib.SMTPRecipientsRefused({"reader@example.org": (450, b"greylisted, come back in five minutes")})
    deliver(message.pk)
    assert state_of(message).job == Job.WAITING


@pytest.mark.parametrize("trouble", [ConnectionRefusedError(), TimeoutError(), smtplib.SMTPConnectError(421, b"busy"), OSError("no route")])
def test_a_server_that_does_not_answer_leaves_the_letter_waiting(call, smtp, trouble):
    message = letter(call)
    smtp.closed = trouble
    deliver(message.pk)
    assert state_of(message).job == Job.WAITING


def test_tries_come_later_each_time_up_to_an_hour_and_end_after_days(call, smtp, during_call):
    message = letter(call)
    smtp.closed = ConnectionRefusedError()
    waits = []
    for _try in range(Message.MAX_ATTEMPTS):
        before = timezone.now()
        deliver(message.pk)
        waits.append((state_of(message).due_at - before).total_seconds())
        during_call.move_to(state_of(message).due_at + timedelta(seconds=1))
    assert waits[:6] == [15, 60, 240, 960, 3600, 3600]
    assert sum(waits[:-1]) > 2 * 24 * 3600
    assert state_of(message).job == Job.FAILED


@pytest.mark.parametrize("trouble", [smtplib.SMTPServerDisconnected("cut"), ConnectionResetError(), TimeoutError(), BrokenPipeError()])
def test_a_letter_that_was_cut_is_uncertain_and_never_leaves_again_by_itself(call, smtp, during_call, trouble):
    message = letter(call)
    smtp.trouble = trouble
    deliver(message.pk)
    assert state_of(message).job == Job.UNCERTAIN
    smtp.trouble = None
    during_call.shift(timedelta(days=30))
    deliver_due()
    deliver(message.pk)
    assert smtp.sent == []


def test_a_server_that_hangs_up_without_a_goodbye_has_taken_the_letter(call, smtp):
    first, second = letter(call, key="one"), letter(call, key="two")
    smtp.parting = TimeoutError()
    deliver_due()
    assert [state_of(message).job for message in (first, second)] == [Job.DONE, Job.DONE]


def leased_by_a_worker_that_died(message):
    with everything("a test looks"):
        assert Message.objects.lease(message.pk)


def test_a_letter_in_the_hands_of_a_worker_is_left_alone(call, smtp):
    message = letter(call)
    leased_by_a_worker_that_died(message)
    deliver(message.pk)
    assert smtp.sent == []


def test_a_letter_whose_worker_died_is_uncertain_where_sending_twice_makes_two(call, smtp, during_call):
    message = letter(call)
    leased_by_a_worker_that_died(message)
    during_call.shift(timedelta(minutes=5))
    deliver_due()
    assert (state_of(message).job, smtp.sent) == (Job.UNCERTAIN, [])


def test_a_letter_whose_worker_died_is_delivered_once_to_the_local_mailbox(call, during_call):
    message = letter(call)
    leased_by_a_worker_that_died(message)
    during_call.shift(timedelta(minutes=5))
    deliver_due()
    assert (state_of(message).job, Letter.objects.count()) == (Job.DONE, 1)


def test_the_local_mailbox_takes_the_same_letter_once(call, during_call):
    message = letter(call)
    deliver(message.pk)
    with everything("a test looks"):  # as if the worker had died after delivering
        Message.objects.filter(pk=message.pk).update(job=Job.LEASED, sent_at=None, leased_until=timezone.now())
    during_call.shift(timedelta(minutes=5))
    deliver_due()
    assert Letter.objects.count() == 1


def test_a_worker_whose_lease_ran_out_does_not_overwrite_what_came_after(call, smtp):
    message = letter(call)
    with everything("a test looks"):
        held = Message.objects.lease(message.pk)
        Message.objects.filter(pk=message.pk).update(job=Job.UNCERTAIN, lease=None)
    assert not held.finish(sent_at=timezone.now())
    assert state_of(message).job == Job.UNCERTAIN


def test_one_letter_in_trouble_stops_no_other(call, smtp):
    broken = letter(call, key="broken")
    with everything("a test looks"):
        Message.objects.filter(pk=broken.pk).update(secret=True, body="not encrypted at all")
    letter(call, key="fine")
    deliver_due()
    assert len(smtp.sent) == 1
    assert state_of(broken).job == Job.WAITING


# A person decides


@pytest.fixture
def uncertain(call, smtp):
    message = letter(call)
    smtp.trouble = TimeoutError()
    deliver(message.pk)
    smtp.trouble = None
    return message


def test_a_coordinator_sends_an_uncertain_letter_again_on_record(uncertain, as_, coordinator, smtp):
    assert as_(coordinator).post(reverse("send_again", args=[uncertain.pk])).status_code == 302
    deliver_due()
    assert len(smtp.sent) == 1
    entry = Entry.objects.get(act="letter sent again")
    assert (entry.by, entry.subject) == (coordinator, f"mail.message {uncertain.pk}")


def test_sending_again_twice_makes_one_letter_and_one_entry(uncertain, as_, coordinator, smtp):
    client = as_(coordinator)
    for _time in range(3):
        client.post(reverse("send_again", args=[uncertain.pk]))
    deliver_due()
    client.post(reverse("send_again", args=[uncertain.pk]))
    deliver_due()
    assert (len(smtp.sent), Entry.objects.filter(act="letter sent again").count()) == (1, 1)


def test_a_letter_that_is_delivered_or_on_its_way_is_not_sent_again(call, smtp, coordinator):
    waits, done = letter(call, key="waits"), letter(call, key="done")
    deliver(done.pk)
    for message in (waits, done):
        with pytest.raises(NotTroubled):
            send_again(message, by=coordinator)


def test_the_outbox_shows_all_letters_or_those_in_trouble(uncertain, call, as_, coordinator, smtp):
    deliver(write("login_code", key="k", address="fine@example.org", language="en", secret=True, code="ABCD-EFGH").pk)
    client = as_(coordinator)
    everything_ = client.get("/en/work/letters/").content.decode()
    troubled = client.get("/en/work/letters/?show=troubled").content.decode()
    assert "fine@example.org" in everything_
    assert "reader@example.org" in everything_
    assert "fine@example.org" not in troubled
    assert "reader@example.org" in troubled


@pytest.mark.parametrize("query", ["?page=999", "?page=x", "?show=nothing", "?page=-1", "?show=troubled&page=2"])
def test_the_outbox_takes_whatever_stands_in_its_address(call, as_, coordinator, query):
    assert as_(coordinator).get(f"/en/work/letters/{query}").status_code == 200


def test_the_outbox_shows_no_content_of_letters(call, as_, coordinator):
    letter(call, reason="a very private reason")
    assert "very private" not in as_(coordinator).get("/en/work/letters/").content.decode()


# What stands in them

CO_FUNDED = "Co-funded by the European Union"


@pytest.mark.parametrize("language", ["en", "nl", "fr", "de", "it", "et", "lv"])
def test_a_letter_in_each_language_carries_the_line_of_co_funding(call, smtp, language):
    message = write("login_code", key="k", address="a@example.org", language=language, secret=True, code="ABCD-EFGH")
    deliver(message.pk)
    (sent,) = smtp.sent
    with translation.override(language):
        line = translation.gettext(CO_FUNDED)
    assert (line != CO_FUNDED) == (language != "en")
    assert line in sent.body
    assert line in sent.alternatives[0][0]
    assert f'lang="{language}"' in sent.alternatives[0][0]


@pytest.mark.parametrize("language", ["en", "nl", "fr", "de", "it", "et", "lv"])
def test_the_receipt_in_each_language_names_deadline_hour_and_zone(complete, language, smtp):
    with everything("a test looks"):
        type(complete).objects.update(language=language)
    complete.refresh_from_db()
    applying.send(complete, by=complete.person)
    deliver_due()
    (sent,) = smtp.sent
    assert complete.reference in sent.subject
    assert "23:59" in sent.body
    assert f"/{language}/applications/{complete.reference}/" in sent.body


def test_links_in_letters_come_from_the_setting_and_not_from_the_request(call, client, smtp, settings):
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://call.example.org", ["*"]
    candidate = factories.UserFactory()
    factories.sign_in(client, candidate)
    client.post("/en/account/address/", {"email": "new@example.org"}, headers={"host": "evil.example"})
    deliver_due()
    assert "https://call.example.org/en/account/address/" in smtp.sent[0].body
    assert "evil.example" not in smtp.sent[0].body + smtp.sent[0].alternatives[0][0]


def test_what_a_candidate_typed_makes_no_link_in_a_letter(complete, smtp):
    person = complete.person
    applying.save_page(
        complete, values={"name": "[Click](https://evil.example)", "mandate": "<https://evil.example> ![x](https://evil.example/p.png)"}, by=person
    )
    applying.send(complete, by=person)
    deliver_due()
    html = smtp.sent[0].alternatives[0][0]
    assert 'href="https://evil' not in html
    assert 'src="https://evil' not in html
