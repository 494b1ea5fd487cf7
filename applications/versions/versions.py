"""Earlier versions of a sent application: kept with each change, and shown beside what stands now. Needs are never among them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from applications.answers.asking import asked_of
from applications.answers.models import Answer, Channel
from applications.application import Application
from applications.versions.models import Earlier
from fulcrum.calls.rules import MEASURES, band_choices

FIELDS = ("name", "phone", "role", "mandate", "gender", "own_view", *MEASURES)


class Said(NamedTuple):
    value: str
    channel: str = ""
    file: int | None = None  # two recordings may have the same name


NOTHING = Said("")


def stand(application: Application) -> dict[str, Said]:
    """Everything that an application says now, needs left out."""
    found = {name: Said("" if (value := getattr(application, name)) is None else str(value)) for name in FIELDS}
    found["house"] = Said(application.house_name)
    found["municipality"] = Said(str(application.place or ""))
    found |= {f"eligibility {key}": Said("yes" if value else "no") for key, value in application.eligibility.items()}
    for answer in Answer.objects.of(application):
        if answer.is_given:
            found[f"answer {answer.question.key}"] = _answer(answer)
    return found


def _answer(answer: Answer) -> Said:
    if answer.channel == Channel.TEXT or answer.file is None:
        return Said(answer.text, answer.channel)
    return Said(f"{answer.file.given_name} {answer.file.duration}".strip(), answer.channel, answer.file_id)


def keep_earlier(application: Application, stood: dict[str, Said], *, by: Any) -> None:
    """Keep what `stood` in the application and stands there no more."""
    now, moment = stand(application), timezone.now()
    for what in sorted({*stood, *now}):
        before = stood.get(what, NOTHING)
        if before != now.get(what, NOTHING):
            Earlier(application=application, what=what, channel=before.channel, value=before.value, until=moment, by=by).save(force_insert=True)


@dataclass(frozen=True)
class Change:
    """One change of a sent application, with what stood before and after it, in words."""

    at: datetime
    label: str
    before: str
    after: str
    by: Any = None  # whoever changed it in the candidate's place


def changes(application: Application, *, to_staff: bool) -> list[Change]:
    """The changes of an application after it was sent, the newest first; staff are shown none of a question that is asked no more."""
    rows = list(Earlier.objects.of(application))
    if not rows:
        return []
    after = stand(application)
    answers = list(Answer.objects.of(application))
    questions = asked_of(application, answers) if to_staff else application.call.questions.all()
    labels = _labels(application, questions)
    found = []
    for row in reversed(rows):
        if row.what in labels:
            before, then = (_words(application, row.what, said) for said in (Said(row.value, row.channel), after.get(row.what, NOTHING)))
            found.append(Change(row.until, labels[row.what], before, then, row.by if row.by_id != application.person_id else None))
        after[row.what] = Said(row.value, row.channel)
    return found


def _labels(application: Application, questions: Any) -> dict[str, str]:
    labels = {name: str(_field(application, name).verbose_name) for name in FIELDS}
    labels |= {"house": _("House"), "municipality": _("Municipality")}
    labels |= {f"eligibility {entry.key}": str(entry.title) for entry in application.call.eligibility.all()}
    return labels | {f"answer {question.key}": str(question.title) for question in questions}


def _field(application: Application, name: str) -> Any:
    return application._meta.get_field(name)


def _words(application: Application, what: str, said: Said) -> str:
    if not said.value:
        return ""
    if what.startswith("eligibility "):
        return _("Yes") if said.value == "yes" else _("No")
    if said.channel == Channel.AUDIO:
        return _("Spoken: %(name)s") % {"name": said.value}
    if said.channel == Channel.VIDEO:
        return _("Filmed: %(name)s") % {"name": said.value}
    if what in MEASURES:
        return dict(band_choices(application.call.size_rule, what)).get(int(said.value), said.value)
    if what in ("gender", "own_view"):
        return str(dict(_field(application, what).flatchoices).get(said.value, said.value))
    return said.value
