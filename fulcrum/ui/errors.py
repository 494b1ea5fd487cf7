"""Pages for when something is refused or breaks: what it was and how to go on, an id, and no data."""

import logging
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language_from_request, override
from django.utils.translation import gettext as _

log = logging.getLogger(__name__)


def error_page(request: HttpRequest, status: int, reason: Any = "") -> HttpResponse:
    """The page of ours for this status; `reason` is a sentence for the reader. Statuses without a page of their own use 400's."""
    error_id = uuid.uuid4().hex[:8]
    log.info("%s answered with %s", error_id, status)
    # what is refused before the language middleware is refused in the language of the path, or the browser's
    language = get_language_from_request(request, check_path=True)
    name = f"{status}.html" if status in {400, 403, 404, 413, 500, 503} else "400.html"
    with override(language):
        return HttpResponse(render_to_string(name, {"error_id": error_id, "reason": reason}), status=status)


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return error_page(request, 400)


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return error_page(request, 403)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return error_page(request, 404)


def broken(request: HttpRequest) -> HttpResponse:
    error_id = uuid.uuid4().hex[:8]
    log.error("%s answered with 500 at %s", error_id, request.resolver_match.view_name if request.resolver_match else "")
    return HttpResponse(render_to_string("500.html", {"error_id": error_id}), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_page(request, 403, _("The page was open for too long, or in another window. Go back, load it again and send once more."))
