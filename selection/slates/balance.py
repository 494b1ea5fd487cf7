"""The balance of a slate: how many of which gender, origin and size, against the targets of the call."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.application import Gender
from fulcrum.calls.places import Origin
from fulcrum.calls.rules import Size

URBAN = {Origin.CITY, Origin.TOWN}  # Eurostat's classes 1 and 2 (domain: urban or rural)


@dataclass(frozen=True)
class Part:
    """People of one value, as the tracks show them."""

    kind: str
    label: str
    count: int


@dataclass(frozen=True)
class Aim:
    """A target for one value: how many there are, and the range they should be in; `high` may be open."""

    value: str
    label: str
    count: int
    low: int
    high: int | None

    @property
    def short(self) -> int:
        """How many people are missing, or too many."""
        return max(self.low - self.count, 0) + (max(self.count - self.high, 0) if self.high is not None else 0)

    @property
    def words(self) -> str:
        if self.high is None:
            return _("%(label)s %(count)d, at least %(low)d") % {"label": self.label, "count": self.count, "low": self.low}
        return _("%(label)s %(count)d, from %(low)d to %(high)d") % {"label": self.label, "count": self.count, "low": self.low, "high": self.high}


@dataclass(frozen=True)
class Dimension:
    """Gender, origin or size: the parts of the whole, and its aims."""

    key: str
    name: str
    parts: list[Part]
    aims: list[Aim]

    @property
    def words(self) -> str:
        """The parts that there are, in words."""
        return " · ".join(f"{part.label} {part.count}" for part in self.parts if part.count)

    @property
    def short(self) -> int:
        return sum(aim.short for aim in self.aims)

    @property
    def is_met(self) -> bool:
        return self.short == 0

    @property
    def verdict(self) -> str:
        if self.is_met:
            return _("In range")
        return ngettext("Out of range by %(count)d", "Out of range by %(count)d", self.short) % {"count": self.short}

    @property
    def others(self) -> list[Part]:
        """The parts that no aim speaks of."""
        aimed = {aim.value for aim in self.aims}
        return [part for part in self.parts if part.count and part.kind not in aimed]

    @property
    def arms(self) -> tuple[Part, Part]:
        """The two sides of the beam: the first and the last aim."""
        first, last = self.aims[0], self.aims[-1]
        kinds = {"urban": "city"}
        return tuple(Part(kinds.get(aim.value, aim.value), aim.label, aim.count) for aim in (first, last))  # type: ignore[return-value]

    @property
    def bracket(self) -> tuple[int, int] | tuple[None, None]:
        """Where the first part may end so that every floor is met: from its own floor to what the others leave; two Nones when it can't."""
        first, total = self.parts[0].kind, sum(part.count for part in self.parts)
        own = next((aim.low for aim in self.aims if aim.value == first), None)
        if own is None:
            return None, None
        high = total - sum(aim.low for aim in self.aims if aim.value != first)
        return (own, high) if own <= high else (None, None)


def _label(value: str) -> str:
    return {
        "woman": _("Women"),
        "man": _("Men"),
        "other": _("Other"),
        "undisclosed": _("Not said"),
        "urban": _("Urban"),
        "rural": _("Rural"),
        "town": _("Town"),
        "city": _("City"),
        "small": _("Small"),
        "medium": _("Medium"),
        "large": _("Large"),
        "unknown": _("Not classified"),
    }[value]


NAMES = {"gender": lambda: _("Gender"), "origin": lambda: _("Origin"), "size": lambda: _("Size of the house")}
VALUES: dict[str, tuple[str, ...]] = {
    "gender": (Gender.WOMAN, Gender.OTHER, Gender.UNDISCLOSED, Gender.MAN),
    "origin": (Origin.RURAL, Origin.TOWN, Origin.CITY, "unknown"),
    "size": (Size.SMALL, Size.MEDIUM, Size.LARGE, "unknown"),
}


def value_of(application: Any, dimension: str) -> str:
    """The value of an application in a dimension; "undisclosed" and "unknown" are values of their own in every figure."""
    if dimension == "gender":
        return application.gender or Gender.UNDISCLOSED
    return (application.origin if dimension == "origin" else application.size) or "unknown"


def balance(call: Any, applications: Iterable[Any]) -> list[Dimension]:
    """Gender, origin and size of these applications against `call.targets`: floors and ceilings by value (domain: targets)."""
    applications = list(applications)
    found = []
    for key, values in VALUES.items():
        counts = Counter(value_of(application, key) for application in applications)
        targets = call.targets.get(key, {})

        def number(value: str, counts: Counter[str] = counts) -> int:
            return sum(counts[part] for part in URBAN) if value == "urban" else counts[value]

        order = {value: index for index, value in enumerate((*values, "urban"))}  # as the parts stand: a database keeps no order of targets
        aims = [Aim(value, _label(value), number(value), low, high) for value, (low, high) in targets.items()]
        aims.sort(key=lambda aim: order[aim.value])
        found.append(Dimension(key, NAMES[key](), [Part(value, _label(value), counts[value]) for value in values], aims))
    return found


def shortfall(call: Any, applications: Iterable[Any]) -> int:
    """How many people are missing under floors, or too many over ceilings, in all dimensions together."""
    return sum(dimension.short for dimension in balance(call, applications))
