"""The units as a calendar file, for whatever calendar a participant uses."""

from collections.abc import Iterable

from django.conf import settings
from django.utils import timezone
from icalendar import Calendar, Event

from fulcrum.calls.models import Call
from fulcrum.calls.units import Unit


def calendar_of(call: Call, units: Iterable[Unit], *, url: str) -> bytes:
    """The units as iCalendar (RFC 5545), in the reader's language. It says when and where, and nothing of anybody.

    A unit keeps its UID for ever and counts its changes in SEQUENCE, so that a file loaded again moves what moved. `url` is
    where a unit leads that has no link of its own.
    """
    now = timezone.now()
    calendar = Calendar()
    for name, value in (("prodid", f"-//{settings.SITE.hostname}//FULCRUM//EN"), ("version", "2.0"), ("method", "PUBLISH")):
        calendar.add(name, value)
    calendar.add("x-wr-calname", str(call.short_name))
    for unit in units:
        event = Event()
        event.add("uid", f"unit-{unit.pk}@{settings.SITE.hostname}")
        event.add("sequence", unit.changes)
        event.add("dtstamp", now)
        event.add("dtstart", unit.starts_at.astimezone(unit.zone))
        event.add("dtend", unit.ends_at.astimezone(unit.zone))
        event.add("summary", f"{call.short_name}: {unit.title}")
        event.add("location", str(unit.place))
        event.add("url", unit.link or url)
        calendar.add_component(event)
    calendar.add_missing_timezones()
    return calendar.to_ical()
