from typing import Any

from allauth.account.forms import ConfirmLoginCodeForm, RequestLoginCodeForm
from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from fulcrum.guard.text import LineField, ProseField
from fulcrum.people.models import Role, User


class DoorForm(RequestLoginCodeForm):
    """One door for everybody: whoever is new gets a person's row on the way in, and the same answer as whoever is known."""

    email = forms.EmailField(
        label=_("Email address"),
        max_length=254,
        help_text=_("We send you a code. There is no password."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": _("Type your email address."),
            "invalid": _("Type an email address in the form name@example.org."),
        },
    )

    def clean_email(self) -> str:
        address = self.cleaned_data["email"].lower()
        self.cleaned_data["email"] = address
        User.objects.known_by(address, language=get_language() or settings.LANGUAGE_CODE)
        return super().clean_email()


class CodeForm(ConfirmLoginCodeForm):
    code = LineField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": _("Type the code from the letter.")},
    )


class AccountForm(forms.ModelForm):
    name = LineField(label=_("Name"), max_length=120, required=False, help_text=_("As we address you in letters."))

    class Meta:
        model = User
        fields = ["name", "language"]
        help_texts = {"language": _("Letters come in this language.")}


class AddressForm(forms.Form):
    email = forms.EmailField(
        label=_("New email address"),
        max_length=254,
        help_text=_("We send a link to it. Your address changes once you follow that link."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": _("Type the new address."), "invalid": _("Type an email address in the form name@example.org.")},
    )

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()


class RoleForm(forms.Form):
    email = forms.EmailField(
        label=_("Email address"),
        max_length=254,
        error_messages={"required": _("Type the person's email address."), "invalid": _("Type an email address in the form name@example.org.")},
    )
    name = LineField(label=_("Name"), max_length=120, required=False)
    role = forms.ChoiceField(label=_("Role"), choices=Role.Kind.choices, error_messages={"required": _("Choose a role.")})
    network = forms.ModelChoiceField(
        label=_("Network"), queryset=None, required=False, help_text=_("For an assessor or a network lead."), empty_label=_("No network")
    )

    def __init__(self, *args: Any, call: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["network"].queryset = call.networks.all()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        role, network = data.get("role"), data.get("network")
        if role and role != Role.Kind.COORDINATOR and not network:
            self.add_error("network", _("Choose the network that this person works for."))
        if role == Role.Kind.COORDINATOR and network:
            self.add_error("network", _("A coordinator works for all networks. Choose no network."))
        return data


class ReasonForm(forms.Form):
    reason = ProseField(
        label=_("Reason"),
        max_length=500,
        rows=3,
        help_text=_("It stands in the record of the call, and the person reads it."),
        error_messages={"required": _("Say why, in a sentence.")},
    )
