"""A participant's units: done, still possible, no longer possible. Pure but for the loader of the rule."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from fulcrum.calls.models import Call
from fulcrum.calls.units import Unit
from programme.attendance.models import Mark

Rule = Mapping[str, Any]
PRESENT, ABSENT, MADE_UP = Mark.Presence.PRESENT, Mark.Presence.ABSENT, Mark.Presence.MADE_UP


class State(StrEnum):
    """How a line of the ledger stands. Of the whole, DONE means that the programme is completed."""

    DONE = "done"
    POSSIBLE = "possible"
    LOST = "lost"


@dataclass(frozen=True)
class Line:
    """What one kind of unit asks, and how it stands, in sentences."""

    kind: str
    title: str
    state: State
    sentence: str

    @property
    def label(self) -> str:
        return {State.DONE: _("Done"), State.POSSIBLE: _("Still possible"), State.LOST: _("No longer possible")}[self.state]


@dataclass(frozen=True)
class Ledger:
    """All lines, and the hours that a certificate would say."""

    lines: tuple[Line, ...]
    hours: Decimal
    open_units: int  # have begun, and nobody noted yet who was there

    @property
    def is_complete(self) -> bool:
        return bool(self.lines) and all(line.state == State.DONE for line in self.lines)

    @property
    def is_lost(self) -> bool:
        return any(line.state == State.LOST for line in self.lines)

    @property
    def state(self) -> str:
        """complete, possible or lost."""
        return "complete" if self.is_complete else "lost" if self.is_lost else "possible"

    @property
    def label(self) -> str:
        return {"complete": pgettext("participant", "Completed"), "possible": _("On the way"), "lost": _("Can't be completed any more")}[self.state]


def rule_in_force(call: Call) -> tuple[int, Rule]:
    """The completion rule that was published when the first unit began, with the version of the call that holds it.

    A call whose first unit lies before its first version goes by that one; a call that kept none goes by itself.
    """
    versions = call.versions.order_by("number")
    first = call.units.first()
    before = versions.filter(at__lte=first.starts_at).reverse() if first else versions.reverse()
    found = before.values_list("number", "content__completion_rule").first() or versions.values_list("number", "content__completion_rule").first()
    return found or (call.version, call.completion_rule)


def ledger(units: Iterable[Unit], presences: Mapping[int, str], rule: Rule, now: datetime) -> Ledger:
    """How one participant stands in these units by the rule. `presences` gives the presence by unit, where it is noted."""
    units = list(units)
    half_days = [unit for unit in units if unit.kind == Unit.Kind.HALF_DAY]
    labs = [unit for unit in units if unit.kind == Unit.Kind.LAB]
    lines = []
    if half_days:
        lines.append(_half_days(half_days, presences, rule["half_days"], now))
    if labs:
        lines.append(_labs(labs, presences, rule["labs"], now))
    counted = [unit for unit in units if presences.get(unit.pk) in (PRESENT, MADE_UP)]
    hours = sum((Decimal(str(rule["hours"][unit.kind])) for unit in counted), Decimal())
    open_units = sum(1 for unit in units if unit.has_begun(now) and unit.pk not in presences)
    found = Ledger(tuple(lines), hours, open_units)
    return Ledger(found.lines, hours + Decimal(str(rule["hours"]["own_work"])), open_units) if found.is_complete else found


def _counts(units: list[Unit], presences: Mapping[int, str], asked: Mapping[str, Any]) -> tuple[int, int, int]:
    """How many units were attended, how many are open, and how many are needed: never more than there are."""
    attended = sum(1 for unit in units if presences.get(unit.pk) == PRESENT)
    still_open = sum(1 for unit in units if unit.pk not in presences)
    return attended, still_open, min(asked["needed"], len(units))


def _state(attended: int, still_open: int, needed: int) -> State:
    if attended >= needed:
        return State.DONE
    return State.POSSIBLE if attended + still_open >= needed else State.LOST


def _half_days(units: list[Unit], presences: Mapping[int, str], asked: Mapping[str, Any], now: datetime) -> Line:
    attended, still_open, needed = _counts(units, presences, asked)
    state = _state(attended, still_open, needed)
    said = _("%(attended)d of %(number)d half-days attended; at least %(needed)d are needed.")
    sentences = [said % {"attended": attended, "number": len(units), "needed": needed}, *_open(units, presences, now)]
    return Line(Unit.Kind.HALF_DAY, _("Academy"), state, _joined(sentences, state))


def _labs(units: list[Unit], presences: Mapping[int, str], asked: Mapping[str, Any], now: datetime) -> Line:
    attended, still_open, needed = _counts(units, presences, asked)
    state = _state(attended, still_open, needed)
    missed = [unit for unit in units if presences.get(unit.pk) == ABSENT]
    if state == State.DONE and asked.get("make_up") and (missed or still_open):
        state = State.POSSIBLE
    said = _("%(attended)d of %(number)d labs attended; at least %(needed)d are needed.")
    sentences = [said % {"attended": attended, "number": len(units), "needed": needed}]
    made_up = [unit for unit in units if presences.get(unit.pk) == MADE_UP]
    sentences += [_("%(lab)s is made up for.") % {"lab": unit.title} for unit in made_up]
    if asked.get("make_up") and state != State.LOST:
        sentences += [_("%(lab)s was missed; its make-up task is still to do.") % {"lab": unit.title} for unit in missed]
    return Line(Unit.Kind.LAB, _("Learning Labs"), state, _joined([*sentences, *_open(units, presences, now)], state))


def _open(units: list[Unit], presences: Mapping[int, str], now: datetime) -> list[str]:
    """What is still to come, and what is over and not noted yet."""
    unnoted = [unit for unit in units if unit.pk not in presences]
    over = sum(1 for unit in unnoted if unit.has_begun(now))
    coming = len(unnoted) - over
    found = []
    if over:
        found.append(ngettext("%(number)d is not noted yet.", "%(number)d are not noted yet.", over) % {"number": over})
    if coming:
        found.append(ngettext("%(number)d is still to come.", "%(number)d are still to come.", coming) % {"number": coming})
    return found


def _joined(sentences: list[str], state: State) -> str:
    return " ".join([*sentences, _("It can't be reached any more.")] if state == State.LOST else sentences)
