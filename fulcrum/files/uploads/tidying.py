"""What is done about uploads when nobody asks: finishing what a killed process left, removing what is over, and looking that all agree."""

import logging
import time
from pathlib import Path

from django.db.models import Q
from django.utils import timezone

from fulcrum.files.uploads.lines import Busy, Gone, held
from fulcrum.files.uploads.models import Upload, folder
from fulcrum.files.uploads.services import finish, take_away
from fulcrum.files.uploads.targets import Refusal
from fulcrum.guard.querysets import everything
from fulcrum.work.retention import retention
from fulcrum.work.services import sweeps

log = logging.getLogger(__name__)


@sweeps
def tidy() -> int:
    """Finish what is whole and was left between its last byte and its answer, and remove what is over. Returns how many rows were taken."""
    with everything("uploads that nobody is writing"):
        whole = list(Upload.objects.filter(finished_at=None, expires_at__gt=timezone.now()).exclude(size=None).select_related("owner"))
    return sum(_finished(upload) for upload in whole if upload.here == upload.size) + forget_uploads_that_are_over()


def _finished(upload: Upload) -> bool:
    try:
        with held(upload.path, patience=0):
            now = Upload.objects.of_person(upload.owner).select_related("owner").filter(pk=upload.pk, finished_at=None).first()
            if now is None or now.unverified_from is not None:
                return False
            Upload.objects.of_person(upload.owner).filter(pk=upload.pk).update(offset=now.size)
            finish(now)
            return True
    except (Busy, Gone, Refusal):
        return False
    except Exception:
        log.exception("upload %s can't be finished", upload.pk)  # and is tried again until it expires
        return False


@retention("uploads that were not finished in time")
def forget_uploads_that_are_over() -> int:
    """Remove uploads past their expiry with their files, and files of none that are older than a day. Returns how many."""
    with everything("retention"):
        over = list(Upload.objects.filter(expires_at__lte=timezone.now()).select_related("owner")[:1000])
    removed = 0
    for upload in over:
        try:
            with held(upload.path, patience=0):
                take_away(upload)
        except Gone:
            take_away(upload)
        except Busy:
            continue
        removed += 1
    yesterday = time.time() - 24 * 3600
    strays = [path for path in _files_of_none() if path.stat().st_mtime < yesterday]
    for path in strays:
        path.unlink(missing_ok=True)
    return removed + len(strays)


def uploads_that_disagree() -> list[str]:
    """Invariant: an unfinished upload has its file, with what was acknowledged and no more than was announced; a finished one has none left."""
    with everything("invariant"):
        rows = list(Upload.objects.filter(Q(finished_at__isnull=False) | Q(expires_at__gt=timezone.now())).order_by("pk"))
    found = []
    for row in rows:
        size = row.path.stat().st_size if row.path.exists() else None
        if row.finished_at and size is not None:
            found.append(f"uploads: {row.pk} is finished and its file is still there.")
        elif not row.finished_at and (size is None or not row.offset <= size <= (row.size or size)):
            found.append(f"uploads: {row.pk} is not on disk as it was acknowledged.")
    lately = time.time() - 3600
    return found + [f"uploads: {path.name} on disk belongs to no row." for path in _files_of_none() if path.stat().st_mtime < lately]


def _files_of_none() -> list[Path]:
    with everything("files without a row"):
        known = {token.hex for token in Upload.objects.values_list("token", flat=True)}
    return [path for path in sorted(folder().glob("*")) if path.stem not in known]
