from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language

from applications.answers.forms import TextForm
from applications.answers.models import Answer, Channel
from applications.answers.services import TEXT_FIELDS, write_answer
from applications.pages import own, page
from applications.recordings.views import recording_page
from fulcrum.guard.predicates import signed_in
from fulcrum.guard.views import policy


@policy(signed_in)
def answer(request: HttpRequest, reference: str, key: str) -> HttpResponse:
    """One question, in the channel that the address asks for, or else the one it was answered in."""
    application = own(request, reference)
    question = get_object_or_404(application.call.questions, key=key)
    given = Answer.objects.of(application).filter(question=question).first()
    wanted = request.GET.get("channel") or (given.channel if given else Channel.TEXT)
    channel = Channel(wanted) if wanted in Channel.values else Channel.TEXT
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
