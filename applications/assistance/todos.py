"""What waits for who asked for help, and for who gives it."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Exists, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.assistance.models import Helper, HelpRequest, HelpState
from applications.assistance.policy import helper
from fulcrum.people.todos import Todo, todos


@todos
def of_candidate(user: Any) -> Iterator[Todo]:
    """The appointment that the person has not answered. One query."""
    proposed = HelpRequest.objects.of_person(user).filter(state=HelpState.PROPOSED, starts_at__gt=timezone.now())
    for request in proposed.select_related("call"):
        yield Todo(request.call, _("Say whether the appointment suits you"), request.get_absolute_url(), request.starts_at)


@todos
def of_helper(user: Any) -> Iterator[Todo]:
    """For each call of the user: requests that nobody has taken, and those of their own whose person wants another time. One query."""
    if not helper.test(user):
        return
    calls = {role.call_id: role.call for role in user.roles_now}
    mine = Exists(Helper.objects.beside().filter(helper=user))
    counts = HelpRequest.objects.read_by(user).order_by().values("call")
    for row in counts.annotate(asked=Count("pk", filter=Q(state="asked")), other=Count("pk", filter=Q(mine, state="another"))):
        call = calls[row["call"]]
        url = reverse("help_requests", args=[call.slug])
        if count := row["asked"]:
            words = ngettext("Answer %(count)d person who asks for help", "Answer %(count)d people who ask for help", count)
            yield Todo(call, words % {"count": count}, f"{url}?state=asked")
        if count := row["other"]:
            words = ngettext("Propose another time to %(count)d person", "Propose another time to %(count)d people", count)
            yield Todo(call, words % {"count": count}, f"{url}?state=another")
