"""The full copy of an application, as its page, its print and its receipt show it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from applications.answers.asking import asked_of
from applications.answers.models import Answer, Channel
from applications.application import Application
from applications.assistance.models import Typed
from fulcrum.calls.rules import MEASURES, band_choices
from fulcrum.ui.documents import Document, Entry, Part


@dataclass(frozen=True)
class Line:
    url: str  # of the page that changes it
    label: str
    value: str
    answer: Any = None
    fields: tuple[str, ...] = ()  # what it shows, as it is noted when somebody types it for the candidate
    typed: Any = None


def copy_of(application: Application, language: str | None = None) -> list[tuple[str, list[Line]]]:
    """Sections of labelled lines with everything but needs, in `language` or the current one, as the candidate reads them."""
    with override(language or get_language()):
        sections = [
            (_("You"), _about(application)),
            (_("Your house"), _house(application)),
            (_("Your answers"), _answers(application)),
        ]
        typed = {row.field: row for row in Typed.objects.of(application)}
        return [(title, [replace(line, typed=_hand(line, typed)) for line in lines]) for title, lines in sections]


def _hand(line: Line, typed: dict[str, Typed]) -> Typed | None:
    """Who typed something of the line for the candidate, what waits for a yes first; None where the candidate did it all."""
    rows = [typed[field] for field in line.fields if field in typed]
    return max(rows, key=lambda row: (not row.is_confirmed, row.at)) if rows else None


def file_of(application: Application) -> list[tuple[str, list[Line]]]:
    """The same lines as those read them who select: what somebody says first, who they are last."""
    others = {_("Your name"): _("Name"), _("Your role in the house"): _("Role in the house"), _("Your own view"): _("Own view of the origin")}

    def renamed(lines: list[Line]) -> list[Line]:
        return [replace(line, label=others.get(line.label, line.label)) for line in lines]

    return [(_("Answers"), _answers(application)), (_("House"), renamed(_house(application))), (_("Person"), renamed(_about(application)))]


def copy_document(application: Application, *, standing: str, language: str | None = None) -> Document:
    """The copy as a document, in `language` or the current one; `standing` says in a sentence where the application stands."""
    language = language or get_language() or "en"
    with override(language):
        none = _("No answer")
        return Document(
            language=language,
            title=_("Application %(number)s") % {"number": application.reference},
            subtitle=f"{application.call.name} · {application.network.name}",
            head=f"{application.call.short_name} · {application.reference}",
            text=standing,
            parts=[Part(title, [_entry(line, none) for line in lines]) for title, lines in copy_of(application, language)],
        )


def _entry(line: Line, none: str) -> Entry:
    if line.answer is None:
        return Entry(line.label, line.value or none)
    notes = [_("Language: %(language)s") % {"language": line.answer.language_name}]
    return Entry(line.label, line.value or none, language=line.answer.language_code if line.answer.channel == Channel.TEXT else "", notes=notes)


def _pages(application: Application) -> Callable[[str], str]:
    return lambda name: reverse(f"application_{name}", args=[application.reference])


def _about(application: Application) -> list[Line]:
    page = _pages(application)
    said = {True: _("Yes"), False: _("No")}
    doors = [
        Line(page("doors"), str(entry.title), said[application.eligibility[entry.key]], fields=("eligibility",))
        for entry in application.call.eligibility.all()
        if entry.key in application.eligibility
    ]
    return [
        Line(page("doors"), _("Network"), application.network.name, fields=("network",)),
        *doors,
        Line(page("about"), _("Your name"), application.name, fields=("name",)),
        Line(page("about"), _("Email address"), application.person.email),
        Line(page("about"), _("Phone"), application.phone, fields=("phone",)),
        Line(page("about"), _("Your role in the house"), application.role, fields=("role",)),
        Line(page("about"), _("What you may decide there"), application.mandate, fields=("mandate",)),
        Line(page("about"), _("Gender"), application.get_gender_display(), fields=("gender",)),
    ]


def _house(application: Application) -> list[Line]:
    page = _pages(application)
    place = application.place
    labels = {"staff": _("Paid staff"), "volunteers": _("Volunteers"), "visitors": _("Visitors"), "budget": _("Budget")}
    bands = [
        Line(page("facts"), labels[measure], dict(band_choices(application.call.size_rule, measure))[rank], fields=(measure,))
        for measure in MEASURES
        if (rank := getattr(application, measure)) is not None
    ]
    return [
        Line(page("house"), _("House"), application.house_name, fields=("house", "typed_house")),
        Line(page("house"), _("Municipality"), f"{place}, {place.country_name}" if place else ""),
        Line(page("house"), _("Origin"), str(application.origin.label) if application.origin else _("Not classified")),
        *([Line(page("facts"), _("Your own view"), application.get_own_view_display(), fields=("own_view",))] if application.own_view else []),
        *bands,
        Line(page("facts"), _("Size"), application.get_size_display()),
    ]


def _answers(application: Application) -> list[Line]:
    given = {answer.question_id: answer for answer in Answer.objects.of(application)}
    return [
        Line(
            reverse("application_answer", args=[application.reference, question.key]),
            str(question.title),
            _said(answer),
            answer,
            (f"answer {question.key}",),
        )
        for question in asked_of(application, given.values())
        if (answer := given.get(question.pk)) and answer.is_given
    ]


def _said(answer: Any) -> str:
    if answer.channel == Channel.TEXT:
        return answer.text
    words = {"duration": answer.file.duration or "…", "name": answer.file.given_name}
    return (_("Spoken, %(duration)s: %(name)s") if answer.channel == Channel.AUDIO else _("Filmed, %(duration)s: %(name)s")) % words
