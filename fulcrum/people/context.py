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
    here = request.resolver_match.url_name if request.resolver_match else ""
    links: list[dict[str, Any]] = [{"name": "staff_home", "url": reverse("staff_home"), "label": _("Overview"), "icon": "layout-dashboard"}]
    for role in request.user.roles_now:
        if role.role == "coordinator":
            own = [role.call.slug]
            links += [
                {"name": "call_texts", "url": reverse("call_texts", args=own), "label": _("Texts"), "icon": "file-text", "caption": str(role.call)},
                {"name": "call_dates", "url": reverse("call_dates", args=own), "label": _("Dates"), "icon": "calendar-days"},
                {"name": "team", "url": reverse("team", args=own), "label": _("People and roles"), "icon": "users"},
            ]
    if request.user.holds("coordinator"):
        links.append({"name": "outbox", "url": reverse("outbox"), "label": _("Letters"), "icon": "mail"})
    return [link | {"current": link["name"] == here} for link in links]
