from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from applications import services
from applications.application import Application
from applications.deadlines.services import may_start
from applications.eligibility.forms import DoorsForm
from applications.eligibility.ways import doors_of
from applications.pages import after, closed, opened, would_lack
from fulcrum.calls.models import Call, Network
from fulcrum.calls.places import House
from fulcrum.guard.predicates import anyone, signed_in
from fulcrum.guard.text import clean_text
from fulcrum.guard.views import policy

KEY = "doors"  # in the session, until there is an account
SHOWN = 20  # houses at once


@require_safe
@policy(anyone)
def find_house(request: HttpRequest, slug: str) -> HttpResponse:
    """Through which networks a house may apply: the members of all networks of the call, searched by name or municipality."""
    call = get_object_or_404(Call, slug=slug)
    words = clean_text(request.GET.get("q", ""))[:80]
    networks = Network.objects.filter(calls=call).order_by("partnerships__position")
    houses = House.objects.of_call(call).select_related("municipality").prefetch_related(Prefetch("networks", networks))
    found = list(houses.named(words)[: SHOWN + 1]) if words else []
    mine = Application.objects.of_person(request.user).filter(call=call).first() if request.user.is_authenticated else None
    context = {
        "call": call,
        "words": words,
        "found": found[:SHOWN],
        "more": len(found) > SHOWN,
        "networks": networks,
        "doors_url": reverse("application_doors", args=[mine.reference]) if mine else reverse("apply", args=[call.slug]),
    }
    return render(request, "applications/find_house.html", context)


def _asked_house(request: HttpRequest, call: Call) -> House | None:
    """The house that the address names, when it is a member of a network of the call."""
    asked = request.GET.get("house", "")
    return House.objects.of_call(call).select_related("municipality").filter(pk=asked).first() if asked.isdecimal() and len(asked) < 10 else None


@policy(anyone)
def apply(request: HttpRequest, slug: str) -> HttpResponse:
    """The doors of a call: network and eligibility, before anybody has an account."""
    call = get_object_or_404(Call, slug=slug)
    if request.user.is_authenticated and (mine := Application.objects.of_person(request.user).filter(call=call).first()):
        return redirect(mine)
    if not may_start(call, request.user):
        return render(request, "applications/not_open.html", {"call": call})
    kept = request.session.get(KEY, {}) if request.session.get(KEY, {}).get("call") == call.pk else {}
    house = _asked_house(request, call)
    form = DoorsForm(request.POST or None, call=call, house=house, initial=_shown(kept) | _asked_network(request))
    if request.method == "POST" and form.is_valid():
        request.session[KEY] = {
            "call": call.pk,
            "network": form.cleaned_data["network"].pk,
            "said": form.said(),
            "house": house.pk if house else None,
        }
        return redirect("begin", call.slug)
    return render(request, "applications/doors.html", {"call": call, "form": form, "house": house}, status=422 if form.errors else 200)


@policy(anyone)
def begin(request: HttpRequest, slug: str) -> HttpResponse:
    """What was said at the doors: the ways on and whom to ask about a "no", and the way in."""
    call = get_object_or_404(Call, slug=slug)
    kept = request.session.get(KEY, {})
    if kept.get("call") != call.pk:
        return redirect("apply", call.slug)
    context = {
        "call": call,
        "network": get_object_or_404(Network, pk=kept["network"]),
        "house": House.objects.select_related("municipality").filter(pk=kept.get("house")).first() if kept.get("house") else None,
        "doubts": [(entry, doors_of(entry)) for entry in call.eligibility.select_related("call") if kept["said"].get(entry.key) is False],
        "sign_in": f"{reverse('account_login')}?{urlencode({'next': reverse('begin', args=[call.slug])})}",
    }
    return render(request, "applications/begin.html", context)


@require_POST
@policy(signed_in)
def start(request: HttpRequest, slug: str) -> HttpResponse:
    call = get_object_or_404(Call, slug=slug)
    kept = request.session.get(KEY, {})
    if kept.get("call") != call.pk:
        return redirect("apply", call.slug)
    network = get_object_or_404(call.networks, pk=kept["network"])
    house = House.objects.members_of(network).filter(pk=kept["house"]).first() if kept.get("house") else None
    try:
        application = services.start(call, network=network, eligibility=kept["said"], language=get_language(), house=house, by=request.user)
    except services.NotInTime:
        return render(request, "applications/not_open.html", {"call": call}, status=409)
    del request.session[KEY]
    return redirect(application)


@policy(signed_in)
def doors(request: HttpRequest, reference: str) -> HttpResponse:
    application = opened(request, reference)
    house = _asked_house(request, application.call)
    initial = _shown({"network": application.network_id, "said": application.eligibility}) | _asked_network(request)
    form = DoorsForm(request.POST or None, call=application.call, house=house, initial=initial)
    if request.method == "POST" and form.is_valid():
        network = form.cleaned_data["network"]
        try:
            services.change_doors(application, network=network, eligibility=form.said(), house=house, by=request.user)
        except services.NotInTime:
            return closed(request, application, form)
        except services.Incomplete as lacking:
            form.add_error(None, would_lack(lacking))
        except services.WrongMove:
            form.add_error("network", _("Your application was sent to its network. To apply through another one, withdraw it first."))
        except services.OnlyThere:
            words = {"network": application.network.name}
            form.add_error(
                "network", _("You have more time with %(network)s alone. The deadline of the call has passed for the other networks.") % words
            )
        else:
            return after(request, application)
    context = {
        "call": application.call,
        "application": application,
        "form": form,
        "house": house,
        "doubts": [
            (entry, doors_of(entry))
            for entry in application.call.eligibility.select_related("call")
            if not application.eligibility.get(entry.key, True)
        ],
    }
    return render(request, "applications/doors.html", context, status=422 if form.errors else 200)


def _shown(kept: dict[str, Any]) -> dict[str, Any]:
    return {"network": kept.get("network")} | {key: "yes" if value else "no" for key, value in kept.get("said", {}).items()}


def _asked_network(request: HttpRequest) -> dict[str, str]:
    """The network that the address proposes; the form refuses one that the call or the house does not have."""
    asked = request.GET.get("network", "")
    return {"network": asked} if asked.isdecimal() and len(asked) < 10 else {}
