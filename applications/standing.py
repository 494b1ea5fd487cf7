"""Where an application stands, in one sentence that is the same on its pages and in letters, and what comes next."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from applications.application import Application
from applications.progress import missing
from fulcrum.ui.templatetags.texts import moment, on_day, until

answered: list[Callable[[Application], str]] = []  # later rooms that know the answer: the address of its page, or nothing


def sentence(application: Application, language: str | None = None) -> str:
    """Whether the application is sent, or what is missing, in `language` or the current one."""
    with override(language or get_language()):
        return _sent(application) if application.is_sent else _not_sent(application)


def _sent(application: Application) -> str:
    sent_at: Any = application.sent_at  # whatever is sent has it
    words = {"number": application.reference, "network": application.network.name, "moment": moment(sent_at, application.call)}
    return _("Your application is sent: number %(number)s, received by %(network)s on %(moment)s.") % words


def _not_sent(application: Application) -> str:
    if application.is_draft and application.is_open:
        if tasks := missing(application):
            return _("Your application is not yet sent; this is missing: %(tasks)s.") % {"tasks": ", ".join(task.name for task in tasks)}
        return _("Your application is not yet sent; nothing is missing, and only the sending is left.")
    words = {"moment": until(application.deadline, application.call)}
    if application.is_draft:
        return _("Your application was not sent; the deadline has passed: %(moment)s.") % words
    if application.is_open:
        return _("Your application is withdrawn, and nobody reads it; you can send it again until the deadline: %(moment)s.") % words
    return _("Your application is withdrawn, and nobody reads it; the deadline has passed: %(moment)s.") % words


@dataclass(frozen=True)
class Stage:
    """One stage of a sent application, as the timeline shows it."""

    what: str
    when: str
    datetime: str = ""
    note: str = ""
    state: str = ""  # past, now or empty


def answer_of(application: Application) -> str:
    """The address of the page with the answer to a sent application; empty until it is told."""
    if application.is_open:
        return ""
    return next((url for source in answered if (url := source(application))), "")


def stages(application: Application, *, is_answered: bool) -> list[Stage]:
    """The way of a sent application from its sending to its answer, with the stage it is in now."""
    call, now = application.call, timezone.now()
    sent_at: Any = application.sent_at
    late = not is_answered and now >= call.results_by
    return [
        Stage(_("Sent"), moment(sent_at, call), sent_at.isoformat(), state="past"),
        Stage(
            _("You can change it"),
            until(application.deadline, call),
            application.deadline.isoformat(),
            state="now" if application.is_open else "past",
        ),
        Stage(
            _("It is read and decided"),
            _("Until %(day)s") % {"day": on_day(call.results_by, call)},
            call.results_by.isoformat(),
            _("Your network reads every application and chooses; then all partners approve the final choice together."),
            state="" if application.is_open else "past" if is_answered else "now",
        ),
        Stage(
            _("You get an answer, whatever it is"),
            _("By %(day)s") % {"day": on_day(call.results_by, call)},
            call.results_by.isoformat(),
            _("It takes longer than planned. Your network can tell you more.") if late else "",
            state="past" if is_answered else "",
        ),
    ]
