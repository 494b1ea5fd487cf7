"""How bytes come in: one writer for each file, who yields when somebody asks, and lines that may be slow, silent or broken."""

import fcntl
import os
import select
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest

_STEP = 128 * 1024
_TICK = 0.25  # how long a silent line waits before it looks whether somebody asks for the file
_GRACE = 1.0  # how long a line that is not silent may go on when somebody asks
_PATIENCE = 8.0


class Gone(Exception):
    """There is no such file any more."""


class Busy(Exception):
    """Somebody else writes and did not yield."""


class Cut(Exception):
    """No more will come on this line; `why` is one of "broken", "silent", "asked", "crowded"."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@contextmanager
def held(path: Path, *, patience: float = _PATIENCE) -> Iterator[int]:
    """The file, open and for this thread alone; whoever holds it is asked to yield. Raises Gone, and Busy after `patience` seconds.

    The lock is the kernel's: it holds between processes too, and goes with a process that is killed.
    """
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError as error:
        raise Gone from error
    try:
        until = time.monotonic() + patience
        while not _locked(handle):
            if time.monotonic() > until:
                raise Busy
            _bell(path).touch()
            time.sleep(0.02)
        _bell(path).unlink(missing_ok=True)
        try:
            if not os.path.samestat(os.fstat(handle), os.stat(path)):
                raise Gone
        except FileNotFoundError as error:  # finished or removed while this thread waited
            raise Gone from error
        yield handle
    finally:
        os.close(handle)


def remove(path: Path) -> None:
    """Take the file away, and what was asked for it."""
    path.unlink(missing_ok=True)
    _bell(path).unlink(missing_ok=True)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _bell(path: Path) -> Path:
    """Stands beside the file as long as somebody asks for it: threads and processes see it alike."""
    return path.with_suffix(".ask")


class Line:
    """The body of a request, `left` bytes of it, as it arrives.

    Behind gunicorn the socket never blocks: what has arrived is taken, and in between one looks who asks, how long it was silent,
    and whether there are too many lines. Behind another server a read simply blocks.
    """

    _open: "list[Line]" = []
    _guard = threading.Lock()

    def __init__(self, request: HttpRequest, length: int) -> None:
        self.request, self.left = request, length
        self.socket: Any = request.META.get("gunicorn.socket")
        self.heard = time.monotonic()
        self.asked_since: float | None = None
        self.dismissed = False

    def pieces(self, path: Path) -> Generator[bytes, None, None]:
        """Piece by piece until its length is reached, for a writer who holds `path`. Raises Cut when no more will come."""
        self._enter()
        before = self.socket.gettimeout() if self.socket else None
        try:
            if self.socket:
                self.socket.settimeout(0)
            while self.left:
                if piece := self._arrived():
                    self.left -= len(piece)
                    self.heard = time.monotonic()
                    yield piece
                    self._look(_bell(path), silent=False)
                elif not select.select([self.socket], [], [], _TICK)[0]:
                    self._look(_bell(path), silent=True)
            body: Any = self.request.META.get("wsgi.input")
            if getattr(body, "failed", False):
                body.failed = False  # read to its end after all: the next request on this connection begins where it should
        finally:
            if self.socket:
                self.socket.settimeout(before)
            with self._guard:
                self._open.remove(self)

    def drain(self, most: int = 4 * 1024 * 1024, seconds: float = 2) -> None:
        """Read a little of what nobody wants, since most clients only hear an answer when they have finished speaking."""
        until = time.monotonic() + seconds
        before = self.socket.gettimeout() if self.socket else None
        try:
            if self.socket:
                self.socket.settimeout(0)
            while self.left and most > 0 and time.monotonic() < until:
                if piece := self._arrived():
                    self.left, most = self.left - len(piece), most - len(piece)
                else:
                    select.select([self.socket], [], [], 0.1)
        except Cut:
            pass
        finally:
            if self.socket:
                self.socket.settimeout(before)

    def _enter(self) -> None:
        """Raises Cut when there are too many lines and none of them is silent; the one that was silent longest makes room."""
        with self._guard:
            if len(running := [line for line in self._open if not line.dismissed]) >= settings.UPLOADS_AT_ONCE:
                quietest = min(running, key=lambda line: line.heard)
                if time.monotonic() - quietest.heard < 1:
                    raise Cut("crowded")
                quietest.dismissed = True
            self._open.append(self)

    def _arrived(self) -> bytes:
        """What is here now, at most a step; nothing on a silent line. Raises Cut on a broken one, after its last whole kilobyte."""
        size = min(_STEP, self.left)
        while True:
            try:
                piece = self.request.read(size)
            except OSError as error:
                if size > 1024:  # less than that may be here: gunicorn keeps what it has read until somebody asks for as much
                    size //= 2
                    continue
                if isinstance(error.__cause__, BlockingIOError):
                    return b""
                raise Cut("broken") from error
            if not piece:
                raise Cut("broken")
            return piece

    def _look(self, bell: Path, *, silent: bool) -> None:
        now = time.monotonic()
        if self.dismissed:
            raise Cut("crowded")
        if not bell.exists():
            self.asked_since = None
        elif silent or now - (self.asked_since or now) > _GRACE:
            raise Cut("asked")
        else:
            self.asked_since = self.asked_since or now
        if silent and now - self.heard > settings.UPLOAD_SILENCE_SECONDS:
            raise Cut("silent")
