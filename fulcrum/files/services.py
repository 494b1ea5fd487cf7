"""Taking in a recording, and checking it."""

import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Coalesce, Greatest

from fulcrum.files.models import StoredFile
from fulcrum.files.uploads.models import Upload
from fulcrum.guard.querysets import everything
from fulcrum.guard.text import clean_text
from fulcrum.mail.services import write
from fulcrum.work.models import Job
from fulcrum.work.retention import retention
from fulcrum.work.services import sweeps, wake

log = logging.getLogger(__name__)
EXTENSIONS = {"mp4", "m4v", "mov", "webm", "mkv", "3gp", "mp3", "m4a", "aac", "ogg", "oga", "opus", "wav", "flac", "amr"}
# what a browser or a decoder would take for something else than a recording
_DISGUISES = (b"<", b"#EXTM3U", b"#!", b"%PDF", b"PK\x03\x04", b"ffconcat", b"[playlist]", b"\xef\xbb\xbf")


class Refused(Exception):
    """The file is not taken; `why` is one of "empty", "not_media", "quota"."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def receive(upload: TemporaryUploadedFile, *, kind: str, owner: Any, replaces: StoredFile | None = None) -> StoredFile:
    """Put an uploaded recording on disk under a name of ours. Returns its row, unsaved: `admit` it in the deciding transaction.

    Raises Refused for what extension or first bytes show to be no recording, for an empty file, and past the person's quota,
    in which the recording that it replaces does not count.
    """
    name = clean_text(upload.name or "")[-200:]
    if not upload.size:
        raise Refused("empty")
    upload.seek(0)
    refuse_disguise(name, upload.read(512))
    need_room(owner, upload.size, replaces=replaces)
    return place(Path(upload.temporary_file_path()), name=name, kind=kind, owner=owner)


def refuse_disguise(name: str, start: bytes) -> None:
    """Raises Refused for what a file's name or its first bytes show to be no recording."""
    if name.rpartition(".")[2].lower() not in EXTENSIONS or start.lstrip().startswith(_DISGUISES):
        raise Refused("not_media")


def need_room(owner: Any, size: int, *, replaces: StoredFile | None = None, but: Upload | None = None) -> None:
    """Raises Refused when `size` more goes past the person's quota, in which an upload on its way counts with all that it announced.

    Neither the recording that it replaces nor the upload `but` counts; even the smallest upload counts as a megabyte, for its row.
    """
    with everything("quota of one person"):
        stored = StoredFile.objects.filter(owner=owner).exclude(pk__in=[replaces.pk] if replaces else [])
        coming = Upload.objects.filter(owner=owner, finished_at=None).exclude(pk__in=[but.pk] if but else [])
        announced = Greatest(Coalesce("size", "offset"), 1024 * 1024)
        used = (stored.aggregate(sum=Sum("size"))["sum"] or 0) + (coming.aggregate(sum=Sum(announced))["sum"] or 0)
    if used + size > settings.UPLOAD_QUOTA_BYTES:
        raise Refused("quota")


def place(source: Path, *, name: str, kind: str, owner: Any, token: uuid.UUID | None = None) -> StoredFile:
    """Link the file at `source`, on the volume of the media, to a name of ours; the bytes are on disk when it returns. Returns the row, unsaved.

    Under a `token` of the caller's it may be repeated.
    """
    stored = StoredFile(owner=owner, kind=kind, given_name=name, size=source.stat().st_size, token=token or uuid.uuid4())
    folder = stored.path.parent
    folder.mkdir(parents=True, exist_ok=True)
    if not (stored.path.exists() and os.path.samefile(source, stored.path)):
        os.link(source, stored.path)
    os.chmod(stored.path, 0o600)
    for path in (stored.path, folder, folder.parent):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    return stored


def admit(stored: StoredFile) -> None:
    """Add the row of a placed recording, and wake its check after the commit."""
    stored.save()
    wake("files.check", stored.pk)


