"""Asking clamd whether a file is harmful. Where no scanner is configured, nobody is asked."""

import socket
from pathlib import Path

from django.conf import settings

_CHUNK = 256 * 1024
_TIMEOUT = 60  # seconds without a sign of life


class NotChecked(OSError):
    """The scanner gave no clear answer; the file stays back until it does."""


def is_harmful(path: Path) -> bool:
    """Whether clamd finds something in the file; False where none is configured.

    The bytes travel over the socket (INSTREAM), so that clamd needs no right to our folder. Raises NotChecked for anything
    but "OK" and "FOUND": no connection, silence, an error, a file beyond clamd's own limit.
    """
    if not settings.CLAMD:
        return False
    try:
        with _connect(settings.CLAMD) as line, open(path, "rb") as file:
            line.sendall(b"zINSTREAM\0")
            while chunk := file.read(_CHUNK):
                line.sendall(len(chunk).to_bytes(4, "big") + chunk)
            line.sendall(bytes(4))
            answer = _answer(line)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise NotChecked(f"scanner: {type(error).__name__}") from error
    if answer == "stream: OK":
        return False
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        return True
    raise NotChecked("scanner: no clear answer")


def _connect(address: str) -> socket.socket:
    """A connection to "host:port", or to the path of a local socket."""
    if address.startswith("/"):
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(_TIMEOUT)
        line.connect(address)
        return line
    host, _, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=_TIMEOUT)


def _answer(line: socket.socket) -> str:
    said = b""
    while not said.endswith(b"\0") and len(said) < 4096 and (part := line.recv(4096)):
        said += part
    return said.removesuffix(b"\0").decode(errors="replace").strip() if said.endswith(b"\0") else ""
