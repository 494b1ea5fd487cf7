from typing import Any

import rules
from django.http import Http404

from fulcrum.calls.models import Call, Network


@rules.predicate
def gives_time(user: Any) -> bool:
    """Leads a network or coordinates a call: may give one person more time."""
    return bool(user.is_authenticated and user.holds("lead", "coordinator"))


def networks_giving(user: Any, call: Call) -> list[Network]:
    """The networks of the call for whose candidates this user may give more time; all of them for its coordinator."""
    if user.holds("coordinator", call=call):
        return [part.network for part in call.partners]
    return list({role.network_id: role.network for role in user.roles_now if role.call_id == call.pk and role.role == "lead"}.values())


def call_given_by(user: Any, slug: str) -> Call:
    """The call with this slug, in which the user may give more time. Raises Http404 for anybody else's."""
    for role in user.roles_now:
        if role.call.slug == slug and role.role in ("lead", "coordinator"):
            return role.call
    raise Http404
