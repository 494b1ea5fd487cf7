"""Passages of a transcript: as lines that people edit, and as captions (WebVTT)."""

import re
from typing import NamedTuple

from fulcrum.ui.templatetags.media import clock

_TIMED = re.compile(r"\[?(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d)\]?[\s–-]+(.*)")
LONGEST = 20_000  # letters of a transcript


class Cue(NamedTuple):
    """A passage: from second `start` to `end`."""

    start: float
    end: float
    text: str


def lines_of(cues: list[Cue]) -> str:
    return "\n".join(f"{clock(cue.start)} {cue.text}" for cue in cues)


def cues_of(lines: str, seconds: float) -> list[Cue]:
    """The passages that somebody wrote, a line each, over a recording of so many seconds.

    A line may begin with its time, as "0:07". Lines without one, or with one that goes back or beyond the end, share the stretch between their
    neighbours by the length of their text.
    """
    texts: list[str] = []
    starts: list[float | None] = []
    last = 0.0
    for line in filter(None, map(str.strip, lines.splitlines())):
        moment, text = None, line
        if match := _TIMED.fullmatch(line):
            hours, minutes, rest, text = match.groups()
            moment = int(hours or 0) * 3600.0 + int(minutes) * 60 + int(rest)
        if not text:
            continue
        known = moment is not None and moment < seconds and (moment > last or not starts)
        last = moment if known and moment is not None else last
        texts.append(text)
        starts.append(moment if known else None)
    return _spread(texts, starts, seconds)


def _spread(texts: list[str], starts: list[float | None], seconds: float) -> list[Cue]:
    """Give every line a beginning; each ends where the next begins."""
    moments: list[float] = []
    number = 0
    while number < len(texts):
        group = number + 1
        while group < len(texts) and starts[group] is None:
            group += 1
        begin = starts[number] or 0.0
        end = starts[group] if group < len(texts) else seconds
        whole = sum(map(len, texts[number:group]))
        for index in range(number, group):
            moments.append(round(begin, 2))
            begin += ((end or seconds) - (starts[number] or 0.0)) * len(texts[index]) / whole
        number = group
    ends = [*moments[1:], float(seconds)]
    return [Cue(start, end, text) for start, end, text in zip(moments, ends, texts, strict=True)]


def webvtt(cues: list[Cue]) -> str:
    """A WebVTT file. What would be markup in it stands as letters."""
    blocks = [f"{_stamp(cue.start)} --> {_stamp(max(cue.end, cue.start + 0.1))}\n{_escaped(cue.text)}\n" for cue in cues]
    return "\n".join(["WEBVTT\n", *blocks])


def _stamp(second: float) -> str:
    thousandths = round(second * 1000)
    return f"{thousandths // 3_600_000:02d}:{thousandths // 60_000 % 60:02d}:{thousandths // 1000 % 60:02d}.{thousandths % 1000:03d}"


def _escaped(text: str) -> str:
    return " ".join(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").split())
