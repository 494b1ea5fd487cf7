from typing import Any

import rules
from django.http import Http404

from applications.application import Application
from fulcrum.calls.models import Call


@rules.predicate
def owns(user: Any, application: Application) -> bool:
    """The candidate whose application it is."""
    return application.person_id == user.pk


@rules.predicate
def access_officer(user: Any) -> bool:
    """Reads the needs of a network's candidates."""
    return bool(user.is_authenticated and user.holds("access_officer"))


def call_of_officer(user: Any, slug: str) -> Call:
    """The call with this slug, in which the user is an access officer. Raises Http404 for anybody else's."""
    for role in user.roles_now:
        if role.call.slug == slug and role.role == "access_officer":
            return role.call
    raise Http404
