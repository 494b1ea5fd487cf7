from typing import Any

import rules


@rules.predicate
def edits_call(user: Any, call: Any = None) -> bool:
    """A coordinator of this very call."""
    return bool(user.is_authenticated and user.holds("coordinator", call=call))
