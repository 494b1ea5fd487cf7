"""The words of tus 1.0 (https://tus.io/protocols/resumable-upload) as they stand in headers."""

import base64
import binascii
import hashlib
import re
from typing import Any

from django.http import HttpRequest

from fulcrum.files.uploads.targets import Refusal

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,creation-defer-length,termination,checksum,expiration"
ALGORITHMS = ("sha1", "sha256", "sha512", "md5")
BYTES = "application/offset+octet-stream"
_METADATA_BYTES = 4096
_KEY = re.compile(r"[A-Za-z0-9_.-]+$")


def number(request: HttpRequest, name: str) -> int | None:
    """The whole number in a header; None when it is not there. Raises Refusal for anything else."""
    text = request.headers.get(name)
    if text is None:
        return None
    if not (re.fullmatch(r"[0-9]{1,18}", text)):
        raise Refusal(413 if re.fullmatch(r"[0-9]+", text) else 400)
    return int(text)


def metadata(request: HttpRequest) -> dict[str, str]:
    """Upload-Metadata by key; a key may stand without a value. Raises Refusal for what is not written as the protocol says."""
    text = request.headers.get("Upload-Metadata", "")
    found: dict[str, str] = {}
    if len(text) > _METADATA_BYTES:
        raise Refusal(413)
    for part in text.split(",") if text else []:
        key, _space, value = part.strip().partition(" ")
        if not _KEY.match(key) or key in found:
            raise Refusal(400)
        found[key] = _decoded(value).decode(errors="replace")
    return found


def checksum(request: HttpRequest) -> tuple[Any, bytes] | None:
    """What to count with, and what must come out. Raises Refusal for an algorithm or a sum that is none."""
    text = request.headers.get("Upload-Checksum")
    if text is None:
        return None
    algorithm, _space, value = text.partition(" ")
    expected = _decoded(value)
    if algorithm not in ALGORITHMS or not expected:
        raise Refusal(400)
    return hashlib.new(algorithm, usedforsecurity=False), expected


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal(400) from error
