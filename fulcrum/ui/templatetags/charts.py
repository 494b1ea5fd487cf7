"""Balance as drawings: the beam that tilts with what stands on it, and the track with the range that is asked for."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

register = template.Library()

KINDS = {"woman", "man", "other", "undisclosed", "rural", "town", "city", "small", "medium", "large", "unknown"}
WIDTH, LEFT, RIGHT, DECK, PIVOT = 290, 16, 274, 49, 54
ARM, HEADROOM = 108, 45  # what the blocks of one side may cover
DEGREES, STEEPEST = 0.92, 8
NARROWEST = 3.5  # per cent of the track that one digit needs


class Part(NamedTuple):
    label: str
    count: int
    kind: str


def part_of(given: Any) -> Part:
    """A mapping or an object with label, count and kind; a kind that nobody knows is unknown."""
    label, count, kind = (given[name] if isinstance(given, Mapping) else getattr(given, name) for name in Part._fields)
    return Part(str(label), max(int(count), 0), str(kind) if str(kind) in KINDS else "unknown")


def pitch_for(most: int) -> float:
    """How far apart the blocks stand, so that the larger side fits on its arm."""
    pitch = 15.0
    while int(ARM // pitch) * int(HEADROOM // pitch) < most and pitch > 1.5:
        pitch -= 0.5
    return pitch


def tilt_of(left: int, right: int) -> float:
    """Degrees of the arm: below zero when the left side is the heavier one."""
    return max(-STEEPEST, min(STEEPEST, (right - left) * DEGREES))


def blocks(part: Part, pitch: float, on_right: bool) -> SafeString:
    """One block for each person, from the end of the arm inwards, row upon row."""
    across, side = int(ARM // pitch), pitch * 0.8
    places = [(number % across, number // across) for number in range(part.count)]
    drawn = [
        (f"{RIGHT - side - column * pitch if on_right else LEFT + column * pitch:.2f}", f"{DECK - 1 - side - row * pitch:.2f}", f"{side:.2f}")
        for column, row in places
    ]
    squares = format_html_join("", '<rect x="{0}" y="{1}" width="{2}" height="{2}" rx="2"/>', drawn)
    return format_html('<g class="k-{}">{}</g>', part.kind, squares)


@register.simple_tag
def beam(left: Any, right: Any) -> SafeString:
    """A beam with a block for each person on both arms, lower where there are more; its figures are said in words."""
    one, two = part_of(left), part_of(right)
    pitch = pitch_for(max(one.count, two.count))
    words = {"left": one.label, "left_count": one.count, "right": two.label, "right_count": two.count}
    return format_html(
        '<svg class="beam" viewBox="0 -10 {width} 128" role="img" aria-label="{label}">'
        '<path class="beam__fulcrum" d="M145 58 170 100H120z"/>'
        '<g transform="rotate({tilt} 145 {pivot})"><rect class="beam__arm" x="10" y="{deck}" width="270" height="9" rx="4.5"/>{left}{right}</g>'
        '<text class="k-{left_kind}" x="12" y="114">{left_words}</text>'
        '<text class="k-{right_kind}" x="278" y="114" text-anchor="end">{right_words}</text></svg>',
        width=WIDTH,
        label=_("%(left)s %(left_count)s, %(right)s %(right_count)s") % words,
        tilt=f"{tilt_of(one.count, two.count):.1f}",
        pivot=PIVOT,
        deck=DECK,
        left=blocks(one, pitch, on_right=False),
        right=blocks(two, pitch, on_right=True),
        left_kind=one.kind,
        right_kind=two.kind,
        left_words=f"{one.label} {one.count}",
        right_words=f"{two.label} {two.count}",
    )


@register.simple_tag
def track(parts: Iterable[Any], low: int | None = None, high: int | None = None) -> SafeString:
    """A bar of parts side by side; a bracket beneath shows from where to where its first part may end. The figures stand beside it as words."""
    given = [part_of(part) for part in parts]
    total = sum(part.count for part in given)
    drawn, start = [], 0.0
    for part in given:
        if part.count:
            share = part.count * 100 / total
            fits = share >= NARROWEST * len(str(part.count))
            number = format_html('<text x="{}%" y="15.5" text-anchor="middle">{}</text>', f"{start + share / 2:.3f}", part.count) if fits else ""
            drawn.append((part.kind, f"{start:.3f}", f"{share:.3f}", number))
            start += share
    bars = format_html_join("", '<g class="k-{}"><rect x="{}%" width="{}%" height="22"/>{}</g>', drawn)
    return format_html(
        '<svg class="track" width="100%" height="32" aria-hidden="true"><g class="track__bar"><rect class="track__ground" width="100%" height="22"/>'
        "{}</g>{}</svg>",
        bars,
        bracket(low, high, total),
    )


def bracket(low: int | None, high: int | None, total: int) -> SafeString:
    """The range beneath the track; nothing when none is asked for or it cannot be met."""
    if (low is None and high is None) or not total:
        return mark_safe("")
    first = max(low or 0, 0)
    last = total if high is None else min(high, total)
    if first > last:
        return mark_safe("")
    from_, to = f"{first * 100 / total:.3f}%", f"{last * 100 / total:.3f}%"
    return format_html(
        '<g class="track__range"><line x1="{0}" x2="{0}" y1="24" y2="30"/><line x1="{0}" x2="{1}" y1="30" y2="30"/>'
        '<line x1="{1}" x2="{1}" y1="24" y2="30"/></g>',
        from_,
        to,
    )
