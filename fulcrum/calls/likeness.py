"""Whether two names may mean the same house: what is left of them without accents and general words, and how alike that is spelt."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import combinations

from fulcrum.calls.places import plain

# What houses are called in general, as `plain` writes it; longer words first where one begins like another.
GENERAL = (
    "gemeenschapscentrum|cultureel centrum|cultuurcentrum|cultuurhuis|vrijetijdscentrum|gc|cc|vzw|"
    "centre culturel|centre cultur[ae]l|foyer culturel|maison de la culture|maison culturelle|centre d arts|asbl|"
    "soziokulturelles zentrum|kulturzentrum|kulturhaus|kulturverein|kulturinitiative|kulturforum|verein|e v|"
    "centro culturale|centro culturali|casa della cultura|casa del popolo|associazione culturale|aps|"
    "kultuurikeskus|kultuurimaja|rahvamaja|seltsimaja|vaba aja keskus|mtu|"
    "kulturas centrs|kulturas nams|kulturas pils|tautas nams|saieta nams|kc|"
    "cultural centre|cultural center|community centre|arts centre|arts center|house of culture|cultural house|"
    "de|het|le|la|les|l|il|lo|der|die|das|the"
)
_GENERAL = re.compile(rf"\b(?:{GENERAL})\b")
_WHOLE = 40  # a block up to this size is compared whole; a larger one only near by, in the order of names
_NEAR = 8
ALIKE, ALIKE_AT_ADDRESS = 0.86, 0.75


def core(name: str) -> str:
    """What tells a house from others: its name without general words; all of it when there is nothing else."""
    whole = plain(name)
    return " ".join(_GENERAL.sub(" ", whole).split()) or whole


def alike(one: str, other: str, *, least: float = ALIKE) -> bool:
    """Whether two names, as `core` leaves them, are the same but for the spelling. Figures must be the same: hall 1 is not hall 2."""
    if one == other:
        return True
    if re.findall(r"\d+", one) != re.findall(r"\d+", other):
        return False
    words = SequenceMatcher(None, one, other, autojunk=False)
    return words.real_quick_ratio() >= least and words.quick_ratio() >= least and words.ratio() >= least


@dataclass(frozen=True)
class Named:
    """A house by name and place, as it is compared; `key` is whatever the caller knows it by."""

    key: str
    name: str
    place: int
    postcode: str = ""

    @cached_property
    def core(self) -> str:
        return core(self.name)

    def is_like(self, other: "Named") -> bool:
        """The same municipality, and names that differ in general words or spelling; at the same postcode a little more may differ."""
        together = bool(self.postcode) and self.postcode == other.postcode
        return self.place == other.place and alike(self.core, other.core, least=ALIKE_AT_ADDRESS if together else ALIKE)


def doubles(rows: Iterable[Named]) -> list[tuple[Named, Named]]:
    """Pairs that may be one house, in the order of their names. Compares within a municipality, and never each with each of many."""
    blocks: dict[int, list[Named]] = defaultdict(list)
    for row in rows:
        blocks[row.place].append(row)
    found = {_ordered(*pair) for block in blocks.values() for pair in _within(block) if pair[0].is_like(pair[1])}
    return sorted(found, key=lambda pair: [(row.name, row.key) for row in pair])


def _ordered(one: Named, other: Named) -> tuple[Named, Named]:
    return (one, other) if (one.name, one.key) <= (other.name, other.key) else (other, one)


def _within(block: list[Named]) -> Iterator[tuple[Named, Named]]:
    if len(block) <= _WHOLE:
        yield from combinations(block, 2)
        return
    for order in (lambda row: row.core, lambda row: row.core[::-1]):  # a difference at the end, or at the beginning
        ranked = sorted(block, key=order)
        for step in range(1, _NEAR + 1):
            yield from zip(ranked, ranked[step:], strict=False)
