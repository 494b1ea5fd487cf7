"""Uploads a small and a large file through the WSGI application of this process, and prints how far the second let it grow."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import time_machine

path, cookies, token = sys.argv[1:]
EDGE = "----edge"
PIECE = b"\0" * 65536


class Slowly:
    """A body that is made while it is read."""

    def __init__(self, head: bytes, size: int, tail: bytes) -> None:
        self.parts = iter([head, *[PIECE] * (size // len(PIECE)), tail])
        self.left = b""

    def read(self, size: int = -1) -> bytes:
        if not self.left:
            self.left = next(self.parts, b"")
        taken, self.left = self.left[:size], self.left[size:]
        return taken

    def readline(self, size: int = -1) -> bytes:
        raise NotImplementedError("A body is read in pieces.")


def upload(size: int) -> int:
    from fulcrum.wsgi import application

    head = (
        f'--{EDGE}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n'
        f'--{EDGE}\r\nContent-Disposition: form-data; name="recording"; filename="large.wav"\r\nContent-Type: audio/wav\r\n\r\n'
    ).encode()
    tail = f"\r\n--{EDGE}--\r\n".encode()
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost:8000",
        "HTTP_COOKIE": cookies,
        "CONTENT_TYPE": f"multipart/form-data; boundary={EDGE}",
        "CONTENT_LENGTH": str(len(head) + size + len(tail)),
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": Slowly(head, size, tail),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
        "wsgi.multithread": False,
    }
    statuses: list[str] = []
    response = application(environ, lambda status, headers, exc_info=None: statuses.append(status))
    for _part in response:
        pass
    response.close()
    return int(statuses[0].split()[0])


def highest() -> int:
    """The most memory that the process ever held, in bytes."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


with time_machine.travel(datetime(2024, 4, 20, 10, tzinfo=UTC), tick=False):
    statuses = [upload(len(PIECE))]
    before = highest()
    statuses.append(upload(60 * 1024 * 1024))
    grown = highest() - before

from django.conf import settings  # noqa: E402

stored = max(file.stat().st_size for file in Path(settings.MEDIA_ROOT).rglob("*") if file.is_file())
print(json.dumps({"statuses": statuses, "grown": grown, "stored": stored}))
