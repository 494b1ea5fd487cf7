from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fulcrum.calls.models import Call, Network
from fulcrum.guard.predicates import coordinator
from fulcrum.guard.views import policy
from selection.policy import PARTNERS, call_as, lead, network_as, networks_as, partner, posted_version
from selection.shortlists.services import HouseTaken, NotAllowed, may_rank, readiness
from selection.slate import Nomination, Slate
from selection.slates import services
from selection.slates.board import DIMENSIONS, board_of, exchanges, history, places_in_all, steps, what_follows, words_of
from selection.slates.forms import SwapForm, VoteForm

REFUSALS = {
    NotAllowed: lambda: _("You have a conflict in this network, so another lead swaps in its list and votes for it."),
    HouseTaken: lambda: _("Another place of the network is of the same house. A house has at most one place."),
    services.Final: lambda: _("The selection is final: nothing of it changes."),
    services.VersionOver: lambda: _("The slate has changed since you opened the page. It stands below as it is now: look, then decide again."),
    services.HouseTwice: lambda: _("Two places are of one house; they are marked below. One of the two networks swaps first."),
    services.NotApproved: lambda: _("The votes on this version don't approve it."),
}


@policy(partner)
def board(request: HttpRequest, slug: str) -> HttpResponse:
    """The joint board; before the opening who is ready, and nothing more."""
    return _page(request, call_as(request.user, slug, *PARTNERS))


def _slate(request: HttpRequest, call: Call) -> Slate | None:
    slate = Slate.objects.visible_to(request.user).filter(call=call).first()
    if slate:
        slate.call = call
    return slate


def _page(request: HttpRequest, call: Call, *, status: int = 200, **context: Any) -> HttpResponse:
    user = request.user
    context |= {"call": call, "coordinates": user.holds("coordinator", call=call)}
    slate, states = _slate(request, call), readiness(call)
    context["steps"] = steps(call, slate, states)
    if slate is None:
        own = networks_as(user, call, "lead")
        context |= {"states": states, "ready": sum(ready for _network, ready in states), "own": own, "all_ready": all(ready for _n, ready in states)}
        return render(request, "selection/before_opening.html", context, status=status)
    by = request.GET.get("by") if request.GET.get("by") in DIMENSIONS else "gender"
    shown = board_of(slate, user, by=by)
    own = networks_as(user, call, "lead")
    given = {network.pk: shown.standing.votes.get(network.pk) for network in own}
    context |= {
        "slate": slate,
        "board": shown,
        "by": by,
        "total": places_in_all(call),
        "leading": next(dimension for dimension in shown.dimensions if dimension.key == by),
        "follows": what_follows(shown),
        "history": history(slate, user),
        "own": own,
        "swapping": [] if slate.is_final else [network for network in own if network.pk not in shown.hidden],
    }
    if not slate.is_final:
        form, voted = context.get("form"), context.get("voting")
        may = context["swapping"]
        voting = may if shown.is_frozen else [network for network in may if network == voted]  # what was typed is lost to no new version
        context["ballots"] = [(network, form if network == voted else _ballot(slate, network, given[network.pk])) for network in voting]
    return render(request, "selection/board.html", context, status=status)


def _ballot(slate: Slate, network: Network, given: Any) -> VoteForm:
    initial: dict[str, Any] = {"version": slate.version}
    if given:
        initial |= {"vote": given.vote, "reason": given.reason}
    return VoteForm(initial=initial, network=network)


def _opened(request: HttpRequest, slug: str, *roles: str) -> tuple[Call, Slate]:
    call = call_as(request.user, slug, *roles)
    slate = _slate(request, call)
    if slate is None:
        raise Http404
    return call, slate


def _refused(request: HttpRequest, call: Call, error: Exception) -> HttpResponse:
    messages.error(request, REFUSALS[type(error)]())
    return _page(request, call, status=409)


@require_POST
@policy(coordinator)
def open_lists(request: HttpRequest, slug: str) -> HttpResponse:
    call = call_as(request.user, slug, "coordinator")
    try:
        services.open_lists(call, by=request.user)
    except services.NotInTime:
        messages.error(request, _("Applications still come in. The lists are opened after the deadline."))
        return _page(request, call, status=409)
    except services.NotReady as error:
        names = ", ".join(network.name for network in error.networks)
        messages.error(request, _("Not all lists are put forward yet. Still missing: %(networks)s.") % {"networks": names})
        return _page(request, call, status=409)
    messages.success(request, _("The lists are opened, and every lead has a letter."))
    return redirect("board", slug)


