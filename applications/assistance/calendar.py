"""An appointment as a calendar file, for whatever calendar somebody uses."""

from datetime import datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from applications.assistance.models import HelpRequest, HelpState


def calendar_of(request: HelpRequest, *, url: str) -> bytes:
    """The appointment as iCalendar (RFC 5545), in the reader's language. It says when and where, and nothing of what was said.

    It keeps its UID and counts its changes in SEQUENCE, so that a file loaded again moves what moved.
    """
    calendar = Calendar()
    for name, value in (("prodid", f"-//{settings.SITE.hostname}//FULCRUM//EN"), ("version", "2.0"), ("method", "PUBLISH")):
        calendar.add(name, value)
    event = Event()
    start = cast(datetime, request.starts_at).astimezone(request.call.zone)
    status = "CONFIRMED" if request.state == HelpState.CONFIRMED else "TENTATIVE" if request.state == HelpState.PROPOSED else "CANCELLED"
    parts: tuple[tuple[str, Any], ...] = (
        ("uid", f"help-{request.pk}@{settings.SITE.hostname}"),
        ("sequence", request.changes),
        ("dtstamp", timezone.now()),
        ("dtstart", start),
        ("dtend", start + timedelta(minutes=request.minutes)),
        ("summary", _("%(call)s: appointment with %(network)s") % {"call": request.call.short_name, "network": request.network.name}),
        ("location", request.where),
        ("status", status),
        ("url", url),
    )
    for part, said in parts:
        event.add(part, said)
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return calendar.to_ical()
