"""Recordings that arrive in pieces: who may send them, how long, how much, and what becomes of them."""

import base64
import errno
import os
import shutil
import time
from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from applications.answers.models import Channel
from applications.services import send as send_application
from applications.services import withdraw
from fulcrum.files.models import StoredFile, Upload
from fulcrum.files.services import lost_files
from fulcrum.files.uploads import tidying
from fulcrum.files.uploads.services import forget_uploads
from fulcrum.people.models import User
from fulcrum.work.retention import retentions
from fulcrum.work.services import sweep
from tests import factories

TUS = {"Tus-Resumable": "1.0.0"}
BYTES = "application/offset+octet-stream"


def words(**values: str) -> str:
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items())


class Uploader:
    """A browser that uploads in pieces, from the page of a question in a language."""

    def __init__(self, draft, *, language: str = "en") -> None:
        self.draft = draft
        self.window = factories.sign_in(Client(enforce_csrf_checks=True), draft.person)
        self.page = f"/{language}/applications/{draft.reference}/answers/motivation/"
        self.token = str(self.window.get(self.page).context["csrf_token"])

    def begin(self, size, *, name="mana.m4a", target=None, channel="audio", client=None, csrf=None, **headers):
        target = f"{self.draft.reference}/motivation/{channel}" if target is None else target
        more = {"Upload-Metadata": words(filename=name, filetype="audio/mp4", target=target), "X-CSRFToken": self.token if csrf is None else csrf}
        more |= {} if size is None else {"Upload-Length": str(size)}
        more |= {"Referer": f"http://testserver{self.page}"} | headers
        return (client or self.window).post("/uploads/", b"", content_type="", headers=TUS | more)

    def add(self, url, offset, content, *, client=None, **headers):
        return (client or self.window).patch(url, content, headers=TUS | {"Content-Type": BYTES, "Upload-Offset": str(offset)} | headers)

    def look(self, url, *, client=None, **headers):
        return (client or self.window).head(url, headers=TUS | headers)

    def end(self, url, *, client=None, **headers):
        return (client or self.window).delete(url, headers=TUS | headers)

    def whole(self, content, **words):
        begun = self.begin(len(content), **words)
        assert begun.status_code == 201, begun.content
        return begun["Location"], self.add(begun["Location"], 0, content)


@pytest.fixture
def uploader(draft):
    return Uploader(draft)


@pytest.fixture
def row(unguarded):
    """The only upload, as the database has it."""
    return lambda: Upload.objects.get()


def said(response) -> str:
    """The sentence of a refusal; the body and the header say the same."""
    assert unquote(response["X-Error"]) == response.content.decode()
    return response.content.decode()


# From the first byte to the last


def test_a_recording_in_pieces_becomes_the_answer(uploader, good, stored, answer, on_disk):
    url = uploader.begin(len(good["m4a"]))["Location"]
    assert uploader.add(url, 0, good["m4a"][:1000]).headers["Upload-Offset"] == "1000"
    response = uploader.add(url, 1000, good["m4a"][1000:])
    assert response.status_code == 204
    assert response["X-Location"] == f"/en/applications/{uploader.draft.reference}/answers/motivation/?channel=audio"
    assert answer().channel == Channel.AUDIO
    assert answer().is_given
    assert stored().path.read_bytes() == good["m4a"]
    assert stored().given_name == "mana.m4a"
    assert on_disk() == [stored().path]
    assert lost_files() == tidying.uploads_that_disagree() == []


def test_all_of_it_may_come_with_the_creation(uploader, good, answer):
    content = good["m4a"]
    headers = {"Upload-Metadata": words(filename="mana.m4a", target=f"{uploader.draft.reference}/motivation/audio"), "X-CSRFToken": uploader.token}
    response = uploader.window.post("/uploads/", content, content_type=BYTES, headers=TUS | headers | {"Upload-Length": str(len(content))})
    assert response.status_code == 201
    assert response["Upload-Offset"] == str(len(content))
    assert "X-Location" in response
    assert answer().is_given


