"""The verbs of a network's list: give ranks, reorder, put forward, take back."""

from datetime import timedelta
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.application import Application
from applications.deadlines.services import still_comes_in
from fulcrum.audit.services import record
from fulcrum.calls.models import Call, Network, Partnership
from fulcrum.guard.querysets import everything
from fulcrum.work.retention import retention
from selection.assessments.models import Assessment, Ineligibility, conflicted_networks
from selection.shortlists.models import Place, Shortlist
from selection.slate import Approval, Nomination, Slate, SlateVersion


class NotAllowed(Exception):
    """Only a lead of the network, who has no conflict in it, changes its list."""


class ListClosed(Exception):
    """The list is put forward, or opened: nothing of it changes."""


class NotInTime(Exception):
    """Applications still come in: a list is put forward after the deadline."""


class Opened(Exception):
    """The lists are opened, so none is taken back."""


class Moved(Exception):
    """Somebody else changed the list since the page was opened."""


class PlaceTaken(Exception):
    """The application is on the list already."""


class HouseTaken(Exception):
    """Another application of the same house holds a place."""


class NotEligible(Exception):
    """The network found the application ineligible, or it is withdrawn."""


class ListFull(Exception):
    """The list holds as many as it can."""


class ReasonMissing(Exception):
    """A rank is given with a reason."""


class Incomplete(Exception):
    """Places are free though eligible applications are left; `free` is how many."""

    def __init__(self, free: int) -> None:
        super().__init__(str(free))
        self.free = free


LONGEST = 40  # ranks of a list: places, and more reserves than anybody will ask


class Ranked(NamedTuple):
    application: int
    house: str
    reason: str


def lock_list(call: Call, network: Network) -> Shortlist:
    """The network's list, begun when there is none, locked until the transaction ends: who changes it comes one after the other."""
    with everything("verb: the caller has asked for the right"):
        Shortlist.objects.get_or_create(call=call, network=network)
        return Shortlist.objects.select_for_update(of=("self",), no_key=True).select_related("call", "network").get(call=call, network=network)


def may_rank(user: Any, call: Call, network: Network) -> bool:
    """A lead of the network who has no conflict in it: ranks would tell of what they may not see."""
    return user.holds("lead", call=call, network=network) and not has_conflict(user, call, network)


def has_conflict(user: Any, call: Call, network: Network) -> bool:
    """Whether the user has declared a conflict with an application of the network, or applies through it."""
    return network.pk in conflicted_networks(user, call)


def _own_list(call: Call, network: Network, by: Any, version: int | None = None) -> Shortlist:
    if not may_rank(by, call, network):
        raise NotAllowed
    shortlist = lock_list(call, network)
    if shortlist.put_forward_at:
        raise ListClosed
    if version is not None and version != shortlist.version:
        raise Moved
    return shortlist


def _ranked(shortlist: Shortlist) -> list[Ranked]:
    """Who is on the list, in order, each with the house that the application names now: until the deadline it may be another."""
    with everything("verb: the list is locked"):
        rows = Place.objects.filter(shortlist=shortlist).select_related("application__house__municipality", "application__municipality")
        return [Ranked(row.application_id, row.application.house_key, row.reason) for row in rows.order_by("rank")]


def _listed(shortlist: Shortlist, application: Application) -> list[Ranked]:
    """The list, on which the application must be. Raises Moved when somebody took it off."""
    ranked = _ranked(shortlist)
    if all(entry.application != application.pk for entry in ranked):
        raise Moved
    return ranked


def _write(shortlist: Shortlist, ranked: list[Ranked]) -> None:
    """Put these applications on the list in this order. Raises HouseTaken when two of the places are of one house."""
    of = Partnership.objects.get(call=shortlist.call, network=shortlist.network).places
    houses = [entry.house for entry in ranked[:of]]
    if len(set(houses)) < len(houses):
        raise HouseTaken
    with everything("verb: the list is locked"):
        Place.objects.filter(shortlist=shortlist).delete()
        Place.objects.bulk_create(
            Place(shortlist=shortlist, rank=rank, of=of, application_id=entry.application, house=entry.house, reason=entry.reason)
            for rank, entry in enumerate(ranked, 1)
        )
        shortlist.version += 1
        Shortlist.objects.filter(pk=shortlist.pk).update(version=shortlist.version)


