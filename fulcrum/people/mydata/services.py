"""The verbs of "my data": give it out, erase it. Later rooms join through lists."""

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone

from fulcrum.audit.services import record
from fulcrum.people.models import User
from fulcrum.people.mydata.held import all_held
from fulcrum.people.services import end_sessions

CHUNK = 256 * 1024

originals: list[Callable[[User], Iterable[tuple[str, Path | bytes]]]] = []  # files of a person, with their names in the parcel
locks: list[Callable[[User], None]] = []  # rows that are locked before anything is written, in the order in which every verb locks them
erasers: list[Callable[[User], None]] = []  # what each room does when a person is erased, in the deciding transaction; the last room first
foretold: list[Callable[[User], Iterable[str]]] = []  # sentences about what an erasure would do to this very person


class StillStaff(Exception):
    """Somebody with a role gives it back first: what they are answerable for can't lose its name meanwhile."""


def parcel(person: User) -> Iterator[bytes]:
    """Everything that is held of a person, as a ZIP in pieces: `data.json`, and their files. Writes an audit entry before the first piece.

    What it says is gathered before it returns; files are read while they are sent.
    """
    content = json.dumps({"made": timezone.now().isoformat(), **all_held(person)}, ensure_ascii=False, indent=2)
    files = [entry for source in originals for entry in source(person)]
    record("own data given out", by=person, subject=person)
    return _zipped([("data.json", content.encode()), *files])


class _Sink(io.RawIOBase):
    """Takes what the writer of a ZIP writes, and hands it on; it can't go back, so nothing is held."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.pieces.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        found, self.pieces = b"".join(self.pieces), []
        return found


def _zipped(files: list[tuple[str, Path | bytes]]) -> Iterator[bytes]:
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as box:  # recordings don't get smaller
        for name, source in files:
            if isinstance(source, Path) and not source.exists():
                continue  # removed meanwhile
            with source.open("rb") if isinstance(source, Path) else io.BytesIO(source) as file, box.open(name, "w", force_zip64=True) as out:
                while piece := file.read(CHUNK):
                    out.write(piece)
                    yield sink.taken()
    yield sink.taken()


@transaction.atomic
def erase(person: User) -> None:
    """Erase a person, by themselves: every room removes what it can, and what stays for the record has no name any more.

    The row stays under a number, signed out, and can't sign in; its address is free again. Writes an audit entry. Twice is once.
    Raises StillStaff.
    """
    now = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if not now.is_active:
        return
    if now.roles_now:
        raise StillStaff
    for lock in locks:
        lock(now)
    for eraser in reversed(erasers):
        eraser(now)
    Authenticator.objects.filter(user=now).delete()
    EmailAddress.objects.filter(user=now).delete()
    User.objects.filter(pk=now.pk).update(email=f"gone-{now.pk}@person.invalid", name="", is_active=False)
    end_sessions(now)
    record("person erased", by=now, subject=now)
