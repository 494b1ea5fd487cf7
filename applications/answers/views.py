from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from applications.answers.asking import facts_of
from applications.answers.forms import LanguageForm, TextForm, said_of
from applications.answers.models import Answer, Channel
from applications.answers.services import TEXT_FIELDS, say_language, write_answer
from applications.pages import closed, opened, page
from applications.recordings.views import recording_page
from applications.services import NotInTime
from fulcrum.calls.conditions import holds
from fulcrum.guard.predicates import signed_in
from fulcrum.guard.views import policy


@policy(signed_in)
def answer(request: HttpRequest, reference: str, key: str) -> HttpResponse:
    """One question, in the channel that the address asks for, or else the one it was answered in."""
    application = opened(request, reference)
    question = get_object_or_404(application.call.questions, key=key)
    answers = list(Answer.objects.of(application))
    given = next((answer for answer in answers if answer.question_id == question.pk), None)
    if request.method != "POST" and not holds(question.condition, facts_of(application, answers)):  # what is typed is kept all the same
        messages.info(request, _("This question is not asked as your application stands now. What you answered before is kept."))
        return redirect(application)
    wanted = request.GET.get("channel") or (given.channel if given else question.channels[0])
    channel = Channel(wanted if wanted in question.channels else question.channels[0])
    if request.method == "POST" and Channel.TEXT not in question.channels:
        raise Http404
    context = {"question": question, "answer": given, "channel": channel}
    if channel != Channel.TEXT and request.method != "POST":
        return recording_page(request, application, **context)
    form = TextForm(request.POST or None, question=question, initial=said_of(given))

    def save(values: dict[str, Any], seen: str | None) -> Answer:
        counts = request.headers.get("X-Requested-With") != "autosave"
        return write_answer(application, question=question, seen=seen, by=request.user, counts=counts, **values)

    template = "applications/answer_text.html"
    return page(request, template, application=application, form=form, save=save, row=given, fields=TEXT_FIELDS, **context)


@require_POST
@policy(signed_in)
def language(request: HttpRequest, reference: str, key: str, channel: str) -> HttpResponse:
    """Say in which language a recording is, before or after it is made."""
    application = opened(request, reference)
    question = get_object_or_404(application.call.questions, key=key)
    if channel not in question.channels or channel == Channel.TEXT:
        raise Http404
    given = Answer.objects.of(application).filter(question=question).first()
    form = LanguageForm(request.POST)
    if not form.is_valid():
        return recording_page(request, application, question=question, answer=given, channel=Channel(channel), status=422, language_form=form)
    try:
        say_language(application, question=question, channel=Channel(channel), by=request.user, **form.cleaned_data)
    except NotInTime:
        return closed(request, application, form)
    messages.success(request, _("The language of your answer is saved."))
    return redirect(f"{reverse('application_answer', args=[reference, key])}?channel={channel}")
