from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from applications.houses.forms import FactsForm, HouseForm, OtherHouseForm
from applications.pages import after, closed, opened, page
from applications.services import NotInTime, save_page
from fulcrum.guard.predicates import signed_in
from fulcrum.guard.text import clean_text
from fulcrum.guard.views import policy


@policy(signed_in)
def house(request: HttpRequest, reference: str) -> HttpResponse:
    """Choose the house among the network's members, all of them or those found by name."""
    application = opened(request, reference)
    words = clean_text(request.GET.get("q", ""))[:80]
    form = HouseForm(request.POST or None, application=application, words=words, initial={"house": application.house_id})
    context = {"application": application, "call": application.call, "form": form, "words": words}
    if request.method == "POST" and form.is_valid():
        values = {"house": form.cleaned_data["house"], "typed_house": "", "municipality": None}
        return _save(request, application, form, values)
    return render(request, "applications/house.html", context, status=422 if form.errors else 200)


@policy(signed_in)
def other_house(request: HttpRequest, reference: str) -> HttpResponse:
    """A house that its network does not list: typed, with its municipality, and flagged so."""
    application = opened(request, reference)
    form = OtherHouseForm(request.POST or None, application=application)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        return _save(request, application, form, {"house": None, "typed_house": data["typed_house"], "municipality": data["municipality"]})
    context = {"application": application, "call": application.call, "form": form}
    return render(request, "applications/other_house.html", context, status=422 if form.errors else 200)


def _save(request: HttpRequest, application: Any, form: Any, values: dict[str, Any]) -> HttpResponse:
    try:
        save_page(application, values=values, by=request.user)
    except NotInTime:
        return closed(request, application, form)
    return after(request, application)


@policy(signed_in)
def facts(request: HttpRequest, reference: str) -> HttpResponse:
    application = opened(request, reference)
    form = FactsForm(request.POST or None, instance=opened(request, reference))

    def save(values: dict[str, Any], seen: str | None) -> Any:
        return save_page(application, values=values, seen=seen, page=FactsForm.Meta.fields, by=request.user)

    return page(request, "applications/facts.html", application=application, form=form, save=save, row=application, fields=FactsForm.Meta.fields)
