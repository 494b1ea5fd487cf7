"""The verbs of the joint board: open, swap, freeze, approve, make final."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from applications.application import Application
from fulcrum.audit.services import record
from fulcrum.calls.models import Call, Network
from fulcrum.guard.querysets import everything
from fulcrum.mail.services import write
from fulcrum.people.models import Role
from selection.assessments.models import Recusal
from selection.outcomes.models import Outcome
from selection.shortlists.models import Place
from selection.shortlists.services import HouseTaken, NotAllowed, NotInTime, ReasonMissing, is_opened, lock_list, may_rank, readiness
from selection.slate import Approval, Nomination, Slate, SlateVersion


class NotReady(Exception):
    """A network has not put its list forward; `networks` are those."""

    def __init__(self, networks: list[Network]) -> None:
        super().__init__(", ".join(network.slug for network in networks))
        self.networks = networks


class VersionOver(Exception):
    """The slate has another version by now, or this one is not frozen."""


class Final(Exception):
    """The selection is final: nothing of the slate changes."""


class HouseTwice(Exception):
    """Two places of the slate are of one house; `houses` are their keys."""

    def __init__(self, houses: set[str]) -> None:
        super().__init__(str(len(houses)))
        self.houses = houses


class NotApproved(Exception):
    """The votes on the frozen version don't approve it."""


@dataclass(frozen=True)
class Standing:
    """Where a version stands by the call's approval rule."""

    votes: dict[int, Approval]  # by the id of the network
    networks: int
    yes_at_least: int
    no_at_most: int

    def count(self, vote: str) -> int:
        return sum(approval.vote == vote for approval in self.votes.values())

    @property
    def yes(self) -> int:
        return self.count(Approval.Vote.YES)

    @property
    def no(self) -> int:
        return self.count(Approval.Vote.NO)

    @property
    def open(self) -> int:
        return self.networks - len(self.votes)

    @property
    def is_refused(self) -> bool:
        return self.no > self.no_at_most

    @property
    def is_approved(self) -> bool:
        """No more than the allowed noes (none by default), and enough yeses (6 of 8 by default; domain: approval)."""
        return not self.is_refused and self.yes >= self.yes_at_least

    @property
    def is_lost(self) -> bool:
        """Enough yeses can't be reached any more, though nobody says no."""
        return not self.is_refused and self.yes + self.open < self.yes_at_least


def standing(call: Call, version: SlateVersion) -> Standing:
    """The votes on a version, and what the call's rule makes of them. The caller has asked for the right."""
    with everything("verb: the right was asked"):
        votes = {row.network_id: row for row in Approval.objects.filter(version=version).select_related("by")}
    return Standing(votes, len(call.partners), call.approval_rule["yes_at_least"], call.approval_rule["no_at_most"])


def _locked(slate: Slate) -> tuple[Slate, SlateVersion]:
    """The slate and its current version, locked until the transaction ends."""
    with everything("verb: the right was asked"):
        now = Slate.objects.select_for_update(of=("self",), no_key=True).select_related("call").get(pk=slate.pk)
        return now, SlateVersion.objects.get(slate=now, number=now.version)


def _coordinates(call: Call, by: Any) -> None:
    if not by.holds("coordinator", call=call):
        raise NotAllowed


def _tell_leads(kind: str, key: str, call: Call, **words: Any) -> None:
    """Write to every lead of the call, each in their own language, once a `key`."""
    for role in Role.objects.in_force().filter(call=call, role=Role.Kind.LEAD).select_related("person", "network"):
        person = role.person
        with override(person.language):
            link = settings.SITE_URL + reverse("board", args=[call.slug])
        write(
            kind,
            key=f"{kind} {key} {person.pk}",
            address=person.email,
            language=person.language,
            person=person,
            call=call,
            network=role.network,
            link=link,
            **words,
        )


