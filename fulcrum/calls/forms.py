import re
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from i18nfield.strings import LazyI18nString

from fulcrum.calls.models import Call, Question
from fulcrum.calls.services import MOMENTS
from fulcrum.guard.text import ProseField

MOMENT_LABELS = {
    "opens_at": _("The call opens"),
    "deadline": _("Deadline"),
    "results_by": _("Results by"),
    "ends_at": _("The call ends"),
}


def within_reason(moment: date) -> None:
    if not 2000 <= moment.year <= 2100:
        raise ValidationError(_("Type a year between 2000 and 2100."))


def on_clock(typed: datetime, zone: ZoneInfo) -> datetime:
    """The moment at which the clocks of a zone show this; of an hour that comes twice the second, so that a deadline takes nobody's time.

    Raises ValidationError for an hour that is skipped when the clocks go forward.
    """
    typed = typed.replace(tzinfo=None)
    moment = typed.replace(tzinfo=zone, fold=1)
    if moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != typed:
        raise ValidationError(_("This hour does not exist: on that day the clocks go forward. Type another one."))
    return moment


class MomentField(forms.DateTimeField):
    """A date and an hour as they stand on the clock of a place. A date alone is an error: nobody can tell which end of the day it means."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    default_validators = [within_reason]

    def to_python(self, value: Any) -> datetime | None:
        if isinstance(value, str) and value.strip() and not re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?", value.strip(), re.ASCII):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        with timezone.override(UTC):  # which hour a place means is for `on_clock` to say, not for the zone of the site
            moment = super().to_python(value)
        return moment.replace(tzinfo=None) if moment else None


class SevenLanguages(forms.Form):
    """A text in seven languages: one field a language, named `<name>_<language>`. English must be there."""

    def on_version(self, version: int) -> Self:
        """The same form with what was typed, ready to be sent again over `version` of the call."""
        self.data = self.data.copy()
        self.data["version"] = version
        return self

    def refuse(self, error: ValidationError) -> None:
        """Show what a verb refused: at its field where the form has it, above the form otherwise."""
        for name, errors in (error.error_dict if hasattr(error, "error_dict") else {None: [error]}).items():
            self.add_error(name if name in self.fields else None, errors)

    def languages_of(self, name: str) -> dict[str, str]:
        """The text by language, without the empty ones."""
        return {code: self.cleaned_data[f"{name}_{code}"] for code, _label in settings.LANGUAGES if self.cleaned_data.get(f"{name}_{code}")}


class TextForm(SevenLanguages):
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, label in settings.LANGUAGES:
            self.fields[f"body_{code}"] = ProseField(label=label, required=code == "en", rows=8)
            self.fields[f"body_{code}"].widget.attrs["lang"] = code


class DatesForm(SevenLanguages):
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, call: Call, **kwargs: Any) -> None:
        self.call = call
        self.programme = list(call.dates.all())
        initial: dict[str, Any] = {key: getattr(call, key).astimezone(call.zone).replace(tzinfo=None) for key in MOMENTS}
        for entry in self.programme:
            initial |= {f"{entry.key}_starts": entry.starts, f"{entry.key}_ends": entry.ends}
        super().__init__(*args, initial=initial | {"version": call.version}, **kwargs)
        for key in MOMENTS:
            self.fields[key] = MomentField(
                label=MOMENT_LABELS[key], error_messages={"invalid": _("Type a date and an hour, such as 2024-05-07 23:59.")}
            )
        self.fields["along"] = forms.BooleanField(
            label=_("What hangs on the deadline moves by as much"),
            help_text=_("The date of the results, and what begins by then, where you leave them as they are. Untick it to keep them."),
            required=False,
            initial=True,
        )
        for code, label in settings.LANGUAGES:
            self.fields[f"reason_{code}"] = ProseField(label=label, required=False, rows=2, max_length=500)
            self.fields[f"reason_{code}"].widget.attrs["lang"] = code
        for entry in self.programme:
            for part, label in (("starts", _("%(date)s: first day")), ("ends", _("%(date)s: last day"))):
                self.fields[f"{entry.key}_{part}"] = forms.DateField(
                    label=label % {"date": entry.title},
                    widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
                    validators=[within_reason],
                    error_messages={"invalid": _("Type a date, such as 2024-09-18.")},
                )

    def clean(self) -> None:
        super().clean()
        for key in MOMENTS:
            if typed := self.cleaned_data.get(key):
                try:
                    on_clock(typed, self.call.zone)
                except ValidationError as error:
                    self.add_error(key, error)

    def _shift(self) -> timedelta:
        """By how much the deadline of an open call moves, and with it what hangs on it; nothing when it does not, or they are to stay."""
        late = self._typed_moment("deadline") - self.call.deadline.astimezone(self.call.zone)  # by its clock, not by seconds
        return late if late > timedelta(0) and timezone.now() >= self.call.opens_at and self.cleaned_data["along"] else timedelta(0)

    def _typed_moment(self, key: str) -> datetime:
        """A moment of the call, aware, in its zone; a field that shows no seconds keeps those that were there."""
        typed, stood = on_clock(self.cleaned_data[key], self.call.zone), getattr(self.call, key).astimezone(self.call.zone)
        return stood if typed.replace(second=0) == stood.replace(second=0, microsecond=0) else typed

    def moves(self) -> list[tuple[Any, Any, Any]]:
        """What moves, as it was and as it would be: label, former, new; moments of the call first, then its programme."""
        moments, dates = self.moments(), self.programme_dates()
        found = [(MOMENT_LABELS[key], getattr(self.call, key), moments[key]) for key in MOMENTS if moments[key] != getattr(self.call, key)]
        return found + [
            (entry.title, entry.starts, dates[entry.key][0]) for entry in self.programme if (entry.starts, entry.ends) != dates[entry.key]
        ]

    @property
    def moment_fields(self) -> list[forms.BoundField]:
        return [self[key] for key in MOMENTS]

    @property
    def reason_fields(self) -> list[forms.BoundField]:
        return [self[f"reason_{code}"] for code, _label in settings.LANGUAGES]

    @property
    def programme_fields(self) -> list[forms.BoundField]:
        return [self[f"{entry.key}_{part}"] for entry in self.programme for part in ("starts", "ends")]

    def moments(self) -> dict[str, datetime]:
        """The moments of the call as they are to be; the results follow a deadline that moves, by its clock, unless they were changed too."""
        found = {key: self._typed_moment(key) for key in MOMENTS}
        if (shift := self._shift()) and found["results_by"] == self.call.results_by:
            found["results_by"] = found["results_by"].astimezone(self.call.zone) + shift
        return found

    def programme_dates(self) -> dict[str, tuple[date, date]]:
        """The dates of the programme as they are to be; what begins between deadline and results follows the deadline, unless it was changed too."""
        typed = {entry.key: (self.cleaned_data[f"{entry.key}_starts"], self.cleaned_data[f"{entry.key}_ends"]) for entry in self.programme}
        days = timedelta(days=self._shift().days)
        first, last = (moment.astimezone(self.call.zone).date() for moment in (self.call.deadline, self.call.results_by))
        for entry in self.programme:
            if typed[entry.key] == (entry.starts, entry.ends) and first < entry.starts <= last:
                typed[entry.key] = (entry.starts + days, entry.ends + days)
        return typed


QUESTION_LABELS = {
    "title": _("Question"),
    "short": _("Name in the task list"),
    "hint": _("Hint"),
    "purpose": _("What it is for"),
    "readers": _("Who reads it"),
}


class QuestionForm(SevenLanguages):
    """A question in seven languages with its limits; its hint alone once the call is open."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, question: Question, wording_only: bool, **kwargs: Any) -> None:
        self.names = ["hint"] if wording_only else list(QUESTION_LABELS)
        self.limits = [] if wording_only else ["required", "max_words", "max_minutes", "channels"]
        initial = {f"{name}_{code}": getattr(question, name).data.get(code, "") for name in self.names for code, _label in settings.LANGUAGES}
        initial |= {name: getattr(question, name) for name in self.limits} | {"version": question.call.version}
        super().__init__(*args, initial=initial, **kwargs)
        for name in self.names:
            for code, label in settings.LANGUAGES:
                limit = {"title": 300, "short": 120}.get(name, 2000)
                required = code == "en" and name in ("title", "short")
                self.fields[f"{name}_{code}"] = ProseField(label=label, required=required, rows=2, max_length=limit)
                self.fields[f"{name}_{code}"].widget.attrs["lang"] = code
        if self.limits:
            self.fields["required"] = forms.BooleanField(label=_("An answer is needed"), required=False)
            self.fields["max_words"] = forms.IntegerField(label=_("Most words"), min_value=1, max_value=5000)
            self.fields["max_minutes"] = forms.IntegerField(label=_("Most minutes"), min_value=1, max_value=60)
            choices = [("text", _("In writing")), ("audio", _("By voice")), ("video", _("On film"))]
            self.fields["channels"] = forms.MultipleChoiceField(
                label=_("Ways to answer"),
                choices=choices,
                widget=forms.CheckboxSelectMultiple,
                error_messages={"required": _("Choose at least one way to answer.")},
            )

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Each text with its fields, a language each."""
        return [(str(QUESTION_LABELS[name]), [self[f"{name}_{code}"] for code, _label in settings.LANGUAGES]) for name in self.names]

    @property
    def limit_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.limits]

    def texts(self) -> dict[str, dict[str, str]]:
        return {name: self.languages_of(name) for name in self.names}

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.limits}

    def previewed(self, question: Question) -> Question:
        """The question as it would be, unsaved."""
        for name, body in self.texts().items():
            setattr(question, name, LazyI18nString(body))
        for name, value in self.values().items():
            setattr(question, name, value)
        return question
