from typing import Any

import rules

from applications.application import Application


@rules.predicate
def owns(user: Any, application: Application) -> bool:
    """The candidate whose application it is."""
    return application.person_id == user.pk
