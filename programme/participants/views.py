from collections.abc import Iterable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from fulcrum.calls.units import Unit
from fulcrum.guard.predicates import signed_in
from fulcrum.guard.views import policy
from programme.certificates import services
from programme.certificates.forms import NameForm
from programme.participants.calendar import calendar_of
from programme.participants.participants import participants
from programme.seat import Seat


def own_seat(request: HttpRequest, slug: str) -> Seat:
    """The signed-in person's own accepted seat in this call; anybody else finds nothing here."""
    return get_object_or_404(Seat.objects.of_person(request.user).accepted().with_person().select_related("call"), call__slug=slug)


@require_safe
@policy(signed_in)
def my_programme(request: HttpRequest, slug: str) -> HttpResponse:
    """What comes next, the whole path, what is missing, the name to be printed, the certificate."""
    seat = own_seat(request, slug)
    [participant] = participants(seat.call, request.user, only=seat)
    return render(request, "programme/my_programme.html", {"participant": participant, "seat": seat, "call": seat.call})


@require_safe
@policy(signed_in)
def calendar(request: HttpRequest, slug: str) -> HttpResponse:
    seat = own_seat(request, slug)
    return _file(seat, seat.call.units.all(), seat.call.slug)


@require_safe
@policy(signed_in)
def unit_calendar(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    seat = own_seat(request, slug)
    unit = get_object_or_404(seat.call.units, key=key)
    return _file(seat, [unit], unit.key)


def _file(seat: Seat, units: Iterable[Unit], name: str) -> HttpResponse:
    url = settings.SITE_URL + reverse("my_programme", args=[seat.call.slug])
    disposition = {"Content-Disposition": f'attachment; filename="{name}.ics"'}
    return HttpResponse(calendar_of(seat.call, units, url=url), content_type="text/calendar; charset=utf-8", headers=disposition)


@policy(signed_in)
def certificate_name(request: HttpRequest, slug: str) -> HttpResponse:
    """The name as it will be printed, checked by who bears it."""
    seat = own_seat(request, slug)
    form = NameForm(request.POST or None, initial={"name": seat.name_to_print})
    if request.method == "POST" and form.is_valid():
        try:
            services.check_name(seat, name=form.cleaned_data["name"], by=request.user)
        except services.AlreadyIssued:
            messages.info(request, _("Your certificate is issued already; what is printed on it stays."))
        else:
            messages.success(request, _("Your name is checked. It will be printed as you typed it."))
        return redirect("my_programme", slug)
    return render(request, "programme/certificate_name.html", {"form": form, "seat": seat, "call": seat.call}, status=422 if form.errors else 200)
