"""What waits for a participant, and for the coordinator of a programme."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fulcrum.calls.models import Call
from fulcrum.people.todos import Todo, todos
from programme.participants.participants import participants
from programme.seat import Seat
from programme.seats.places import places_of
from programme.seats.services import has_begun, networks_with_reserves


@todos
def of_participant(user: Any) -> Iterator[Todo]:
    """The offer of a seat, by its date; the programme while it runs, then the name on the certificate. One query."""
    now = timezone.now()
    own = Seat.objects.of_person(user).held().select_related("call", "application").annotate(last_start=Max("call__units__starts_at"))
    for seat in own.filter(call__ends_at__gt=now):
        if seat.is_offered and not seat.is_overdue:
            yield Todo(seat.call, _("Say whether you take your seat"), seat.get_absolute_url(), seat.answer_by)
        if seat.is_accepted and seat.last_start and seat.last_start > now:
            yield Todo(seat.call, _("See your programme and its next date"), reverse("my_programme", args=[seat.call.slug]))
        if seat.is_accepted and not seat.name_checked_at and seat.last_start and seat.last_start <= now:
            yield Todo(seat.call, _("Check your name for the certificate"), reverse("certificate_name", args=[seat.call.slug]))


@todos
def of_coordinator(user: Any) -> Iterator[Todo]:
    """Seats that nobody answered, vacant places, attendance to note, certificates to issue; nothing before seats are offered."""
    calls = {role.call_id: role.call for role in user.roles_now if role.role == "coordinator"}
    if not calls:
        return
    seated = set(Seat.objects.visible_to(user).filter(call__in=calls).values_list("call", flat=True))
    for call in (call for pk, call in calls.items() if pk in seated):
        if not has_begun(call):
            yield from _places(user, call)
        yield from _participants(user, call)


def _places(user: Any, call: Call) -> Iterator[Todo]:
    """Until the programme begins: offers to let lapse, and vacant places to offer."""
    places = places_of(call, user)
    url = reverse("seats", args=[call.slug])
    if overdue := [place.held for place in places if place.held and place.held.is_overdue]:
        words = ngettext("Let %(count)d offer lapse that was not answered", "Let %(count)d offers lapse that were not answered", len(overdue))
        yield Todo(call, words % {"count": len(overdue)}, f"{url}?state=overdue", min(seat.answer_by for seat in overdue))
    vacant = [place for place in places if place.state == "vacant" and place.seats]
    waiting = networks_with_reserves(call, to=user) if vacant else set()
    for place in vacant:
        name = {"network": place.network.name, "number": place.number}
        if place.network.pk in waiting:
            offer = reverse("offer_seat", args=[call.slug, place.network.slug, place.number])
            yield Todo(call, _("Ask the partners, then offer the seat: %(network)s, place %(number)d") % name, offer)


def _participants(user: Any, call: Call) -> Iterator[Todo]:
    """Units that have begun and lack a presence; certificates that can be issued."""
    everybody = participants(call, user)
    unnoted: dict[Any, int] = {}
    for participant in everybody:
        for step in participant.path:
            if step.is_over and not step.presence:
                unnoted[step.unit] = unnoted.get(step.unit, 0) + 1
    for unit, number in unnoted.items():
        words = _("Note who was there: %(unit)s (%(count)d open)") % {"unit": unit.title, "count": number}
        yield Todo(call, words, reverse("attendance", args=[call.slug, unit.key]), unit.ends_at)
    if ready := sum(1 for participant in everybody if participant.is_ready):
        words = ngettext("Issue %(count)d certificate", "Issue %(count)d certificates", ready) % {"count": ready}
        yield Todo(call, words, reverse("certificates", args=[call.slug]))
