"""The real server under what lines and machines do: killed, four at once, and other people's clients."""

import hashlib
import json
import random
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings as configured
from tusclient.client import TusClient

from fulcrum.files.models import StoredFile, Upload
from fulcrum.guard.querysets import everything
from tests.files import server
from tests.files.live import Line, credentials, most_memory, worker_of, zeros
from tests.waiting import until

MIB = 1024 * 1024
pytestmark = pytest.mark.django_db(transaction=True)


def content(size: int) -> bytes:
    return b"\0\0\0\x18ftypmp42" + random.Random(size).randbytes(size - 12)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def stored(folder: Path) -> StoredFile:
    """The only recording; its bytes lie where the server put them."""
    with everything("a test looks"):
        file = StoredFile.objects.get()
    file.bytes = (folder / "media" / file.token.hex[:2] / file.token.hex).read_bytes()
    return file


def test_killed_at_ten_moments_the_server_loses_no_byte_that_it_acknowledged(site, candidates, tmp_path):
    line = Line(site(), candidates[0].person)
    whole, piece = content(6 * MIB), 100_000
    path = line.begin(len(whole), f"{candidates[0].reference}/motivation/video")
    for moment in range(10):
        here = line.offset(path)
        acknowledged = int(line.add(path, here, whole[here : here + piece], piece).headers["Upload-Offset"])
        assert acknowledged == here + piece
        sent = whole[acknowledged : acknowledged + moment * 40_000]
        cut = line.begin_to_add(path, acknowledged, len(whole) - acknowledged, sent)
        server.kill(tmp_path)  # at once: some of it has arrived, some is being written
        cut.close()
        server.start(tmp_path)
        assert acknowledged <= line.offset(path) <= acknowledged + len(sent)
    here = line.offset(path)
    response = line.add(path, here, whole[here:], len(whole) - here)
    assert "X-Location" in response.headers
    assert sha256(stored(tmp_path).bytes) == sha256(whole)
    assert not list((tmp_path / "media/uploads").iterdir())


def test_four_at_once_pass_through_the_process_without_staying_in_it(site, candidates, tmp_path):
    line, size = Line(site(), candidates[0].person), 48 * MIB
    targets = [f"{candidates[0].reference}/motivation/video"] * 4

    def upload(target: str, length: int) -> int:
        return line.add(line.begin(length, target), 0, zeros(length), length).status

    worker = worker_of(tmp_path)
    assert upload(targets[0], MIB) == 204
    before = most_memory(worker)
    with ThreadPoolExecutor(4) as crowd:
        assert set(crowd.map(upload, targets, [size] * 4)) == {204}
    assert most_memory(worker) - before < 24 * MIB
    assert most_memory(worker) < 150 * MIB


def test_a_line_that_breaks_again_and_again_loses_little(site, candidates, tmp_path):
    line, whole = Line(site(), candidates[0].person), content(4 * MIB)
    path = line.begin(len(whole), f"{candidates[0].reference}/motivation/video")
    here = breaks = 0
    while len(whole) - here > 300_000:
        cut = line.begin_to_add(path, here, len(whole) - here, whole[here : here + 250_000])
        cut.close()
        here, breaks = until(lambda least=here + 225_000: (now := line.offset(path)) >= least and now), breaks + 1
    assert line.add(path, here, whole[here:], len(whole) - here).status == 204
    assert breaks <= 20
    assert sha256(stored(tmp_path).bytes) == sha256(whole)


@pytest.fixture
def film(tmp_path) -> Path:
    path = tmp_path / "film.mp4"
    path.write_bytes(content(5 * MIB))
    return path


def test_tuspy_uploads_breaks_off_and_goes_on(site, candidates, film, tmp_path):
    port, draft = site(), candidates[0]
    client = TusClient(f"http://localhost:{port}/uploads/", headers=credentials(draft.person))
    metadata = {"filename": "film.mp4", "filetype": "video/mp4", "target": f"{draft.reference}/motivation/video"}
    first = client.uploader(str(film), chunk_size=MIB, metadata=metadata)
    first.upload(stop_at=2 * MIB)
    with everything("a test looks"):
        assert Upload.objects.get().offset == 2 * MIB
    again = client.uploader(str(film), chunk_size=MIB, url=first.url)
    assert again.offset == 2 * MIB
    again.upload()
    assert sha256(stored(tmp_path).bytes) == sha256(film.read_bytes())


def test_tus_js_client_uploads_breaks_off_and_goes_on(site, candidates, film, tmp_path):
    port, draft = site(), candidates[0]
    words = {
        "endpoint": f"http://localhost:{port}/uploads/",
        "headers": credentials(draft.person),
        "metadata": {"filename": "film.mp4", "filetype": "video/mp4", "target": f"{draft.reference}/motivation/video"},
        "file": str(film),
        "stopAt": 2 * MIB,
    }
    script = Path(__file__).with_name("tus_client.cjs")
    done = subprocess.run(["node", str(script), json.dumps(words)], cwd=configured.BASE_DIR, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert 2 * MIB <= found["resumedAt"] < 5 * MIB
    assert found["page"].endswith(f"/applications/{draft.reference}/answers/motivation/?channel=video")
    assert sha256(stored(tmp_path).bytes) == sha256(film.read_bytes())