@transaction.atomic
def open_lists(call: Call, *, by: Any) -> Slate:
    """Open the lists of all networks together: version 1 of the slate is what they put forward.

    Locks every list. Adds the slate, an audit entry and a letter to each lead. Returns the slate; twice is once.
    Raises NotAllowed, NotInTime before the deadline, and NotReady while a network has not put its list forward.
    """
    _coordinates(call, by)
    now = Call.objects.select_for_update(no_key=True).get(pk=call.pk)  # an extension comes before or after
    if timezone.now() < now.deadline:
        raise NotInTime
    locked = [lock_list(call, network) for network, _ready in readiness(call)]
    with everything("verb: the right was asked"):
        if slate := Slate.objects.filter(call=call).first():
            return slate
        if missing := [shortlist.network for shortlist in locked if not shortlist.put_forward_at]:
            raise NotReady(missing)
        slate = Slate.objects.create(call=call, opened_at=timezone.now(), opened_by=by)
        version = SlateVersion.objects.create(slate=slate, number=1, made_by=by)
        Nomination.objects.bulk_create(
            Nomination(
                version=version,
                network_id=row.shortlist.network_id,
                rank=row.rank,
                of=row.of,
                application_id=row.application_id,
                house=row.house,
                reason=row.reason,
            )
            for row in Place.objects.filter(shortlist__call=call).select_related("shortlist").order_by("shortlist", "rank")
        )
    record("lists opened", by=by, call=call, subject=slate)
    _tell_leads("lists_opened", str(slate.pk), call)
    return slate


@transaction.atomic
def swap(slate: Slate, *, network: Network, out: Application, into: Application, reason: str, version: int, by: Any) -> SlateVersion:
    """Let a place and a reserve of a network's own list change ranks: a new version, on which nobody has voted yet.

    Adds the version and an audit entry; votes on the version before stay on record and count no more. Returns the version.
    Raises NotAllowed, Final, VersionOver, ReasonMissing, and HouseTaken when another place of the network is of the same house.
    """
    if not may_rank(by, slate.call, network):
        raise NotAllowed
    now, current = _locked(slate)
    if now.is_final:
        raise Final
    if version != now.version:
        raise VersionOver
    if not reason.strip():
        raise ReasonMissing
    with everything("verb: the slate is locked"):
        rows = list(Nomination.objects.filter(version=current))
        own = {row.application_id: row for row in rows if row.network_id == network.pk}
        leaving, coming = own.get(out.pk), own.get(into.pk)
        if leaving is None or coming is None or leaving.is_reserve or not coming.is_reserve:
            raise VersionOver
        if any(row.house == coming.house for row in own.values() if not row.is_reserve and row is not leaving):
            raise HouseTaken
        leaving.rank, coming.rank = coming.rank, leaving.rank
        made = SlateVersion.objects.create(slate=now, number=now.version + 1, made_by=by, network=network, reason=reason.strip())
        for row in rows:
            row.pk, row.version = None, made
        Nomination.objects.bulk_create(rows)
        now.version = made.number
        now.save(update_fields=["version"])
    record("swapped", by=by, call=now.call, subject=made)
    return made


@transaction.atomic
def declare_conflict(slate: Slate, nomination: Nomination, *, by: Any) -> None:
    """Hide somebody on the board from a partner, with the line of their network. Adds an audit entry. Raises NotAllowed; twice is once."""
    with everything("verb: who may see the board"):
        if not by.holds("lead", "coordinator", call=slate.call):
            raise NotAllowed
        _recusal, made = Recusal.objects.get_or_create(application_id=nomination.application_id, person=by)
    if made:
        record("conflict declared", by=by, call=slate.call, subject=nomination)


def twice(rows: list[Nomination]) -> set[str]:
    """The houses that hold more than one place in a version (domain: a house holds at most one place in the slate)."""
    houses = [row.house for row in rows if not row.is_reserve]
    return {house for house in houses if houses.count(house) > 1}


@transaction.atomic
def freeze(slate: Slate, *, version: int, by: Any) -> SlateVersion:
    """Put the current version to the vote. Writes an audit entry and a letter to each lead. Returns it; twice is once.

    Raises NotAllowed, Final, VersionOver when it is not at `version` any more, and HouseTwice.
    """
    _coordinates(slate.call, by)
    now, current = _locked(slate)
    if now.is_final:
        raise Final
    if version != now.version:
        raise VersionOver
    if current.frozen_at:
        return current
    with everything("verb: the slate is locked"):
        if houses := twice(list(Nomination.objects.filter(version=current))):
            raise HouseTwice(houses)
        current.frozen_at = timezone.now()
        current.save(update_fields=["frozen_at"])
    record("version frozen", by=by, call=now.call, subject=current)
    _tell_leads("version_frozen", str(current.pk), now.call, version=current)
    return current