@policy(lead)
def swap(request: HttpRequest, slug: str, network: str) -> HttpResponse:
    """A place and a reserve of one's own list change ranks: what each swap would do, and why."""
    call, slate = _opened(request, slug, "lead")
    own = network_as(request.user, call, network, "lead")
    if slate.is_final or not may_rank(request.user, call, own):
        return _refused(request, call, services.Final() if slate.is_final else NotAllowed())
    form = SwapForm(request.POST or None, exchanges=exchanges(slate, own, request.user), initial={"version": slate.version})
    if request.method == "POST" and posted_version(request) != slate.version:
        return _swap_anew(request, call, own, request.POST.get("reason", ""))
    if request.method == "POST" and form.is_valid():
        chosen, data = form.exchanges[form.cleaned_data["exchange"]], form.cleaned_data
        try:
            services.swap(
                slate,
                network=own,
                out=chosen.out.application,
                into=chosen.into.application,
                reason=data["reason"],
                version=data["version"],
                by=request.user,
            )
        except services.VersionOver:  # a moment ago
            return _swap_anew(request, call, own, data["reason"])
        except tuple(REFUSALS) as error:
            return _refused(request, call, error)
        messages.success(request, _("Swapped: this is a new version, and nobody has voted on it yet."))
        return redirect("board", slug)
    return render(request, "selection/swap.html", {"call": call, "slate": slate, "network": own, "form": form}, status=422 if form.errors else 200)


def _swap_anew(request: HttpRequest, call: Call, network: Network, reason: str) -> HttpResponse:
    """The swaps of the slate as it is now, with the reason that was typed."""
    slate = Slate.objects.visible_to(request.user).select_related("call").get(call=call)
    form = SwapForm(exchanges=exchanges(slate, network, request.user), initial={"version": slate.version, "reason": reason})
    messages.error(request, _("The slate has changed since you opened this page. The effects below are counted anew: look, then swap again."))
    return render(request, "selection/swap.html", {"call": call, "slate": slate, "network": network, "form": form}, status=409)


@require_POST
@policy(coordinator)
def freeze(request: HttpRequest, slug: str) -> HttpResponse:
    call, slate = _opened(request, slug, "coordinator")
    try:
        services.freeze(slate, version=posted_version(request), by=request.user)
    except tuple(REFUSALS) as error:
        return _refused(request, call, error)
    messages.success(request, _("The version is frozen, and every lead is asked to vote on it."))
    return redirect("board", slug)


@require_POST
@policy(lead)
def vote(request: HttpRequest, slug: str, network: str) -> HttpResponse:
    call, slate = _opened(request, slug, "lead")
    own = network_as(request.user, call, network, "lead")
    form = VoteForm(request.POST, network=own)
    if not form.is_valid():
        return _page(request, call, status=422, form=form, voting=own)
    data = form.cleaned_data
    try:
        services.approve(slate, network=own, vote=data["vote"], reason=data["reason"], version=data["version"], by=request.user)
    except tuple(REFUSALS) as error:
        messages.error(request, REFUSALS[type(error)]())
        form.data = form.data.copy()
        form.data["version"] = slate.version
        return _page(request, call, status=409, form=form, voting=own)
    messages.success(request, _("The vote of %(network)s on version %(version)d is noted.") % {"network": own.name, "version": data["version"]})
    return redirect("board", slug)


@policy(coordinator, fresh=True)
def final(request: HttpRequest, slug: str) -> HttpResponse:
    """The last page before the selection is final: what is decided, and by which votes."""
    call, slate = _opened(request, slug, "coordinator")
    if request.method == "POST":
        try:
            services.make_final(slate, version=posted_version(request), by=request.user)
        except tuple(REFUSALS) as error:
            return _refused(request, call, error)
        messages.success(request, _("The selection is final. Nobody is told yet: look at the letters, then release them."))
        return redirect("outcomes", slug)
    shown = board_of(slate, request.user)
    context = {"call": call, "slate": slate, "board": shown, "follows": what_follows(shown), "total": places_in_all(call)}
    return render(request, "selection/final.html", context)


@policy(partner)
def brief(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """Who somebody on the board is, and why their network put them there; no scores, no answers, no needs. A conflict is declared here."""
    call, slate = _opened(request, slug, *PARTNERS)
    rows = Nomination.objects.visible_to(request.user).filter(version__slate=slate, version__number=slate.version).with_brief()
    row = get_object_or_404(rows.select_related("network"), application__reference=reference)
    if request.method == "POST":
        services.declare_conflict(slate, row, by=request.user)
        messages.success(request, _("You don't see this person any more, nor the line of their network. A lead of that network can lift that."))
        return redirect("board", slug)
    return render(request, "selection/brief.html", {"call": call, "row": row, "application": row.application, "words": words_of(row.application)})
