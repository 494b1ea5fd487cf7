"""Texts and dates as a reader sees them: markdown, and moments in the call's zone by name."""

import re
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.utils.formats import date_format, time_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from fulcrum.ui.markdown import render_markdown

register = template.Library()


@register.filter
def markdown(text: Any) -> SafeString:
    """A text of the call as HTML, in the style of running text."""
    return format_html('<div class="prose">{}</div>', render_markdown(str(text)))


@register.filter
def quoted(text: Any) -> SafeString:
    """What somebody typed, as a quotation in a letter's markdown: nothing in it formats, links or ends the quotation."""
    escaped = re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~&:@])", r"\\\1", str(text))
    return SafeString("\n".join(f"> {line.strip()}  " for line in escaped.splitlines()))


@register.filter
def typed(text: Any) -> SafeString:
    """What somebody typed, in a line of a letter's markdown: nothing in it formats or links."""
    return SafeString(re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~&:@])", r"\\\1", " ".join(str(text).split())))


@register.filter("city")
def zone_name(city: str) -> str:
    """The city that names a zone, in the reader's language where it is one that a call of ours used."""
    known = {"Brussels": _("Brussels"), "Vienna": _("Vienna"), "Rome": _("Rome"), "Riga": _("Rīga"), "Tallinn": _("Tallinn"), "Berlin": _("Berlin")}
    return known.get(city, city)


def _written(moment: date, pattern: str) -> str:
    """A date by a pattern of the catalogue, with what no pattern can say: Italian names are small, the first is "1er" in French."""
    text, language = date_format(moment, pattern), get_language()
    if language == "fr" and moment.day == 1:
        return re.sub(r"\b1 (?=\D)", "1er ", text)
    return text.lower() if language == "it" else text


def long_date(moment: date) -> str:
    """A day with its weekday, as the language writes it: "Tuesday 7 May 2024"."""
    return _written(moment, pgettext("date format", "l j F Y"))


def day(moment: date) -> str:
    """A day, as the language writes it: "7 May 2024"."""
    return _written(moment, pgettext("date format", "j F Y"))


@register.filter
def on_day(moment: datetime, call: Any) -> str:
    """The day of a moment in the call's zone."""
    return day(moment.astimezone(call.zone))


@register.filter
def until(moment: datetime, call: Any) -> str:
    """A deadline with weekday, hour and zone: "Tuesday 7 May 2024, until 23:59 in Brussels"."""
    local = moment.astimezone(call.zone)
    return _("%(day)s, until %(hour)s in %(city)s") % {"day": long_date(local), "hour": time_format(local, "H:i"), "city": zone_name(call.city)}


@register.filter
def moment(value: datetime, call: Any) -> str:
    """A moment with weekday, hour and zone: "Tuesday 7 May 2024, 23:59 in Brussels"."""
    local = value.astimezone(call.zone)
    return _("%(day)s, %(hour)s in %(city)s") % {"day": long_date(local), "hour": time_format(local, "H:i"), "city": zone_name(call.city)}


@register.filter
def hours(unit: Any) -> str:
    """When a unit is, in its own zone: "Wednesday 18 September 2024, 09:00 to 13:00 in Vienna"."""
    start, end = (value.astimezone(unit.zone) for value in (unit.starts_at, unit.ends_at))
    words = {"start": time_format(start, "H:i"), "end": time_format(end, "H:i"), "city": zone_name(unit.city)}
    if start.date() != end.date():
        return _("%(first)s, %(start)s to %(last)s, %(end)s in %(city)s") % {**words, "first": long_date(start), "last": long_date(end)}
    return _("%(day)s, %(start)s to %(end)s in %(city)s") % {**words, "day": long_date(start)}


@register.filter
def clock(value: datetime) -> str:
    """A moment that belongs to no call, in the site's zone: "7 May 2024, 23:59 in Brussels"."""
    local = value.astimezone(ZoneInfo(settings.TIME_ZONE))
    city = settings.TIME_ZONE.rsplit("/", 1)[-1]
    return _("%(day)s, %(hour)s in %(city)s") % {"day": day(local), "hour": time_format(local, "H:i"), "city": zone_name(city)}


@register.filter
def span(entry: Any) -> str:
    """The dates of a part of the programme, to the day or to the month, from first to last."""
    show = day if entry.precision == "day" else lambda value: _written(value, pgettext("date format", "F Y"))
    first, last = show(entry.starts), show(entry.ends)
    return first if first == last else _("%(first)s to %(last)s") % {"first": first, "last": last}
