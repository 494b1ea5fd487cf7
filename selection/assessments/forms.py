from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from fulcrum.calls.models import Criterion
from fulcrum.guard.text import ProseField


@dataclass(frozen=True)
class Scale:
    """One criterion of the form: its values with their sentences, and the reason."""

    criterion: Criterion
    value: forms.BoundField
    reason: forms.BoundField
    anchors: list[tuple[int, str]]


class ScoreForm(forms.Form):
    """A value and a reason for each criterion of the call. A value that the criterion does not have is an error."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=16)
    shown_at = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, *args: Any, criteria: list[Criterion], scores: dict[str, tuple[int | None, str]], seen: str = "", **kwargs: Any) -> None:
        self.criteria = criteria
        initial: dict[str, Any] = {"seen": seen, "shown_at": timezone.now().isoformat()}
        for key, (value, reason) in scores.items():
            initial |= {f"value_{key}": value, f"reason_{key}": reason}
        super().__init__(*args, initial=initial, **kwargs)
        for criterion in criteria:
            values = [entry.value for entry in criterion.values.all()]
            sign = "+" if criterion.kind == Criterion.Kind.BONUS else ""
            choices = [(value, f"{sign}{value}") for value in values]
            if criterion.kind == Criterion.Kind.PRIORITY:
                choices = [(0, _("No")), (1, _("Yes"))]
            self.fields[f"value_{criterion.key}"] = forms.TypedChoiceField(
                label=str(criterion.title), choices=choices, coerce=int, empty_value=None, required=False, widget=forms.RadioSelect
            )
            self.fields[f"reason_{criterion.key}"] = ProseField(label=_("Why"), required=False, rows=2, max_length=1000)

    @property
    def scales(self) -> list[Scale]:
        return [
            Scale(
                criterion,
                self[f"value_{criterion.key}"],
                self[f"reason_{criterion.key}"],
                [(entry.value, str(entry.text)) for entry in criterion.values.all()],
            )
            for criterion in self.criteria
        ]

    def scores(self) -> dict[str, tuple[int | None, str]]:
        data = self.cleaned_data
        return {criterion.key: (data[f"value_{criterion.key}"], data[f"reason_{criterion.key}"]) for criterion in self.criteria}

    def refuse(self, keys: list[str]) -> None:
        """Say at each criterion what is missing before the scores can count."""
        for key in keys:
            if self.cleaned_data.get(f"value_{key}") is None:
                self.add_error(f"value_{key}", _("Choose a value."))
            if not self.cleaned_data.get(f"reason_{key}"):
                self.add_error(f"reason_{key}", _("Say why, in a sentence."))


def moment_of(text: str) -> datetime | None:
    """The moment that a page carried; None for anything that is none."""
    try:
        moment = parse_datetime(text[:40])
    except ValueError:
        return None
    return moment if moment and moment.tzinfo and moment.year > 2000 else None


class ReasonForm(forms.Form):
    """Why: one text that must be there."""

    reason = ProseField(label=_("Reason"), max_length=1500, rows=3, error_messages={"required": _("Say why, in a sentence.")})
