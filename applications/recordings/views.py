from collections.abc import Callable
from typing import Any

from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_permissions_policy.decorators import permissions_policy_override

from applications.answers.forms import LanguageForm, said_of
from applications.answers.models import Answer, Channel
from applications.application import Application
from applications.pages import closed, opened
from applications.recordings.services import record_answer, remove_recording
from applications.services import Incomplete, NotInTime
from fulcrum.calls.models import Question
from fulcrum.files.refusals import sentence
from fulcrum.files.services import Refused
from fulcrum.guard.predicates import signed_in
from fulcrum.guard.views import policy


def _opens_devices(page: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Microphone and camera open on the page that records, and what was just recorded plays there before it is sent."""
    opened: dict[str, Any] = settings.PERMISSIONS_POLICY | {"microphone": ["self"], "camera": ["self"]}
    return permissions_policy_override(opened)(csp_update({"media-src": ["blob:"]})(page))


@_opens_devices
def recording_page(
    request: HttpRequest,
    application: Application,
    *,
    question: Question,
    answer: Answer | None,
    channel: Channel,
    error: str = "",
    language_form: LanguageForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "application": application,
        "call": application.call,
        "question": question,
        "answer": answer,
        "recording": answer.file if answer and answer.file and answer.file.kind == channel else None,
        "channel": channel,
        "error": error,
        "language_form": language_form or LanguageForm(initial=said_of(answer)),
        "has_errors": bool(error) or status == 422,
        "max_bytes": settings.UPLOAD_MAX_BYTES,
        "resumable_max_bytes": settings.UPLOAD_RESUMABLE_MAX_BYTES,
        "target": f"{application.reference}/{question.key}/{channel}",
    }
    return render(request, "applications/answer_recording.html", context, status=status)


@require_POST
@policy(signed_in)
def upload(request: HttpRequest, reference: str, key: str, channel: str) -> HttpResponse:
    """Take a recording as the answer to a question."""
    application = opened(request, reference)
    question = get_object_or_404(application.call.questions, key=key)
    if channel not in (Channel.AUDIO, Channel.VIDEO) or channel not in question.channels:
        raise Http404
    try:
        if why := getattr(request, "upload_refused", ""):
            raise Refused(why)
        if "recording" not in request.FILES:
            raise Refused("missing")
        record_answer(
            application,
            question=question,
            channel=Channel(channel),
            upload=request.FILES["recording"],
            began=request.began,
            language=get_language(),
            by=request.user,
        )
    except Refused as refused:
        given = Answer.objects.of(application).filter(question=question).first()
        error = sentence(refused.why, settings.UPLOAD_MAX_BYTES)
        return recording_page(request, application, question=question, answer=given, channel=Channel(channel), error=error, status=422)
    except NotInTime:
        return closed(request, application)
    messages.success(request, _("Your recording has arrived and is kept. We check in a moment that it plays."))
    page = f"{reverse('application_answer', args=[reference, key])}?channel={channel}"
    return redirect(page)


@require_POST
@policy(signed_in)
def remove(request: HttpRequest, reference: str, key: str) -> HttpResponse:
    application = opened(request, reference)
    question = get_object_or_404(application.call.questions, key=key)
    try:
        remove_recording(application, question=question, by=request.user)
    except NotInTime:
        return closed(request, application)
    except Incomplete:
        messages.error(request, _("This answer is needed. Replace the recording, or write an answer first."))
    else:
        messages.success(request, _("The recording is removed."))
    return redirect("application_answer", reference, key)