def test_an_upload_that_did_not_know_its_length_learns_it_at_the_end(uploader, good, answer):
    url = uploader.begin(None, **{"Upload-Defer-Length": "1"})["Location"]
    uploader.add(url, 0, good["m4a"][:1000])
    assert uploader.look(url)["Upload-Defer-Length"] == "1"
    response = uploader.add(url, 1000, good["m4a"][1000:], **{"Upload-Length": str(len(good["m4a"]))})
    assert "X-Location" in response
    assert answer().is_given


def test_the_page_to_go_to_and_the_answer_speak_the_language_of_the_page(draft, good, answer):
    _url, response = Uploader(draft, language="lv").whole(good["m4a"])
    assert response["X-Location"].startswith("/lv/")
    assert answer().language == "lv"


def test_whoever_lost_the_last_answer_gets_the_page_by_asking_or_by_an_empty_piece(uploader, good):
    url, response = uploader.whole(good["m4a"])
    assert uploader.look(url)["X-Location"] == response["X-Location"]
    again = uploader.add(url, len(good["m4a"]), b"")
    assert (again.status_code, again["X-Location"]) == (204, response["X-Location"])


def test_what_is_here_can_be_shown_to_its_owner(uploader, good, candidate):
    url = uploader.begin(len(good["m4a"]))["Location"]
    uploader.add(url, 0, good["m4a"][:1000])
    (shown,) = Upload.objects.of_person(candidate).unfinished().under(f"{uploader.draft.reference}/")
    assert (shown.here, shown.size, shown.given_name) == (1000, len(good["m4a"]), "mana.m4a")
    uploader.add(url, 1000, good["m4a"][1000:])
    assert not Upload.objects.of_person(candidate).unfinished()


def test_nothing_is_acknowledged_before_it_is_on_the_disk(uploader, good, row, monkeypatch):
    url = uploader.begin(len(good["m4a"]))["Location"]
    noted, fsync = [], os.fsync

    def watched(handle):
        noted.append((os.fstat(handle).st_size, row().offset))
        fsync(handle)

    monkeypatch.setattr("fulcrum.files.uploads.services.os.fsync", watched)
    assert uploader.add(url, 0, good["m4a"][:1000]).status_code == 204
    assert noted == [(1000, 0)]
    assert row().offset == 1000


def test_a_disk_that_does_not_sync_acknowledges_nothing(uploader, good, row, monkeypatch):
    url = uploader.begin(len(good["m4a"]))["Location"]

    def fails(handle):
        raise OSError(errno.EIO, "the disk is ill")

    monkeypatch.setattr("fulcrum.files.uploads.services.os.fsync", fails)
    with pytest.raises(OSError, match="ill"):
        uploader.add(url, 0, good["m4a"][:1000])
    assert row().offset == 0


# Whose


def test_nobody_else_finds_it_whatever_they_ask(uploader, call):
    url = uploader.begin(9)["Location"]
    for client in (Client(), factories.sign_in(Client(), factories.UserFactory())):
        found = [uploader.look(url, client=client), uploader.add(url, 0, b"x", client=client), uploader.end(url, client=client), client.get(url)]
        assert [response.status_code for response in found] == [404] * 4
    assert uploader.look(url)["Upload-Offset"] == "0"


def test_its_token_goes_on_when_the_session_is_over(uploader, good, answer):
    begun = uploader.begin(len(good["m4a"]))
    url, token = begun["Location"], {"Upload-Token": begun["Upload-Token"]}
    Session.objects.all().delete()
    assert uploader.look(url).status_code == 404
    assert uploader.look(url, **token)["Upload-Offset"] == "0"
    assert "X-Location" in uploader.add(url, 0, good["m4a"], client=Client(), **token)
    assert answer().is_given


def test_the_token_of_one_upload_opens_no_other_and_none_when_it_was_changed(uploader):
    first, second = uploader.begin(9), uploader.begin(9)
    for token in (second["Upload-Token"], first["Upload-Token"][:-1] + "-", first["Upload-Token"].partition(":")[0], ""):
        assert uploader.look(first["Location"], client=Client(), **{"Upload-Token": token}).status_code == 404


