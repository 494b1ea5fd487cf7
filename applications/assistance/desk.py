"""The pages of who helps: the requests of their networks, one of them, and starting an application for somebody."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Exists, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from applications.application import Application
from applications.assistance import services
from applications.assistance.forms import AppointmentForm, FilterForm, InTimeForm, StartForm
from applications.assistance.models import CameBy, Helper, HelpRequest
from applications.assistance.policy import call_of_helper, helper, networks_of_helper
from applications.deadlines.models import own_until
from applications.deadlines.policy import networks_giving
from applications.deadlines.services import NotAllowed as NoTime
from applications.deadlines.services import extend_for
from applications.services import NotAllowed, NotInTime, WrongMove
from fulcrum.guard.views import policy

PAGE = 50


@require_safe
@policy(helper)
def help_requests(request: HttpRequest, slug: str) -> HttpResponse:
    """The requests of the user's networks, with filters in the address. What was said in them stands on no list."""
    call = call_of_helper(request.user, slug)
    form = FilterForm(request.GET)
    user: Any = request.user
    helping = Helper.objects.beside()
    rows = form.narrowed(HelpRequest.objects.read_by(user).filter(call=call), Exists(helping.filter(helper=user)))
    rows = rows.select_related("person", "network", "call").annotate(helper_name=Subquery(helping.values("helper__name")[:1]))
    context = {
        "call": call,
        "form": form,
        "networks": networks_of_helper(request.user, call),
        "page": Paginator(rows.defer("words", "interpreter", "times"), PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "assistance/requests.html", context)


@policy(helper)
def help_case(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One request: take it, read what was said, propose a time, type, finish."""
    call = call_of_helper(request.user, slug)
    case = get_object_or_404(HelpRequest.objects.read_by(request.user).filter(call=call).select_related("call", "network", "person"), pk=pk)
    initial = {"starts_at": case.starts_at.astimezone(call.zone).replace(tzinfo=None), "minutes": case.minutes} if case.starts_at else {}
    initial |= {"where": case.where or case.phone}
    form = AppointmentForm(request.POST if "propose" in request.POST else None, call=call, initial=initial)
    in_time = InTimeForm(request.POST if "extend" in request.POST else None, call=call, prefix="time")
    if request.method == "POST":
        try:
            done = _act(request, case, form, in_time)
        except services.HasJudged:
            messages.error(request, _("You have scored this person's application, so somebody else of your network helps."))
        except NotInTime:
            messages.error(request, _("The deadline has passed, so no application is started any more."))
        except ValidationError as error:
            in_time.add_error(None, error)
        except (WrongMove, NotAllowed, NoTime):
            messages.info(request, _("This request has moved on in the meantime. This is how it stands."))
        else:
            if done is not None:
                return done
        if not (form.errors or in_time.errors):
            return redirect("help_case", call.slug, case.pk)
    return render(request, "assistance/case.html", _context(request, case, form, in_time), status=422 if form.errors or in_time.errors else 200)


def _act(request: HttpRequest, case: HelpRequest, form: AppointmentForm, in_time: InTimeForm) -> HttpResponse | None:
    """Do what the pressed button says. Returns where it leads, where that is not the same page."""
    by: Any = request.user
    if "take" in request.POST:
        services.take(case, by=by)
        messages.success(request, _("You help now. %(person)s sees your name.") % {"person": case.person})
    elif "give_back" in request.POST:
        services.give_back(case, by=by)
        messages.success(request, _("Somebody else of your network can take it now."))
    elif "propose" in request.POST and form.is_valid():
        services.propose(case, by=by, **form.cleaned_data)
        messages.success(request, _("The appointment is proposed, and a letter is on its way to %(person)s.") % {"person": case.person})
    elif "extend" in request.POST and in_time.is_valid():
        extend_for(case.call, case.person, network=case.network, by=by, **in_time.cleaned_data)
        messages.success(request, _("%(person)s has more time, and a letter says so.") % {"person": case.person})
    elif "begin" in request.POST:
        return redirect(services.begin_for(case, by=by))
    elif "finish" in request.POST:
        services.finish(case, by=by)
        messages.success(request, _("The help is finished. What was said in the request is removed."))
    return None


def _context(request: HttpRequest, case: HelpRequest, form: AppointmentForm, in_time: InTimeForm) -> dict[str, Any]:
    current = Helper.objects.of(case).filter(ended_at=None).select_related("helper").first()
    typed = Application.objects.typed_by(request.user).filter(call=case.call, person=case.person)
    return {
        "call": case.call,
        "case": case,
        "form": form,
        "helper": current,
        "helps": current is not None and current.helper_id == request.user.pk,
        "application": typed.first(),
        "more_time": own_until(call=case.call, network=case.network, person=case.person),
        "gives_time": case.network in networks_giving(request.user, case.call),
        "in_time": in_time,
        "has_errors": bool(in_time.errors),
    }


@policy(helper)
def start_for(request: HttpRequest, slug: str) -> HttpResponse:
    """Start an application for somebody who wrote on paper or by mail, or called."""
    call = call_of_helper(request.user, slug)
    form = StartForm(request.POST or None, networks=networks_of_helper(request.user, call))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data | {"came_by": CameBy(form.cleaned_data["came_by"])}
        try:
            case = services.start_for(call, by=request.user, **data)
        except services.HasApplication:
            form.add_error("address", _("Whoever has this address applies or asks for help already. Ask them to ask for your help on their page."))
        except NotAllowed:
            form.add_error("address", _("This is your own address. Type the one of the person who applies."))
        except NotInTime:
            form.add_error(None, _("The call is not open, so no application is started."))
        else:
            messages.success(request, _("The application is started, and a letter is on its way to %(person)s.") % {"person": case.person})
            return redirect("help_case", call.slug, case.pk)
    return render(request, "assistance/start.html", {"call": call, "form": form}, status=422 if form.errors else 200)
