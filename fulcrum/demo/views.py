"""The demonstration bar: be somebody else, and let time pass. Plain POSTs, so that a script can use them (docs/operations.md)."""

import time

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib import messages
from django.contrib.auth import login
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from applications.application import Application
from fulcrum.calls.models import Call
from fulcrum.demo.services import move_to_deadline
from fulcrum.guard.predicates import demonstration
from fulcrum.guard.querysets import everything
from fulcrum.guard.views import policy, safe_next
from fulcrum.people.models import Role, User

SHOWN = 12  # candidates to choose from


@policy(demonstration)
def people(request: HttpRequest) -> HttpResponse:
    """Who one can be, and what can be moved."""
    with everything("demonstration"):
        applications = list(Application.objects.with_page().order_by("state", "network__name", "pk"))
    picked = [entry for entry in applications if entry.is_draft] + [entry for entry in applications if not entry.is_draft][
        :: max(len(applications) // SHOWN, 1)
    ]
    roles = Role.objects.in_force().select_related("person", "network").order_by("-role", "network__name")
    context = {"roles": roles, "applications": picked, "calls": Call.objects.newest_first(), "next": safe_next(request, "")}
    return render(request, "demo/people.html", context)


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
    """Let time pass for `call` (its slug) until `to`: so far only "deadline"."""
    call = get_object_or_404(Call, slug=request.POST.get("call", ""))
    if request.POST.get("to") != "deadline":
        messages.error(request, _("A call can only be moved to its deadline."))
    elif call.is_open:
        move_to_deadline(call)
        messages.success(request, _("The deadline of the call has just passed."))
    else:
        messages.info(request, _("The deadline of the call has passed already."))
    return redirect(safe_next(request, reverse("demonstration")))
