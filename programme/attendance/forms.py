from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self

from django import forms
from django.conf import settings
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from fulcrum.calls.forms import MomentField, SevenLanguages
from fulcrum.calls.units import Unit
from fulcrum.guard.text import LineField
from programme.attendance.models import Mark
from programme.attendance.services import digest
from programme.seat import Seat


class UnitForm(SevenLanguages):
    """When and where a unit is; its `version` is how often it was changed."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        self.unit = unit
        initial: dict[str, Any] = {key: getattr(unit, key).astimezone(unit.zone).replace(tzinfo=None) for key in ("starts_at", "ends_at")}
        initial |= {f"place_{code}": unit.place.data.get(code, "") for code, _label in settings.LANGUAGES}
        super().__init__(*args, initial=initial | {"version": unit.changes, "link": unit.link}, **kwargs)
        for key, label in (("starts_at", _("Start")), ("ends_at", _("End"))):
            self.fields[key] = MomentField(
                label=label,
                error_messages={"invalid": _("Type a date and an hour, such as 2024-09-18 09:00."), "required": _("Type a date and an hour.")},
            )
        self.fields["link"] = forms.URLField(
            label=_("Link"),
            help_text=_("Where an online unit takes place."),
            required=False,
            max_length=200,
            assume_scheme="https",
            validators=[URLValidator(["https", "http"])],
        )
        for code, label in settings.LANGUAGES:
            self.fields[f"place_{code}"] = LineField(label=label, required=code == "en")
            self.fields[f"place_{code}"].widget.attrs["lang"] = code

    @property
    def own_fields(self) -> list[forms.BoundField]:
        return [self[key] for key in ("starts_at", "ends_at", "link")]

    @property
    def place_fields(self) -> list[forms.BoundField]:
        return [self[f"place_{code}"] for code, _label in settings.LANGUAGES]

    def values(self) -> dict[str, Any]:
        """What `change_unit` takes: moments in the unit's zone."""
        moments: dict[str, datetime] = {key: self.cleaned_data[key].replace(tzinfo=self.unit.zone) for key in ("starts_at", "ends_at")}
        return {**moments, "place": self.languages_of("place"), "link": self.cleaned_data["link"]}


class AttendanceForm(forms.Form):
    """One choice for each participant; with `all` whoever has none counts as present."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, unit: Unit, seats: Iterable[Seat], column: dict[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seats = {f"seat_{seat.pk}": seat for seat in seats}
        choices = [choice for choice in Mark.Presence.choices if choice[0] != Mark.Presence.MADE_UP or unit.kind == Unit.Kind.LAB]
        for name, seat in self.seats.items():
            self.fields[name] = forms.ChoiceField(
                label=seat.application.name, choices=choices, widget=forms.RadioSelect, required=False, initial=column.get(seat.pk, "")
            )

    @property
    def rows(self) -> list[tuple[Seat, forms.BoundField]]:
        return [(seat, self[name]) for name, seat in self.seats.items()]

    def over(self, column: dict[int, str]) -> Self:
        """The same form with what was chosen, ready to be sent again over the column as it stands now."""
        self.data = self.data.copy()
        self.data["seen"] = digest(column)
        return self

    def differing(self, column: dict[int, str]) -> list[tuple[Seat, str]]:
        """Where the column as it stands now is not what was chosen: whose it is, and how it stands."""
        words = dict(Mark.Presence.choices)
        return [
            (seat, str(words.get(column.get(seat.pk, ""), _("Not noted"))))
            for seat in self.seats.values()
            if column.get(seat.pk) != self.marks()[seat.pk]
        ]

    def marks(self) -> dict[int, str]:
        """The presence of each participant, by seat."""
        usual = Mark.Presence.PRESENT if "all" in self.data else ""
        return {seat.pk: self.cleaned_data[name] or usual for name, seat in self.seats.items()}