def test_a_person_who_was_put_out_uploads_nothing_more(uploader, candidate):
    begun = uploader.begin(9)
    User.objects.filter(pk=candidate.pk).update(is_active=False)
    assert uploader.add(begun["Location"], 0, b"x", **{"Upload-Token": begun["Upload-Token"]}).status_code == 404


def test_somebody_signed_out_is_told_so(uploader, unguarded):
    uploader.window.cookies.pop("session")
    response = uploader.begin(9)
    assert response.status_code == 401
    assert "Sign in again" in said(response)
    assert not Upload.objects.exists()


@pytest.mark.parametrize("token", ["", "x" * 32, "x" * 64])
def test_an_upload_from_another_site_does_not_begin(uploader, token, unguarded):
    assert uploader.begin(9, csrf=token).status_code == 403
    assert not Upload.objects.exists()


def test_a_form_with_the_token_inside_is_no_beginning_and_is_not_even_read(uploader, unguarded):
    body = f"csrfmiddlewaretoken={uploader.token}"
    response = uploader.window.post("/uploads/", body, content_type="application/x-www-form-urlencoded", headers=TUS | {"Upload-Length": "9"})
    assert response.status_code == 403
    assert not Upload.objects.exists()


@pytest.mark.parametrize(
    "target", ["{other}/motivation/audio", "{own}/nothing/audio", "{own}/motivation/text", "{own}/motivation", "x", "{own}/motivation/audio/x"]
)
def test_a_recording_for_somebody_elses_application_or_for_nothing_does_not_begin(uploader, call, alcc, target, on_disk):
    other = factories.draft(call=call, network=alcc)
    response = uploader.begin(9, target=target.format(own=uploader.draft.reference, other=other.reference))
    assert response.status_code == 404
    assert on_disk() == []


def test_without_a_target_nothing_begins(uploader):
    assert uploader.begin(9, target="").status_code == 400


# In time


def test_what_began_before_the_deadline_may_end_after_it(uploader, good, call, during_call, answer):
    during_call.move_to(call.deadline - timedelta(seconds=1))
    Session.objects.update(expire_date=call.ends_at)
    url = uploader.begin(len(good["m4a"]))["Location"]
    during_call.move_to(call.deadline + timedelta(hours=3))
    assert uploader.add(url, 0, good["m4a"]).status_code == 204
    assert answer().is_given


def test_but_not_when_the_grace_is_over_and_then_the_bytes_go(uploader, good, call, during_call, settings, unguarded, on_disk):
    settings.UPLOAD_GRACE_SECONDS = 3600
    during_call.move_to(call.deadline - timedelta(seconds=1))
    Session.objects.update(expire_date=call.ends_at)
    url = uploader.begin(len(good["m4a"]))["Location"]
    during_call.move_to(call.deadline + timedelta(seconds=3600))
    response = uploader.add(url, 0, good["m4a"])
    assert response.status_code == 403
    assert "The deadline has passed" in said(response)
    assert not StoredFile.objects.exists()
    assert not Upload.objects.exists()


def test_with_the_deadline_none_begins(uploader, call, during_call, on_disk):
    during_call.move_to(call.deadline)
    Session.objects.update(expire_date=call.ends_at)
    response = uploader.begin(9)
    assert response.status_code == 403
    assert "The deadline has passed" in said(response)
    assert on_disk() == []


def test_a_withdrawn_application_takes_no_less_than_its_form(complete, good):
    withdraw(send_application(complete, by=complete.person), by=complete.person)
    assert Uploader(complete).whole(good["m4a"])[1].status_code == 204


# How much, and what


@pytest.mark.parametrize("name", ["page.html", "film", "program.exe", "film.mp4.html"])
def test_a_name_that_no_recording_has_is_refused_before_the_first_byte(uploader, name, on_disk):
    response = uploader.begin(9, name=name)
    assert response.status_code == 422
    assert "This is no recording that we can open" in said(response)
    assert on_disk() == []