def discard(stored: StoredFile) -> None:
    """Remove the row, and the file once the deciding transaction commits."""
    path = stored.path
    stored.delete()
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


def check(pk: int) -> None:
    """Decode the recording in a child process and note what it is, or why it is refused; then its owner gets a letter. Safe to repeat."""
    with everything("the check is for all files"):
        stored: StoredFile | None = StoredFile.objects.lease(pk)
    if stored is None:
        return
    try:
        found = probe_file(stored.path, stored.kind)
        with open(stored.path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        stored.put_off(type(error).__name__)
        return
    if refusal := found.get("refusal"):
        with transaction.atomic():
            if stored.finish(check_state=StoredFile.Check.REFUSED, refusal=refusal, sha256=digest):
                _tell_owner(stored)
    else:
        stored.finish(check_state=StoredFile.Check.PASSED, sha256=digest, seconds=found["seconds"], media_type=found["media_type"])


def _tell_owner(stored: StoredFile) -> None:
    """Whoever gave the recording may have left, or sent their application already: a letter says why it counts no more."""
    owner = stored.owner
    key = f"recording refused {stored.pk}"
    write("recording_refused", key=key, address=owner.email, language=owner.language, person=owner, recording=stored)


def probe_file(path: Path, kind: str) -> dict[str, Any]:
    """What a child process finds in a recording: its `media_type` and `seconds`, or a `refusal`."""
    command = [sys.executable, "-I", str(Path(__file__).with_name("probe.py")), str(path), kind]
    try:
        done = subprocess.run(  # noqa: S603 - our own script, on a path of ours
            command, capture_output=True, timeout=150, env={"PATH": os.environ.get("PATH", "")}, check=True, start_new_session=True
        )
        return json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return {"refusal": StoredFile.Refusal.TOO_LARGE}
    except subprocess.CalledProcessError as error:
        if -error.returncode in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
            raise InterruptedError("the check was cut") from error  # from outside: it says nothing about the recording
        return {"refusal": StoredFile.Refusal.BROKEN}  # its limits, or a crash on what it read
    except ValueError:
        return {"refusal": StoredFile.Refusal.BROKEN}


@sweeps
def check_due() -> int:
    """Check every recording that waits. Returns how many were taken."""
    with everything("the check is for all files"):
        due = list(StoredFile.objects.due().order_by("due_at").values_list("pk", flat=True)[:50])
    for pk in due:
        check(pk)
    return len(due)


@retention("files that broke off while arriving")
def forget_broken_uploads() -> int:
    """Remove what has lain among the incoming files, or without a row, for more than a day. Returns how many."""
    yesterday = time.time() - 24 * 3600
    with everything("retention"):
        known = {row.path for row in StoredFile.objects.only("token")}
    folder = Path(settings.MEDIA_ROOT)
    stray = [path for path in [*folder.glob("incoming/*"), *folder.glob("??/*")] if path.is_file() and path not in known]
    old = [path for path in stray if path.stat().st_mtime < yesterday]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def lost_files() -> list[str]:
    """Invariant: each row has its file, of its size; and no file is without its row, but for what arrived within the hour."""
    with everything("invariant"):
        rows = list(StoredFile.objects.only("pk", "token", "size").order_by("pk"))
    found = [f"files: {row.pk} is not on disk as it was stored." for row in rows if not row.path.exists() or row.path.stat().st_size != row.size]
    with everything("invariant"):
        failed = list(StoredFile.objects.filter(job=Job.FAILED).order_by("pk").values_list("pk", flat=True))
    found += [f"files: {pk} could not be checked." for pk in failed]
    known = {row.path for row in rows}
    lately = time.time() - 3600
    for path in sorted(Path(settings.MEDIA_ROOT).glob("??/*")):
        if path not in known and path.stat().st_mtime < lately:
            found.append(f"files: {path.name} on disk belongs to no row.")
    return found
