from django.contrib import messages
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from applications.questions.outline import document_of, outline
from fulcrum.calls.models import Call
from fulcrum.guard.predicates import anyone
from fulcrum.guard.views import policy
from fulcrum.ui.documents import Part, Undrawable, draw_document

KEPT_SECONDS = 3600


@policy(anyone)
def questions(request: HttpRequest, slug: str) -> HttpResponse:
    """The whole form, to read before starting."""
    call = get_object_or_404(Call, slug=slug)
    return render(request, "applications/questions.html", {"call": call, "parts": _parts(call)})


@require_safe
@policy(anyone)
def questions_pdf(request: HttpRequest, slug: str) -> HttpResponse:
    """The whole form as a document, drawn once for each version of the call and language."""
    call = get_object_or_404(Call, slug=slug)
    pages, key = caches["pages"], _key("form-pdf", call)
    pdf = pages.get(key)
    if pdf is None:
        try:
            pdf = draw_document(document_of(call, _parts(call)), moment=call.versions.only("at").latest("number").at)
        except Undrawable:
            messages.error(request, _("The document cannot be drawn just now. Everything in it stands on this page."))
            return redirect("call_questions", call.slug)
        pages.set(key, pdf, timeout=KEPT_SECONDS)
    return HttpResponse(pdf, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{call.slug}-{get_language()}.pdf"'})


def _parts(call: Call) -> list[Part]:
    pages, key = caches["pages"], _key("form", call)
    parts = pages.get(key)
    if parts is None:
        parts = outline(call)
        pages.set(key, parts, timeout=KEPT_SECONDS)
    return parts


def _key(what: str, call: Call) -> str:
    return f"{what}-{call.pk}-{call.version}-{get_language()}"
