"""Who puts duplicates in order: a lead for their own networks, the coordinator for all networks of the call."""

from typing import Any

import rules
from django.http import Http404

from fulcrum.calls.models import Call, Network


@rules.predicate
def sorts_doubles(user: Any) -> bool:
    """Leads a network or coordinates a call."""
    return bool(user.is_authenticated and user.holds("lead", "coordinator"))


def sorted_call(user: Any, slug: str) -> Call:
    """The call with this slug, which the user coordinates or leads a network in. Raises Http404 for anybody else's."""
    for role in user.roles_now:
        if role.call.slug == slug and role.role in ("lead", "coordinator"):
            return role.call
    raise Http404


def networks_led(user: Any, call: Call) -> list[Network]:
    """The networks that the user leads in this call."""
    return list({role.network_id: role.network for role in user.roles_now if role.call_id == call.pk and role.role == "lead"}.values())


def networks_sorted(user: Any, call: Call) -> list[Network]:
    """The networks among whose houses the user looks: all for the coordinator, a lead's own."""
    return list(call.networks.order_by("name")) if user.holds("coordinator", call=call) else networks_led(user, call)