@transaction.atomic
def place(application: Application, *, reason: str, by: Any) -> Place:
    """Give an application the next rank of its network's list: a place while one is free, then a reserve.

    Locks the application and the list. Writes the rank and an audit entry. Returns the rank. Raises NotAllowed, ListClosed, NotEligible,
    ReasonMissing, PlaceTaken when it is on the list already, HouseTaken, and ListFull.
    """
    rows = Application.objects.read_by(by).select_related("call", "network", "house__municipality", "municipality")
    now = rows.select_for_update(of=("self",), no_key=True).filter(pk=application.pk).first()  # who withdraws meanwhile comes before or after
    if now is None:
        raise NotEligible  # the page found it a moment ago: it is withdrawn, or concealed by now
    shortlist = _own_list(now.call, now.network, by)
    if not reason.strip():
        raise ReasonMissing
    if Ineligibility.objects.visible_to(by).filter(application=now).exists():
        raise NotEligible
    ranked = _ranked(shortlist)
    if any(entry.application == now.pk for entry in ranked):
        raise PlaceTaken
    if len(ranked) >= LONGEST:
        raise ListFull
    _write(shortlist, [*ranked, Ranked(now.pk, now.house_key, reason.strip())])
    record("put on the list", by=by, call=now.call, subject=now)
    return Place.objects.visible_to(by).get(application=now)


@transaction.atomic
def move(shortlist: Shortlist, application: Application, *, up: bool, version: int, by: Any) -> None:
    """Let an application change ranks with the one before or after it. Adds an audit entry; at the end of the list nothing happens.

    Raises NotAllowed, ListClosed, Moved when the list is not at `version` any more, and HouseTaken.
    """
    own = _own_list(shortlist.call, shortlist.network, by, version)
    ranked = _listed(own, application)
    here = next(index for index, entry in enumerate(ranked) if entry.application == application.pk)
    there = here - 1 if up else here + 1
    if not 0 <= there < len(ranked):
        return
    ranked[here], ranked[there] = ranked[there], ranked[here]
    _write(own, ranked)
    record("rank changed", by=by, call=own.call, subject=application)


@transaction.atomic
def reword(shortlist: Shortlist, application: Application, *, reason: str, version: int, by: Any) -> None:
    """Give another reason for a rank. Adds an audit entry. Raises NotAllowed, ListClosed, Moved and ReasonMissing."""
    own = _own_list(shortlist.call, shortlist.network, by, version)
    if not reason.strip():
        raise ReasonMissing
    ranked = _listed(own, application)
    _write(own, [entry._replace(reason=reason.strip()) if entry.application == application.pk else entry for entry in ranked])
    record("reason of a rank changed", by=by, call=own.call, subject=application)


@transaction.atomic
def take_off(shortlist: Shortlist, application: Application, *, version: int, by: Any) -> None:
    """Take an application off the list; those behind it move up. Adds an audit entry. Raises NotAllowed, ListClosed, Moved and HouseTaken."""
    own = _own_list(shortlist.call, shortlist.network, by, version)
    _write(own, [entry for entry in _listed(own, application) if entry.application != application.pk])
    record("taken off the list", by=by, call=own.call, subject=application)


def let_go(application: Application) -> None:
    """A withdrawn application leaves its network's list, in the transaction that withdraws it; those behind it move up.

    A list that was put forward is taken back with it, so that its network looks at it again. Who would then be the second of one house
    on a place leaves it too. What the network scored and decided goes with it: sent
    again, perhaps through another network, it is read anew.
    """
    lock_list(application.call, application.network)
    with everything("verb: withdrawn by its candidate"):
        Assessment.objects.filter(application=application).delete()
        Ineligibility.objects.filter(application=application).delete()
        if not Place.objects.filter(application=application).exists():
            return
    own = lock_list(application.call, application.network)
    of = Partnership.objects.get(call=own.call, network=own.network).places
    kept: list[Ranked] = []
    for entry in _ranked(own):
        if entry.application != application.pk and (len(kept) >= of or entry.house not in {other.house for other in kept}):
            kept.append(entry)
    _write(own, kept)
    if own.put_forward_at:
        own.put_forward_at = own.put_forward_by = None
        with everything("verb: withdrawn by its candidate"):
            own.save(update_fields=["put_forward_at", "put_forward_by"])


def refuse_time(call: Call, network: Network) -> None:
    """Nobody gets more time once the network's list is put forward or opened: who sent after it could not be on it. Raises ValidationError."""
    own = lock_list(call, network)
    if own.put_forward_at or is_opened(call):
        raise ValidationError(_("The list of %(network)s is put forward, so nobody can be given more time.") % {"network": network.name})


