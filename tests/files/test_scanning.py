"""The scanner: only a clear "clean" lets a recording through to staff."""

import socket
import threading
from contextlib import contextmanager

import pytest
from django.utils.translation import override

from fulcrum.files import scanner
from fulcrum.files.services import check, check_due
from fulcrum.mail.models import Message
from fulcrum.work.models import Job


@contextmanager
def clamd(answer, *, reads=True):
    """A clamd on loopback that gives one answer; what it was sent stands in the list."""
    got = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            line, _address = server.accept()
            with line:
                data = b""
                while reads and not data.endswith(bytes(4)):
                    data += line.recv(65536)
                got.append(data)
                line.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}", got
        thread.join(10)


def test_a_clean_recording_is_handed_over_whole_and_passes(send, good, stored, settings):
    send(good["m4a"])
    with clamd(b"stream: OK\0") as (settings.CLAMD, got):
        check_due()
    assert stored().passed
    assert got[0] == b"zINSTREAM\0" + len(good["m4a"]).to_bytes(4, "big") + good["m4a"] + bytes(4)


def test_a_harmful_one_is_refused_with_a_letter(send, good, stored, settings):
    send(good["m4a"])
    with clamd(b"stream: Eicar-Signature FOUND\0") as (settings.CLAMD, _got):
        check_due()
    assert stored().refusal == "unsafe"
    letter = Message.objects.get(kind="recording_refused")
    with override(letter.language):
        assert str(stored().get_refusal_display()) in letter.body


@pytest.mark.parametrize(
    "answer", [b"", b"stream: OK", b"INSTREAM size limit exceeded. ERROR\0", b"stream: O", b"stream: OK maybe\0", b"UNKNOWN COMMAND\0", b"OK FOUND\0"]
)
def test_anything_but_a_clear_answer_keeps_it_back_for_another_try(send, good, stored, settings, answer):
    send(good["m4a"])
    with clamd(answer) as (settings.CLAMD, _got):
        check_due()
    row = stored()
    assert (row.passed, row.refused, row.job) == (False, False, Job.WAITING)
    assert row.trouble.startswith("scanner: ")


def test_a_scanner_that_is_not_there_or_stays_silent_keeps_it_back(send, good, stored, settings, monkeypatch):
    monkeypatch.setattr(scanner, "_TIMEOUT", 0.2)
    send(good["m4a"])
    with socket.create_server(("127.0.0.1", 0)) as server:  # it listens and never answers
        settings.CLAMD = f"127.0.0.1:{server.getsockname()[1]}"
        check(stored().pk)
    assert stored().trouble == "scanner: TimeoutError"
    assert not stored().passed


def test_the_candidate_is_told_that_it_is_being_checked(send, good, stored, settings, address):
    send(good["m4a"])
    settings.CLAMD = "127.0.0.1:1"
    check_due()
    page = send.window.get(address("play").replace("recording/", "") + "?channel=audio").content.decode()
    assert "checking" in page
