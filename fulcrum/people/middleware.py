from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import redirect
from django.utils import translation

from fulcrum.guard.predicates import staff

FACTOR_PAGES = {  # what staff without a second factor may reach
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_list_webauthn",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
    "account_reauthenticate",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "sign_in_again",
    "account_logout",
    "switch_person",
    "move_call",
    "healthz",
    "readyz",
}


class Language(LocaleMiddleware):
    """The language stands in the path; pages without one speak the reader's."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.LANGUAGE_CODE = translation.get_language()


class SecondFactor:
    """Every view names a policy, and staff without a second factor reach only its enrolment and the way out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        if not hasattr(view, "policy"):
            raise ImproperlyConfigured(f"{view.__module__}.{view.__name__} names no policy.")
        if not staff.test(request.user) or (settings.DEMO and request.session.get("demonstration")):
            return None
        if request.resolver_match and request.resolver_match.url_name in FACTOR_PAGES:
            return None
        if request.user.authenticator_set.exists():
            return None
        return redirect("mfa_index")
