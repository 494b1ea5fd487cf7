"""Handing out a recording, with ranges, so that a player can seek and Safari plays at all."""

import re
from collections.abc import Iterator

from csp.constants import NONE
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from fulcrum.files.models import StoredFile

_RANGE = re.compile(r"bytes=(?=\d|-\d)(\d{0,18})-(\d{0,18})$")
_CHUNK = 256 * 1024


def deliver(request: HttpRequest, stored: StoredFile) -> HttpResponseBase:
    """The file, or the part that `Range` asks for (RFC 9110, 14: one range of bytes). The caller has checked the right.

    Nothing in the answer runs or loads anything: the type is one of audio and video, sniffing is off, and its policy is a sandbox.
    """
    start, end, status = 0, stored.size - 1, 200
    if match := _RANGE.match(request.headers.get("Range", "")):
        first, last = match.groups()
        if first:
            start, end = int(first), min(int(last), end) if last else end
        elif last:
            start = max(stored.size - int(last), 0)
        if not (start <= end and start < stored.size):
            response: HttpResponseBase = HttpResponse(status=416, headers={"Content-Range": f"bytes */{stored.size}"})
            return _sealed(response)
        status = 206
    headers = {"Accept-Ranges": "bytes", "Content-Length": str(end - start + 1), "Content-Disposition": "inline"}
    if status == 206:
        headers["Content-Range"] = f"bytes {start}-{end}/{stored.size}"
    response = StreamingHttpResponse(
        _part(stored, start, end) if request.method != "HEAD" else iter(()),
        status=status,
        content_type=stored.media_type or f"{stored.kind}/mp4",
        headers=headers,
    )
    return _sealed(response)


def _sealed(response: HttpResponseBase) -> HttpResponseBase:
    response._csp_config = {"default-src": [NONE], "sandbox": True, "frame-ancestors": [NONE]}  # type: ignore[attr-defined]
    return response


def _part(stored: StoredFile, start: int, end: int) -> Iterator[bytes]:
    with open(stored.path, "rb") as file:
        file.seek(start)
        left = end - start + 1
        while left and (chunk := file.read(min(_CHUNK, left))):
            left -= len(chunk)
            yield chunk
