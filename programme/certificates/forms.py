from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from fulcrum.calls.forms import SevenLanguages
from fulcrum.calls.models import Call
from fulcrum.guard.text import LineField
from programme.certificates.drawing import missing_letters


def printable(text: str) -> None:
    """Raises ValidationError that names the letters which no font of ours holds."""
    if letters := missing_letters(text):
        raise forms.ValidationError(
            _("We have no font for these letters: %(letters)s. Write the name in Latin, Greek or Cyrillic letters.") % {"letters": " ".join(letters)}
        )


class NameForm(forms.Form):
    name = LineField(
        label=_("Your name on the certificate"),
        max_length=120,
        help_text=_("Exactly as it should be printed."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        validators=[printable],
        error_messages={"required": _("Type your name.")},
    )


class SignatoryForm(SevenLanguages):
    version = forms.IntegerField(widget=forms.HiddenInput)
    name = LineField(label=_("Who signs"), max_length=120, validators=[printable], error_messages={"required": _("Type the name of who signs.")})

    def __init__(self, *args: Any, call: Call, **kwargs: Any) -> None:
        initial = {f"role_{code}": call.signatory_role.data.get(code, "") for code, _label in settings.LANGUAGES}
        super().__init__(*args, initial=initial | {"version": call.version, "name": call.signatory_name}, **kwargs)
        for code, label in settings.LANGUAGES:
            self.fields[f"role_{code}"] = LineField(label=label, required=code == "en", validators=[printable])
            self.fields[f"role_{code}"].widget.attrs["lang"] = code

    @property
    def role_fields(self) -> list[forms.BoundField]:
        return [self[f"role_{code}"] for code, _label in settings.LANGUAGES]
