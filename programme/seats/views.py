from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fulcrum.guard.predicates import coordinator, signed_in
from fulcrum.guard.views import policy
from programme.seat import Seat
from programme.seats import services
from programme.seats.forms import GoodbyeForm, OfferForm
from programme.seats.places import STATES, places_of
from selection.outcomes.services import is_released, usual_answer_by
from selection.policy import call_as

GOODBYES = {"decline": services.decline, "give_up": services.give_up}


@policy(signed_in)
def seat(request: HttpRequest, reference: str) -> HttpResponse:
    """The offer of a seat to one person: what it entails, and their answer. A goodbye is said on a page of its own."""
    own = Seat.objects.of_person(request.user).with_person().select_related("call")
    seat = get_object_or_404(own, application__reference=reference)
    if request.method == "POST":
        return _answered(request, seat)
    return _seat_page(request, seat, saying=request.GET.get("answer", ""))


def _answered(request: HttpRequest, seat: Seat) -> HttpResponse:
    answer = request.POST.get("answer", "")
    form = GoodbyeForm(request.POST)
    if answer == "give_up" and "confirmed" not in request.POST:
        return redirect(f"{seat.get_absolute_url()}?answer=give_up")
    if answer not in (*GOODBYES, "accept") or not form.is_valid():
        return _seat_page(request, seat, saying=answer, form=form, status=422)
    try:
        if answer == "accept":
            services.accept(seat, by=request.user)
            messages.success(request, _("The seat is yours. A letter with the dates is on its way."))
        else:
            GOODBYES[answer](seat, reason=form.cleaned_data["reason"], by=request.user)
            messages.success(request, _("Your place is given back. Thank you for telling us."))
    except services.Over:
        messages.error(request, _("The programme is over, so there is no place to give back any more."))
    except (services.TooLate, services.WrongMove):
        seat.refresh_from_db()
        return _seat_page(request, seat, status=409)
    return redirect(seat)


def _seat_page(request: HttpRequest, seat: Seat, *, saying: str = "", form: Any = None, status: int = 200) -> HttpResponse:
    fitting = {"decline": seat.is_offered, "give_up": seat.is_accepted and not services.is_over(seat.call)}
    context = {
        "seat": seat,
        "application": seat.application,
        "call": seat.call,
        "units": seat.call.units.all(),
        "is_over": services.is_over(seat.call),
    }
    if fitting.get(saying):
        return render(request, "programme/seat_goodbye.html", context | {"saying": saying, "form": form or GoodbyeForm()}, status=status)
    return render(request, "programme/seat.html", context, status=status)


@policy(coordinator)
def seats(request: HttpRequest, slug: str) -> HttpResponse:
    """Every place with its state, who holds it, and who had it before."""
    call = call_as(request.user, slug, "coordinator")
    if not is_released(call):
        return render(request, "programme/not_released.html", {"call": call})
    places = places_of(call, request.user)
    network, state = request.GET.get("network", ""), request.GET.get("state", "")
    shown = [place for place in places if network in ("", place.network.slug) and state in ("", place.state)]
    context = {
        "call": call,
        "page": Paginator(shown, 50).get_page(request.GET.get("page")),
        "numbers": [(name, sum(1 for place in places if place.state == name)) for name in STATES],
        "networks": list({place.network.pk: place.network for place in places}.values()),
        "network": network,
        "state": state,
        "with_reserves": services.networks_with_reserves(call, to=request.user),
        "has_begun": services.has_begun(call),
    }
    return render(request, "programme/seats.html", context)


@require_POST
@policy(coordinator)
def lapse_seat(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    call = call_as(request.user, slug, "coordinator")
    seat = get_object_or_404(Seat.objects.visible_to(request.user).filter(call=call).with_person(), pk=pk)
    try:
        services.lapse(seat, by=request.user)
    except services.NotOverdue:
        messages.error(request, _("%(name)s still has time to answer.") % {"name": seat.application.name})
    except services.WrongMove:
        messages.error(request, _("%(name)s has answered meanwhile.") % {"name": seat.application.name})
    else:
        messages.success(request, _("The offer to %(name)s has lapsed; the partners are told.") % {"name": seat.application.name})
    return redirect("seats", call.slug)


@policy(coordinator)
def offer_seat(request: HttpRequest, slug: str, network: str, number: int) -> HttpResponse:
    """Offer a vacant place to a reserve by name, once the partners were asked."""
    call = call_as(request.user, slug, "coordinator")
    places = places_of(call, request.user)
    place = next((place for place in places if (place.network.slug, place.number) == (network, number)), None)
    if place is None or not is_released(call):
        raise Http404
    held = [other.held.application for other in places if other.held]
    reserves = services.reserves_left(call, place.network, to=request.user)
    hints = {str(reserve.application_id): services.effect_of(call, [*held, reserve.application]) for reserve in reserves}
    form = OfferForm(request.POST or None, reserves=reserves, hints=hints)
    context = {
        "call": call,
        "place": place,
        "form": form,
        "reserves": reserves,
        "has_begun": services.has_begun(call),
        "answer_by": usual_answer_by(call),
    }
    if request.method != "POST" or not form.is_valid():
        return render(request, "programme/offer_seat.html", context, status=422 if form.errors else 200)
    application = form.reserves[form.cleaned_data["application"]]
    try:
        services.offer(call, network=place.network, number=number, application=application, reason=form.cleaned_data["reason"], by=request.user)
    except (services.PlaceTaken, services.NotAReserve, services.TooLate):
        messages.error(request, _("This place can't be offered to %(name)s any more. Look how it stands now.") % {"name": application.name})
    else:
        messages.success(request, _("The seat is offered to %(name)s; a letter is on its way.") % {"name": application.name})
    return redirect(f"{reverse('seats', args=[call.slug])}?network={place.network.slug}")
