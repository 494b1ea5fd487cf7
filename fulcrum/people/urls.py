"""The door, the account, second factors: allauth's views under our names, each with its policy."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views as account
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import path, reverse
from django.views.generic import RedirectView
from django_permissions_policy.decorators import permissions_policy_override

from fulcrum.guard.predicates import anyone, signed_in, staff
from fulcrum.guard.views import policy
from fulcrum.people import views
from fulcrum.people.mydata import views as mydata

View = Callable[..., Any]


def _refuses(view: View) -> View:
    """A form with errors is a 422 here, as on every other page; allauth answers 200."""

    @wraps(view)
    def answered(*args: Any, **kwargs: Any) -> Any:
        response = view(*args, **kwargs)
        context = getattr(response, "context_data", None) or {}
        forms = [context[name] for name in ("verify_form", "form", "webauthn_form") if context.get(name) is not None]
        if response.status_code == 200 and any(form.is_bound and form.errors for form in forms):
            response.status_code = 422
        return response

    return answered


def door(view: View) -> View:
    return policy(anyone)(_refuses(view))


def mine(view: View) -> View:
    return policy(signed_in)(_refuses(view))


def worker(view: View) -> View:
    return policy(staff)(_refuses(view))


def factor(view: View) -> View:
    """Whoever enrols or removes a factor has proved lately who they are (security: fresh sign-in)."""
    return policy(staff, fresh=True)(_refuses(view))


def _shown(view: View) -> View:
    """Whoever has just set up a factor has shown it: the recovery codes that come next ask for no other proof."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        response = view(request, *args, **kwargs)
        if isinstance(response, HttpResponseRedirect) and response.url == reverse("mfa_view_recovery_codes"):
            record_authentication(request, request.user, "mfa", reauthenticated=True)
        return response

    return answered


def _opens(*features: str) -> Callable[[View], View]:
    """The browser's features that this page needs; all others stay closed."""
    opened: dict[str, Any] = settings.PERMISSIONS_POLICY | {name: ["self"] for name in features}
    return permissions_policy_override(opened)


asks_passkey = _opens("publickey-credentials-get")
makes_passkey = _opens("publickey-credentials-create")

urlpatterns = [
    path("sign-in/", door(asks_passkey(account.request_login_code)), name="account_login"),
    path("sign-in/", door(asks_passkey(account.request_login_code)), name="account_request_login_code"),
    path("sign-in/", door(RedirectView.as_view(pattern_name="account_login")), name="account_signup"),
    path("sign-in/code/", door(views.confirm_code), name="account_confirm_login_code"),
    path("sign-in/passkey/", door(asks_passkey(webauthn.login_webauthn)), name="mfa_login_webauthn"),
    path("sign-in/second-factor/", door(asks_passkey(mfa.authenticate)), name="mfa_authenticate"),
    path("sign-in/again/", views.sign_in_again, name="sign_in_again"),
    path("sign-in/inactive/", door(account.account_inactive), name="account_inactive"),
    path("sign-out/", door(account.logout), name="account_logout"),
    path("account/", views.account, name="account"),
    path("account/address/", views.change_address, name="change_address"),
    path("account/address/<str:token>/", views.confirm_address, name="confirm_address"),
    path("account/data/", mydata.my_data, name="my_data"),
    path("account/data/download/", mydata.download, name="download_my_data"),
    path("account/data/erase/", mydata.erasure, name="erase_my_data"),
    path("account/reauthenticate/", mine(account.reauthenticate), name="account_reauthenticate"),
    path("account/second-factor/", worker(mfa.index), name="mfa_index"),
    path("account/second-factor/reauthenticate/", worker(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("account/second-factor/app/", factor(_shown(totp.activate_totp)), name="mfa_activate_totp"),
    path("account/second-factor/app/remove/", factor(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("account/second-factor/codes/", worker(recovery.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("account/second-factor/codes/new/", factor(recovery.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("account/second-factor/codes/download/", factor(recovery.download_recovery_codes), name="mfa_download_recovery_codes"),
    path("account/passkeys/", worker(webauthn.list_webauthn), name="mfa_list_webauthn"),
    path("account/passkeys/add/", factor(makes_passkey(_shown(webauthn.add_webauthn))), name="mfa_add_webauthn"),
    path("account/passkeys/reauthenticate/", worker(asks_passkey(webauthn.reauthenticate_webauthn)), name="mfa_reauthenticate_webauthn"),
    path("account/passkeys/<int:pk>/remove/", factor(webauthn.remove_webauthn), name="mfa_remove_webauthn"),
    path("account/passkeys/<int:pk>/edit/", factor(webauthn.edit_webauthn), name="mfa_edit_webauthn"),
    path("work/", views.staff_home, name="staff_home"),
    path("work/<slug:slug>/people/", views.team, name="team"),
    path("work/<slug:slug>/people/roles/<int:pk>/take/", views.take_role, name="take_role"),
    path("work/<slug:slug>/people/<int:pk>/second-factor/", views.reset_second_factor, name="reset_second_factor"),
]
