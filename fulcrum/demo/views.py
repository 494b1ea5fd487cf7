"""The demonstration bar: be somebody else, and let time pass. Plain POSTs, so that a script can use them (docs/operations.md)."""

import time
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib import messages
from django.contrib.auth import login
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from applications.application import Application
from fulcrum.calls.models import Call
from fulcrum.demo import editions
from fulcrum.demo.editions import others_accept, others_put_forward, others_vote, run_programme
from fulcrum.demo.services import move_to_deadline
from fulcrum.guard.predicates import demonstration
from fulcrum.guard.querysets import everything
from fulcrum.guard.views import policy, safe_next
from fulcrum.people.models import Role, User
from programme.seat import Seat
from programme.seats import services as seating
from selection.shortlists import services as ranking
from selection.slates import services as approving

SHOWN = 12  # candidates to choose from


@policy(demonstration)
def people(request: HttpRequest) -> HttpResponse:
    """Who one can be, and what can be moved."""
    calls = list(Call.objects.newest_first())
    with everything("demonstration"):
        applications = list(Application.objects.with_page().order_by("state", "network__name", "pk"))
        selected = set(Seat.objects.held().values_list("application", flat=True))
    roles = list(Role.objects.in_force().select_related("person", "network").order_by("-role", "network__name"))
    entries = []
    for call in calls:
        own = [entry for entry in applications if entry.call_id == call.pk]
        first = [entry for entry in own if entry.is_draft or entry.pk in selected]
        picked = (first + [entry for entry in own if entry not in first][:: max(len(own) // SHOWN, 1)])[:SHOWN]
        entries.append((call, picked, [role for role in roles if role.call_id == call.pk]))
    return render(request, "demo/people.html", {"entries": entries, "next": safe_next(request, "")})


@require_POST
@policy(demonstration)
def switch_person(request: HttpRequest) -> HttpResponse:
    """Sign in as `person` (an id or an address). It counts as the second factor, and as a fresh sign-in."""
    wanted = request.POST.get("person", "").replace("\0", "")[:254]
    person = get_object_or_404(User, Q(pk=int(wanted)) if wanted.isdecimal() and len(wanted) < 10 else Q(email=wanted.lower()))
    login(request, person, backend="allauth.account.auth_backends.AuthenticationBackend")
    request.session["demonstration"] = True
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "demonstration", "at": time.time()}]
    return redirect(safe_next(request, reverse("staff_home" if person.roles_now else "my_applications")))


@require_POST
@policy(demonstration)
def move_call(request: HttpRequest) -> HttpResponse:
    """Let time pass for `call` (its slug), or let the others act: `to` is one of ACTS."""
    call = get_object_or_404(Call, slug=request.POST.get("call", ""))
    act = ACTS.get(request.POST.get("to", ""))
    if act is None:
        messages.error(request, _("The demonstration knows no such step."))
    else:
        try:
            level, words = act(call, request.user)
        except CANT:
            level, words = messages.INFO, _("This step comes later, or is done already.")
        messages.add_message(request, level, words)
    return redirect(safe_next(request, reverse("demonstration")))


def _to_deadline(call: Call, user: Any) -> tuple[int, str]:
    if not call.is_open:
        return messages.INFO, _("The deadline of the call has passed already.")
    move_to_deadline(call)
    return messages.SUCCESS, _("The deadline of the call has just passed.")


def _lists(call: Call, user: Any) -> tuple[int, str]:
    count = others_put_forward(call, user)
    return messages.SUCCESS, ngettext("%(count)d network has put its list forward.", "%(count)d networks have put their lists forward.", count) % {
        "count": count
    }


def _votes(call: Call, user: Any) -> tuple[int, str]:
    count = others_vote(call, user)
    return messages.SUCCESS, ngettext("%(count)d network has voted yes.", "%(count)d networks have voted yes.", count) % {"count": count}


def _seats(call: Call, user: Any) -> tuple[int, str]:
    count = others_accept(call, user)
    return messages.SUCCESS, ngettext("%(count)d person has taken the seat.", "%(count)d people have taken their seats.", count) % {"count": count}


def _programme(call: Call, user: Any) -> tuple[int, str]:
    count = run_programme(call)
    words = ngettext(
        "The programme is over. Attendance is noted: %(count)d mark.", "The programme is over. Attendance is noted: %(count)d marks.", count
    )
    return messages.SUCCESS, words % {"count": count}


ACTS = {"deadline": _to_deadline, "lists": _lists, "votes": _votes, "seats": _seats, "programme": _programme}
CANT = (
    editions.TooEarly,
    ranking.NotAllowed,
    ranking.NotInTime,
    ranking.Incomplete,
    ranking.ListClosed,
    approving.Final,
    approving.VersionOver,
    seating.TooLate,
)
