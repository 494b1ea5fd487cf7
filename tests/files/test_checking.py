"""The check of a recording: in a process of its own, within limits, over this one file."""

import json
import os
import socket
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from fulcrum.files import probe
from fulcrum.files.models import StoredFile
from fulcrum.files.services import check, check_due, lost_files, probe_file
from fulcrum.work.models import Job
from fulcrum.work.services import sweep
from tests.waiting import until


@pytest.fixture
def listening():
    """A server that nobody should call."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def called(server) -> bool:
    try:
        server.accept()
    except BlockingIOError:
        return False
    return True


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{target}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile {target}\n",
        "[playlist]\nFile1={target}\nNumberOfEntries=1\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {port} RTP/AVP 0\n",
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><BaseURL>{target}</BaseURL></Period></MPD>',
    ],
)
def test_a_playlist_opens_no_address_even_if_it_reached_the_decoder(tmp_path, listening, playlist):
    port = listening.getsockname()[1]
    path = tmp_path / "list.mp4"
    path.write_text(playlist.format(target=f"http://127.0.0.1:{port}/x.ts", port=port))
    assert probe_file(path, "video") == {"refusal": "not_media"}
    assert not called(listening)


def test_a_playlist_opens_no_other_file_even_if_it_reached_the_decoder(tmp_path, good):
    (tmp_path / "other.mp4").write_bytes(good["mp4"])
    for text in ("ffconcat version 1.0\nfile other.mp4\n", "#EXTM3U\n#EXTINF:2,\nother.mp4\n#EXT-X-ENDLIST\n"):
        path = tmp_path / "list.mp4"
        path.write_text(text)
        assert probe_file(path, "video") == {"refusal": "not_media"}


def test_the_decoder_runs_in_a_process_of_its_own_under_limits_and_without_our_secrets(tmp_path):
    """The decoder waits at a pipe that nobody writes to; meanwhile its process can be looked at."""
    pipe = tmp_path / "pipe.mp4"
    os.mkfifo(pipe)
    found = {}
    checking = threading.Thread(target=lambda: found.update(probe_file(pipe, "video")))
    checking.start()
    try:
        child = until(lambda: next((entry for entry in Path("/proc").glob("[0-9]*") if str(pipe) in _read(entry / "cmdline")), None))
        until(lambda: str(probe.MEMORY) in _read(child / "limits") and "Max file size" in _read(child / "limits"))
        limits = dict(line.split("  ", 1) for line in _read(child / "limits").splitlines() if "  " in line)
        assert limits["Max cpu time"].split()[:2] == [str(probe.SECONDS), str(probe.SECONDS + 5)]
        assert limits["Max address space"].split()[:2] == [str(probe.MEMORY)] * 2
        until(lambda: _read(child / "limits").split("Max file size")[1].split()[:2] == ["0", "0"])
        variables = {entry.partition("=")[0] for entry in _read(child / "environ").split("\0") if entry}
        assert variables <= {"PATH", "LC_CTYPE", "MALLOC_ARENA_MAX"}
        assert child.name != str(os.getpid())
    finally:
        with open(pipe, "wb") as end:
            end.write(b"nothing that plays")
        checking.join(30)
    assert found == {"refusal": "not_media"}


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def test_the_probe_knows_nothing_of_the_project(tmp_path, good):
    """It stands alone: it answers from an empty folder, with nothing but Python's own search path."""
    import subprocess

    path = tmp_path / "good.mp4"
    path.write_bytes(good["mp4"])
    done = subprocess.run([sys.executable, "-I", probe.__file__, str(path), "video"], capture_output=True, cwd=tmp_path, env={}, check=True)
    assert json.loads(done.stdout) == {"seconds": 2, "media_type": "video/mp4"}


def test_a_decoder_that_is_killed_by_its_limits_refuses_the_recording(tmp_path, good, monkeypatch):
    """The limits are the process's own, so a lower one that it inherits kills it as its own would."""
    path = tmp_path / "good.mp4"
    path.write_bytes(good["mp4"])
    starved = tmp_path / "starved"
    starved.write_text(f'#!/bin/sh\nulimit -v 60000\nexec {sys.executable} "$@"\n')
    starved.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(starved))
    assert probe_file(path, "video") == {"refusal": "broken"}


# The row is the queue


def test_a_recording_whose_knock_was_lost_is_checked_by_the_sweep(send, good, stored):
    send(good["m4a"])
    assert stored().job == Job.WAITING
    sweep()
    assert stored().passed
    assert stored().job == Job.DONE


def test_a_recording_that_a_dead_worker_had_is_checked_once_its_lease_is_over(send, good, stored, unguarded, during_call, settings):
    send(good["m4a"])
    assert StoredFile.objects.lease(stored().pk)
    assert check_due() == 0
    during_call.shift(timedelta(seconds=settings.LEASE_SECONDS + 1))
    assert check_due() == 1
    assert stored().passed


def test_checking_twice_changes_nothing(send, good, stored):
    send(good["m4a"])
    check(stored().pk)
    before = stored()
    check(before.pk)
    after = stored()
    assert (after.sha256, after.attempts, after.check_state) == (before.sha256, before.attempts, before.check_state)


def test_checking_what_was_removed_meanwhile_is_no_error(send, good, stored, draft, motivation):
    from applications.recordings.services import remove_recording

    send(good["m4a"])
    pk = stored().pk
    remove_recording(draft, question=motivation, by=draft.person)
    check(pk)


def test_a_recording_whose_file_is_not_there_waits_and_is_reported(send, good, stored):
    send(good["m4a"])
    stored().path.unlink()
    assert lost_files() == [f"files: {stored().pk} is not on disk as it was stored."]
    check_due()
    assert stored().job == Job.WAITING
    assert stored().due_at > timezone.now()
    assert not stored().passed


def test_one_recording_that_cannot_be_read_holds_up_no_other(send, good, stored):
    send(good["m4a"])
    send(good["m4a"], key="position")
    stored("motivation").path.unlink()
    check_due()
    assert stored("position").passed


def test_the_digest_is_that_of_the_bytes(send, good, stored):
    import hashlib

    send(good["m4a"])
    check_due()
    assert stored().sha256 == hashlib.sha256(good["m4a"]).hexdigest()
