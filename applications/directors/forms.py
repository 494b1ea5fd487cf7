from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from fulcrum.guard.text import LineField, ProseField


class DirectorForm(forms.Form):
    """Who directs the house: the candidate themselves, or somebody who gets a letter."""

    is_own = forms.BooleanField(label=_("I direct the house myself"), required=False)
    name = LineField(
        label=_("Name of the director"),
        max_length=120,
        error_messages={"required": _("Type the name of the director, or tick the box if you direct the house yourself.")},
    )
    address = forms.EmailField(
        label=_("Email address of the director"),
        max_length=254,
        help_text=_("We write to it only about this."),
        error_messages={
            "required": _("Type the email address of the director."),
            "invalid": _("Type an email address in the form name@example.org."),
        },
    )
    language = forms.ChoiceField(
        label=_("Language of the letter"),
        choices=settings.LANGUAGES,
        help_text=_("Choose the one your director reads best."),
        error_messages={"required": _("Choose a language.")},
    )

    def __init__(self, *args: Any, own_address: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own_address = own_address
        if self.data.get("is_own"):  # nothing of the others is used
            for name in ("name", "address", "language"):
                self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("is_own"):
            for name in ("name", "address", "language"):
                self.errors.pop(name, None)
            return data
        data["address"] = data.get("address", "").lower()
        if data["address"] == self.own_address:
            self.add_error("address", _("This is your own address. If you direct the house yourself, tick the box above."))
        return data


class AnswerForm(forms.Form):
    answer = forms.ChoiceField(
        choices=[("yes", _("I confirm")), ("no", _("I do not agree"))],
        error_messages={"required": _("Choose one of the two answers."), "invalid_choice": _("Choose one of the two answers.")},
    )
    word = ProseField(
        label=_("Is there something you would like to add?"),
        max_length=600,
        rows=3,
        required=False,
        help_text=_("The candidate and staff of the network read it."),
    )
