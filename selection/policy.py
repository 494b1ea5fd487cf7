"""Who selects: staff of a network who read and score, its leads who rank and approve, the coordinator who runs it."""

from typing import Any

import rules
from django.http import Http404, HttpRequest

from fulcrum.calls.models import Call, Network

READERS = ("assessor", "lead")
PARTNERS = ("lead", "coordinator")


@rules.predicate
def reader(user: Any) -> bool:
    """Reads applications for a network."""
    return bool(user.is_authenticated and user.holds(*READERS))


@rules.predicate
def lead(user: Any) -> bool:
    """Leads a network."""
    return bool(user.is_authenticated and user.holds("lead"))


@rules.predicate
def partner(user: Any) -> bool:
    """Leads a network or coordinates a call: sees the joint board."""
    return bool(user.is_authenticated and user.holds(*PARTNERS))


@rules.predicate
def selecting(user: Any) -> bool:
    """Has any part in the selection."""
    return bool(user.is_authenticated and user.holds(*READERS, "coordinator"))


def posted_version(request: HttpRequest) -> int:
    """The number that a form carried as the version its page showed; -1 for anything else."""
    version = request.POST.get("version", "")
    return int(version) if version.isdecimal() and len(version) < 10 else -1


def call_as(user: Any, slug: str, *roles: str) -> Call:
    """The call with this slug, in which the user holds one of `roles`. Raises Http404 for anybody else's."""
    for role in user.roles_now:
        if role.call.slug == slug and role.role in roles:
            return role.call
    raise Http404


def networks_as(user: Any, call: Call, *roles: str) -> list[Network]:
    """The networks for which the user holds one of `roles` in this call, each once."""
    return list({role.network_id: role.network for role in user.roles_now if role.call_id == call.pk and role.role in roles}.values())


def network_as(user: Any, call: Call, slug: str, *roles: str) -> Network:
    """The network with this slug, for which the user holds one of `roles`. Raises Http404 for anybody else's."""
    for network in networks_as(user, call, *roles):
        if network.slug == slug:
            return network
    raise Http404
