"""Who somebody is, as predicates that views, templates and verbs share. What one may do with an object is in each room's policy."""

from typing import Any

import rules
from django.conf import settings


@rules.predicate
def anyone(user: Any) -> bool:
    return True


@rules.predicate
def signed_in(user: Any) -> bool:
    return bool(user.is_authenticated)


@rules.predicate
def staff(user: Any) -> bool:
    """Holds a role in a call that has not ended."""
    return bool(user.is_authenticated and user.roles_now)


@rules.predicate
def coordinator(user: Any) -> bool:
    """Coordinates a call that has not ended."""
    return bool(user.is_authenticated and user.holds("coordinator"))


@rules.predicate
def demonstration(user: Any) -> bool:
    """Anybody, but only on a site that runs the demonstration."""
    return settings.DEMO


@rules.predicate
def local_mail(user: Any) -> bool:
    """Anybody, but only where letters stay on this machine: a site that others can reach never keeps them readable."""
    return settings.LOCAL_MAIL
