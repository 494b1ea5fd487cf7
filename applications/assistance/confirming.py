"""What was typed for somebody, and their yes to it: by a mailed link, on their page, or said and recorded."""

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from applications.application import Application
from applications.assistance.models import Assent
from applications.assistance.typing import NothingTyped, ask_to_confirm, confirm, digest, read_token, record_yes, waiting
from applications.copy import copy_of
from applications.pages import closed, opened
from applications.services import Conflict, NotInTime
from fulcrum.files.delivery import deliver
from fulcrum.files.refusals import sentence
from fulcrum.files.services import Refused
from fulcrum.guard.predicates import signed_in
from fulcrum.guard.views import policy


def _page(request: HttpRequest, application: Application, *, status: int = 200, **context: Any) -> HttpResponse:
    lines = waiting(application)
    context |= {
        "application": application,
        "call": application.call,
        "sections": copy_of(application),
        "waiting": len(lines),
        "seen": digest(application, lines),
        "confirmations": Assent.objects.visible_to(request.user).filter(application=application).select_related("by", "file")[:20],
        "has_errors": status == 422,
    }
    return render(request, "assistance/confirm.html", context, status=status)


@policy(signed_in)
def confirm_typed(request: HttpRequest, reference: str) -> HttpResponse:
    """Everything as it stands. Its person says yes; a helper sends the letter that asks for it."""
    application = opened(request, reference)
    if request.method != "POST":
        return _page(request, application)
    try:
        if application.on_behalf:
            return _asked(request, application)
        confirm(application, seen=request.POST.get("seen", ""), by=request.user)
    except Conflict:
        return _page(request, application, changed=True, status=409)
    except NotInTime:
        return closed(request, application)
    messages.success(request, _("You have confirmed what was typed for you."))
    return redirect(application)


def _asked(request: HttpRequest, application: Application) -> HttpResponse:
    try:
        written = ask_to_confirm(application, by=request.user)
    except NothingTyped:
        messages.info(request, _("Nothing waits for a yes."))
    else:
        name = {"name": application.name or application.person.email}
        said = _("A letter is on its way to %(name)s.") if written else _("This letter was sent to %(name)s already; nothing has changed since.")
        messages.success(request, said % name)
    return redirect("application_confirm", application.reference)


@require_safe
@policy(signed_in)
def confirm_link(request: HttpRequest, token: str) -> HttpResponse:
    """Where the letter leads. The link serves its person, until the deadline, for what it was written about; it changes nothing itself."""
    try:
        pk, stands = read_token(token)
    except (signing.BadSignature, TypeError, ValueError) as error:
        raise Http404 from error
    application = get_object_or_404(Application.objects.of_person(request.user).with_page(), pk=pk)
    if not application.is_open:
        return closed(request, application)
    if not (lines := waiting(application)):
        messages.info(request, _("You have confirmed this already. Nothing waits for your yes."))
        return redirect(application)
    return _page(request, application, changed=digest(application, lines) != stands)


@require_POST
@policy(signed_in)
def upload_yes(request: HttpRequest, reference: str) -> HttpResponse:
    """A helper brings the recording in which the person says yes."""
    application = opened(request, reference)
    if not application.on_behalf:
        raise Http404
    try:
        if why := getattr(request, "upload_refused", ""):
            raise Refused(why)
        if "recording" not in request.FILES:
            raise Refused("missing")
        record_yes(application, upload=cast(TemporaryUploadedFile, request.FILES["recording"]), seen=request.POST.get("seen", ""), by=request.user)
    except Refused as refused:
        return _page(request, application, error=sentence(refused.why, settings.UPLOAD_MAX_BYTES), status=422)
    except Conflict:
        return _page(request, application, changed=True, status=409)
    except NothingTyped:
        messages.info(request, _("Nothing waits for a yes."))
    except NotInTime:
        return closed(request, application)
    else:
        messages.success(request, _("The recorded yes is kept, and counts for what stands now."))
    return redirect("application_confirm", reference)


@require_safe
@policy(signed_in)
def play_yes(request: HttpRequest, reference: str, pk: int) -> HttpResponseBase:
    """The recorded yes, to the person and to a helper who may type, once it is checked."""
    rows = Assent.objects.visible_to(request.user).filter(application__reference=reference).exclude(file=None)
    found = get_object_or_404(rows.select_related("file"), pk=pk)
    if found.file is None or not found.file.passed:
        raise Http404
    return deliver(request, found.file.web)
