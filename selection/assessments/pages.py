"""The page of one application, for the views that change something on it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from applications.application import Application
from applications.copy import file_of
from applications.directors.models import Confirmation
from applications.versions.versions import changes
from fulcrum.calls.models import Call
from selection.assessments import services
from selection.assessments.forms import ReasonForm, ScoreForm
from selection.assessments.models import Assessment, Ineligibility
from selection.assessments.reading import changes_since, colleagues, doubts
from selection.policy import READERS, call_as
from selection.shortlists.models import Place
from selection.shortlists.services import has_conflict


def query(request: HttpRequest) -> str:
    """The filters of the address, to be carried from the list to an application and back."""
    kept = request.GET.copy()
    kept.pop("page", None)
    return kept.urlencode()


def read(request: HttpRequest, slug: str, reference: str) -> tuple[Call, Application]:
    """The call and an application that the user reads in it; anything else is a 404."""
    call = call_as(request.user, slug, *READERS)
    rows = Application.objects.read_by(request.user).filter(call=call).with_page()
    return call, get_object_or_404(rows, reference=reference)


def review_page(
    request: HttpRequest, application: Application, form: ScoreForm, mine: Assessment | None, *, status: int = 200, **context: Any
) -> HttpResponse:
    user, call, network = request.user, application.call, application.network
    scored = mine is not None and mine.done_at is not None
    conflict = has_conflict(user, call, network)
    leads = user.holds("lead", call=call, network=network)
    place = Place.objects.visible_to(user).filter(application=application).first() if not conflict else None
    context |= {
        "call": call,
        "application": application,
        "shown_at": timezone.now().isoformat(),
        "doubts": doubts(application),
        "director": Confirmation.objects.visible_to(user).filter(application=application).current().first(),
        "sections": file_of(application),
        "form": form,
        "mine": mine,
        "changes": changes_since(application, mine.read_at) if mine and mine.read_at < application.changed_at else [],
        "versions": changes(application, to_staff=True),
        "colleagues": colleagues(application, user, reveal=scored),
        "scored": scored,
        "place": place,
        "ineligibility": Ineligibility.objects.visible_to(user).filter(application=application).first(),
        "ranks": leads and not conflict,
        "leads": leads,
        "judges": not conflict,
        "query": query(request),
    }
    context.setdefault("place_form", ReasonForm(prefix="place"))
    context.setdefault("ineligible_form", ReasonForm(prefix="ineligible"))
    return render(request, "selection/review.html", context, status=status)


def back(request: HttpRequest, application: Application) -> HttpResponse:
    return redirect(f"{reverse('review', args=[application.call.slug, application.reference])}?{query(request)}")


def with_own_scores(request: HttpRequest, application: Application, **context: Any) -> HttpResponse:
    """The page of the application again, with what is wrong in one of its smaller forms."""
    mine = Assessment.objects.visible_to(request.user).filter(application=application, assessor=request.user).first()
    stands = services.scores_of(mine, request.user)
    criteria = list(application.call.criteria.prefetch_related("values"))
    form = ScoreForm(criteria=criteria, scores=stands, seen=services.fingerprint(stands))
    return review_page(request, application, form, mine, status=422, has_errors=True, **context)
