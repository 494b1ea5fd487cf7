import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fulcrum.ui.errors import error_page

GetResponse = Callable[[HttpRequest], HttpResponse]
FORM_BYTES = 1024 * 1024
UPLOAD_PATH = "/upload/"  # paths that end so take a recording
PIECES_PATH = "/uploads/"  # and those that begin so take one in pieces


def _hear_out(request: HttpRequest, most: int = 1024 * 1024, seconds: float = 2) -> None:
    """Read a little of what is refused: many a client hears an answer only when it has finished speaking."""
    line = request.META.get("gunicorn.socket")
    if line is None:  # another server hands over nothing that can be waited for
        return
    before, until = line.gettimeout(), time.monotonic() + seconds
    line.settimeout(0.5)
    try:
        while most > 0 and time.monotonic() < until and (piece := request.META["wsgi.input"].read(65536)):
            most -= len(piece)
    except OSError:
        pass
    finally:
        line.settimeout(before)


class BodyLimit:
    """Refuses what no page of ours would send, before anything of it is kept."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.began = timezone.now()  # an upload counts from here
        if "\0" in request.path or any("\0" in value for values in request.GET.lists() for value in (values[0], *values[1])):
            return error_page(request, 400, _("The address holds a character that no page of ours uses."))
        if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", ""):
            _hear_out(request)
            return error_page(request, 411, _("The browser did not say how long its message is. Try again, or use another browser."))
        limit = FORM_BYTES
        if request.path.startswith(PIECES_PATH):
            limit = settings.UPLOAD_RESUMABLE_MAX_BYTES
            request.POST = QueryDict()  # nobody looks for a form there: the body is read piece by piece, by the view alone
        if request.path.endswith(UPLOAD_PATH):
            if request.method == "POST" and settings.SESSION_COOKIE_NAME not in request.COOKIES:
                return error_page(request, 403, _("You are signed out. Sign in again, then send the file once more: nothing of it was kept."))
            limit += settings.UPLOAD_MAX_BYTES  # a file of the full size is fine; the form around it takes a little more
        if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
            return error_page(request, 413)
        return self.get_response(request)


class Private:
    """What somebody signed in sees is kept by no cache; answers are for this site alone."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith(settings.STATIC_URL) and response.status_code == 200:
            return response  # a letter in its sandbox shows the emblem too
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if request.method == "HEAD" and not response.streaming:
            response.headers.setdefault("Content-Length", str(len(response.content)))
            response.content = b""  # the server complains of a body that it has to drop
        user = getattr(request, "user", None)  # nobody yet when it was refused early
        if (user and user.is_authenticated) or request.method == "POST" or response.cookies:
            response.headers["Cache-Control"] = "no-store"
        return response
