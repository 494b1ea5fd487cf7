"""What a player shows of a recording besides the recording."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()
_STEP, _HEIGHT = 4, 40


@register.simple_tag
def waveform(peaks: list[int]) -> SafeString:
    """The peaks as a drawing: a line for each, from the middle up and down. Decoration: the player says the same."""
    middle = _HEIGHT / 2
    halves = ((number * _STEP + _STEP / 2, max(min(peak, 100) * middle / 100, 0.5)) for number, peak in enumerate(peaks))
    path = "".join(f"M{x:g} {middle - half:.1f}V{middle + half:.1f}" for x, half in halves)
    size = f"0 0 {len(peaks) * _STEP} {_HEIGHT}"
    return format_html('<svg viewBox="{}" preserveAspectRatio="none" aria-hidden="true"><path d="{}"/></svg>', size, path)


@register.filter
def clock(seconds: float) -> str:
    """A moment of a recording as "1:48"."""
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


@register.filter
def cut_up(words: str) -> list[str]:
    return words.split()
