from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from applications.answers.asking import facts_of
from applications.answers.forms import TextForm
from applications.answers.models import Answer, Channel
from applications.answers.services import TEXT_FIELDS, write_answer
from applications.pages import own, page
from applications.recordings.views import recording_page
from fulcrum.calls.conditions import holds
from fulcrum.guard.predicates import signed_in
from fulcrum.guard.views import policy


@policy(signed_in)
def answer(request: HttpRequest, reference: str, key: str) -> HttpResponse:
    """One question, in the channel that the address asks for, or else the one it was answered in."""
    application = own(request, reference)
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
    form = TextForm(request.POST or None, question=question, initial={"text": given.text if given else ""})

    def save(values: dict[str, Any], seen: str | None) -> Answer:
        counts = request.headers.get("X-Requested-With") != "autosave"
        language = get_language() or "en"
        return write_answer(application, question=question, text=values["text"], seen=seen, language=language, by=request.user, counts=counts)

    template = "applications/answer_text.html"
    return page(request, template, application=application, form=form, save=save, row=given, fields=TEXT_FIELDS, **context)
