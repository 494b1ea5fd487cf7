from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from applications.application import Application
from applications.deadlines.services import still_comes_in
from fulcrum.calls.models import Call, Network
from fulcrum.guard.views import policy
from selection.assessments.forms import ReasonForm
from selection.assessments.pages import back, read, with_own_scores
from selection.assessments.reading import by_score
from selection.policy import READERS, call_as, lead, network_as, posted_version, reader
from selection.shortlists import services
from selection.shortlists.models import Place, Shortlist
from selection.slates.balance import balance

SUGGESTED = 20  # of those not on the list, best first


@policy(reader)
def shortlist(request: HttpRequest, slug: str, network: str) -> HttpResponse:
    """A network's list: places, reserves, and who else could be on it."""
    call = call_as(request.user, slug, *READERS)
    return _page(request, call, network_as(request.user, call, network, *READERS))


def _page(request: HttpRequest, call: Call, network: Network, *, status: int = 200, **context: Any) -> HttpResponse:
    user = request.user
    context |= {"call": call, "network": network, "ranks": services.may_rank(user, call, network)}
    if services.has_conflict(user, call, network):
        return render(request, "selection/shortlist_hidden.html", context, status=status)
    own = Shortlist.objects.visible_to(user).filter(call=call, network=network).first() or Shortlist(call=call, network=network)
    of = get_object_or_404(call.partnerships, network=network).places
    rows = Application.objects.read_by(user).filter(call=call, network=network).select_related("house__municipality", "municipality")
    places = list(Place.objects.visible_to(user).filter(shortlist=own) if own.pk else [])
    scored = {row.pk: row for row in by_score(rows.filter(pk__in=[place.application_id for place in places]))}
    listed = [(place, scored[place.application_id]) for place in places if place.application_id in scored]
    others = by_score(rows.filter(place_on_list=None, ineligibility=None))[:SUGGESTED] if context["ranks"] and not own.put_forward_at else []
    context |= {
        "list": own,
        "of": of,
        "places": [entry for entry in listed if not entry[0].is_reserve],
        "reserves": [entry for entry in listed if entry[0].is_reserve],
        "last": len(listed),
        "comes_in": still_comes_in(call, network),
        "others": others,
        "dimensions": balance(call, [application for place, application in listed if not place.is_reserve]),
        "opened": bool(own.put_forward_at) and services.is_opened(call),
    }
    return render(request, "selection/shortlist.html", context, status=status)


def _own(request: HttpRequest, slug: str, network: str) -> Shortlist:
    """The list of a network that the user leads; anybody else's is a 404."""
    call = call_as(request.user, slug, "lead")
    own = network_as(request.user, call, network, "lead")
    found = Shortlist.objects.visible_to(request.user).filter(call=call, network=own).select_related("call", "network").first()
    return found or Shortlist(call=call, network=own)


REFUSALS = {
    services.NotAllowed: lambda: _("You have a conflict in this network, so another lead makes its list."),
    services.ListClosed: lambda: _("The list is put forward, so nothing of it changes. Take it back first; that is possible until the opening."),
    services.Moved: lambda: _("Somebody else changed the list since you opened it. It stands below as it is now: look, then do it again."),
    services.HouseTaken: lambda: _("Another application of the same house holds a place. A house has at most one place: take that one off first."),
    services.ReasonMissing: lambda: _("Say why, in a sentence."),
    services.ListFull: lambda: _("The list is full. Take somebody off it first."),
    services.NotInTime: lambda: _("Applications still come in. A list is put forward after the deadline."),
    services.Opened: lambda: _("The lists are opened. On the board you can swap a place and a reserve."),
}


def _refused(request: HttpRequest, own: Shortlist, error: Exception, **context: Any) -> HttpResponse:
    messages.error(request, REFUSALS[type(error)]())
    return _page(request, own.call, own.network, status=409, **context)


@require_POST
@policy(reader)
def place(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """Put an application on the list of its network, with a reason."""
    call, application = read(request, slug, reference)
    form = ReasonForm(request.POST, prefix="place")
    if form.is_valid():
        try:
            given = services.place(application, reason=form.cleaned_data["reason"], by=request.user)
        except services.PlaceTaken:
            messages.info(request, _("The application is on the list already."))
            return back(request, application)
        except services.NotEligible:
            form.add_error(None, _("The application is noted as ineligible, or withdrawn meanwhile. What is ineligible can be counted again first."))
        except services.NotAllowed:
            form.add_error(None, _("Ranks are given by a lead of the network who has no conflict in it."))
        except (services.ListClosed, services.HouseTaken, services.ListFull) as error:
            form.add_error(None, REFUSALS[type(error)]())
        else:
            words = _("%(name)s is reserve %(rank)d.") if given.is_reserve else _("%(name)s has place %(rank)d.")
            messages.success(request, words % {"name": application.name, "rank": given.order if given.is_reserve else given.rank})
            return redirect("shortlist", call.slug, application.network.slug)
    return with_own_scores(request, application, place_form=form)


@require_POST
@policy(lead)
def rank(request: HttpRequest, slug: str, network: str, reference: str) -> HttpResponse:
    """Move an application up or down, take it off, or give another reason: by the name of the button."""
    own = _own(request, slug, network)
    application = get_object_or_404(Application.objects.read_by(request.user).filter(call=own.call, network=own.network), reference=reference)
    version = posted_version(request)
    form = ReasonForm(request.POST, auto_id=f"%s-{reference}") if "reason" in request.POST else None
    typed = {"wording": form, "about": application.pk}
    if form and not form.is_valid():
        return _page(request, own.call, own.network, status=422, has_errors=True, **typed)
    try:
        if "off" in request.POST:
            services.take_off(own, application, version=version, by=request.user)
        elif form:
            services.reword(own, application, reason=form.cleaned_data["reason"], version=version, by=request.user)
        else:
            services.move(own, application, up="up" in request.POST, version=version, by=request.user)
    except tuple(REFUSALS) as error:
        return _refused(request, own, error, **typed)
    return redirect(f"{reverse('shortlist', args=[slug, network])}#{reference}")


@require_POST
@policy(lead)
def put_forward(request: HttpRequest, slug: str, network: str) -> HttpResponse:
    own = _own(request, slug, network)
    try:
        services.put_forward(own, version=posted_version(request), by=request.user)
    except services.Incomplete as incomplete:
        words = ngettext(
            "%(count)d place is free though eligible applications are left. Fill it first.",
            "%(count)d places are free though eligible applications are left. Fill them first.",
            incomplete.free,
        )
        messages.error(request, words % {"count": incomplete.free})
        return _page(request, own.call, own.network, status=409)
    except tuple(REFUSALS) as error:
        return _refused(request, own, error)
    messages.success(request, _("The list is put forward. The partners see that it is ready, and nothing more until the opening."))
    return redirect("shortlist", slug, network)


@require_POST
@policy(lead)
def take_back(request: HttpRequest, slug: str, network: str) -> HttpResponse:
    own = _own(request, slug, network)
    try:
        services.take_back(own, by=request.user)
    except tuple(REFUSALS) as error:
        return _refused(request, own, error)
    messages.success(request, _("The list is taken back. Put it forward again when it is ready."))
    return redirect("shortlist", slug, network)
