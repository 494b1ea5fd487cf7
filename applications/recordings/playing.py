"""Handing out what is made of a recording, and its transcript."""

import json
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_permissions_policy.decorators import permissions_policy_override

from applications.answers.models import Answer
from applications.application import Application
from applications.pages import closed
from applications.recordings.forms import TranscriptForm
from applications.recordings.transcripts import correct
from applications.services import Conflict, NotAllowed, NotInTime
from fulcrum.files.artefacts import Artefact
from fulcrum.files.delivery import deliver
from fulcrum.guard.predicates import signed_in
from fulcrum.guard.views import policy

plays = permissions_policy_override(settings.PERMISSIONS_POLICY | {"fullscreen": ["self"]})  # around a page with players


def recorded(request: HttpRequest, reference: str, key: str, *, own: bool = False) -> Answer:
    """The recorded answer, to whoever may read the application; until it has passed and is asked for, and for what is `own`, to its
    candidate alone. Else a 404.
    """
    rows = Application.objects.of_person(request.user) if own else Application.objects.visible_to(request.user)
    application = get_object_or_404(rows.with_page(), reference=reference)
    answer = get_object_or_404(Answer.objects.of(application).exclude(file=None), question__key=key)
    if answer.file.refused or not ((answer.file.passed and answer.asked) or application.person_id == request.user.pk):
        raise Http404
    answer.application = application
    return answer


@require_safe
@policy(signed_in)
def play(request: HttpRequest, reference: str, key: str) -> HttpResponseBase:
    """The version that plays everywhere; before there is one, to its candidate, the recording as it was given."""
    stored = recorded(request, reference, key).file
    return deliver(request, stored.web if stored.passed else stored.original)


@require_safe
@policy(signed_in)
def original(request: HttpRequest, reference: str, key: str) -> HttpResponseBase:
    """The recording byte for byte as it was given, for its candidate to keep."""
    stored = recorded(request, reference, key, own=True).file
    return deliver(request, stored.original, name=stored.given_name or "recording")


@require_safe
@policy(signed_in)
def poster(request: HttpRequest, reference: str, key: str) -> HttpResponseBase:
    if not (picture := recorded(request, reference, key).file.poster):
        raise Http404
    return deliver(request, picture)


@require_safe
@policy(signed_in)
def waveform(request: HttpRequest, reference: str, key: str) -> HttpResponseBase:
    """The peaks of the sound, from 0 to 100, as data."""
    stored = recorded(request, reference, key).file
    if not stored.peaks:
        raise Http404
    return deliver(request, Artefact.of(json.dumps({"seconds": stored.seconds, "peaks": stored.peaks}), "application/json"))


@require_safe
@policy(signed_in)
def captions(request: HttpRequest, reference: str, key: str) -> HttpResponseBase:
    """The transcript as WebVTT: captions of the player, or with ?keep=1 a file to keep."""
    version = written(recorded(request, reference, key))
    if version is None:
        raise Http404
    return deliver(request, Artefact.of(version.webvtt, "text/vtt; charset=utf-8"), name=f"{reference}-{key}.vtt" if "keep" in request.GET else "")


def written(answer: Answer) -> Any:
    """The version of the transcript that counts; None without any."""
    row = getattr(answer.file, "transcript", None)
    return row.current if row else None


@plays
@policy(signed_in)
def transcript(request: HttpRequest, reference: str, key: str) -> HttpResponse:
    """Write down what is said, or correct it: the candidate until the deadline, staff as long as they read the application."""
    answer = recorded(request, reference, key)
    application, stands = answer.application, written(answer)
    if not answer.file.passed:
        raise Http404
    form = TranscriptForm(request.POST or None, initial={"lines": stands.lines if stands else "", "seen": stands.number if stands else 0})
    context: dict[str, Any] = {"application": application, "call": application.call, "answer": answer, "form": form, "stands": stands}
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            correct(answer, lines=form.cleaned_data["lines"], seen=form.cleaned_data["seen"], by=request.user)
        except Conflict as conflict:
            form.data = form.data.copy()
            form.data["seen"] = conflict.now.number if conflict.now else 0
            context["other"], status = conflict.now, 409
        except NotInTime:
            return closed(request, application, form)
        except NotAllowed:
            raise Http404 from None
        else:
            messages.success(request, _("The transcript is kept."))
            return redirect("transcript", reference, key)
    context["versions"] = stands.transcript.versions.visible_to(request.user).select_related("by") if stands else []
    own = application.person_id == request.user.pk
    template = "applications/transcript.html" if own else "applications/transcript_staff.html"
    return render(request, template, context, status=422 if form.errors else status)
