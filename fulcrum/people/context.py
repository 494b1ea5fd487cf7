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
    """The overview, and the pages of the call that the user is in, by their roles there."""
    match = request.resolver_match
    here = match.url_name if match else ""
    links: list[dict[str, Any]] = [{"name": "staff_home", "url": reverse("staff_home"), "label": _("Overview"), "icon": "layout-dashboard"}]
    roles = request.user.roles_now
    slug = match.kwargs.get("slug") if match else None
    calls = {role.call.slug: role.call for role in roles}
    call = calls.get(slug) or (next(iter(calls.values())) if len(calls) == 1 else None)
    if call:
        links += call_nav(request.user, call)
    if request.user.holds("coordinator"):
        links.append({"name": "outbox", "url": reverse("outbox"), "label": _("Letters"), "icon": "mail"})
    return [
        link | {"current": here in (link["name"], *link.get("also", ())) and link.get("of") in (None, match.kwargs.get("network"))} for link in links
    ]


def call_nav(user: Any, call: Any) -> list[dict[str, Any]]:
    """The pages of one call, in the order in which it passes through them."""
    own, links = [call.slug], []
    kinds = (("assessor", "lead"), ("lead",), ("coordinator",), ("access_officer",))
    reads, leads, coordinates, arranges = (user.holds(*roles, call=call) for roles in kinds)
    if reads:
        links.append(
            {"name": "review_list", "url": reverse("review_list", args=own), "label": _("Applications"), "icon": "inbox", "also": ("review",)}
        )
        networks = {role.network_id: role.network for role in user.roles_now if role.call_id == call.pk and role.role in ("assessor", "lead")}
        for network in networks.values():
            label = _("List of %(network)s") % {"network": network.name}
            url = reverse("shortlist", args=[call.slug, network.slug])
            links.append({"name": "shortlist", "url": url, "label": label, "icon": "list-ordered", "of": network.slug})
    if arranges:
        also = ("needs_of", "write_summary")
        links.append({"name": "needs_list", "url": reverse("needs_list", args=own), "label": _("Needs"), "icon": "heart-handshake", "also": also})
    if user.holds("assessor", "lead", "access_officer", call=call):
        also = ("help_case", "start_for")
        links.append({"name": "help_requests", "url": reverse("help_requests", args=own), "label": _("Help"), "icon": "life-buoy", "also": also})
    if leads or coordinates:
        links.append({"name": "more_time", "url": reverse("more_time", args=own), "label": _("More time"), "icon": "hourglass"})
        also = ("brief", "swap", "final", "vote")
        links.append({"name": "board", "url": reverse("board", args=own), "label": _("Approval board"), "icon": "scale", "also": also})
    if leads or coordinates:
        links.append({"name": "doubles", "url": reverse("doubles", args=own), "label": _("Duplicates"), "icon": "copy", "also": ("house_pair",)})
    if coordinates:
        links += [
            {"name": "outcomes", "url": reverse("outcomes", args=own), "label": _("Outcomes"), "icon": "mail-check"},
            {"name": "seats", "url": reverse("seats", args=own), "label": _("Seats"), "icon": "armchair", "also": ("offer_seat",)},
            {
                "name": "programme",
                "url": reverse("programme", args=own),
                "label": _("Programme"),
                "icon": "graduation-cap",
                "also": ("unit", "attendance"),
            },
            {"name": "needs_passed_on", "url": reverse("needs_passed_on", args=own), "label": _("What to arrange"), "icon": "heart-handshake"},
            {"name": "certificates", "url": reverse("certificates", args=own), "label": _("Certificates"), "icon": "award"},
            {"name": "call_texts", "url": reverse("call_texts", args=own), "label": _("Texts"), "icon": "file-text"},
            {"name": "form_questions", "url": reverse("form_questions", args=own), "label": _("Questions"), "icon": "list-ordered"},
            {"name": "call_dates", "url": reverse("call_dates", args=own), "label": _("Dates"), "icon": "calendar-days"},
            {"name": "team", "url": reverse("team", args=own), "label": _("People and roles"), "icon": "users"},
        ]
    if links:
        links[0]["caption"] = str(call)
    return links