def free_places(shortlist: Shortlist) -> int:
    """How many places are free though eligible applications of other houses are left to fill them."""
    of = Partnership.objects.get(call=shortlist.call, network=shortlist.network).places
    with everything("verb: the list is locked"):
        held = list(Place.objects.filter(shortlist=shortlist, rank__lte=of).values_list("application", "house"))
        free = of - len(held)
        if not free:
            return 0
        eligible = Application.objects.sent().filter(call=shortlist.call, network=shortlist.network, ineligibility=None)
        rows = eligible.exclude(pk__in=[pk for pk, _house in held]).select_related("house__municipality", "municipality")
        return min(free, len({row.house_key for row in rows} - {house for _pk, house in held}))


@transaction.atomic
def put_forward(shortlist: Shortlist, *, version: int, by: Any) -> Shortlist:
    """Hand the list to the partners; nobody of them sees more than that it is ready until all are opened together.

    Writes the houses as they are now, and an audit entry. Returns the list. Twice is once. Raises NotAllowed, NotInTime before the
    deadline and while somebody has more time of their own, Moved, HouseTaken when two of the places are of one house by now, and
    Incomplete while a place is free that could be filled.
    """
    if not may_rank(by, shortlist.call, shortlist.network):
        raise NotAllowed
    own = lock_list(shortlist.call, shortlist.network)
    if own.put_forward_at:
        return own
    if still_comes_in(own.call, own.network):
        raise NotInTime
    if version != own.version:
        raise Moved
    _write(own, _ranked(own))
    if free := free_places(own):
        raise Incomplete(free)
    own.put_forward_at, own.put_forward_by = timezone.now(), by
    with everything("verb: the list is locked"):
        own.save(update_fields=["put_forward_at", "put_forward_by"])
    record("list put forward", by=by, call=own.call, subject=own)
    return own


@transaction.atomic
def take_back(shortlist: Shortlist, *, by: Any) -> Shortlist:
    """Work on a list again that was put forward, until the lists are opened. Writes an audit entry. Raises NotAllowed and Opened."""
    if not may_rank(by, shortlist.call, shortlist.network):
        raise NotAllowed
    own = lock_list(shortlist.call, shortlist.network)
    if is_opened(own.call):
        raise Opened
    if own.put_forward_at:
        own.put_forward_at = own.put_forward_by = None
        with everything("verb: the list is locked"):
            own.save(update_fields=["put_forward_at", "put_forward_by"])
        record("list taken back", by=by, call=own.call, subject=own)
    return own


def is_opened(call: Call) -> bool:
    """Whether the lists of all networks are opened to the partners."""
    with everything("whether, not what"):
        return Slate.objects.filter(call=call).exists()


def readiness(call: Call) -> list[tuple[Network, bool]]:
    """Every network of the call with whether its list is put forward: all that a partner learns of it before the opening."""
    with everything("ready or not ready"):
        ready = set(Shortlist.objects.ready().filter(call=call).values_list("network", flat=True))
    return [(part.network, part.network_id in ready) for part in call.partners]


def overfull_lists() -> list[str]:
    """Invariant: ranks of a list follow each other from 1, as many of them places as the network has, each of one that can have it."""
    found = []
    with everything("invariant"):
        parts = {(part.call_id, part.network_id): part.places for part in Partnership.objects.all()}
        for shortlist in Shortlist.objects.order_by("pk"):
            rows = list(Place.objects.filter(shortlist=shortlist).order_by("rank").select_related("application"))
            of = parts.get((shortlist.call_id, shortlist.network_id))
            if [row.rank for row in rows] != list(range(1, len(rows) + 1)) or any(row.of != of for row in rows):
                found.append(f"lists: the ranks of {shortlist.pk} do not follow each other.")
            if any((row.application.call_id, row.application.network_id) != (shortlist.call_id, shortlist.network_id) for row in rows):
                found.append(f"lists: {shortlist.pk} holds an application of another network.")
            unfit = set(Ineligibility.objects.filter(application__in=[row.application_id for row in rows]).values_list("application", flat=True))
            if any(not row.application.is_sent or row.application_id in unfit for row in rows):
                found.append(f"lists: {shortlist.pk} holds an application that is not sent, or can't be counted.")
    return found


@retention("reasons of ranks, swaps and votes in calls that ended two years ago")
def forget_reasons() -> int:
    """Empty the reasons of ranks, swaps and votes two years after the end of their call; the rows stay for the record. Returns how many."""
    long_ago = timezone.now() - timedelta(days=730)
    with everything("retention"):
        calls: dict[Any, str] = {
            Place: "shortlist__call",
            Nomination: "version__slate__call",
            SlateVersion: "slate__call",
            Approval: "version__slate__call",
        }
        rows = [model.objects.filter(**{f"{path}__ends_at__lt": long_ago}).exclude(reason__in=["", "–"]) for model, path in calls.items()]
        return sum(int(found.update(reason="–")) for found in rows)
