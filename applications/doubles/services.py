"""The verbs of staff on duplicates of houses: merge, link, keep apart."""

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction

from applications.application import Application
from applications.doubles.models import Apart, ordered
from applications.doubles.policy import networks_led, networks_sorted
from applications.services import NotAllowed
from fulcrum.audit.services import record
from fulcrum.calls.models import Call
from fulcrum.calls.places import House
from fulcrum.guard.querysets import everything
from fulcrum.work.services import sweeps

# later rooms that keep the key of a house with what hangs on an application, in the deciding transaction
rehoused: list[Callable[[list[int], str], None]] = []


class MergedElsewhere(Exception):
    """One of the two was merged into another house meanwhile."""


class Clash(Exception):
    """Together the house would have two places on a list, two outcomes "selected" or two seats."""


class NotAMember(Exception):
    """The network does not list this house."""


def may_merge(user: Any, call: Call, *, goes: House, into: House) -> bool:
    """The coordinator of the call, for houses of its networks; a lead, when both are their members and no other network lists the one that goes."""
    own = {network.pk for network in networks_sorted(user, call)}
    of_goes, of_into = ({network.pk for network in house.networks.all()} for house in (goes, into))
    if user.holds("coordinator", call=call):
        return bool(of_goes & own and of_into & own)
    return bool(of_goes and of_goes <= own and of_into & own)


@transaction.atomic
def merge_houses(goes: House, *, into: House, call: Call, by: Any) -> House:
    """Make one house of two: `into` stays, with the members, applications and places of both; the other's row points to it.

    Adds an audit entry. Twice is once. Returns the house that stays. Raises NotAllowed, MergedElsewhere and Clash.
    """
    rows = House.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=[goes.pk, into.pk]).order_by("pk")
    now = {house.pk: house for house in rows}
    goes, into = now[goes.pk], now[into.pk]
    if goes.merged_into_id == into.pk and by.holds("lead", "coordinator", call=call):
        return into
    if goes.merged_into_id or into.merged_into_id or goes == into:
        raise MergedElsewhere
    if not may_merge(by, call, goes=goes, into=into):
        raise NotAllowed
    into.networks.add(*goes.networks.all())
    goes.networks.clear()
    House.objects.filter(merged_into=goes).update(merged_into=into)
    House.objects.filter(pk=goes.pk).update(merged_into=into)
    with everything("every application of a merged house"):
        _rehouse(list(Application.objects.filter(house=goes).values_list("pk", flat=True)), into)
    record("houses merged", by=by, call=call, subject=goes, fields=[f"into {into.pk}"])
    return into


@transaction.atomic
def link_house(application: Application, *, house: House, by: Any) -> None:
    """Put a listed house in the place of the one that was typed, by a lead of the network. Adds an audit entry. Twice is once.

    The candidate's director is not asked anew. Raises NotAllowed, NotAMember and Clash.
    """
    rows = Application.objects.read_by(by).select_for_update(of=("self",), no_key=True)
    now = rows.select_related("call", "network").filter(pk=application.pk).first()
    if now is None or now.network not in networks_led(by, now.call):
        raise NotAllowed
    if now.house_id == house.pk:
        return
    if now.house_id or not house.networks.filter(pk=now.network_id).exists():
        raise NotAMember
    with everything("verb: the right was asked"):
        _rehouse([now.pk], house)
    record("house linked", by=by, call=now.call, subject=now, fields=["house", "typed_house"])


def _rehouse(applications: list[int], house: House) -> None:
    """Applications are of a listed house from now on, and what later rooms keep of them follows. Raises Clash."""
    key = Application(house=house).house_key
    try:
        with transaction.atomic():
            Application.objects.filter(pk__in=applications).update(house=house, typed_house="", municipality=None)
            for follow in rehoused:
                follow(applications, key)
    except IntegrityError as error:
        raise Clash from error


@transaction.atomic
def keep_apart(one: str, other: str, *, call: Call, by: Any) -> None:
    """Note that two that look alike are different, by their keys: they are not suggested again. Adds an audit entry. Twice is once.

    The caller has reached both by right.
    """
    left, right = ordered(one, other)
    if Apart.objects.get_or_create(left=left, right=right, defaults={"by": by})[1]:
        record("found different", by=by, call=call, fields=[left, right])


@sweeps
def follow_mergers() -> int:
    """Applications that took up a house in the moment in which it was merged go on to the one that stays. Returns how many."""
    with everything("the sweep of mergers"):
        late = list(Application.objects.exclude(house__merged_into=None).exclude(house=None).values_list("pk", "house"))
        for pk, merged in late:
            with transaction.atomic():
                _rehouse([pk], House.objects.get(merged=merged))
    return len(late)
