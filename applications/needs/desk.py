"""The desk of access officers: who needs what; and of the coordinator: what is passed on. Reading is a POST, since it goes on record."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from applications.needs import reading
from applications.needs.forms import SummaryForm
from applications.needs.models import Summary
from applications.policy import access_officer, call_of_officer
from fulcrum.calls.policy import call_edited_by
from fulcrum.guard.predicates import coordinator
from fulcrum.guard.views import policy


@policy(access_officer)
def listed(request: HttpRequest, slug: str) -> HttpResponse:
    """The candidates with needs of the officer's networks: names, houses and kinds, no word of what was said."""
    call = call_of_officer(request.user, slug)
    rows = reading.listed(request.user, call).order_by("name", "pk")
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    return render(request, "applications/needs_list.html", {"call": call, "page": page})


@policy(access_officer)
def of_person(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """Somebody's needs: a button to read them, and after it, once the reading is on record, what they say."""
    call = call_of_officer(request.user, slug)
    application = get_object_or_404(reading.listed(request.user, call), reference=reference)
    read = reading.read(application, by=request.user) if request.method == "POST" else None
    return _person(request, call, application, SummaryForm(), read=read)


@require_POST
@policy(access_officer)
def write_summary(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    call = call_of_officer(request.user, slug)
    application = get_object_or_404(reading.listed(request.user, call), reference=reference)
    form = SummaryForm(request.POST)
    if not form.is_valid():
        return _person(request, call, application, form, status=422)
    try:
        reading.write_summary(application, text=form.cleaned_data["text"], by=request.user)
    except reading.NotTakingPart:
        messages.error(request, _("Something is passed on only of those who take part in the programme."))
    else:
        messages.success(request, _("The person is asked now. The coordinator reads it once they agree."))
    return redirect("needs_of", slug, reference)


def _person(request: HttpRequest, call: Any, application: Any, form: SummaryForm, *, status: int = 200, **context: Any) -> HttpResponse:
    context |= {
        "call": call,
        "application": application,
        "form": form,
        "takes_part": reading.is_taking_part(application),
        "summary": Summary.objects.visible_to(request.user).filter(application=application).first(),
    }
    return render(request, "applications/needs_of.html", context, status=status)


@policy(coordinator)
def passed_on(request: HttpRequest, slug: str) -> HttpResponse:
    """What has to be arranged, of those who agreed: names first, and the sentences once the reading is on record."""
    call = call_edited_by(request.user, slug)
    read = request.method == "POST"
    rows = reading.read_passed_on(call, by=request.user) if read else list(reading.passed_on(request.user, call))
    return render(request, "applications/needs_passed_on.html", {"call": call, "rows": rows, "read": read})
