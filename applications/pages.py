"""One page of an application: show its form, keep what is typed, save it, say what is wrong."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from django.forms import BaseForm, Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from applications.application import Application
from applications.progress import progress
from applications.services import Conflict, Incomplete, NotInTime, revision

Save = Callable[[dict[str, Any], str | None], Any]
_KEPT_ANYWAY = {"required", "too_many_words"}  # a draft may be unfinished, or too long for now


def own(request: HttpRequest, reference: str) -> Application:
    """The signed-in person's own application; anybody else's is a 404."""
    return get_object_or_404(Application.objects.of_person(request.user).with_page(), reference=reference)


def opened(request: HttpRequest, reference: str) -> Application:
    """The signed-in person's own application, or one whose candidate lets them type; anybody else's is a 404.

    For pages on which a form is filled in. What only the candidate does (needs, consent, sending) asks `own`.
    """
    application = get_object_or_404(Application.objects.typed_by(request.user).with_page(), reference=reference)
    application.on_behalf = application.person_id != request.user.pk
    return application


def after(request: HttpRequest, application: Application) -> HttpResponse:
    """Back to the check page if the candidate came from there, else on to the next open task, else to the list."""
    if request.GET.get("from") == "check":
        return redirect("application_check", application.reference)
    following = progress(opened(request, application.reference)).next
    return redirect(following.url if following else application)


def page(
    request: HttpRequest,
    template: str,
    *,
    application: Application,
    form: Form,
    save: Save,
    row: Any,
    fields: Iterable[str],
    **context: Any,
) -> HttpResponse:
    """Answer a page whose form writes `fields` of `row` through the verb `save(values, seen)`.

    A quiet save and "Finish later" keep what is valid of a draft; "Save and continue" wants the page complete: 422 with
    the errors, 409 with both versions when it was saved elsewhere, 409 with what was typed when the deadline has passed.
    """
    fields = list(fields)
    context |= {"application": application, "form": form, "call": application.call, "revision": revision(row, fields)}
    if request.method != "POST":
        return render(request, template, context)
    quiet = request.headers.get("X-Requested-With") == "autosave"
    unfinished = application.is_draft and (quiet or "later" in request.POST)
    if quiet and not application.is_draft:
        return HttpResponse(status=204)  # what was sent only changes when its candidate says so
    values = form.cleaned_data if form.is_valid() else _kept(form) if form.is_bound and unfinished else None
    if values is None:
        return HttpResponse(status=422) if quiet else render(request, template, context, status=422)
    try:
        saved = save({name: value for name, value in values.items() if name in fields}, request.POST.get("revision"))
    except Conflict as conflict:
        if quiet:
            return HttpResponse(status=409)
        theirs = [(form[name].label, _shown(form, name, getattr(conflict.now, name, ""))) for name in fields if name in form.fields]
        context |= {"theirs": theirs, "revision": revision(conflict.now, fields)}
        return render(request, template, context, status=409)
    except Incomplete as lacking:
        if quiet:  # it was sent from another window a moment ago
            return HttpResponse(status=204)
        form.add_error(None, would_lack(lacking))
        return render(request, template, context, status=422)
    except NotInTime:
        if quiet:
            return HttpResponse(status=410)
        return closed(request, application, form)
    if quiet:
        return _quietly_saved(application, revision(saved, fields))
    return redirect(application) if "later" in request.POST else after(request, application)


def would_lack(lacking: Incomplete) -> str:
    """Why a change of a sent application is not made, such as one that opens a question which is needed."""
    return _(
        "Your application is sent, and after this change it would lack: %(tasks)s. Nothing is changed. "
        "To change it all the same, withdraw your application first, and send it again before the deadline."
    ) % {"tasks": ", ".join(task.name for task in lacking.missing)}


def closed(request: HttpRequest, application: Application, form: BaseForm | None = None) -> HttpResponse:
    """The deadline has passed: what was typed is shown, so that it is not lost, and whom to ask."""
    typed = [(form[name].label, _shown(form, name, form[name].value())) for name in form.fields if form[name].value()] if form else []
    return render(request, "applications/closed.html", {"application": application, "call": application.call, "typed": typed}, status=409)


def _kept(form: Form) -> dict[str, Any] | None:
    """What of an unfinished form can be kept; None when something typed can't be."""
    values = dict(form.cleaned_data)
    for name, errors in form.errors.as_data().items():
        if name not in form.fields or any(error.code not in _KEPT_ANYWAY for error in errors):
            return None
        field = form.fields[name]
        if any(error.code == "too_many_words" for error in errors):
            values[name] = field.to_python(form[name].value())
        else:
            values[name] = getattr(field, "empty_value", "")
    return values


def _shown(form: Form, name: str, value: Any) -> str:
    choices = {str(key): label for key, label in getattr(form.fields[name], "choices", []) or []}
    return str(choices.get(str(value), value if value is not None else ""))


def _quietly_saved(application: Application, revision: str) -> HttpResponse:
    moment = time_format(timezone.now().astimezone(application.call.zone), "H:i")
    return HttpResponse(status=204, headers={"X-Saved-At": quote(moment), "X-Revision": revision})
