from typing import Any

import rules
from django.http import Http404
from django.shortcuts import get_object_or_404

from fulcrum.calls.models import Call


@rules.predicate
def edits_call(user: Any, call: Any = None) -> bool:
    """A coordinator of this very call."""
    return bool(user.is_authenticated and user.holds("coordinator", call=call))


def call_edited_by(user: Any, slug: str) -> Call:
    """The call with this slug, for its own coordinator. Raises Http404 for anybody else's."""
    call = get_object_or_404(Call, slug=slug)
    if not edits_call.test(user, call):
        raise Http404
    return call
