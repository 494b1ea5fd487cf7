from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

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
        if not request.user.authenticator_set.exists():
            return redirect("mfa_index")
        if any(proof.get("method") == "mfa" for proof in request.session.get("account_authentication_methods", [])):
            return None
        # enrolled in another session: this one has not shown the factor yet
        return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': request.get_full_path()})}")
