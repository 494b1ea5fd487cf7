from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from fulcrum.calls.models import Call
from fulcrum.calls.services import Outdated, name_signatory
from fulcrum.guard.predicates import anyone, coordinator, signed_in
from fulcrum.guard.views import policy
from programme.certificates import services
from programme.certificates.forms import SignatoryForm
from programme.certificates.models import Certificate
from programme.certificates.wording import written
from programme.participants.participants import participants
from selection.policy import call_as


@policy(coordinator)
def certificates(request: HttpRequest, slug: str) -> HttpResponse:
    """Who completed, what is missing for whom, and the certificates issued; who signs them."""
    call = call_as(request.user, slug, "coordinator")
    form = SignatoryForm(request.POST or None, call=call)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            name_signatory(call, name=data["name"], role=form.languages_of("role"), version=data["version"], by=request.user)
        except Outdated as newer:
            return _page(request, newer.call, form.on_version(newer.call.version), status=409, theirs=newer.call)
        messages.success(request, _("It is saved who signs the certificates."))
        return redirect("certificates", call.slug)
    return _page(request, call, form, status=422 if form.errors else 200)


def _page(request: HttpRequest, call: Call, form: SignatoryForm, *, status: int, **context: Any) -> HttpResponse:
    everybody = participants(call, request.user)
    context |= {
        "call": call,
        "form": form,
        "page": Paginator(everybody, 50).get_page(request.GET.get("page")),
        "ready": sum(1 for participant in everybody if participant.is_ready),
        "unchecked": sum(1 for participant in everybody if participant.ledger.is_complete and not participant.seat.name_checked_at),
        "issued": sum(1 for participant in everybody if participant.certificate),
        "unnoted": sum(participant.ledger.open_units for participant in everybody if participant.is_ready),
    }
    return render(request, "programme/certificates.html", context, status=status)


@require_POST
@policy(coordinator)
def issue_certificates(request: HttpRequest, slug: str) -> HttpResponse:
    call = call_as(request.user, slug, "coordinator")
    try:
        number = services.issue(call, by=request.user)
    except services.NoSignatory:
        messages.error(request, _("Say first who signs the certificates."))
    else:
        said = ngettext("%(number)d certificate is issued; it is being drawn.", "%(number)d certificates are issued; they are being drawn.", number)
        messages.success(request, said % {"number": number} if number else _("No certificate was ready to be issued."))
    return redirect("certificates", call.slug)


@require_safe
@policy(signed_in)
def certificate_pdf(request: HttpRequest, slug: str) -> HttpResponse:
    """The participant's own certificate, byte for byte."""
    own = Certificate.objects.visible_to(request.user).filter(seat__application__person=request.user, seat__call__slug=slug)
    certificate = get_object_or_404(own.drawn())
    disposition = {"Content-Disposition": f'attachment; filename="{certificate.number}.pdf"'}
    return HttpResponse(bytes(certificate.pdf), content_type="application/pdf", headers=disposition)


@require_safe
@policy(anyone)
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """What stands on a certificate, for whoever holds its code; for any other code there is no such page."""
    certificate = Certificate.objects.with_code(code).defer("pdf").select_related("seat__call").first()
    if certificate is None:
        raise Http404
    path = reverse("verify_in_language", args=[certificate.code])[3:]
    context = {"certificate": certificate, "call": certificate.seat.call, "hours": written(certificate.hours), "language_path": path}
    response = render(request, "programme/verify.html", context)
    response.headers["X-Robots-Tag"] = "noindex"
    return response
