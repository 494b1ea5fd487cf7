"""The pages of who asks for help."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from applications.application import Application
from applications.assistance import services
from applications.assistance.calendar import calendar_of
from applications.assistance.forms import AskForm, TimesForm
from applications.assistance.models import Helper, HelpRequest
from applications.deadlines.models import own_until
from applications.services import NotInTime, WrongMove
from fulcrum.calls.models import Call
from fulcrum.guard.predicates import anyone, signed_in
from fulcrum.guard.views import policy


@require_safe
@policy(anyone)
def help_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Whom to ask: the person's own request, the form of the network they apply through, or all networks of the call."""
    call = get_object_or_404(Call, slug=slug)
    if request.user.is_authenticated:
        if own := HelpRequest.objects.of_person(request.user).open().filter(call=call).first():
            return redirect(own)
        mine = Application.objects.of_person(request.user).filter(call=call).select_related("network").first()
        if mine and services.may_ask(call, request.user):
            return redirect("ask_for_help", call.slug, mine.network.slug)
    return render(request, "assistance/help.html", {"call": call, "may_ask": services.may_ask(call, request.user)})


@policy(signed_in)
def ask_for_help(request: HttpRequest, slug: str, network: str) -> HttpResponse:
    """What the network needs to know to help."""
    call = get_object_or_404(Call, slug=slug)
    asked = get_object_or_404(call.networks, slug=network)
    if own := HelpRequest.objects.of_person(request.user).open().filter(call=call).first():
        return redirect(own)
    mine = Application.objects.of_person(request.user).filter(call=call).first()
    form = AskForm(request.POST or None, initial={"language": get_language(), "phone": mine.phone if mine else ""})
    if request.method == "POST" and form.is_valid():
        try:
            made = services.ask(call, network=asked, by=request.user, **form.cleaned_data)
        except NotInTime:
            return render(request, "assistance/help.html", {"call": call, "may_ask": False}, status=409)
        messages.success(request, _("Your request has arrived. Somebody of %(network)s answers, and a letter tells you when.") % {"network": asked})
        return redirect(made)
    if not services.may_ask(call, request.user):
        return render(request, "assistance/help.html", {"call": call, "may_ask": False})
    return render(request, "assistance/ask.html", {"call": call, "network": asked, "form": form}, status=422 if form.errors else 200)


def _own(request: HttpRequest, pk: int) -> HelpRequest:
    return get_object_or_404(HelpRequest.objects.of_person(request.user).select_related("call", "network", "person"), pk=pk)


@policy(signed_in)
def help_request(request: HttpRequest, pk: int) -> HttpResponse:
    """The person's request with its appointment, and what they can do with it."""
    own = _own(request, pk)
    form = TimesForm(request.POST if "another" in request.POST else None)
    status = 200
    if request.method == "POST":
        try:
            said = _answer(request, own, form)
        except services.Changed:
            own, status = _own(request, pk), 409
        except WrongMove:
            messages.info(request, _("This request has moved on in the meantime. This is how it stands."))
            return redirect(own)
        else:
            if said:
                messages.success(request, said)
                return redirect(own)
            status = 422
    context = {
        "call": own.call,
        "own": own,
        "form": form,
        "changed": status == 409,
        "helper": Helper.objects.of(own).filter(ended_at=None).select_related("helper").first(),
        "more_time": own_until(call=own.call, network=own.network, person=request.user),
        "application": Application.objects.of_person(request.user).with_page().filter(call=own.call).first(),
    }
    return render(request, "assistance/request.html", context, status=status)


def _answer(request: HttpRequest, own: HelpRequest, form: TimesForm) -> str:
    """Do what the pressed button says. Returns the sentence about it; an empty one when the form is not valid."""
    by: Any = request.user
    if "confirm" in request.POST:
        number = request.POST["confirm"]
        services.confirm_appointment(own, seen=int(number) if number.isdecimal() and len(number) < 6 else -1, by=by)
        return _("The appointment is confirmed.")
    if "another" in request.POST:
        if not form.is_valid():
            return ""
        services.ask_another_time(own, times=form.cleaned_data["times"], by=by)
        return _("Whoever helps you reads this and proposes another time.")
    if "cancel" in request.POST:
        services.cancel(own, by=by)
        return _("Your request is cancelled, and what you wrote in it is removed.")
    if "allow" in request.POST or "disallow" in request.POST:
        allowed = "allow" in request.POST
        services.let_type(own, allowed=allowed, by=by)
        return _("Whoever helps you may type for you now.") if allowed else _("Nobody types for you any more.")
    return ""


@require_safe
@policy(signed_in)
def appointment_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The appointment for a calendar, to who asked and to who helps."""
    rows = HelpRequest.objects.visible_to(request.user).select_related("call", "network")
    found = get_object_or_404(rows.exclude(starts_at=None), pk=pk)
    if found.person_id != request.user.pk and not Helper.objects.of(found).filter(helper=request.user).exists():
        raise Http404
    disposition = {"Content-Disposition": f'attachment; filename="appointment-{found.pk}.ics"'}
    return HttpResponse(calendar_of(found, url=request.build_absolute_uri(found.get_absolute_url())), "text/calendar", headers=disposition)
