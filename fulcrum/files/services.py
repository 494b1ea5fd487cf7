"""Taking in a recording, and checking it."""

import hashlib
import logging
import os
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Coalesce, Greatest

from fulcrum.files.artefacts import Artefact
from fulcrum.files.children import Crashed, Gone, OutOfTime, one_at_a_time, run_script
from fulcrum.files.models import StoredFile
from fulcrum.files.scanner import NotChecked, is_harmful
from fulcrum.files.uploads.models import Upload
from fulcrum.guard.querysets import everything
from fulcrum.guard.text import clean_text
from fulcrum.mail.services import write
from fulcrum.work.models import Job
from fulcrum.work.retention import retention
from fulcrum.work.services import sweeps, wake

log = logging.getLogger(__name__)
told_of_passed: list[Callable[[StoredFile], None]] = []  # later rooms that go on with it, in the deciding transaction
PROBE_SECONDS, RENDER_SECONDS = 150, 3600
SWEEP_AT_MOST = 20  # seconds after which a sweep begins no further recording
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
    """Remove the row, and the file with all that was made of it once the deciding transaction commits."""
    paths = stored.paths
    stored.delete()
    transaction.on_commit(lambda: _unlink(paths))


def _unlink(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def check(pk: int) -> None:
    """Have the recording scanned, look what it is, and make the version that people play; or note why it is refused, in a letter to its owner.

    Staff may see it once all of this is done. Safe to repeat; whatever trouble is not the recording's own puts it off. While
    another recording is worked on, it waits for the next sweep.
    """
    with one_at_a_time() as free:
        if not free:
            return
        with everything("the check is for all files"):
            stored: StoredFile | None = StoredFile.objects.lease(pk)
        if stored is None:
            return
        try:
            _work_on(stored)
        except Gone:
            return
        except OSError as error:
            log.warning("recording %s waits: %s", pk, type(error).__name__)
            stored.put_off(str(error) if isinstance(error, NotChecked) else type(error).__name__)


def _work_on(stored: StoredFile) -> None:
    with open(stored.path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if is_harmful(stored.path):
        return _refuse(stored, StoredFile.Refusal.UNSAFE, digest)
    found = probe_file(stored.path, stored.kind)
    if "refusal" in found:
        return _refuse(stored, found["refusal"], digest)
    folder = Path(settings.FILE_UPLOAD_TEMP_DIR)
    web, poster = folder / f"{stored.lease}.mp4", folder / f"{stored.lease}.jpg"  # names of this try: one that was cut may still be writing
    try:
        made = render_file(stored.path, stored.kind, found["seconds"], web, poster, wanted=stored.hold)
        if "refusal" in made:
            return _refuse(stored, made["refusal"], digest)
        with transaction.atomic():
            if not stored.finish(
                check_state=StoredFile.Check.PASSED, sha256=digest, media_type=found["media_type"], **take_over(stored, made, web, poster)
            ):
                raise Gone
            for tell in told_of_passed:
                tell(stored)
    except Gone:
        with everything("the check is for all files"):
            if not StoredFile.objects.filter(pk=stored.pk).exists():
                _unlink(stored.paths)  # removed while it was worked on
        raise
    finally:
        _unlink([web, poster])


def take_over(stored: StoredFile, made: dict[str, Any], web: Path, poster: Path) -> dict[str, Any]:
    """Put what was made of a recording at its place. Returns the fields of its row that say so."""
    _link(web, stored.web_path)
    if poster.stat().st_size:
        _link(poster, stored.poster_path)
    return {
        "web_size": web.stat().st_size,
        "poster_size": poster.stat().st_size or None,
        "peaks": made["peaks"],
        "seconds": made["seconds"],
    }


def _link(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    os.link(source, target)
    os.chmod(target, 0o600)


def _refuse(stored: StoredFile, refusal: str, digest: str) -> None:
    with transaction.atomic():
        if stored.finish(check_state=StoredFile.Check.REFUSED, refusal=refusal, sha256=digest):
            _tell_owner(stored)


def _tell_owner(stored: StoredFile) -> None:
    """Whoever gave the recording may have left, or sent their application already: a letter says why it counts no more."""
    owner = stored.owner
    key = f"recording refused {stored.pk}"
    write("recording_refused", key=key, address=owner.email, language=owner.language, person=owner, recording=stored)


def probe_file(path: Path, kind: str) -> dict[str, Any]:
    """What a child process finds in a recording: its `media_type` and `seconds`, or a `refusal`."""
    return _refusing("probe.py", str(path), kind, seconds=PROBE_SECONDS)


def render_file(path: Path, kind: str, seconds: int, web: Path, poster: Path, *, wanted: Callable[[], bool] = lambda: True) -> dict[str, Any]:
    """Let a child process write the web version and the poster of a recording that was probed; the poster of a sound is empty.

    Returns `peaks` and `seconds`, or a `refusal`. Raises Gone once `wanted` says no.
    """
    return _refusing("render.py", str(path), kind, str(seconds), str(web), str(poster), seconds=RENDER_SECONDS, wanted=wanted)


def _refusing(script: str, *arguments: str, **limits: Any) -> dict[str, Any]:
    try:
        found: dict[str, Any] = run_script(Path(__file__).with_name(script), *arguments, **limits)
    except OutOfTime:
        return {"refusal": StoredFile.Refusal.TOO_LARGE}
    except Crashed:
        return {"refusal": StoredFile.Refusal.BROKEN}  # its limits, or a crash on what it read
    if "trouble" in found:
        raise OSError(found["trouble"])
    return found


@sweeps
def check_due() -> int:
    """Check the recordings that wait, until the other rooms have waited long enough. Returns how many were taken."""
    with everything("the check is for all files"):
        due = list(StoredFile.objects.due().order_by("due_at").values_list("pk", flat=True)[:50])
    end = time.monotonic() + SWEEP_AT_MOST
    for number, pk in enumerate(due, 1):
        check(pk)
        if time.monotonic() > end:
            return number
    return len(due)


@retention("files that broke off while arriving")
def forget_broken_uploads() -> int:
    """Remove what has lain among the incoming files, or without a row, for more than a day. Returns how many."""
    yesterday = time.time() - 24 * 3600
    with everything("retention"):
        known = {path for row in StoredFile.objects.only("token") for path in row.paths}
    folder = Path(settings.MEDIA_ROOT)
    stray = [path for path in [*folder.glob("incoming/*"), *folder.glob("??/*")] if path.is_file() and path not in known]
    old = [path for path in stray if path.stat().st_mtime < yesterday]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def lost_files() -> list[str]:
    """Invariant: each row has its files, of their sizes; and no file is without its row, but for what arrived within the hour."""
    with everything("invariant"):
        rows = list(StoredFile.objects.only("pk", "token", "kind", "size", "media_type", "web_size", "poster_size").order_by("pk"))
        failed = list(StoredFile.objects.filter(job=Job.FAILED).order_by("pk").values_list("pk", flat=True))
    found = [f"files: {row.pk} is not on disk as it was stored." for row in rows if not all(map(_is_there, row.artefacts))]
    found += [f"files: {pk} could not be checked." for pk in failed]
    known = {path for row in rows for path in row.paths}
    lately = time.time() - 3600
    for path in sorted(Path(settings.MEDIA_ROOT).glob("??/*")):
        if path not in known and path.stat().st_mtime < lately:
            found.append(f"files: {path.name} on disk belongs to no row.")
    return found


def _is_there(artefact: Artefact) -> bool:
    path = Path(str(artefact.source))
    return path.exists() and path.stat().st_size == artefact.size