@pytest.mark.parametrize("start", [b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", b"<!doctype html>", b"\n <svg>", b"ffconcat version 1.0"])
def test_what_begins_like_something_else_is_refused_long_before_the_last_byte_and_goes(
    uploader, start, unguarded, on_disk, django_capture_on_commit_callbacks
):
    url = uploader.begin(100_000)["Location"]
    with django_capture_on_commit_callbacks(execute=True):
        response = uploader.add(url, 0, start + b" " * 600)
    assert response.status_code == 422
    assert "This is no recording that we can open" in said(response)
    assert not Upload.objects.exists()
    assert on_disk() == []


def test_an_empty_file_does_not_begin(uploader):
    response = uploader.begin(0)
    assert (response.status_code, "The file is empty" in said(response)) == (422, True)


def test_a_file_above_two_gibibytes_does_not_begin(uploader, settings):
    assert settings.UPLOAD_RESUMABLE_MAX_BYTES == 2**31 - 1
    response = uploader.begin(2**31)
    assert (response.status_code, "larger than 2 GB" in said(response).replace("\xa0", " ")) == (413, True)


def test_what_is_announced_counts_in_the_room_of_a_person(uploader, settings):
    settings.UPLOAD_QUOTA_BYTES = 50_000_000
    assert uploader.begin(30_000_000).status_code == 201
    response = uploader.begin(30_000_000)
    assert response.status_code == 413
    assert "all the room we have for one person" in said(response)
    assert uploader.begin(10_000_000).status_code == 201


def test_what_did_not_announce_its_length_is_counted_piece_by_piece(uploader, settings, good):
    settings.UPLOAD_QUOTA_BYTES = 2000
    url = uploader.begin(None, **{"Upload-Defer-Length": "1"})["Location"]
    assert uploader.add(url, 0, good["m4a"][:1500]).status_code == 204
    assert uploader.add(url, 1500, good["m4a"][1500:3000]).status_code == 413
    assert uploader.look(url)["Upload-Offset"] == "1500"


def test_the_recording_that_is_replaced_does_not_count(uploader, settings, good, stored):
    settings.UPLOAD_QUOTA_BYTES = len(good["m4a"]) + 100
    uploader.whole(good["m4a"])
    before = stored().pk
    uploader.whole(good["m4a"])
    assert stored().pk != before


def test_many_small_uploads_take_their_room_too(uploader, settings):
    settings.UPLOAD_QUOTA_BYTES = 3 * 1024 * 1024
    assert [uploader.begin(9).status_code for _each in range(4)] == [201, 201, 201, 413]


def test_no_upload_begins_or_goes_on_when_the_disk_would_fill_up(uploader, good, monkeypatch, on_disk, settings):
    url = uploader.begin(len(good["m4a"]))["Location"]
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=100 * 1024 * 1024))
    response = uploader.begin(9)
    assert response.status_code == 507
    assert "There is no room for the file just now" in said(response)
    monkeypatch.setattr("fulcrum.files.uploads.services._SYNC", 1)
    assert uploader.add(url, 0, good["m4a"]).status_code == 507
    assert int(uploader.look(url)["Upload-Offset"]) == len(good["m4a"])  # what has arrived is kept


# Ended, over, erased


def test_an_ended_upload_leaves_nothing(uploader, good, unguarded, on_disk, django_capture_on_commit_callbacks):
    url = uploader.begin(len(good["m4a"]))["Location"]
    uploader.add(url, 0, good["m4a"][:1000])
    with django_capture_on_commit_callbacks(execute=True):
        assert uploader.end(url).status_code == 204
    assert uploader.look(url).status_code == 404
    assert not Upload.objects.exists()
    assert on_disk() == []


def test_a_finished_upload_is_an_answer_and_is_removed_there(uploader, good, stored):
    url, _response = uploader.whole(good["m4a"])
    response = uploader.end(url)
    assert response.status_code == 403
    assert "part of your answer" in said(response)
    assert stored().path.exists()


