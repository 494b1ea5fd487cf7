from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.services import Conflict
from fulcrum.guard.predicates import coordinator
from fulcrum.guard.views import policy
from programme.attendance import services
from programme.attendance.forms import AttendanceForm, UnitForm
from programme.participants.participants import participants
from programme.seat import Seat
from selection.policy import call_as


@policy(coordinator)
def programme(request: HttpRequest, slug: str) -> HttpResponse:
    """The units with their dates, and who was where."""
    call = call_as(request.user, slug, "coordinator")
    everybody = participants(call, request.user)
    context = {
        "call": call,
        "units": call.units.all(),
        "page": Paginator(everybody, 50).get_page(request.GET.get("page")),
        "complete": sum(1 for participant in everybody if participant.ledger.is_complete),
        "issued": sum(1 for participant in everybody if participant.certificate),
        "now": timezone.now(),
    }
    return render(request, "programme/programme.html", context)


@policy(coordinator)
def unit(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """When and where a unit is."""
    call = call_as(request.user, slug, "coordinator")
    unit = get_object_or_404(call.units.select_related("call"), key=key)
    form = UnitForm(request.POST or None, unit=unit)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_unit(unit, **form.values(), changes=form.cleaned_data["version"], by=request.user)
        except Conflict as conflict:
            context = {"call": call, "unit": conflict.now, "form": form.on_version(conflict.now.changes), "theirs": UnitForm(unit=conflict.now)}
            return render(request, "programme/unit.html", context, status=409)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, _("The unit is saved."))
            return redirect("programme", call.slug)
    return render(request, "programme/unit.html", {"call": call, "unit": unit, "form": form}, status=422 if form.errors else 200)


@policy(coordinator)
def attendance(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """Who was there in one unit."""
    call = call_as(request.user, slug, "coordinator")
    unit = get_object_or_404(call.units.select_related("call"), key=key)
    column = services.column_of(unit, to=request.user)
    seats = list(Seat.objects.visible_to(request.user).accepted().filter(pk__in=column).with_person().order_by("network__name", "number"))
    form = AttendanceForm(request.POST or None, unit=unit, seats=seats, column=column, initial={"seen": services.digest(column)})
    context = {"call": call, "unit": unit, "form": form, "has_begun": unit.has_begun(timezone.now())}
    if request.method != "POST" or not form.is_valid():
        return render(request, "programme/attendance.html", context, status=422 if form.errors else 200)
    try:
        added = services.record_marks(unit, marks=form.marks(), seen=form.cleaned_data["seen"], by=request.user)
    except services.NotBegun:
        return render(request, "programme/attendance.html", context, status=409)
    except Conflict as conflict:
        context |= {"form": form.over(conflict.now), "theirs": form.differing(conflict.now)}
        return render(request, "programme/attendance.html", context, status=409)
    said = ngettext("%(number)d presence is noted.", "%(number)d presences are noted.", added) % {"number": added}
    messages.success(request, said if added else _("Nothing changed."))
    return redirect("programme", call.slug)
