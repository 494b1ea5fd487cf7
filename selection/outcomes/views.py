from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from fulcrum.guard.predicates import coordinator, signed_in
from fulcrum.guard.views import policy
from selection.outcomes import services
from selection.outcomes.forms import ReleaseForm
from selection.outcomes.models import Outcome
from selection.policy import call_as
from selection.slate import Slate


@policy(coordinator)
def outcomes(request: HttpRequest, slug: str) -> HttpResponse:
    """The last look: how many letters of which kind in which language, one of each to read; then the release."""
    call = call_as(request.user, slug, "coordinator")
    slate = Slate.objects.visible_to(request.user).filter(call=call).select_related("call").first()
    if slate is None or not slate.is_final:
        return render(request, "selection/not_final.html", {"call": call, "slate": slate}, status=409 if request.method == "POST" else 200)
    form = ReleaseForm(request.POST or None, call=call, usual=services.usual_answer_by(call))
    if request.method == "POST" and form.is_valid():
        try:
            services.release(slate, answer_by=form.moment(), by=request.user)
        except services.WrongDate:
            form.add_error("answer_by", _("Choose a moment that lies ahead, and before the first unit of the programme begins."))
        else:
            messages.success(request, _("Released. The letters are on their way, and every candidate sees the answer."))
            return redirect("outcomes", slug)
    counts = services.last_look(call)
    kind, language = request.GET.get("kind", ""), request.GET.get("language", "")
    shown = next((count for count in counts if (count.kind, count.language) == (kind, language)), counts[0] if counts else None)
    answer_by = slate.answer_by or services.usual_answer_by(call)
    subject, body = services.sample(slate, kind=shown.kind, language=shown.language, answer_by=answer_by, by=request.user) if shown else ("", "")
    context: dict[str, Any] = {
        "call": call,
        "slate": slate,
        "form": form,
        "table": _table(counts),
        "sums": [(label, sum(count.number for count in counts if count.kind == kind)) for kind, label in Outcome.Kind.choices],
        "total": sum(count.number for count in counts),
        "shown": shown,
        "subject": subject,
        "body": body,
    }
    return render(request, "selection/outcomes.html", context, status=422 if form.errors else 200)


def _table(counts: list[services.Count]) -> list[tuple[str, list[tuple[str, services.Count | None]]]]:
    """A line for each language with the letters of each kind."""
    by = {(count.kind, count.language): count for count in counts}
    languages = [code for code, _name in settings.LANGUAGES if any(count.language == code for count in counts)]
    return [(code, [(label, by.get((kind, code))) for kind, label in Outcome.Kind.choices]) for code in languages]


@policy(signed_in)
def outcome(request: HttpRequest, reference: str) -> HttpResponse:
    """What a candidate was told of their own application."""
    rows = Outcome.objects.told_to(request.user).select_related("application__network", "call__slate", "network")
    found = get_object_or_404(rows, application__reference=reference)
    context = {"outcome": found, "application": found.application, "call": found.call, "ineligible": services.is_ineligible(found)}
    return render(request, "selection/outcome.html", context | {"offered": any(source(found) for source in services.offered_since)})
