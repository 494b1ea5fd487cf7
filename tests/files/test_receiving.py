"""Taking a recording in: what is a recording is kept, what is none is refused in a sentence."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.db import transaction
from django.test import Client
from django.utils.translation import override

from applications.answers.models import Channel
from applications.answers.services import write_answer
from applications.application import Application
from applications.deadlines.services import extend_for
from applications.recordings.services import record_answer, remove_recording, stray_recordings
from applications.services import send as send_application
from applications.services import withdraw
from fulcrum.audit.models import Entry
from fulcrum.files.models import StoredFile
from fulcrum.files.services import check_due, lost_files
from fulcrum.mail.models import Message
from fulcrum.work.models import Job
from tests import factories
from tests.applications.reading import words
from tests.files.conftest import Body, multipart

NONE = "This is no recording that we can open. Save it as MP4, MOV, WebM, MP3, M4A, OGG or WAV and upload it again."
BROKEN = "The recording breaks off or is damaged. Open it on your device first, and upload it again."


@pytest.mark.parametrize("kind", ["m4a", "wav", "ogg", "webm", "mp3", "flac"])
def test_a_spoken_answer_is_kept_checked_and_counts(send, good, stored, answer, kind):
    assert send(good[kind], f"mana.{kind}").status_code == 302
    assert answer().channel == Channel.AUDIO
    assert answer().is_given
    assert stored().path.read_bytes() == good[kind]
    check_due()
    assert stored().passed
    assert stored().duration == "0:02"
    assert stored().media_type.startswith("audio/")


@pytest.mark.parametrize("kind", ["mp4", "film.webm"])
def test_a_filmed_answer_is_kept_checked_and_counts(send, good, stored, answer, kind):
    assert send(good[kind], kind, channel="video").status_code == 302
    check_due()
    assert stored().passed
    assert stored().media_type == f"video/{kind.rpartition('.')[2]}"
    assert answer().is_given


def test_the_page_says_that_a_recording_arrived_and_is_being_checked(send, good, address):
    send(good["m4a"])
    shown = words(send.window.get(address().replace("audio/upload/", "?channel=audio")))
    assert "Your recording has arrived and is kept" in shown
    assert "It has arrived and counts. We are checking that it plays." in shown
    assert "mana.m4a" in shown


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("playlist.mp4", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", NONE),
        ("playlist.mp4", b"\n\n  #EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/\n", NONE),
        ("list.mp4", b"ffconcat version 1.0\nfile /etc/passwd\n", NONE),
        ("page.mp4", b"<!doctype html><script>alert(1)</script>", NONE),
        ("picture.mp4", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', NONE),
        ("page.mp4", b"\xef\xbb\xbf<html>", NONE),
        ("empty.mp4", b"", "The file is empty. Open it on your device first, and choose it again."),
        ("paper.mp4", b"%PDF-1.7 ", NONE),
        ("papers.mp4", b"PK\x03\x04 ", NONE),
    ],
)
@pytest.mark.parametrize("channel", ["audio", "video"])
def test_what_is_no_recording_is_refused_at_once_in_a_sentence(send, name, content, sentence, channel, unguarded, on_disk):
    response = send(content, name, channel=channel)
    assert response.status_code == 422
    assert sentence in words(response)
    assert not StoredFile.objects.exists()
    assert on_disk() == []


@pytest.mark.parametrize("name", ["page.html", "picture.svg", "program.exe", "film.mp4.html", "film", "", ".", "film.mp4 "])
def test_a_name_that_no_recording_has_is_refused(send, good, name, unguarded):
    assert send(good["mp4"], name).status_code == 422
    assert not StoredFile.objects.exists()


def test_a_form_without_a_file_asks_for_one(draft, address):
    window = factories.sign_in(Client(), draft.person)
    response = window.post(address(), {"csrfmiddlewaretoken": "-"})
    assert response.status_code == 422
    assert "Choose a file first" in words(response)


@pytest.mark.parametrize(
    ("what", "channel", "sentence"),
    [
        ("cut", "video", NONE),
        ("cut in the middle", "video", BROKEN),
        ("mute", "video", "There is no sound in the file. Check the microphone, record again and upload it."),
        ("giant", "video", "The picture or the length of the recording is more than we can take. Record it again in a smaller format."),
        ("random", "audio", NONE),
        ("random", "video", NONE),
        ("headless", "video", NONE),
    ],
)
def test_what_cannot_be_played_is_refused_after_the_check_in_a_sentence(send, bad, stored, answer, address, what, channel, sentence):
    assert send(bad[what], "film.mp4", channel=channel).status_code == 302
    check_due()
    assert stored().refused
    assert not answer().is_given
    page = address(channel=channel).replace(f"{channel}/upload/", f"?channel={channel}")
    shown = words(send.window.get(page))
    assert sentence in shown
    assert "We are checking" not in shown


def test_sound_alone_is_no_film(send, good, stored, address):
    send(good["m4a"], channel="video")
    check_due()
    assert stored().refusal == StoredFile.Refusal.NO_PICTURE
    assert "Upload it under Speak, or film again" in words(send.window.get(address().replace("audio/upload/", "?channel=video")))


def test_a_refused_recording_is_told_once_by_letter(send, bad, stored, draft, unguarded):
    send(bad["random"])
    check_due()
    StoredFile.objects.update(job=Job.WAITING)
    check_due()
    letter = Message.objects.get(kind="recording_refused")
    assert letter.person == draft.person
    assert "mana" in letter.body
    with override(letter.language):
        assert str(stored().get_refusal_display()) in letter.body


def test_a_refused_recording_is_a_task_again(send, bad, draft):
    send(bad["random"])
    check_due()
    shown = words(send.window.get(f"/en/applications/{draft.reference}/"))
    assert "The recording could not be opened" in shown


# One after the other


def test_a_new_recording_replaces_the_old_whose_bytes_go_with_the_commit(send, good, stored, on_disk, django_capture_on_commit_callbacks):
    send(good["m4a"])
    old = stored().path
    with django_capture_on_commit_callbacks() as callbacks:
        send(good["ogg"], "mana.ogg")
    assert old.exists()  # the transaction may still be rolled back
    assert stored().path != old
    for callback in callbacks:
        callback()
    assert on_disk() == [stored().path]
    assert lost_files() == []


def test_a_removed_recording_leaves_nothing_behind(send, good, address, answer, on_disk, unguarded, django_capture_on_commit_callbacks):
    send(good["m4a"])
    with django_capture_on_commit_callbacks(execute=True):
        send.window.post(address("remove"), {"csrfmiddlewaretoken": send.window.cookies["csrf"].value})
    assert on_disk() == []
    assert not StoredFile.objects.exists()
    assert answer().channel == Channel.TEXT
    assert stray_recordings() == []


def test_a_change_that_is_rolled_back_keeps_the_old_bytes(draft, send, good, stored, motivation):
    send(good["m4a"])

    @transaction.atomic
    def begin_to_remove():
        remove_recording(draft, question=motivation, by=draft.person)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        begin_to_remove()
    assert stored().path.exists()
    assert lost_files() == []


def test_a_text_stays_beside_a_recording_and_counts_when_it_is_removed(draft, send, good, answer, motivation):
    write_answer(draft, question=motivation, text="Rakstīts.", seen=None, language="lv", by=draft.person)
    send(good["m4a"])
    assert (answer().channel, answer().text) == (Channel.AUDIO, "Rakstīts.")
    remove_recording(draft, question=motivation, by=draft.person)
    assert (answer().channel, answer().text, answer().is_given) == (Channel.TEXT, "Rakstīts.", True)


def test_a_text_written_after_a_recording_counts_and_the_recording_is_kept(draft, send, good, answer, stored, motivation):
    send(good["m4a"])
    write_answer(draft, question=motivation, text="Rakstīts.", seen=None, language="lv", by=draft.person)
    assert answer().channel == Channel.TEXT
    assert stored().path.exists()


def test_a_recording_of_one_kind_is_no_answer_of_the_other(send, good, address, stored):
    send(good["mp4"], "film.mp4", channel="video")
    assert "Replace it with another file" not in words(send.window.get(address().replace("audio/upload/", "?channel=audio")))


# Sent


@pytest.fixture
def sent_with_recording(draft, good, send):
    """A sent application whose motivation was spoken."""
    factories.fill(draft)
    send(good["m4a"])
    with_text = draft.answers.model.objects.of(draft).get(question__key="motivation")
    with_text.text = ""
    with_text.save()
    return send_application(draft, by=draft.person)


def test_the_recording_of_a_required_answer_cannot_be_removed_once_sent(sent_with_recording, send, address, stored):
    response = send.window.post(address("remove"), {"csrfmiddlewaretoken": send.window.cookies["csrf"].value}, follow=True)
    assert "This answer is needed. Replace the recording, or write an answer first." in words(response)
    assert stored().path.exists()


def test_nor_when_the_text_below_it_is_too_long(sent_with_recording, send, address, stored, answer):
    below = answer()
    below.text = "vārds " * 301
    below.save()
    send.window.post(address("remove"), {"csrfmiddlewaretoken": send.window.cookies["csrf"].value})
    assert stored().path.exists()


def test_the_recording_of_an_optional_answer_can_be_removed_once_sent(sent_with_recording, send, good, address, unguarded):
    send(good["ogg"], "mana.ogg", key="chances")
    send.window.post(address("remove", key="chances"), {"csrfmiddlewaretoken": send.window.cookies["csrf"].value})
    assert StoredFile.objects.count() == 1


def test_a_recording_can_be_replaced_once_sent_and_that_is_on_record(sent_with_recording, send, good, stored):
    before = stored().pk
    assert send(good["ogg"], "mana.ogg").status_code == 302
    assert stored().pk != before
    assert Entry.objects.filter(act="application changed").latest("number").fields == ["answer motivation"]


def test_two_recordings_refused_after_sending_can_be_replaced_one_after_the_other(sent_with_recording, send, good, bad, draft, stored):
    for key in ("motivation", "position"):
        send(bad["random"], key=key)
    check_due()
    for key in ("motivation", "position"):
        assert send(good["m4a"], key=key).status_code == 302
    check_due()
    assert stored("motivation").passed
    assert stored("position").passed


# In time


def test_an_upload_that_began_before_the_deadline_counts_when_it_ends_after_it(send, good, call, during_call, answer):
    during_call.move_to(call.deadline - timedelta(hours=1))
    Session.objects.update(expire_date=call.ends_at)
    response = send(good["m4a"], act=lambda: during_call.move_to(call.deadline + timedelta(minutes=10)))
    assert response.status_code == 302
    assert not call.is_open
    assert answer().is_given


def test_an_upload_that_begins_with_the_deadline_is_too_late(send, good, call, during_call, unguarded, on_disk):
    during_call.move_to(call.deadline)
    Session.objects.update(expire_date=call.ends_at)
    assert send(good["m4a"]).status_code == 409
    assert not StoredFile.objects.exists()
    assert on_disk() == []


def test_a_verb_takes_the_beginning_and_not_the_end(draft, call, during_call, motivation, good, upload_of, answer):
    began = call.deadline - timedelta(seconds=1)
    during_call.move_to(call.deadline + timedelta(hours=2))
    record_answer(draft, question=motivation, channel=Channel.AUDIO, upload=upload_of(good["m4a"]), began=began, language="lv", by=draft.person)
    assert answer().is_given


def test_more_time_of_ones_own_holds_for_uploads_that_begin_before_its_end(send, good, call, alcc, draft, lead, during_call, answer):
    until = call.deadline + timedelta(hours=2)
    extend_for(call, draft.person, network=alcc, until=until, reason="So.", by=lead)
    Session.objects.update(expire_date=call.ends_at)
    during_call.move_to(until)
    assert send(good["m4a"]).status_code == 409
    during_call.move_to(until - timedelta(seconds=1))
    assert send(good["m4a"], act=lambda: during_call.move_to(until + timedelta(minutes=10))).status_code == 302
    assert answer().is_given


# Whose, and how much


def test_nobody_else_uploads_to_an_application(draft, good, address, unguarded):
    window = factories.sign_in(Client(), factories.UserFactory())
    data, content_type = multipart("mana.m4a", good["m4a"])
    assert window.generic("POST", address(), data, content_type).status_code == 404
    assert not StoredFile.objects.exists()


def test_an_upload_without_the_token_of_the_page_is_refused(draft, good, address, unguarded):
    window = factories.sign_in(Client(enforce_csrf_checks=True), draft.person)
    data, content_type = multipart("mana.m4a", good["m4a"])
    assert window.generic("POST", address(), data, content_type).status_code == 403
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize("channel", ["text", "film", "a" * 50])
def test_a_channel_that_is_none_is_not_found(send, good, address, channel):
    assert send(good["m4a"], channel=channel).status_code == 404


def test_the_room_of_one_person_is_limited(send, good, settings, unguarded, on_disk):
    settings.UPLOAD_QUOTA_BYTES = len(good["m4a"]) + 100
    assert send(good["m4a"]).status_code == 302
    response = send(good["m4a"], key="position")
    assert response.status_code == 422
    assert "Your recordings take all the room we have for one person. Remove one first." in words(response)
    assert StoredFile.objects.count() == 1
    assert len(on_disk()) == 1


def test_the_room_of_one_person_is_not_taken_by_another(send, good, settings, call, alcc, upload_of, motivation, unguarded):
    settings.UPLOAD_QUOTA_BYTES = len(good["m4a"]) + 100
    other = factories.draft(call=call, network=alcc)
    record_answer(
        other, question=motivation, channel=Channel.AUDIO, upload=upload_of(good["m4a"]), began=other.started_at, language="lv", by=other.person
    )
    assert send(good["m4a"]).status_code == 302


# What people call their files


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../../etc/passwd.m4a", "passwd.m4a"),
        ("C:\\Users\\inga\\mana.m4a", "mana.m4a"),
        ("/etc/cron.d/x.m4a", "x.m4a"),
        ("..m4a", "..m4a"),
        ("ma\u202ena\x07.m4a", "mana.m4a"),
        ("mana balss (1) – gala.m4a", "mana balss (1) – gala.m4a"),
        ("a" * 300 + ".m4a", None),
        ("ž" * 300 + ".m4a", None),
    ],
)
def test_a_given_name_is_only_data(send, good, stored, settings, on_disk, name, kept):
    assert send(good["m4a"], name).status_code == 302
    file = stored()
    assert file.given_name == kept or kept is None
    assert len(file.given_name) <= 200
    assert file.given_name.endswith(".m4a")
    assert on_disk() == [file.path]
    assert file.path == Path(settings.MEDIA_ROOT) / file.token.hex[:2] / file.token.hex
    assert file.path.stat().st_mode & 0o777 == 0o600


def test_a_given_name_is_shown_as_text(send, good, address, stored):
    assert send(good["m4a"], "<img src=x onerror=alert(1)>.m4a").status_code == 302
    response = send.window.get(address().replace("audio/upload/", "?channel=audio"))
    assert "<img src=x" not in response.content.decode()


# Where bytes go


def test_a_file_streams_to_the_folder_of_incoming_files_and_leaves_it(send, good, on_disk, stored):
    response = send(good["mp4"] * 20, "film.mp4", channel="video")
    assert response.body.incoming  # it was there while it arrived
    assert on_disk() == [stored().path]


def test_a_file_from_nobody_is_not_even_read(client, draft, good, address, on_disk):
    data, content_type = multipart("mana.m4a", good["m4a"])
    body = Body(data)
    response = client.generic("POST", address(), data, content_type, **{"wsgi.input": body})
    assert response.status_code == 403
    assert body.reads == 0
    assert on_disk() == []


def test_a_file_under_a_made_up_session_is_written_nowhere(client, draft, good, address, on_disk):
    client.cookies["session"] = "x" * 32
    data, content_type = multipart("mana.m4a", good["m4a"])
    body = Body(data)
    response = client.generic("POST", address(), data, content_type, **{"wsgi.input": body})
    assert response.status_code == 302
    assert body.incoming == set()
    assert on_disk() == []


@pytest.mark.parametrize("path", ["about/", "answers/motivation/", "house/other/", "needs/"])
def test_a_file_sent_to_another_page_is_written_nowhere(send, good, draft, path, on_disk, unguarded):
    response = send(good["m4a"], path=f"/en/applications/{draft.reference}/{path}")
    assert response.status_code in (302, 422)
    assert response.body.incoming == set()
    assert on_disk() == []


def test_a_file_larger_than_the_limit_is_refused_before_it_is_read(send, draft, address, settings, on_disk):
    body = Body(b"")
    length = str(settings.UPLOAD_MAX_BYTES + 2 * 1024 * 1024)
    response = send.window.generic("POST", address(), b"x", "multipart/form-data; boundary=x", **{"wsgi.input": body, "CONTENT_LENGTH": length})
    assert response.status_code == 413
    assert "This is too large" in words(response)
    assert body.reads == 0
    assert on_disk() == []


def test_a_form_larger_than_any_form_is_refused_before_it_is_read(send, draft):
    body = Body(b"")
    response = send.window.generic(
        "POST",
        f"/en/applications/{draft.reference}/about/",
        b"x",
        "application/x-www-form-urlencoded",
        **{"wsgi.input": body, "CONTENT_LENGTH": str(1024 * 1024 + 1)},
    )
    assert response.status_code == 413
    assert body.reads == 0


def test_a_file_that_grows_over_the_limit_while_it_arrives_is_refused_in_a_sentence(send, good, settings, unguarded, on_disk):
    settings.UPLOAD_MAX_BYTES = 200_000
    response = send(good["mp4"] * 20, "film.mp4", channel="video")
    assert response.status_code == 422
    assert "The file is larger than 195.3 KB" in words(response)
    assert not StoredFile.objects.exists()
    assert on_disk() == []


def test_an_upload_stops_before_the_disk_is_full(send, good, unguarded, on_disk, monkeypatch):
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=100 * 1024 * 1024))
    response = send(good["m4a"])
    assert response.status_code == 422
    assert "There is no room for the file just now. Nothing is lost" in words(response)
    assert response.body.incoming == set()
    assert on_disk() == []


def test_a_body_of_unknown_length_is_refused(send, address):
    response = send.window.generic("POST", address(), b"x", "multipart/form-data; boundary=x", HTTP_TRANSFER_ENCODING="chunked")
    assert response.status_code == 411


def test_a_form_that_breaks_off_is_refused_and_leaves_nothing(send, good, address, on_disk, unguarded):
    data, content_type = multipart("mana.m4a", good["m4a"])
    token = send.window.cookies["csrf"].value if "csrf" in send.window.cookies else ""
    half = data[: len(data) // 2]
    response = send.window.generic("POST", address(), half, content_type, HTTP_X_CSRFTOKEN=token)
    assert response.status_code in (302, 403, 400, 422)
    assert len(on_disk()) == StoredFile.objects.count()


def test_withdrawing_keeps_the_recording_for_sending_again(sent_with_recording, stored):
    withdraw(sent_with_recording, by=sent_with_recording.person)
    assert stored().path.exists()
    assert send_application(sent_with_recording, by=sent_with_recording.person).is_sent
    assert Application.objects.of_person(sent_with_recording.person).get().sendings == 2
