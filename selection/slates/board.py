"""The board as a reader sees it: networks by places, reserves, balance, votes, and what the votes mean."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.application import Application, Gender
from fulcrum.calls.models import Call, Network
from fulcrum.ui.templatetags.texts import on_day, until
from selection.assessments.models import conflicted_networks
from selection.slate import Approval, Nomination, Slate, SlateVersion
from selection.slates.balance import Dimension, balance, value_of
from selection.slates.services import Standing, standing, twice

DIMENSIONS = ("gender", "origin", "size")


@dataclass
class Cell:
    """A place of the board: somebody or nobody."""

    nomination: Nomination | None = None
    by: str = "gender"  # the dimension that colours it
    is_twice: bool = False
    came_in: bool = False

    @property
    def attributes(self) -> list[tuple[str, str]]:
        """Class and word of each dimension."""
        return words_of(self.nomination.application) if self.nomination else []

    @property
    def kind(self) -> str:
        return value_of(self.nomination.application, self.by) if self.nomination else ""


@dataclass
class Line:
    """One network: its places, its reserves, its vote."""

    network: Network
    cells: list[Cell | None]  # as many as the network with the most places has
    reserves: list[Cell]
    vote: Approval | None
    is_hidden: bool = False


@dataclass
class Board:
    """Everything that the page of the joint board shows."""

    slate: Slate
    version: SlateVersion
    lines: list[Line]
    dimensions: list[Dimension]
    standing: Standing
    hidden: tuple[int, ...]  # networks in which the reader has declared a conflict, or applied: their lines are left out

    @property
    def hides(self) -> bool:
        return bool(self.hidden)

    @property
    def is_frozen(self) -> bool:
        return self.version.frozen_at is not None


def words_of(application: Application) -> list[tuple[str, str]]:
    """Class and word of an application in each dimension: colour is never alone."""
    origin = application.origin
    words = {
        "gender": _("Not said") if value_of(application, "gender") == Gender.UNDISCLOSED else application.get_gender_display(),
        "origin": str(origin.label) if origin else _("Not classified"),
        "size": application.get_size_display() or _("Not classified"),
    }
    return [(value_of(application, dimension), words[dimension]) for dimension in DIMENSIONS]


def board_of(slate: Slate, user: Any, *, by: str = "gender") -> Board:
    """The current version of a slate that the user may see; `by` is the dimension that colours it. A fixed number of queries."""
    call = slate.call
    version = SlateVersion.objects.visible_to(user).get(slate=slate, number=slate.version)
    rows = list(Nomination.objects.visible_to(user).filter(version=version).for_board())
    first = {row.application_id for row in rows}
    if version.number > 1:
        began = Nomination.objects.visible_to(user).filter(version__slate=slate, version__number=1).on_places()
        first = set(began.values_list("application", flat=True))
    doubled = twice(rows)
    hidden = conflicted_networks(user, call)  # where somebody has a conflict, a place would tell of it
    votes = standing(call, version)

    def cell(row: Nomination) -> Cell:
        on_place = not row.is_reserve
        return Cell(row, by, is_twice=on_place and row.house in doubled, came_in=on_place and row.application_id not in first)

    lines: list[Line] = []
    widest = max((part.places for part in call.partners), default=0)
    for part in call.partners:
        own = [row for row in rows if row.network_id == part.network_id]
        held = {row.rank: cell(row) for row in own if not row.is_reserve}
        cells = [held.get(rank) or Cell() if rank <= part.places else None for rank in range(1, widest + 1)]
        reserves = [cell(row) for row in own if row.is_reserve]
        lines.append(Line(part.network, cells, reserves, votes.votes.get(part.network_id), part.network_id in hidden))
    chosen = [row.application for row in rows if not row.is_reserve]
    return Board(slate, version, lines, balance(call, chosen), votes, tuple(sorted(hidden)))


def what_follows(board: Board) -> tuple[str, str]:
    """What the votes mean and what comes next: kind of notice, and a sentence."""
    votes = board.standing
    if board.slate.is_final:
        return "success", _("The selection is final.")
    if not board.is_frozen:
        return "info", _(
            "This version is open: leads can swap a place and a reserve of their own list. Once the coordinator freezes it, networks vote."
        )
    if votes.is_refused:
        refusing = [line.network.name for line in board.lines if line.vote and line.vote.vote == Approval.Vote.NO]
        return "warning", _(
            "%(networks)s said no, so this version can't become final. Either a network swaps in its own list, which makes a new version "
            "to vote on, or the no is taken back by another vote."
        ) % {"networks": ", ".join(refusing)}
    if votes.is_approved:
        words = _("Approved: yes %(yes)d, no %(no)d. The coordinator can make it final; until then votes can change.")
        return "success", words % {"yes": votes.yes, "no": votes.no}
    if votes.is_lost:
        return "warning", _(
            "%(needed)d yes can't be reached any more. Somebody who abstained can vote again, or a network swaps, which makes a new version."
        ) % {"needed": votes.yes_at_least}
    missing = votes.yes_at_least - votes.yes
    return "info", ngettext("%(count)d more yes is needed.", "%(count)d more yeses are needed.", missing) % {"count": missing}


@dataclass(frozen=True)
class Exchange:
    """A swap that a lead could make, and what it would do to the balance."""

    out: Nomination
    into: Nomination
    before: int
    after: int
    effects: list[str]

    @property
    def value(self) -> str:
        return f"{self.out.application.reference}:{self.into.application.reference}"


def exchanges(slate: Slate, network: Network, user: Any) -> list[Exchange]:
    """Every swap within a network's own list, with its effect counted anew; those that mend most come first."""
    rows = list(Nomination.objects.visible_to(user).filter(version__slate=slate, version__number=slate.version).for_board())
    chosen = [row for row in rows if not row.is_reserve]
    own = [row for row in rows if row.network_id == network.pk]
    before = balance(slate.call, [row.application for row in chosen])
    short = sum(dimension.short for dimension in before)
    found = []
    for out in (row for row in own if not row.is_reserve):
        for into in (row for row in own if row.is_reserve):
            if any(row.house == into.house for row in own if not row.is_reserve and row is not out):
                continue
            after = balance(slate.call, [row.application for row in chosen if row is not out] + [into.application])
            effects = [
                f"{new.label} {old.count} → {new.count}"
                for was, will in zip(before, after, strict=True)
                for old, new in zip(was.aims, will.aims, strict=True)
                if old.count != new.count
            ]
            found.append(Exchange(out, into, short, sum(dimension.short for dimension in after), effects))
    return sorted(found, key=lambda entry: (entry.after, entry.out.rank, entry.into.rank))


