from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fulcrum.calls.editing import edit_question, move_question, wording_only
from fulcrum.calls.forms import QuestionForm
from fulcrum.calls.models import Question
from fulcrum.calls.policy import call_edited_by
from fulcrum.calls.services import Outdated
from fulcrum.guard.predicates import coordinator
from fulcrum.guard.views import policy


@policy(coordinator)
def form_questions(request: HttpRequest, slug: str) -> HttpResponse:
    """The questions of the form in their order."""
    call = call_edited_by(request.user, slug)
    context = {"call": call, "questions": call.questions.all(), "wording_only": wording_only(call)}
    return render(request, "calls/form_questions.html", context)


@policy(coordinator)
def form_question(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """One question: its texts, limits and ways to answer; shown as candidates would see it before it is saved."""
    call = call_edited_by(request.user, slug)
    question = get_object_or_404(Question.objects.select_related("call"), call=call, key=key)
    only = wording_only(call)
    form = QuestionForm(request.POST or None, question=question, wording_only=only)
    context = {"call": call, "question": question, "form": form, "wording_only": only}
    if request.method == "POST" and form.is_valid():
        if "preview" in request.POST:
            return render(request, "calls/form_question.html", context | {"preview": form.previewed(question)})
        try:
            edit_question(call, key=key, texts=form.texts(), limits=form.values(), version=form.cleaned_data["version"], by=request.user)
        except Outdated as newer:
            theirs = get_object_or_404(Question, call=call, key=key)
            context |= {"call": newer.call, "form": form.on_version(newer.call.version), "theirs": theirs}
            return render(request, "calls/form_question.html", context, status=409)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, _("The question is saved and stands in the form."))
            return redirect("form_questions", call.slug)
    return render(request, "calls/form_question.html", context, status=422 if form.errors else 200)


@require_POST
@policy(coordinator)
def move(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """A question and its neighbour change places."""
    call = call_edited_by(request.user, slug)
    get_object_or_404(call.questions, key=key)
    version = request.POST.get("version", "")
    try:
        move_question(call, key=key, up="up" in request.POST, version=int(version) if version.isdecimal() else 0, by=request.user)
    except Outdated:
        messages.error(request, _("Somebody else changed the call meanwhile. This is how it stands now: look, then move it again."))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return redirect("form_questions", call.slug)
