"""The task list: what an application consists of, and what is still missing."""

from dataclasses import dataclass, field, replace
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.answers.asking import asked_of
from applications.answers.models import Answer, Channel
from applications.application import Application
from applications.assistance.models import Typed
from applications.directors.models import Confirmation, can_answer_until
from fulcrum.guard.text import count_words

DONE, DOING, TODO, WAIT = "done", "doing", "todo", "wait"


@dataclass(frozen=True)
class Task:
    key: str
    name: str
    hint: str
    state: str
    url: str
    counts: bool = True  # whether the application can't be sent without it
    problem: str = ""  # what is wrong with what is there
    word: str = ""  # the state, where it has a word of its own

    @property
    def label(self) -> str:
        if self.word:
            return self.word
        if self.state == TODO and not self.counts:
            return _("Optional")
        return {DONE: _("Completed"), DOING: _("In progress"), TODO: _("Not started"), WAIT: _("Cannot start yet")}[self.state]


@dataclass(frozen=True)
class Progress:
    house: list[Task] = field(default_factory=list)
    answers: list[Task] = field(default_factory=list)
    sending: list[Task] = field(default_factory=list)

    @property
    def required(self) -> list[Task]:
        return [task for task in [*self.house, *self.answers, *self.sending] if task.counts]

    @property
    def done(self) -> int:
        return sum(task.state == DONE for task in self.required)

    @property
    def total(self) -> int:
        return len(self.required)

    @property
    def left(self) -> int:
        return self.total - self.done

    @property
    def next(self) -> Task | None:
        """The first task that is open and that the reader can do, in the order of the list."""
        return next((task for task in self.required if task.state in (TODO, DOING) and task.url), None)


def missing(application: Application) -> list[Task]:
    """The tasks without which the application can't be sent, checking and sending itself left out."""
    return [task for task in progress(application).required if task.state != DONE and task.key != "send"]


def _state(*filled: Any) -> str:
    return DONE if all(filled) else DOING if any(filled) else TODO


def progress(application: Application) -> Progress:
    """Every task of an application with its state. Asks for the questions, the answers, and whether needs were said, and money asked for."""

    is_open = application.is_open
    # one's copy; and the consents for needs and money, which can be given and taken back after the deadline
    always = {"application_check", "application_needs", "application_money"}

    def url(name: str, *args: str) -> str:
        return reverse(name, args=[application.reference, *args]) if is_open or name in always else ""

    eligibility = list(application.call.eligibility.all())
    said = [entry.key in application.eligibility for entry in eligibility]
    house = [
        Task("doors", _("Check that you can apply"), application.network.name, _state(*said), url("application_doors")),
        Task(
            "about",
            _("Tell us about yourself"),
            application.name or _("Name, role, contact"),
            _state(application.name, application.role, application.mandate, application.gender),
            url("application_about"),
        ),
        Task(
            "house",
            _("Name your house"),
            application.house_name or _("From your network's list"),
            _state(application.house_name),
            url("application_house"),
        ),
        Task("facts", _("Describe your house"), _("Team, volunteers, visitors, budget"), _state(application.size), url("application_facts")),
        _director(application),
    ]
    given = {answer.question_id: answer for answer in Answer.objects.of(application)}
    answers = [
        Task(
            question.key,
            str(question.short),
            _answer_hint(given.get(question.pk), question),
            _answer_state(given.get(question.pk)),
            url("application_answer", question.key),
            counts=question.required or _answer_state(given.get(question.pk)) == DOING,
            problem=_too_long(given.get(question.pk)),
        )
        for question in asked_of(application, given.values())
    ]
    said_needs, said_money = Application.objects.of_person(application.person_id).values_list("needs", "money").get(pk=application.pk)
    needs = Task(
        "needs",
        _("Say what you need to take part"),
        _("Access, care, language. Nobody who scores reads it"),
        DONE if said_needs else TODO,
        url("application_needs"),
        counts=False,
    )
    money = Task(
        "money",
        _("Ask for support with money"),
        _("For travel, care or whatever stands in your way. Nobody who scores reads it"),
        DONE if said_money else TODO,
        url("application_money"),
        counts=False,
    )
    consent = Task(
        "consent",
        _("Agree how your data is used"),
        _("Who reads it, how long we keep it"),
        DONE if application.consented_at else TODO,
        url("application_consent"),
    )
    yes = _confirmation(application, url("application_confirm"))
    ready = all(task.state == DONE for task in [*house, *answers, consent, *yes] if task.counts)
    check = Task(
        "send",
        _("Check your answers and send"),
        _("The deadline has passed")
        if not is_open
        else _("You can change them until the deadline")
        if ready
        else _("Opens once the rest is complete"),
        DONE if application.is_sent else TODO if ready else WAIT,
        url("application_check"),
    )
    if application.on_behalf:  # whether there are needs is nothing for a helper; what only the candidate does is shown and leads nowhere
        house = [replace(task, url="") if task.key == "director" else task for task in house]
        return Progress(house, answers, [replace(consent, url=""), *yes, replace(check, state=WAIT)])
    return Progress(house, answers, [needs, money, consent, *yes, check])


