"""Handing out a recording, with ranges, so that a player can seek and Safari plays at all."""

import re

from csp.constants import NONE
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from fulcrum.files.artefacts import Artefact

_RANGE = re.compile(r"bytes=(?=\d|-\d)(\d{0,18})-(\d{0,18})$")


def deliver(request: HttpRequest, artefact: Artefact, *, name: str = "") -> HttpResponseBase:
    """The artefact, or the part that `Range` asks for (RFC 9110, 14: one range of bytes). The caller has checked the right.

    Nothing in the answer runs or loads anything: the type is never one that does, sniffing is off, and its policy is a sandbox.
    With a `name` it is a file to keep.
    """
    start, end, status = 0, artefact.size - 1, 200
    if match := _RANGE.match(request.headers.get("Range", "")):
        first, last = match.groups()
        if first:
            start, end = int(first), min(int(last), end) if last else end
        elif last:
            start = max(artefact.size - int(last), 0)
        if not (start <= end and start < artefact.size):
            response: HttpResponseBase = HttpResponse(status=416, headers={"Content-Range": f"bytes */{artefact.size}"})
            return _sealed(response)
        status = 206
    disposition = content_disposition_header(as_attachment=bool(name), filename=name) or "inline"
    headers = {"Accept-Ranges": "bytes", "Content-Length": str(end - start + 1), "Content-Disposition": disposition}
    if status == 206:
        headers["Content-Range"] = f"bytes {start}-{end}/{artefact.size}"
    response = StreamingHttpResponse(
        artefact.part(start, end) if request.method != "HEAD" else iter(()),
        status=status,
        content_type=artefact.media_type,
        headers=headers,
    )
    return _sealed(response)


def _sealed(response: HttpResponseBase) -> HttpResponseBase:
    response._csp_config = {"default-src": [NONE], "sandbox": True, "frame-ancestors": [NONE]}  # type: ignore[attr-defined]
    return response
