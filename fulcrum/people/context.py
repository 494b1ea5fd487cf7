"""What every page shows around its content."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _


def page(request: HttpRequest) -> dict[str, Any]:
    """Links of account and footer, and the staff navigation; nothing is asked of the database for a visitor."""
    user = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated)
    return {
        "demo": settings.DEMO,
        "local_mail": settings.LOCAL_MAIL,
        "account_links": SimpleLazyObject(lambda: _account_links(user)) if signed_in else [],
        "footer_links": [(reverse("privacy"), _("Privacy")), (reverse("accessibility"), _("Accessibility")), (reverse("calls"), _("All calls"))],
        "staff_nav": SimpleLazyObject(lambda: _staff_nav(request)) if signed_in else [],
    }


def _account_links(user: Any) -> list[tuple[str, str]]:
    links = [(reverse("my_applications"), _("My application")), (reverse("account"), _("My account"))]
    return [*links, (reverse("staff_home"), _("Work"))] if user.roles_now else links


def _staff_nav(request: HttpRequest) -> list[dict[str, Any]]:
    links = [("staff_home", _("Overview"), "layout-dashboard")]
    if request.user.holds("coordinator"):
        call = request.user.roles_now[0].call
        links += [
            ("call_texts", _("Texts"), "file-text"),
            ("call_dates", _("Dates"), "calendar-days"),
            ("team", _("People and roles"), "users"),
            ("outbox", _("Letters"), "mail"),
        ]
    else:
        call = None
    here = request.resolver_match.url_name if request.resolver_match else ""
    by_call = {"call_texts", "call_dates", "team"}
    return [
        {
            "url": reverse(name, args=[call.slug] if call and name in by_call else []),
            "label": label,
            "icon": icon,
            "current": here == name,
        }
        for name, label, icon in links
    ]
