"""Uploading to the real server over a real line, as a program beside a browser would."""

import base64
import http.client
import json
import socket
from pathlib import Path
from typing import Any

from django.test import Client
from django.utils import timezone

from fulcrum.calls.services import load_call
from fulcrum.demo.services import CALL, shifted
from tests import factories

CSRF = "c" * 32
BYTES = "application/offset+octet-stream"
PIECE = b"\0" * (1024 * 1024)


def drafts(number: int) -> list[Any]:
    """Drafts in a call that is open now."""
    call = load_call(shifted(json.loads(CALL.read_text()), timezone.now()))
    return [factories.draft(call=call, network=call.networks.get(slug="alcc")) for _each in range(number)]


def credentials(person: Any) -> dict[str, str]:
    """The headers of a person's browser."""
    client = factories.sign_in(Client(), person)
    return {"Cookie": f"session={client.cookies['session'].value}; csrf={CSRF}", "X-CSRFToken": CSRF}


class Line:
    """A candidate's uploads to the server on a port of this machine."""

    def __init__(self, port: int, person: Any) -> None:
        self.port, self.headers = port, credentials(person) | {"Tus-Resumable": "1.0.0"}

    def ask(self, method: str, path: str, headers: dict[str, Any] | None = None, body: Any = None) -> http.client.HTTPResponse:
        line = http.client.HTTPConnection("localhost", self.port, timeout=120)
        line.request(method, path, body, self.headers | {name: str(value) for name, value in (headers or {}).items()})
        response = line.getresponse()
        response.read()
        line.close()
        return response

    def begin(self, size: int, target: str) -> str:
        """The path of a new upload."""
        words = {"filename": "film.mp4", "filetype": "video/mp4", "target": target}
        metadata = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in words.items())
        response = self.ask("POST", "/uploads/", {"Upload-Length": size, "Upload-Metadata": metadata, "Content-Length": 0})
        assert response.status == 201, response.headers
        return response.headers["Location"]

    def offset(self, path: str) -> int:
        response = self.ask("HEAD", path)
        assert response.status == 200, response.status
        return int(response.headers["Upload-Offset"])

    def add(self, path: str, offset: int, content: Any, length: int) -> http.client.HTTPResponse:
        """Send `content`, bytes or pieces of them, and wait for the answer."""
        return self.ask("PATCH", path, {"Upload-Offset": offset, "Content-Type": BYTES, "Content-Length": length}, content)

    def begin_to_add(self, path: str, offset: int, length: int, content: bytes) -> socket.socket:
        """Announce `length` bytes, send some of them and leave the line open."""
        line = socket.create_connection(("localhost", self.port), 10)
        headers = self.headers | {"Host": f"localhost:{self.port}", "Upload-Offset": offset, "Content-Type": BYTES, "Content-Length": length}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        line.sendall(f"PATCH {path} HTTP/1.1\r\n{head}\r\n".encode() + content)
        return line


def zeros(size: int) -> Any:
    """So many bytes, made while they are sent."""
    for start in range(0, size, len(PIECE)):
        yield PIECE[: size - start]


def worker_of(folder: Path) -> int:
    """The process that answers, below the one that was started in this folder."""
    master = (folder / "server.pid").read_text()
    return int(Path(f"/proc/{master}/task/{master}/children").read_text().split()[0])


def most_memory(pid: int) -> int:
    """The most that a process ever held, in bytes."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024
