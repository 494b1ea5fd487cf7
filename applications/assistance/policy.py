"""Who helps: staff of the network that was asked."""

from typing import Any

import rules
from django.http import Http404

from fulcrum.calls.models import Call, Network

HELPERS = ("assessor", "lead", "access_officer")


@rules.predicate
def helper(user: Any) -> bool:
    """Helps candidates of a network."""
    return bool(user.is_authenticated and user.holds(*HELPERS))


def call_of_helper(user: Any, slug: str) -> Call:
    """The call with this slug, in which the user helps for a network. Raises Http404 for anybody else's."""
    for role in user.roles_now:
        if role.call.slug == slug and role.role in HELPERS:
            return role.call
    raise Http404


def networks_of_helper(user: Any, call: Call) -> list[Network]:
    """The networks for which the user helps in this call, each once."""
    return list({role.network_id: role.network for role in user.roles_now if role.call_id == call.pk and role.role in HELPERS}.values())
