"""The person's own pages of needs and money: nobody who helps or types for them comes here."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from applications.application import Application
from applications.needs import services
from applications.needs.forms import MoneyForm, NeedsForm
from applications.needs.models import Money, Needs, Summary
from applications.needs.reading import officers_of, readings_of
from applications.pages import after, closed
from applications.services import Conflict, NotInTime, revision
from fulcrum.guard.predicates import signed_in
from fulcrum.guard.views import policy


def _own(request: HttpRequest, reference: str) -> Application:
    """The signed-in person's own application, and no other way in: a helper never sees needs."""
    return get_object_or_404(Application.objects.of_person(request.user).with_page(), reference=reference)


@policy(signed_in)
def needs(request: HttpRequest, reference: str) -> HttpResponse:
    application = _own(request, reference)
    consent = str(application.call.text("needs_consent"))
    return _page(request, application, Needs, NeedsForm, services.say_needs, consent, "applications/needs.html")


@policy(signed_in)
def money(request: HttpRequest, reference: str) -> HttpResponse:
    application = _own(request, reference)
    consent = str(application.call.text("money_consent") or application.call.text("needs_consent"))  # a call may ask for both in one text
    return _page(request, application, Money, MoneyForm, services.say_money, consent, "applications/money.html")


def _page(request: HttpRequest, application: Application, model: Any, form_class: Any, say: Any, consent: str, template: str) -> HttpResponse:
    """Show what was said, keep what is typed. 422 with errors, 409 with both versions, or with what was typed when it is too late."""
    said = model.objects.of(application).first()
    initial = {name: getattr(said, name) for name in model.texts} | {"agree": True} if said else {}
    form = form_class(request.POST or None, consent=consent, initial=initial)
    status, theirs = 200, []
    if request.method == "POST" and form.is_valid():
        try:
            say(application, **form.said, seen=request.POST.get("revision"), by=request.user)
        except NotInTime:
            return closed(request, application, form)
        except Conflict as conflict:
            said, status = conflict.now, 409
            theirs = [(form[name].label, getattr(said, name, "")) for name in model.texts]
        else:
            words = (
                _("It is kept. Until you send your application, only you read it."),
                _("It is kept. Only access officers of your network read it."),
            )
            messages.success(request, words[application.is_sent])
            return after(request, application)
    elif form.errors:
        status = 422
    context = {
        "application": application,
        "call": application.call,
        "form": form,
        "said": said,
        "theirs": theirs,
        "revision": revision(said, model.texts),
        "may_say": services.may_say(application),
        "officers": officers_of(application),
        "readings": readings_of(application),
        "summary": Summary.objects.of(application).first(),
    }
    return render(request, template, context, status=status)


@require_POST
@policy(signed_in)
def erase(request: HttpRequest, reference: str) -> HttpResponse:
    application = _own(request, reference)
    services.withdraw_consent(application, by=request.user)
    messages.success(request, _("Your consent is taken back. What you told us about your needs is erased everywhere."))
    return redirect("application_needs", reference)


@require_POST
@policy(signed_in)
def erase_money(request: HttpRequest, reference: str) -> HttpResponse:
    application = _own(request, reference)
    services.withdraw_money(application, by=request.user)
    messages.success(request, _("Your consent is taken back. What you told us about money is erased everywhere."))
    return redirect("application_money", reference)


@require_POST
@policy(signed_in)
def summary(request: HttpRequest, reference: str) -> HttpResponse:
    """The person's yes or no to what would be passed on, in the words that they read."""
    application = _own(request, reference)
    if "refuse" in request.POST:
        services.refuse_summary(application, by=request.user)
        messages.success(request, _("It is erased, and not passed on."))
        return redirect("application_needs", reference)
    try:
        services.agree_to_summary(application, text=request.POST.get("text", "").replace("\r\n", "\n"), by=request.user)
    except Conflict:
        messages.error(request, _("The sentence has changed since you opened this page. Read it once more."))
    else:
        messages.success(request, _("The coordinator may read it now."))
    return redirect("application_needs", reference)
