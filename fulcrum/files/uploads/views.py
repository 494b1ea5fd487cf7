"""The door of recordings that arrive in pieces: tus 1.0 over plain HTTP. Nothing here or above it reads a body but `append`."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date
from django.utils.translation import get_language, get_language_from_path, override
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from fulcrum.files.uploads import protocol
from fulcrum.files.uploads.lines import Line
from fulcrum.files.uploads.models import Upload
from fulcrum.files.uploads.services import append, begin, end, page_of, reach, settled, take_away, token_of
from fulcrum.files.uploads.targets import Refusal
from fulcrum.guard.predicates import anyone
from fulcrum.guard.views import policy

View = Callable[..., HttpResponse]


def tus(view: View) -> View:
    """A view that speaks the protocol: a Refusal becomes its status, with the sentence in the body and in X-Error."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except Refusal as refusal:
            response = _refused(refusal)
        response["Tus-Resumable"], response["Cache-Control"] = protocol.VERSION, "no-store"
        return response

    return answered


def _refused(refusal: Refusal) -> HttpResponse:
    sentence = str(refusal.sentence)
    response = HttpResponse(sentence, status=refusal.status, content_type="text/plain; charset=utf-8", headers=refusal.headers)
    if sentence:
        response["X-Error"] = quote(sentence)
    return response


def _need_version(request: HttpRequest) -> None:
    if request.headers.get("Tus-Resumable") != protocol.VERSION:
        raise Refusal(412, Tus_Version=protocol.VERSION)


def _abilities() -> HttpResponse:
    abilities = {
        "Tus-Version": protocol.VERSION,
        "Tus-Extension": protocol.EXTENSIONS,
        "Tus-Max-Size": str(settings.UPLOAD_RESUMABLE_MAX_BYTES),
        "Tus-Checksum-Algorithm": ",".join(protocol.ALGORITHMS),
    }
    return HttpResponse(status=204, headers=abilities)


@policy(anyone)
@tus
def uploads(request: HttpRequest) -> HttpResponse:
    """Begin an upload: whoever is signed in, with the token of the page in X-CSRFToken."""
    if request.method == "OPTIONS":
        return _abilities()
    if request.method != "POST":
        raise Refusal(405, Allow="OPTIONS, POST")
    with override(_language(request)):
        if not request.user.is_authenticated:
            raise Refusal(401, _("You are signed out. Sign in again, then choose the file once more."))
        _need_version(request)
        return _begun(request)


def _language(request: HttpRequest) -> str:
    """That of the page it is sent from; the address of an upload has none."""
    return get_language_from_path(urlsplit(request.headers.get("Referer", "")).path) or get_language()


def _begun(request: HttpRequest) -> HttpResponse:
    size = protocol.number(request, "Upload-Length")
    deferred = request.headers.get("Upload-Defer-Length")
    if (size is None) == (deferred is None) or deferred not in (None, "1"):
        raise Refusal(400)
    found, raw = protocol.metadata(request), request.headers.get("Upload-Metadata", "")
    with_bytes = request.content_type == protocol.BYTES
    length = _length(request) if with_bytes else 0
    proof = protocol.checksum(request) if with_bytes else None
    if size is not None and length > size:
        Line(request, length).drain()
        raise Refusal(413)
    upload = begin(owner=request.user, size=size, metadata=found, raw=raw, began=request.began, language=get_language())
    if length:
        try:
            upload = append(upload, offset=0, size=None, proof=proof, line=Line(request, length))
        except Refusal:
            take_away(upload)  # nobody was told its address
            raise
    headers = {"Location": upload.get_absolute_url(), "Upload-Token": token_of(upload)}
    return HttpResponse(status=201, headers=headers | _state(upload))


@csrf_exempt  # its methods and headers can't be sent from another site, and a token serves in place of a session
@policy(anyone)
@tus
def upload(request: HttpRequest, token: UUID) -> HttpResponse:
    """One upload: where it stands, go on, end it. For its owner, or for whoever shows its token."""
    if request.method == "OPTIONS":
        return _abilities()
    found = reach(token, user=request.user, signed=request.headers.get("Upload-Token", ""))
    method = request.method
    if method == "POST":
        method = request.headers.get("X-HTTP-Method-Override", "POST")
    if method not in _METHODS:
        raise Refusal(405, Allow="OPTIONS, HEAD, PATCH, DELETE")
    _need_version(request)
    with override(found.language):
        return _METHODS[method](request, found)


def _head(request: HttpRequest, upload: Upload) -> HttpResponse:
    now = settled(upload)
    length = {"Upload-Defer-Length": "1"} if now.size is None else {"Upload-Length": str(now.size)}
    data = {"Upload-Metadata": now.metadata} if now.metadata else {}
    return HttpResponse(headers=_state(now) | length | data)


def _patch(request: HttpRequest, upload: Upload) -> HttpResponse:
    line = Line(request, _length(request))
    try:
        if request.content_type != protocol.BYTES:
            raise Refusal(415)
        offset, size = protocol.number(request, "Upload-Offset"), protocol.number(request, "Upload-Length")
        if offset is None:
            raise Refusal(400)
        proof = protocol.checksum(request)
    except Refusal:
        line.drain()
        raise
    now = append(upload, offset=offset, size=size, proof=proof, line=line)
    return HttpResponse(status=204, headers=_state(now))


def _length(request: HttpRequest) -> int:
    """How long the body is; without a word of it there is none. Chunks, whose length nobody knows, were refused before (BodyLimit)."""
    return int(request.META.get("CONTENT_LENGTH") or 0)


def _delete(request: HttpRequest, upload: Upload) -> HttpResponse:
    end(upload)
    return HttpResponse(status=204)


_METHODS: dict[str | None, View] = {"HEAD": _head, "PATCH": _patch, "DELETE": _delete}


def _state(upload: Upload) -> dict[str, str]:
    """How much is here, how long it is kept, and once it is finished the page to go to."""
    state = {"Upload-Offset": str(upload.offset)}
    if upload.finished_at:
        return state | {"X-Location": page_of(upload)}
    return state | {"Upload-Expires": http_date(upload.expires_at.timestamp())}
