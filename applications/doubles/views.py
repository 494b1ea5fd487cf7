from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from applications.application import Application
from applications.doubles import services
from applications.doubles.finding import applicants, house_pairs, people_pairs, pk_of, typed_pairs
from applications.doubles.models import ordered
from applications.doubles.policy import networks_led, networks_sorted, sorted_call, sorts_doubles
from applications.services import NotAllowed
from fulcrum.calls.models import Call, Network
from fulcrum.calls.places import House
from fulcrum.guard.views import policy

PAGE = 25


def _houses(user: Any, call: Call) -> Any:
    """Houses of the networks among which the user looks, with what a page shows of them."""
    networks = Prefetch("networks", Network.objects.filter(calls=call).order_by("name"))
    return House.objects.filter(networks__in=networks_sorted(user, call)).distinct().select_related("municipality").prefetch_related(networks)


@require_safe
@policy(sorts_doubles)
def doubles(request: HttpRequest, slug: str) -> HttpResponse:
    """What may be one and stands twice, in the user's networks; and which houses were merged."""
    call = sorted_call(request.user, slug)
    shows = {
        "houses": _("Listed houses"),
        **({"typed": _("Typed houses")} if networks_led(request.user, call) else {}),
        "people": _("People"),
        "merged": _("Merged"),
    }
    show = request.GET.get("show") if request.GET.get("show") in shows else "houses"
    rows: list[Any] = []
    if show == "merged":
        merged = House.objects.filter(merged_into__networks__in=networks_sorted(request.user, call)).distinct()
        page = Paginator(merged.select_related("municipality", "merged_into__municipality").order_by("name", "pk"), PAGE).get_page(
            request.GET.get("page")
        )
        rows = list(page)
    else:
        find = {"houses": house_pairs, "typed": typed_pairs, "people": people_pairs}[show]
        page = Paginator(find(request.user, call), PAGE).get_page(request.GET.get("page"))
        rows = _people(request.user, call, list(page)) if show == "people" else _rows(request.user, call, list(page))
    tabs = [(key, label, f"{reverse('doubles', args=[call.slug])}?show={key}") for key, label in shows.items()]
    return render(request, "applications/doubles.html", {"call": call, "show": show, "tabs": tabs, "page": page, "rows": rows})


def _rows(user: Any, call: Call, pairs: list[tuple[str, str]]) -> list[tuple[Any, Any]]:
    """The pairs of a page as objects, in few queries however many they are."""
    keys = {key for pair in pairs for key in pair}
    found: dict[str, Any] = {
        f"house {house.pk}": house for house in _houses(user, call).filter(pk__in=[pk_of(key) for key in keys if key.startswith("house")])
    }
    if typed := [pk_of(key) for key in keys if key.startswith("application")]:
        rows = Application.objects.read_by(user).select_related("municipality", "network").filter(pk__in=typed)
        found |= {f"application {row.pk}": row for row in rows}
    return [(found[one], found[other]) for one, other in pairs if one in found and other in found]


def _people(user: Any, call: Call, pairs: list[tuple[str, str]]) -> list[tuple[Any, Any]]:
    """The pairs of a page as the applications of the people, in one query."""
    people = {pk_of(key) for pair in pairs for key in pair}
    rows = applicants(user, call).select_related("person", "network", "house__municipality", "municipality").filter(person__in=people)
    found = {f"person {row.person_id}": row for row in rows}
    return [(found[one], found[other]) for one, other in pairs if one in found and other in found]


@require_POST
@policy(sorts_doubles)
def people_apart(request: HttpRequest, slug: str, first: int, second: int) -> HttpResponse:
    """Two people who look alike are two."""
    call = sorted_call(request.user, slug)
    pair = ordered(f"person {first}", f"person {second}")
    if pair in people_pairs(request.user, call):
        services.keep_apart(*pair, call=call, by=request.user)
        messages.success(request, _("It is noted that the two are different. They are not suggested again."))
    return redirect(f"{reverse('doubles', args=[call.slug])}?show=people")


@policy(sorts_doubles)
def house_pair(request: HttpRequest, slug: str, first: int, second: int) -> HttpResponse:
    """Two houses side by side: which one stays, or that they are different."""
    call = sorted_call(request.user, slug)
    pair = list(_houses(request.user, call).filter(pk__in={first, second}).order_by("pk"))
    if len(pair) != 2:
        return _answered_before(request, call, first, second)
    choices = [(stays, goes, services.may_merge(request.user, call, goes=goes, into=stays)) for stays, goes in (pair, pair[::-1])]
    context: dict[str, Any] = {"call": call, "choices": choices, "may": any(may for _stays, _goes, may in choices)}
    if request.method != "POST":
        return render(request, "applications/house_pair.html", context)
    done = redirect("doubles", call.slug)
    if "apart" in request.POST:
        services.keep_apart(f"house {first}", f"house {second}", call=call, by=request.user)
        messages.success(request, _("It is noted that the two are different. They are not suggested again."))
        return done
    stays = next((house for house in pair if str(house.pk) == request.POST.get("stays")), None)
    if stays is None:
        return render(
            request, "applications/house_pair.html", context | {"problem": _("Choose which of the two stays."), "has_errors": True}, status=422
        )
    goes = next(house for house in pair if house != stays)
    try:
        services.merge_houses(goes, into=stays, call=call, by=request.user)
    except NotAllowed:
        problem = _("Another network lists the house that would go. Ask the coordinator to merge the two, or let the other one stay.")
    except services.MergedElsewhere:
        return _answered_before(request, call, first, second)
    except services.Clash:
        problem = _("Both hold a place or a seat. A house has at most one: take one of the two off first.")
    else:
        messages.success(request, _("%(goes)s is part of %(stays)s now.") % {"goes": goes.name, "stays": stays.name})
        return done
    return render(request, "applications/house_pair.html", context | {"problem": problem, "has_errors": True}, status=409)


def _answered_before(request: HttpRequest, call: Call, first: int, second: int) -> HttpResponse:
    """Somebody was faster and merged one of the two: back to the list; houses of others do not exist here."""
    own = networks_sorted(request.user, call)
    merged = House.objects.filter(pk__in={first, second}, merged_into__networks__in=own)
    if first == second or not merged.exists():
        raise Http404
    messages.info(request, _("One of the two was merged meanwhile."))
    return redirect(f"{reverse('doubles', args=[call.slug])}?show=merged")


@require_POST
@policy(sorts_doubles)
def typed_pair(request: HttpRequest, slug: str, reference: str, pk: int) -> HttpResponse:
    """A typed house is this listed one, or it is not."""
    call = sorted_call(request.user, slug)
    led = networks_led(request.user, call)
    application = get_object_or_404(Application.objects.read_by(request.user).filter(call=call, network__in=led), reference=reference)
    house = get_object_or_404(House.objects.members_of(application.network), pk=pk)
    if "apart" in request.POST:
        services.keep_apart(f"application {application.pk}", f"house {house.pk}", call=call, by=request.user)
        messages.success(request, _("It is noted that the two are different. They are not suggested again."))
    else:
        try:
            services.link_house(application, house=house, by=request.user)
            messages.success(request, _("The application is for %(house)s now.") % {"house": house.name})
        except services.NotAMember:
            messages.error(request, _("The application names a listed house already."))
        except services.Clash:
            messages.error(request, _("Both hold a place or a seat. A house has at most one: take one of the two off first."))
    return redirect(f"{reverse('doubles', args=[call.slug])}?show=typed")
