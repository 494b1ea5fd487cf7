"""The verbs of an upload: begin, add to it, finish, remove."""

import errno
import hmac
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.signing import BadSignature, Signer
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from fulcrum.files.handlers import RESERVE
from fulcrum.files.refusals import sentence
from fulcrum.files.services import Refused, need_room, place, refuse_disguise
from fulcrum.files.uploads.lines import Busy, Cut, Gone, Line, held, remove
from fulcrum.files.uploads.models import Upload, expiry, folder
from fulcrum.files.uploads.targets import Refusal, target_of
from fulcrum.guard.querysets import everything
from fulcrum.guard.text import clean_text

_STATUS = {"empty": 422, "not_media": 422, "too_large": 413, "quota": 413, "no_room": 507}
_HEAD = 512  # so many first bytes show whether it can be a recording at all
_SYNC = 32 * 1024 * 1024  # written to the disk this often, so that the last sync is short
_CUT = {
    "broken": lambda: (400, _("The line broke off. What has arrived is kept.")),
    "silent": lambda: (408, _("Nothing more came for a while. What has arrived is kept.")),
    "asked": lambda: (423, _("The upload goes on from another page or device.")),
    "crowded": lambda: (503, _("Very many recordings arrive just now. What has arrived is kept: it goes on in a moment.")),
    "no_room": lambda: (507, sentence("no_room", 0)),
}
_signer = Signer(salt="uploads")


def token_of(upload: Upload) -> str:
    """What opens this one upload in place of a session, as long as it is kept."""
    return _signer.sign(upload.token.hex)


def reach(token: Any, *, user: Any, signed: str) -> Upload:
    """The upload, for its owner's session or for its signed token. Raises Refusal: for anybody else there is none."""
    with everything("whose it is, and the token, is looked at next"):
        upload = Upload.objects.select_related("owner").filter(token=token).first()
    if upload is None or not upload.owner.is_active or not (upload.owner_id == user.pk or _fits(upload, signed)):
        raise Refusal(404)
    if upload.is_over:
        raise Refusal(410)
    return upload


def _fits(upload: Upload, signed: str) -> bool:
    try:
        return hmac.compare_digest(_signer.unsign(signed), upload.token.hex)
    except BadSignature:
        return False


def refused(why: str) -> Refusal:
    """The refusal of a file, as an answer."""
    return Refusal(_STATUS[why], sentence(why, settings.UPLOAD_RESUMABLE_MAX_BYTES))


def begin(*, owner: Any, size: int | None, metadata: dict[str, str], raw: str, began: datetime, language: str) -> Upload:
    """Make room for a recording that is going to arrive. Its file and its row are there when it returns.

    Raises Refusal when the person may not put a recording there now, for what its name or size show to be none, past the quota of
    the person, in which uploads count with what they announced, and when the disk would fill up.
    """
    name, target = clean_text(metadata.get("filename", ""))[-200:], metadata.get("target", "")[:200]
    if not target:
        raise Refusal(400)
    replaces = target_of(target).may_begin(owner, target)
    try:
        refuse_disguise(name, b"")
        _need_size(size, 0)
        if shutil.disk_usage(settings.MEDIA_ROOT).free - (size or 0) < RESERVE:
            raise Refused("no_room")
        upload = Upload(owner=owner, size=size, given_name=name, target=target, metadata=raw, language=language, expires_at=expiry())
        upload.created_at, upload.media_type = began, clean_text(metadata.get("filetype", ""))[:100]
        _make_file(upload)
        with transaction.atomic():
            get_user_model().objects.select_for_update(of=("self",), no_key=True).get(pk=owner.pk)  # one counts at a time
            need_room(owner, size or 0, replaces=replaces)
            upload.save(force_insert=True)
    except Refused as error:
        raise refused(error.why) from error
    return upload


