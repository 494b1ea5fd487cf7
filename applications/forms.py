from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.application import Application, Gender
from fulcrum.guard.text import LineField, ProseField


class AboutForm(forms.ModelForm):
    name = LineField(
        label=_("Your name"),
        max_length=120,
        help_text=_("As it would stand on your certificate."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Type your name.")},
    )
    phone = LineField(
        label=_("Phone"),
        max_length=40,
        required=False,
        help_text=_("Your network calls when something in your application is unclear."),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    role = LineField(
        label=_("Your role in the house"),
        max_length=160,
        help_text=_("Paid or as a volunteer in charge, such as director, programmer or outreach worker."),
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
        error_messages={"required": _("Say what your role is.")},
    )
    mandate = ProseField(
        label=_("What you may decide there"),
        max_length=600,
        rows=3,
        help_text=_("One or two sentences: it shows how you can bring change about."),
        error_messages={"required": _("Say what you may decide, in a sentence.")},
    )
    gender = forms.ChoiceField(
        label=_("Gender"),
        choices=Gender.choices,
        widget=forms.RadioSelect,
        help_text=_("Used only in figures about balance."),
        error_messages={"required": _("Choose one; you may rather not say.")},
    )

    class Meta:
        model = Application
        fields = ["name", "phone", "role", "mandate", "gender"]


class ConsentForm(forms.Form):
    agree = forms.BooleanField(error_messages={"required": _("Tick the box if you agree. Without your consent nobody may read your application.")})

    def __init__(self, *args: Any, text: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agree"].label = text