def test_what_nobody_went_on_with_is_over_after_its_days_and_the_sweep_removes_it(
    uploader, good, during_call, unguarded, on_disk, django_capture_on_commit_callbacks
):
    url = uploader.begin(len(good["m4a"]))["Location"]
    during_call.shift(timedelta(days=6))
    assert uploader.add(url, 0, good["m4a"][:1000]).status_code == 204  # the days are counted from here
    during_call.shift(timedelta(days=6))
    assert uploader.look(url).status_code == 200
    during_call.shift(timedelta(days=1, seconds=1))
    assert uploader.look(url).status_code == 410
    with django_capture_on_commit_callbacks(execute=True):
        assert sweep() >= 1
    assert not Upload.objects.exists()
    assert on_disk() == []


def test_retention_removes_files_of_no_upload(uploader, settings):
    uploader.begin(9)
    stray = settings.MEDIA_ROOT / "uploads" / ("0" * 32)
    stray.write_bytes(b"x")
    os.utime(stray, (time.time() - 25 * 3600,) * 2)
    assert len(tidying.uploads_that_disagree()) == 1
    assert retentions["uploads that were not finished in time"]() == 1
    assert not stray.exists()
    assert tidying.uploads_that_disagree() == []


def test_uploads_of_one_application_or_of_a_person_are_erased(uploader, call, candidate, unguarded, on_disk, django_capture_on_commit_callbacks):
    uploader.begin(9)
    uploader.begin(9)
    stranger = Uploader(factories.draft(call=call, network=uploader.draft.network))
    stranger.begin(9)
    with django_capture_on_commit_callbacks(execute=True):
        assert forget_uploads(candidate, under="ABCDEFG/") == 0
        assert forget_uploads(candidate, under=f"{uploader.draft.reference}/") == 2
    assert Upload.objects.count() == len(on_disk()) == 1
    assert forget_uploads(stranger.draft.person) == 1


def test_what_was_whole_when_the_server_was_killed_is_finished_by_the_sweep(uploader, good, answer, row):
    url = uploader.begin(len(good["m4a"]))["Location"]
    row().path.write_bytes(good["m4a"])  # written, and not yet told
    assert sweep() >= 1
    assert answer().is_given
    assert "X-Location" in uploader.look(url)
    assert tidying.tidy() == 0


def test_a_piece_whose_length_nobody_knows_is_refused(uploader, good):
    url = uploader.begin(len(good["m4a"]))["Location"]
    assert uploader.add(url, 0, good["m4a"], **{"Transfer-Encoding": "chunked"}).status_code == 411
    assert uploader.look(url)["Upload-Offset"] == "0"


def test_bytes_that_waited_for_their_checksum_do_not_count_after_a_kill(uploader, good, row):
    url = uploader.begin(len(good["m4a"]))["Location"]
    uploader.add(url, 0, good["m4a"][:1000])
    with open(row().path, "ab") as file:
        file.write(good["m4a"][1000:])
    Upload.objects.update(unverified_from=1000)
    assert tidying.tidy() == 0
    assert uploader.look(url)["Upload-Offset"] == "1000"


def test_a_row_whose_file_is_gone_or_too_short_is_found(uploader, row):
    uploader.begin(9)
    Upload.objects.update(offset=5)
    assert "not on disk as it was acknowledged" in tidying.uploads_that_disagree()[0]
    row().path.unlink()
    assert len(tidying.uploads_that_disagree()) == 1


def test_an_upload_that_is_not_taken_in_the_end_because_of_a_fault_is_tried_again(uploader, good, answer, monkeypatch):
    url = uploader.begin(len(good["m4a"]))["Location"]
    with monkeypatch.context() as broken:
        broken.setattr("applications.recordings.services.admit", lambda stored: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            uploader.add(url, 0, good["m4a"])
    assert uploader.look(url)["Upload-Offset"] == str(len(good["m4a"]))
    assert "X-Location" in uploader.add(url, len(good["m4a"]), b"")
    assert answer().is_given
    assert lost_files() == []
