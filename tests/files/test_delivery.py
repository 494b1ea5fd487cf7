"""Handing a recording out: in parts, sealed, and only to whoever may have it."""

import pytest
from django.test import Client

from applications.answers.models import Answer
from applications.services import send as send_application
from applications.services import withdraw
from fulcrum.files.models import StoredFile
from fulcrum.files.services import check_due
from tests import factories


@pytest.fixture
def recorded(draft, send, good, address):
    """A recording that was given and not yet checked; returns its bytes."""
    send(good["m4a"])
    return good["m4a"]


@pytest.fixture
def play(send, address, recorded):
    """The recording, as its owner's browser gets it."""

    def get(**headers):
        response = send.window.get(address("play"), headers=headers)
        response.bytes = b"".join(response.streaming_content) if response.streaming else response.content
        return response

    return get


def test_the_whole_recording_comes_with_its_type_and_length(play, recorded):
    response = play()
    assert response.status_code == 200
    assert response.bytes == recorded
    assert response.headers["Content-Type"] == "audio/mp4"
    assert response.headers["Content-Length"] == str(len(recorded))
    assert response.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-99", 0, 100),
        ("bytes=100-299", 100, 300),
        ("bytes=100-", 100, None),
        ("bytes=-50", -50, None),
        ("bytes=100-99999999999", 100, None),
        ("bytes=-99999999", 0, None),
    ],
)
def test_a_part_comes_as_it_was_asked_for(play, recorded, asked, start, stop):
    response = play(Range=asked)
    part = recorded[start:stop]
    first = start % len(recorded) if start < 0 else start
    assert response.status_code == 206
    assert response.bytes == part
    assert response.headers["Content-Length"] == str(len(part))
    assert response.headers["Content-Range"] == f"bytes {first}-{first + len(part) - 1}/{len(recorded)}"


def test_all_parts_together_are_the_recording(play, recorded):
    parts = [play(Range=f"bytes={start}-{start + 4095}").bytes for start in range(0, len(recorded), 4096)]
    assert b"".join(parts) == recorded


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=999999999-9999999999", "bytes=-0"])
def test_a_part_beyond_the_end_is_refused_with_the_length(play, recorded, asked):
    response = play(Range=asked)
    assert response.status_code == 416
    assert response.headers["Content-Range"] == f"bytes */{len(recorded)}"
    assert response.bytes == b""


@pytest.mark.parametrize("asked", ["bytes=", "bytes=-", "lines=1-2", "bytes=0-1,5-6", "bytes=a-b", "bytes=1-2x", "bytes=" + "9" * 5000 + "-"])
def test_a_range_that_is_none_gets_the_whole_or_nothing(play, recorded, asked):
    response = play(Range=asked)
    assert response.status_code in (200, 416)
    assert response.status_code == 416 or response.bytes == recorded


def test_the_head_is_the_same_without_the_bytes(send, address, recorded, play):
    whole, head = play(), send.window.head(address("play"))
    assert head.status_code == 200
    assert b"".join(head.streaming_content) == b""
    for name in ("Content-Type", "Content-Length", "Accept-Ranges", "Content-Security-Policy"):
        assert head.headers[name] == whole.headers[name]


def test_only_reading_is_possible(send, address, recorded):
    assert send.window.post(address("play"), HTTP_X_CSRFTOKEN="-").status_code in (403, 405)
    assert send.window.delete(address("play"), HTTP_X_CSRFTOKEN="-").status_code in (403, 405)


@pytest.mark.parametrize("asked", ["", "bytes=0-9", "bytes=999999999-"])
def test_nothing_in_a_recording_runs_or_loads_anything(play, asked):
    headers = play(**({"Range": asked} if asked else {})).headers
    policy = {part.split()[0]: part.split()[1:] for part in headers["Content-Security-Policy"].split(";") if part.strip()}
    assert policy["default-src"] == ["'none'"]
    assert policy["sandbox"] == []
    assert policy["frame-ancestors"] == ["'none'"]
    assert not {"script-src", "style-src"} & set(policy)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize("kind", ["wav", "ogg", "webm", "mp3", "flac", "m4a"])
def test_the_type_is_one_of_sound_before_and_after_the_check(send, good, address, kind):
    send(good[kind], f"mana.{kind}")
    for _state in ("waiting", "checked"):
        assert send.window.get(address("play")).headers["Content-Type"].startswith("audio/")
        check_due()


# Who


@pytest.fixture
def others(call, alcc, cult):
    return {
        "lead of the network": factories.staff(call=call, role="lead", network=alcc),
        "assessor of the network": factories.staff(call=call, role="assessor", network=alcc),
        "lead of another network": factories.staff(call=call, role="lead", network=cult),
        "coordinator": factories.staff(call=call, role="coordinator"),
        "another candidate": factories.UserFactory(),
    }


@pytest.fixture
def hear(others, address):
    """Who of the others gets the recording; everybody else must find nothing there."""

    def who() -> set[str]:
        answers = {what: factories.sign_in(Client(), person).get(address("play")).status_code for what, person in others.items()}
        assert set(answers.values()) <= {200, 404}
        return {what for what, status in answers.items() if status == 200}

    return who


STAFF = {"lead of the network", "assessor of the network"}


def test_a_recording_of_a_draft_is_for_its_candidate_alone(play, hear):
    check_due()
    assert play().status_code == 200
    assert hear() == set()


def test_before_the_check_a_recording_is_for_its_candidate_alone(draft, play, hear):
    factories.fill(draft)
    Answer.objects.of(draft).filter(question__key="motivation").update(channel="audio")
    send_application(draft, by=draft.person)
    assert play().status_code == 200
    assert hear() == set()


def test_after_the_check_staff_of_the_network_hear_it_and_nobody_else(draft, play, hear):
    factories.fill(draft)
    send_application(draft, by=draft.person)
    check_due()
    assert hear() == STAFF


def test_a_withdrawn_recording_is_heard_by_nobody_else(draft, play, hear):
    factories.fill(draft)
    send_application(draft, by=draft.person)
    check_due()
    withdraw(draft, by=draft.person)
    assert play().status_code == 200
    assert hear() == set()


def test_a_refused_recording_is_handed_to_nobody(draft, play, hear, unguarded):
    factories.fill(draft)
    send_application(draft, by=draft.person)
    StoredFile.objects.update(check_state="refused", refusal="broken")
    assert play().status_code == 404
    assert hear() == set()


def test_whoever_is_signed_out_is_led_to_the_door(recorded, address):
    assert Client().get(address("play")).status_code == 302


def test_an_answer_without_a_recording_has_none_to_play(send, address, recorded):
    assert send.window.get(address("play", key="position")).status_code == 404
    assert send.window.get(address("play", key="nothing")).status_code == 404