def history(slate: Slate, user: Any) -> list[tuple[SlateVersion, list[Approval]]]:
    """Every version, the newest first; the earlier ones with their votes, which count no more."""
    versions = list(SlateVersion.objects.visible_to(user).filter(slate=slate).select_related("network", "made_by")[:30])
    given: dict[int, list[Approval]] = {version.pk: [] for version in versions}
    if past := [version for version in versions if version.number != slate.version]:
        for vote in Approval.objects.visible_to(user).filter(version__in=past).select_related("network").order_by("network__name"):
            given[vote.version_id].append(vote)
    return [(version, given[version.pk]) for version in versions]


def steps(call: Call, slate: Slate | None, states: list[tuple[Network, bool]]) -> list[dict[str, str]]:
    """The way of the call through its selection: name, note and state of each step, for the bar above a page."""
    ready = _("Ready: %(ready)d of %(total)d networks") % {"ready": sum(is_ready for _network, is_ready in states), "total": len(states)}
    done = [timezone.now() >= call.deadline, slate is not None, bool(slate and slate.is_final), bool(slate and slate.is_released)]
    now = done.index(False) if False in done else len(done)
    named = [
        (_("Applications"), until(call.deadline, call)),
        (_("Pre-selection"), ready),
        (_("Partner approval"), _("Version %(number)d") % {"number": slate.version} if slate else ""),
        (_("Answers to everyone"), on_day(call.results_by, call)),
    ]
    return [{"name": name, "note": note, "state": "done" if done[i] else "now" if i == now else ""} for i, (name, note) in enumerate(named)]


def places_in_all(call: Call) -> int:
    """How many places the call has: 24 in the first."""
    return sum(part.places for part in call.partners)
