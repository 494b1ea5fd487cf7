from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from applications import services
from applications.application import Application
from applications.deadlines.services import may_start
from applications.eligibility.forms import DoorsForm
from applications.pages import after, closed, own
from fulcrum.calls.models import Call, Network
from fulcrum.guard.predicates import anyone, signed_in
from fulcrum.guard.views import policy

KEY = "doors"  # in the session, until there is an account


@policy(anyone)
def apply(request: HttpRequest, slug: str) -> HttpResponse:
    """The doors of a call: network and eligibility, before anybody has an account."""
    call = get_object_or_404(Call, slug=slug)
    if request.user.is_authenticated and (mine := Application.objects.of_person(request.user).filter(call=call).first()):
        return redirect(mine)
    if not may_start(call, request.user):
        return render(request, "applications/not_open.html", {"call": call})
    kept = request.session.get(KEY, {}) if request.session.get(KEY, {}).get("call") == call.pk else {}
    form = DoorsForm(request.POST or None, call=call, initial=_shown(kept))
    if request.method == "POST" and form.is_valid():
        request.session[KEY] = {"call": call.pk, "network": form.cleaned_data["network"].pk, "said": form.said()}
        return redirect("begin", call.slug)
    return render(request, "applications/doors.html", {"call": call, "form": form}, status=422 if form.errors else 200)


@policy(anyone)
def begin(request: HttpRequest, slug: str) -> HttpResponse:
    """What was said at the doors: whom to ask about a "no", and the way in."""
    call = get_object_or_404(Call, slug=slug)
    kept = request.session.get(KEY, {})
    if kept.get("call") != call.pk:
        return redirect("apply", call.slug)
    context = {
        "call": call,
        "network": get_object_or_404(Network, pk=kept["network"]),
        "doubts": [entry for entry in call.eligibility.all() if kept["said"].get(entry.key) is False],
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
    try:
        application = services.start(call, network=network, eligibility=kept["said"], language=get_language(), by=request.user)
    except services.NotInTime:
        return render(request, "applications/not_open.html", {"call": call}, status=409)
    del request.session[KEY]
    return redirect(application)


@policy(signed_in)
def doors(request: HttpRequest, reference: str) -> HttpResponse:
    application = own(request, reference)
    initial = _shown({"network": application.network_id, "said": application.eligibility})
    form = DoorsForm(request.POST or None, call=application.call, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_doors(application, network=form.cleaned_data["network"], eligibility=form.said(), by=request.user)
        except services.NotInTime:
            return closed(request, application, form)
        except services.WrongMove:
            form.add_error("network", _("Your application was sent to its network. To apply through another one, withdraw it first."))
        except services.OnlyThere:
            words = {"network": application.network.name}
            form.add_error(
                "network", _("You have more time with %(network)s alone. The deadline of the call has passed for the other networks.") % words
            )
        else:
            return after(request, application)
    return render(
        request, "applications/doors.html", {"call": application.call, "application": application, "form": form}, status=422 if form.errors else 200
    )


def _shown(kept: dict[str, Any]) -> dict[str, Any]:
    return {"network": kept.get("network")} | {key: "yes" if value else "no" for key, value in kept.get("said", {}).items()}