def _make_file(upload: Upload) -> None:
    folder().mkdir(parents=True, exist_ok=True)
    os.close(os.open(upload.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    for path in (folder(), folder().parent):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _need_size(size: int | None, offset: int) -> None:
    if size == 0:
        raise Refused("empty")
    if size is not None and size > settings.UPLOAD_RESUMABLE_MAX_BYTES:
        raise Refused("too_large")
    if size is not None and size < offset:
        raise Refusal(400)


@contextmanager
def _alone_with(upload: Upload) -> Iterator[tuple[Upload, int | None]]:
    """The upload as it stands, and its open file while nobody else writes; no file once it is finished. Raises Refusal."""
    with ExitStack() as stack:
        try:
            handle = stack.enter_context(held(upload.path))
        except Busy as error:
            raise Refusal(423) from error
        except Gone:
            handle = None
        now = Upload.objects.of_person(upload.owner).select_related("owner").filter(pk=upload.pk).first()
        if now is None or not (handle or now.finished_at):
            raise Refusal(404)
        if now.finished_at:
            handle = None  # killed before the file was taken away
        if handle and now.unverified_from is not None:
            os.ftruncate(handle, now.unverified_from)  # killed before its checksum was compared
        yield now, handle


def settled(upload: Upload) -> Upload:
    """The upload with the offset that its file shows, synced; whoever is writing yields first. Raises Refusal."""
    with _alone_with(upload) as (now, handle):
        if handle:
            _acknowledge(now, handle)
        return now


def append(upload: Upload, *, offset: int, size: int | None, proof: tuple[Any, bytes] | None, line: Line) -> Upload:
    """Add what arrives on the line, at `offset`; `size` is the length that a deferred upload gets. With the last byte it is finished.

    What arrived is kept when the line breaks, unless it had a checksum. Nothing is told before it is on the disk.
    Returns the upload as it stands. Raises Refusal, among others when whoever takes the recording refuses it: then the bytes go.
    """
    try:
        with _alone_with(upload) as (now, handle):
            here = os.fstat(handle).st_size if handle else now.offset
            if offset != here:
                raise Refusal(409, Upload_Offset=here)
            _announce(now, size, here, line.left)
            if handle:
                _take_in(now, handle, line, proof)
                if now.offset == now.size:
                    finish(now)
            return now
    except Refusal:
        line.drain()
        raise


def _announce(upload: Upload, size: int | None, offset: int, length: int) -> None:
    """Note the size of an upload that had none, and see that what comes fits. Raises Refusal."""
    if size is not None and upload.size not in (None, size):
        raise Refusal(400)
    try:
        if upload.size is None:
            _need_size(size, offset)
            need_room(upload.owner, size or offset + length, but=upload)
            upload.size = size
        if offset + length > (upload.size or settings.UPLOAD_RESUMABLE_MAX_BYTES):
            raise Refusal(413)
        if size is not None:
            Upload.objects.of_person(upload.owner).filter(pk=upload.pk).update(size=size)
    except Refused as error:
        raise refused(error.why) from error


def _take_in(upload: Upload, handle: int, line: Line, proof: tuple[Any, bytes] | None) -> None:
    """Write what arrives to the end of the file and acknowledge it. Raises Refusal when not all of it came, or not as its checksum says."""
    start = os.lseek(handle, 0, os.SEEK_END)
    if proof:
        Upload.objects.of_person(upload.owner).filter(pk=upload.pk).update(unverified_from=start)
        upload.unverified_from = start
    if not connection.in_atomic_block:
        connection.close()  # a line may be slow: it keeps no connection of the database from others
    why = _write(upload, handle, line, proof)
    wrong = proof is not None and proof[0].digest() != proof[1]
    if proof and (why or wrong):
        os.ftruncate(handle, start)
    _acknowledge(upload, handle)
    if why:
        raise Refusal(*_CUT[why](), Upload_Offset=upload.offset)
    if wrong:
        raise Refusal(460)
    if start < _HEAD:
        _look(upload, handle)


def _write(upload: Upload, handle: int, line: Line, proof: tuple[Any, bytes] | None) -> str:
    """Returns why it ended before its length, or nothing."""
    position = synced = looked = os.fstat(handle).st_size
    try:
        with closing(line.pieces(upload.path)) as pieces:
            for piece in pieces:
                view = memoryview(piece)
                while view:
                    view = view[os.write(handle, view) :]
                position += len(piece)
                if proof:
                    proof[0].update(piece)
                elif looked < _HEAD <= position:
                    looked = position
                    _look(upload, handle)  # at once, not when the last byte is here
                if position - synced >= _SYNC:
                    os.fdatasync(handle)
                    synced = position
                    if shutil.disk_usage(upload.path.parent).free < RESERVE:
                        return "no_room"
    except Cut as cut:
        return cut.why
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return "no_room"
    return ""


def _acknowledge(upload: Upload, handle: int) -> None:
    """Sync the file, then note how much of it counts: only after that anybody is told. Raises Refusal when it was erased meanwhile."""
    offset = os.fstat(handle).st_size
    if offset == upload.offset and upload.unverified_from is None:
        return
    os.fsync(handle)
    upload.offset, upload.unverified_from, upload.expires_at = offset, None, expiry()
    noted = {"offset": offset, "unverified_from": None, "expires_at": upload.expires_at}
    if not Upload.objects.of_person(upload.owner).filter(pk=upload.pk).update(**noted):
        raise Refusal(404)


def _look(upload: Upload, handle: int) -> None:
    """Refuse what its first bytes show to be no recording: the row and the bytes go. Raises Refusal."""
    try:
        refuse_disguise(upload.given_name, os.pread(handle, _HEAD, 0))
    except Refused as error:
        take_away(upload)
        raise refused(error.why) from error


def finish(upload: Upload) -> None:
    """Hand a whole file over to whoever takes it; the caller holds the file. Safe to repeat: what a killed process began is found again.

    Raises Refusal when it is not taken: then the row and the bytes go.
    """
    target = target_of(upload.target)
    stored = place(upload.path, name=upload.given_name, kind=target.kind(upload.target), owner=upload.owner, token=upload.token)
    try:
        with transaction.atomic():
            upload.finished_at, upload.expires_at = timezone.now(), expiry()
            noted = {"finished_at": upload.finished_at, "expires_at": upload.expires_at}
            if not Upload.objects.of_person(upload.owner).filter(pk=upload.pk).update(**noted):
                raise Refusal(404)
            target.finish(upload, stored)
    except BaseException as error:
        upload.finished_at = None
        stored.path.unlink(missing_ok=True)
        if isinstance(error, Refusal):
            take_away(upload)
        raise
    remove(upload.path)


def page_of(upload: Upload) -> str:
    """Where to go when it is finished."""
    return target_of(upload.target).page(upload)


def end(upload: Upload) -> None:
    """Its owner does not want it any more: the row and the bytes go; whoever is writing yields. Raises Refusal once it is finished."""
    with _alone_with(upload) as (now, handle):
        if not handle:
            raise Refusal(403, _("The recording has arrived and is part of your answer. You can remove it there."))
        take_away(now)


@transaction.atomic
def take_away(upload: Upload) -> None:
    Upload.objects.of_person(upload.owner).filter(pk=upload.pk).delete()
    transaction.on_commit(lambda: remove(upload.path))


@transaction.atomic
def forget_uploads(owner: Any, *, under: str = "") -> int:
    """Remove what a person has uploaded and not finished, and the rows of what was: all of it, or what lies `under` a target ("<reference>/").

    The bytes go with the commit; who is writing just then gets a 404. Returns how many rows went.
    """
    rows = Upload.objects.of_person(owner)
    going = list(rows.under(under) if under else rows)
    for upload in going:
        take_away(upload)
    return len(going)
