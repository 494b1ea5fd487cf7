"""What waits for access officers, and for whom they ask."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.needs.models import Summary
from applications.needs.reading import unread
from applications.policy import access_officer
from fulcrum.people.todos import Todo, todos


@todos
def of_officer(user: Any) -> Iterator[Todo]:
    """In each call of an access officer: how many candidates said something that nobody has read."""
    if not access_officer.test(user):
        return
    calls = {role.call_id: role.call for role in user.roles_now}
    for pk, count in unread(user).items():
        words = ngettext("Read what %(count)d candidate needs", "Read what %(count)d candidates need", count) % {"count": count}
        yield Todo(calls[pk], words, reverse("needs_list", args=[calls[pk].slug]))


@todos
def of_person(user: Any) -> Iterator[Todo]:
    """A sentence that an access officer would pass on, and that waits for the person's yes or no."""
    waiting = Summary.objects.visible_to(user).filter(application__person=user, agreed_at=None)
    for summary in waiting.select_related("application__call"):
        words = _("Decide whether we may pass on what you need")
        yield Todo(summary.application.call, words, reverse("application_needs", args=[summary.application.reference]) + "#summary")
