"""What is made of a recording: it plays everywhere, is loud enough, upright, and says nothing of place and device."""

import io
import os
import sys
import threading
from datetime import timedelta
from pathlib import Path

import av
import pytest

from fulcrum.files import children, render, services
from fulcrum.files.children import Gone, run_script
from fulcrum.files.models import StoredFile
from fulcrum.files.services import check, check_due, lost_files, probe_file, render_file
from fulcrum.mail.models import Message
from fulcrum.work.models import Job
from tests.files.media import DEVICE, GPS, make, make_strange, measured
from tests.waiting import until


@pytest.fixture(scope="session")
def strange(shelf) -> dict[str, Path]:
    return make_strange(shelf)


@pytest.fixture
def made(tmp_path):
    """Probes and renders a file; returns what was found and where the web version and the poster lie."""

    def of(path, kind):
        web, poster = tmp_path / "web.mp4", tmp_path / "poster.jpg"
        found = probe_file(path, kind)
        if "refusal" not in found:
            found |= render_file(path, kind, found["seconds"], web, poster)
        return found, web, poster

    return of


def codecs(path) -> dict[str, str]:
    with av.open(str(path)) as container:
        return {stream.type: stream.codec_context.name for stream in container.streams}


@pytest.mark.parametrize(
    ("name", "kind"), [("phone", "video"), ("no duration", "video"), ("3gp", "video"), ("sound only", "audio"), ("3gp", "audio")]
)
def test_what_people_send_becomes_what_every_browser_plays(strange, made, name, kind):
    found, web, poster = made(strange[name], kind)
    assert found["seconds"] == 2
    assert codecs(web) == ({"video": "h264", "audio": "aac"} if kind == "video" else {"audio": "aac"})
    assert measured(web)["seconds"] == pytest.approx(2, abs=0.15)
    assert web.read_bytes().index(b"moov") < web.read_bytes().index(b"mdat")  # a player begins before all of it has come
    assert bool(poster.stat().st_size) == (kind == "video")
    assert 0 < len(found["peaks"]) <= render.COLUMNS
    assert max(found["peaks"]) > 10


def test_what_staff_get_says_nothing_of_place_device_and_day(strange, made):
    given = strange["phone"].read_bytes()
    assert GPS.encode() in given
    assert DEVICE.encode() in given
    _found, web, poster = made(strange["phone"], "video")
    for path in (web, poster):
        content = path.read_bytes()
        assert not [word for word in (GPS, GPS[:8], "56.96", DEVICE, "2024", "location") if word.encode() in content]
    with av.open(str(web)) as container:
        assert set(container.metadata) <= {"major_brand", "minor_version", "compatible_brands", "encoder"}
        assert not [stream for stream in container.streams if "creation_time" in stream.metadata]


def test_a_film_that_was_held_upright_stands_upright(strange, made):
    """Its bright half lies above as it is stored, and to the right once it is turned clockwise."""
    _found, web, poster = made(strange["phone"], "video")
    film = measured(web)
    assert (film["width"], film["height"]) == (48, 64)
    assert film["right"] > 180 > 100 > film["left"]
    with av.open(str(poster)) as container:
        picture = next(container.decode(video=0))
        assert (picture.width, picture.height, picture.rotation) == (48, 64, 0)


@pytest.mark.parametrize(
    ("given", "becomes"), [((1920, 1080), (1280, 720)), ((1080, 1920), (720, 1280)), ((66, 50), (66, 50)), ((1000, 1000), (720, 720))]
)
def test_a_film_fits_into_its_frame_and_is_not_blown_up(tmp_path, made, given, becomes):
    path = make(tmp_path / "film.mp4", sound="aac", picture="libx264", seconds=0.6, size=given)
    _found, web, _poster = made(path, "video")
    film = measured(web)
    assert (film["width"], film["height"]) == becomes


@pytest.mark.parametrize("loud", [60, 1000, 30_000])
def test_whoever_speaks_low_is_heard_like_whoever_speaks_up(tmp_path, made, loud):
    path = make(tmp_path / "voice.wav", sound="pcm_s16le", seconds=5, loud=loud)
    _found, web, _poster = made(path, "audio")
    assert measured(web)["loudness"] == pytest.approx(-16, abs=1.5)


