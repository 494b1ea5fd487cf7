import io
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.cache import cache
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.test import Client

from applications.answers.models import Answer
from fulcrum.files.models import StoredFile
from tests import factories
from tests.files import server
from tests.files.live import drafts
from tests.files.media import make, make_good
from tests.processes import alone, surroundings


@pytest.fixture(scope="session")
def shelf(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("recordings")


@pytest.fixture(scope="session")
def good(shelf) -> dict[str, bytes]:
    """The bytes of one recording of each kind that people send."""
    return {name: path.read_bytes() for name, path in make_good(shelf).items()}


@pytest.fixture(scope="session")
def bad(shelf, good) -> dict[str, bytes]:
    """What only looks like a recording, or is a broken one."""
    front = make(shelf / "front.mp4", sound="aac", picture="libx264", options={"movflags": "faststart"}).read_bytes()
    return {
        "cut": good["mp4"][: len(good["mp4"]) // 2],
        "cut in the middle": front[: len(front) * 2 // 3],
        "mute": make(shelf / "mute.mp4", picture="libx264").read_bytes(),
        "giant": make(shelf / "giant.mp4", sound="aac", picture="libx264", seconds=0.4, size=(4400, 16)).read_bytes(),
        "random": bytes((number * 7919 + number**2) % 251 for number in range(20_000)),
        "headless": b"\0\0\0\x18ftypmp42" + bytes(5000),
    }


@pytest.fixture
def address(draft):
    """The address of the motivation's recording, and what can be done to it."""

    def of(act: str = "upload", channel: str = "audio", key: str = "motivation") -> str:
        ends = {"upload": f"{channel}/upload/", "play": "recording/", "remove": "recording/remove/"}
        return f"/en/applications/{draft.reference}/answers/{key}/{ends[act]}"

    return of


def multipart(name: str, content: bytes, token: str = "") -> tuple[bytes, str]:
    """A form as a browser sends it, with the file's name as it is."""
    edge = "----edge"
    parts = f'--{edge}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n' if token else ""
    parts += f'--{edge}\r\nContent-Disposition: form-data; name="recording"; filename="{name}"\r\nContent-Type: video/mp4\r\n\r\n'
    return parts.encode() + content + f"\r\n--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}"


class Body(io.BytesIO):
    """A request's body that does something whenever more of it is read, and notes what lies in the folder of incoming files."""

    def __init__(self, content: bytes, act: Any = None) -> None:
        super().__init__(content)
        self.act, self.reads, self.incoming = act, 0, set()

    def read(self, size: int | None = -1) -> bytes:
        self.reads += 1
        self.incoming |= set(Path(configured.FILE_UPLOAD_TEMP_DIR).iterdir())
        if self.act:
            self.act()
        return super().read(size)


@pytest.fixture
def send(draft, address):
    """Sends a file as a browser does, with its token; returns the answer, with the body as it was read."""
    window = factories.sign_in(Client(enforce_csrf_checks=True), draft.person)

    def to(
        content: bytes, name: str = "mana.m4a", *, path: str = "", channel: str = "audio", key: str = "motivation", act: Any = None, **extra: Any
    ) -> Any:
        token = str(window.get(f"/en/applications/{draft.reference}/answers/{key}/").context["csrf_token"])
        data, content_type = multipart(name, content, token)
        body = Body(data, act)
        response = window.generic("POST", path or address(channel=channel, key=key), data, content_type, **{"wsgi.input": body, **extra})
        response.body = body
        return response

    to.window = window
    return to


@pytest.fixture
def stored(draft, unguarded):
    """The recording that counts as the motivation, as the database has it."""
    return lambda key="motivation": StoredFile.objects.get(answer__application=draft, answer__question__key=key)


@pytest.fixture
def answer(draft, unguarded):
    return lambda key="motivation": Answer.objects.get(application=draft, question__key=key)


@pytest.fixture
def on_disk(settings):
    """Every file of the media's folder, the incoming ones too."""
    return lambda: [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


@pytest.fixture
def upload_of(settings):
    """A file as Django hands it to a view."""

    def make_upload(content: bytes, name: str = "mana.m4a") -> TemporaryUploadedFile:
        upload = TemporaryUploadedFile(name, "audio/mp4", len(content), None)
        upload.write(content)
        upload.flush()
        return upload

    return make_upload


@pytest.fixture
def motivation(call):
    return call.questions.get(key="motivation")


# The real server


@pytest.fixture
def candidates():
    """Two drafts in a call that is open now, by the real clock."""
    cache.clear()
    return drafts(2)


@pytest.fixture
def site(tmp_path):
    """Starts the real server; returns its port."""

    def start(**settings) -> int:
        port = server.free_port()
        server.gunicorn(tmp_path, port=port, surroundings=surroundings(), **settings)
        return port

    with alone():  # its threads hold connections too
        yield start
        server.kill(tmp_path)


@pytest.fixture
def proxy(tmp_path):
    """Starts the shipped proxy before a port, on loopback and without a certificate; returns its port."""
    folder = tmp_path / "proxy"
    folder.mkdir()

    def start(behind: int) -> int:
        port = server.free_port()
        own = {
            "SITE_URL": f"http://localhost:{port}",
            "LISTEN": "127.0.0.1",
            "UPSTREAM": f"127.0.0.1:{behind}",
            "HEALTH": f"127.0.0.1:{server.free_port()}",
            "HOME": str(folder),
        }
        version = subprocess.run(["caddy", "version"], capture_output=True, text=True, check=True).stdout
        if re.match(r"v?2\.[0-6]\.", version):
            own["FORMS"] = "buffer_requests"
        command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(configured.BASE_DIR / "deploy/Caddyfile")]
        server.start(folder, command, os.environ | own, port=port)
        return port

    yield start
    server.kill(folder)