@transaction.atomic
def approve(slate: Slate, *, network: Network, vote: str, reason: str, version: int, by: Any) -> Approval:
    """A network's yes, no or abstention on the frozen version `version`; a vote given before on it is replaced.

    By a lead who has no conflict in the network: nobody approves alone their own house. Writes an audit entry. Returns the vote. Raises
    NotAllowed, Final, VersionOver when the slate has changed or is not frozen, and
    ReasonMissing for a no without one.
    """
    if not may_rank(by, slate.call, network):
        raise NotAllowed
    now, current = _locked(slate)
    if now.is_final:
        raise Final
    if version != now.version or not current.frozen_at:
        raise VersionOver
    if vote == Approval.Vote.NO and not reason.strip():
        raise ReasonMissing
    with everything("verb: the slate is locked"):
        given = Approval.objects.filter(version=current, network=network).first() or Approval(version=current, network=network)
        if (given.vote, given.reason, given.by_id) == (vote, reason.strip(), by.pk):
            return given
        given.vote, given.reason, given.by, given.at = Approval.Vote(vote), reason.strip(), by, timezone.now()
        given.save()
    record(f"voted {vote}", by=by, call=now.call, subject=current, fields=[network.slug])
    return given


@transaction.atomic
def make_final(slate: Slate, *, version: int, by: Any) -> Slate:
    """Make the approved version the selection: every sent application gets its outcome, in one locked transaction.

    Adds an outcome for each and an audit entry; nobody is told yet. Returns the slate; twice is once.
    Raises NotAllowed, VersionOver, and NotApproved by the call's rule.
    """
    _coordinates(slate.call, by)
    now, current = _locked(slate)
    if now.is_final:
        return now
    if version != now.version or not current.frozen_at:
        raise VersionOver
    if not standing(now.call, current).is_approved:
        raise NotApproved
    places = {part.network_id: part.places for part in now.call.partnerships.all()}
    moment = timezone.now()
    with everything("verb: the slate is locked"):
        ranks = {row.application_id: row for row in Nomination.objects.filter(version=current)}
        sent = Application.objects.sent().filter(call=now.call).select_related("house__municipality", "municipality")
        outcomes = []
        for application in sent.iterator(chunk_size=500):
            row = ranks.get(application.pk)
            kind = Outcome.Kind.NOT_SELECTED if row is None else Outcome.Kind.RESERVE if row.is_reserve else Outcome.Kind.SELECTED
            outcomes.append(
                Outcome(
                    application=application,
                    call=now.call,
                    network_id=application.network_id,
                    kind=kind,
                    rank=row.rank if row else None,
                    of=places[application.network_id],
                    house=row.house if row else application.house_key,
                    decided_at=moment,
                )
            )
        Outcome.objects.bulk_create(outcomes, batch_size=500)
        now.final_at, now.final_by = moment, by
        now.save(update_fields=["final_at", "final_by"])
    record("selection final", by=by, call=now.call, subject=current)
    return now


def refuse_extension(call: Call, extension: Any) -> None:
    """Once the lists are opened the deadline moves no more: who sent after it would get no answer. Raises ValidationError."""
    if is_opened(call):
        raise ValidationError({"deadline": _("The lists of the networks are opened, so the deadline can't move any more.")})


def broken_slates() -> list[str]:
    """Invariant: each version has no more than its networks' places and no nomination but of its call; a final one an outcome for each."""
    found = []
    with everything("invariant"):
        for slate in Slate.objects.select_related("call").order_by("pk"):
            places = {part.network_id: part.places for part in slate.call.partnerships.all()}
            for row in Nomination.objects.filter(version__slate=slate).select_related("application"):
                if row.of != places.get(row.network_id) or row.application.network_id != row.network_id or row.application.call_id != slate.call_id:
                    found.append(f"slates: nomination {row.pk} is not as its network has it.")
            if slate.is_final:
                without = Application.objects.sent().filter(call=slate.call, outcome=None).count()
                if without:
                    found.append(f"slates: {without} applications of call {slate.call_id} have no outcome.")
    return found