def test_a_recording_that_breaks_off_on_the_way_is_refused_and_a_stream_that_was_cut_is_kept(strange, tmp_path, made, bad):
    """A browser's recording has no end that could be missing: what is there plays."""
    broken = tmp_path / "cut.mp4"
    broken.write_bytes(bad["cut"])
    assert made(broken, "video")[0]["refusal"] in ("not_media", "broken")
    stream = strange["no duration"].read_bytes()
    cut = tmp_path / "cut.webm"
    cut.write_bytes(stream[: len(stream) * 3 // 4])
    found, web, _poster = made(cut, "video")
    assert found["seconds"] >= 1
    assert measured(web)["seconds"] > 1


def test_a_picture_beyond_all_screens_is_refused_within_the_limits(tmp_path, made):
    path = make(tmp_path / "wide.mp4", sound="aac", picture="libx264", seconds=0.2, size=(16384, 16))
    assert made(path, "video")[0] == {"refusal": "too_large"}


@pytest.mark.parametrize(
    "content", [b"", b"#EXTM3U\nhttp://127.0.0.1/x.ts\n", b"<html><video src=x></html>", b"<svg xmlns='http://www.w3.org/2000/svg'/>"]
)
def test_what_only_carries_the_name_of_a_film_is_refused(tmp_path, made, content):
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    assert made(path, "video")[0] == {"refusal": "not_media"}


def test_silence_stays_a_recording(tmp_path, made):
    path = make(tmp_path / "silence.wav", sound="pcm_s16le", seconds=4, loud=0)
    found, _web, _poster = made(path, "audio")
    assert found["seconds"] == 4
    assert max(found["peaks"]) <= 1


# Limits


def test_the_process_that_renders_can_open_nothing_more(tmp_path, good):
    """Neither a file nor a connection, once its own are open: its limit of open files is none."""
    script = tmp_path / "opens.py"
    source = Path(render.__file__).read_text().replace("print(json.dumps(_guarded(", "open('/etc/hostname'), print(json.dumps(_guarded(")
    script.write_text(source)
    path = tmp_path / "good.m4a"
    path.write_bytes(good["m4a"])
    with pytest.raises(children.Crashed):
        run_script(script, str(path), "audio", "2", str(tmp_path / "a.mp4"), str(tmp_path / "a.jpg"), seconds=20)
    assert run_script(Path(render.__file__), str(path), "audio", "2", str(tmp_path / "a.mp4"), str(tmp_path / "a.jpg"), seconds=20)["seconds"] == 2


def test_work_that_takes_too_long_is_ended(tmp_path):
    script = tmp_path / "sleeps.py"
    script.write_text("import time; time.sleep(60)")
    with pytest.raises(children.OutOfTime):
        run_script(script, seconds=0.2)


def test_work_that_nobody_wants_any_more_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(children, "LOOK_SECONDS", 0.05)
    script = tmp_path / "sleeps.py"
    script.write_text("import time; time.sleep(60)")
    with pytest.raises(Gone):
        run_script(script, seconds=60, wanted=lambda: False)


def test_a_web_version_beyond_its_limit_refuses_the_recording(tmp_path, good, monkeypatch):
    small = tmp_path / "render.py"
    small.write_text(Path(render.__file__).read_text().replace("LARGEST = 1024**3", "LARGEST = 2000"))
    path = tmp_path / "good.m4a"
    path.write_bytes(good["m4a"])
    assert run_script(small, str(path), "audio", "2", str(tmp_path / "a.mp4"), str(tmp_path / "a.jpg"), seconds=20) == {"refusal": "too_large"}


def test_one_recording_is_worked_on_at_a_time(send, good, stored):
    send(good["m4a"])
    with children.one_at_a_time() as free:
        assert free
        check(stored().pk)
        assert stored().job == Job.WAITING
        assert stored().attempts == 0
    check(stored().pk)
    assert stored().passed


# The row


def test_once_passed_it_has_its_web_version_its_peaks_and_its_length_on_disk_and_in_its_row(send, good, stored, on_disk):
    send(good["mp4"], "mana.mp4", channel="video")
    check_due()
    row = stored()
    assert row.passed
    assert row.web_path.stat().st_size == row.web_size
    assert row.poster_path.stat().st_size == row.poster_size
    assert row.seconds == 2
    assert row.peaks
    assert {path.name for path in on_disk()} == {path.name for path in row.paths}
    assert {path.stat().st_mode & 0o777 for path in row.paths} == {0o600}
    assert lost_files() == []


@pytest.mark.parametrize("which", ["web_path", "poster_path"])
def test_what_was_made_of_it_and_is_gone_is_reported(send, good, stored, which):
    send(good["mp4"], "mana.mp4", channel="video")
    check_due()
    getattr(stored(), which).unlink()
    assert lost_files() == [f"files: {stored().pk} is not on disk as it was stored."]


def test_removing_a_recording_removes_all_that_was_made_of_it(send, good, stored, on_disk, draft, motivation, django_capture_on_commit_callbacks):
    from applications.recordings.services import remove_recording

    send(good["mp4"], "mana.mp4", channel="video")
    check_due()
    with django_capture_on_commit_callbacks(execute=True):
        remove_recording(draft, question=motivation, by=draft.person)
    assert on_disk() == []


def test_a_recording_that_is_removed_while_it_is_worked_on_leaves_nothing(send, good, stored, on_disk, monkeypatch):
    send(good["m4a"])
    row = stored()
    real = services.render_file

    def meanwhile(*arguments, **words):
        made = real(*arguments, **words)
        StoredFile.objects.filter(pk=row.pk).delete()
        row.path.unlink()
        return made

    monkeypatch.setattr(services, "render_file", meanwhile)
    check(row.pk)
    assert on_disk() == []


def test_a_full_disk_puts_the_recording_off_and_refuses_nothing(send, good, stored, monkeypatch, on_disk):
    send(good["m4a"])
    monkeypatch.setattr(
        services, "run_script", lambda script, *_a, **_w: {"seconds": 2, "media_type": "audio/mp4"} if script.name == "probe.py" else {"trouble": "x"}
    )
    check(stored().pk)
    assert stored().job == Job.WAITING
    assert not stored().refused
    assert on_disk() == [stored().path]


def test_a_long_work_keeps_its_lease(send, good, stored, during_call, settings, monkeypatch):
    send(good["m4a"])
    row = StoredFile.objects.lease(stored().pk)
    during_call.shift(timedelta(seconds=settings.LEASE_SECONDS - 1))
    assert row.hold()
    during_call.shift(timedelta(seconds=2))
    assert StoredFile.objects.lease(row.pk) is None
    StoredFile.objects.filter(pk=row.pk).delete()
    assert not row.hold()


def test_a_worker_that_is_killed_in_the_middle_leaves_it_to_the_next(tmp_path, good, send, stored, monkeypatch):
    """The child that renders is killed from outside, as with its whole machine: the recording waits, and passes at the next try."""
    send(good["m4a"])
    waits = tmp_path / "waits"
    waits.write_text(f'#!/bin/sh\ncase "$2" in *render.py) sleep 60;; esac\nexec {sys.executable} "$@"\n')
    waits.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(waits))
    pid = {}

    def kill():
        mark = stored_path.encode()
        child = until(
            lambda: next(
                (entry for entry in Path("/proc").glob("[0-9]*") if mark in _read(entry / "cmdline") and b"render.py" in _read(entry / "cmdline")),
                None,
            )
        )
        pid["render"] = int(child.name)
        os.killpg(pid["render"], 9)

    stored_path = str(stored().path)
    killer = threading.Thread(target=kill)
    killer.start()
    check(stored().pk)
    killer.join(20)
    assert stored().job == Job.WAITING
    assert stored().attempts == 1
    assert not Message.objects.filter(kind="recording_refused").exists()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_the_peaks_are_the_highest_of_each_stretch():
    assert render.columns([]) == []
    assert render.columns([32767, 0]) == [99, 0]
    assert len(render.columns(list(range(1000)))) == render.COLUMNS
    assert render.columns([0] * 999 + [16384])[-1] == 50


def test_the_renderer_refuses_what_it_cannot_read():
    """Whatever the probe let through."""
    assert render._guarded(io.BytesIO(b"nothing"), "audio", 1.0, io.BytesIO(), io.BytesIO(), io.BytesIO()) == {"refusal": "broken"}
