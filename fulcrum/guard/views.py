"""Each view names its policy; a view without one is never reached."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from fulcrum.guard import predicates

View = Callable[..., HttpResponseBase]
HIDDEN = (predicates.demonstration, predicates.local_mail)


def policy(predicate: Any, *, fresh: bool = False) -> Callable[[View], View]:
    """Mark a view with who may open it, and hold it to that.

    Nobody signed in is led to the door, a missing right is a 403, a page that this site does not have is a 404.
    `fresh` also asks for a sign-in within FRESH_SIGN_IN_SECONDS. The URL list and the matrix read `view.policy`.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def held(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not predicate.test(request.user):
                if predicate in HIDDEN:
                    raise Http404
                if not request.user.is_authenticated:
                    return redirect_to_login(_page_of(request))
                raise PermissionDenied
            if fresh and not signed_in_lately(request):
                return HttpResponseRedirect(f"{reverse('sign_in_again')}?{urlencode({'next': _page_of(request)})}")
            return view(request, *args, **kwargs)

        held.policy = predicate.name + (" (fresh sign-in)" if fresh else "")  # type: ignore[attr-defined]
        return held

    return decorate


def _page_of(request: HttpRequest) -> str:
    """The page to come back to: this one, or for something that was sent the page that it was sent from."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    return urlsplit(request.headers.get("Referer", "")).path or request.get_full_path()


def signed_in_lately(request: HttpRequest) -> bool:
    """Whether the last proof of who this is lies within FRESH_SIGN_IN_SECONDS."""
    proofs = request.session.get("account_authentication_methods") or [{}]
    return time.time() - proofs[-1].get("at", 0) < settings.FRESH_SIGN_IN_SECONDS


def safe_next(request: HttpRequest, default: str) -> str:
    """The page that `next` names when it is one of ours, else `default`: the one checked redirect."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if ours else default