def _confirmation(application: Application, url: str) -> list[Task]:
    """The candidate's yes to what a helper typed; no task where nobody did."""
    typed = list(Typed.objects.of(application))
    if not typed:
        return []
    open_lines = sum(not line.is_confirmed for line in typed)
    hint = ngettext("%(count)d line waits for a yes", "%(count)d lines wait for a yes", open_lines) % {"count": open_lines}
    name = _("Ask for the yes to what you typed") if application.on_behalf else _("Confirm what was typed for you")
    return [Task("confirm", name, hint if open_lines else _("Confirmed"), TODO if open_lines else DONE, url)]


def _director(application: Application) -> Task:
    """Whether the director of the house was asked, and has answered; it holds nobody up, and goes on for a while after the deadline."""
    asked = Confirmation.objects.of(application).current().first()
    name, url = _("Ask the director of your house"), reverse("application_director", args=[application.reference])
    if not application.call.opens_at <= timezone.now() < can_answer_until(application):
        url = ""
    if asked is None:
        ready, hint = application.house_name and application.name, _("They confirm the release time by a link in a letter")
        return Task("director", name, hint, TODO if ready else WAIT, url, counts=False, word=_("Not asked yet") if ready else "")
    if asked.is_own:
        return Task("director", name, _("You direct it yourself"), DONE, url, counts=False)
    hint = _("A letter went to %(name)s") % {"name": asked.name} if asked.name else ""
    return Task("director", name, hint, DONE if asked.is_confirmed else DOING, url, counts=False, word=str(asked.get_state_display()))


def _answer_state(answer: Answer | None) -> str:
    if answer is None or not (answer.text or answer.file):
        return TODO
    return DONE if answer.is_given and not answer.is_too_long else DOING


def _too_long(answer: Answer | None) -> str:
    """By how much a written answer is over its limit; empty when it is not."""
    if answer is None or not answer.is_too_long:
        return ""
    limit, words = answer.question.max_words, count_words(answer.text)
    said = ngettext("%(words)d words written: %(over)d more than the limit", "%(words)d words written: %(over)d more than the limit", words - limit)
    return said % {"words": words, "over": words - limit}


def _answer_hint(answer: Answer | None, question: Any) -> str:
    if answer is None or not (answer.text or answer.file):
        if question.required:
            return question.limits
        return _("Not required")
    if long := _too_long(answer):
        return long
    if answer.channel == Channel.TEXT:
        words = count_words(answer.text)
        return ngettext("%(count)d word written", "%(count)d words written", words) % {"count": words}
    if answer.file is None:
        return _("The recording is missing")
    if answer.file.refused:
        return _("The recording could not be opened")
    return _("Recorded, %(duration)s") % {"duration": answer.file.duration} if answer.file.duration else _("Recorded")
