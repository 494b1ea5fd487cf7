from typing import Any

from allauth.account.forms import ConfirmLoginCodeForm, RequestLoginCodeForm
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.forms import GenerateRecoveryCodesForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm, EditWebAuthnForm, LoginWebAuthnForm, ReauthenticateWebAuthnForm
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext
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
        super().clean_email()  # who asks too often is refused before anything is written
        person = User.objects.known_by(address, language=get_language() or settings.LANGUAGE_CODE)
        self._user = person if person.is_active else None
        return address


class CodeForm(ConfirmLoginCodeForm):
    code = LineField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": _("Type the code from the letter.")},
    )


class Refusals:
    """What allauth refuses by a code, said in our words: what was wrong, and what to do."""

    refusals: dict[str, Any] = {}

    def add_error(self, field: str | None, error: Any) -> None:
        code = getattr(error, "code", None)
        if code in self.refusals:
            error = ValidationError(self.refusals[code], code=code)
        super().add_error(field, error)  # type: ignore[misc]


TOO_OFTEN = _("That was wrong too often. Wait five minutes, then try again.")
WRONG_CODE = {
    "incorrect_code": _("This code is wrong, or you have just used it. Wait until the app shows a new one and type that."),
    "too_many_login_attempts": TOO_OFTEN,
    "rate_limited": TOO_OFTEN,
}
WRONG_PASSKEY = {
    "incorrect_code": _("This passkey was not accepted. Try again, or choose another way."),
    "invalid": _("This passkey was not accepted. Try again, or choose another way."),
    "required": _("The passkey gave no answer. Try again, or choose another way."),
    "too_many_login_attempts": TOO_OFTEN,
}


def _factor_code(**words: Any) -> LineField:
    widget = forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"})
    return LineField(max_length=20, widget=widget, error_messages={"required": _("Type the code.")}, **words)


class FactorForm(Refusals, AuthenticateForm):
    refusals = WRONG_CODE
    code = _factor_code(label=_("Code from your app, or a recovery code"))


class FactorAgainForm(Refusals, ReauthenticateForm):
    refusals = WRONG_CODE
    code = _factor_code(label=_("Code from your app, or a recovery code"))


class AppForm(Refusals, ActivateTOTPForm):
    refusals = WRONG_CODE | {"incorrect_code": _("This code is wrong. Type the six digits that the app shows now for FULCRUM.")}
    code = _factor_code(label=_("The six digits that the app shows now"))


class RecoveryCodesForm(Refusals, GenerateRecoveryCodesForm):
    refusals = {"cannot_generate_recovery_codes": _("Set up an authenticator app or a passkey first. Recovery codes come with it.")}


class PasskeyForm(Refusals, AddWebAuthnForm):
    refusals = WRONG_PASSKEY
    name = LineField(label=_("Name"), max_length=80, required=False, help_text=_("It tells your passkeys apart, for example “my phone”."))
    passwordless = forms.BooleanField(
        label=_("Sign in with this passkey alone"),
        required=False,
        initial=True,
        help_text=_("You need no code by mail then. Untick this for a security key that has no PIN."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"name": ""} | (kwargs.get("initial") or {})  # no name of allauth's making
        super().__init__(*args, **kwargs)

    def clean_name(self) -> str:
        others = Authenticator.objects.filter(user=self.user, type=Authenticator.Type.WEBAUTHN).count()
        return self.cleaned_data["name"] or gettext("Passkey %(number)s") % {"number": others + 1}


class PasskeyNameForm(EditWebAuthnForm):
    name = LineField(label=_("Name"), max_length=80, error_messages={"required": _("Type a name for this passkey.")})


class PasskeyFactorForm(Refusals, AuthenticateWebAuthnForm):
    refusals = WRONG_PASSKEY


class PasskeyAgainForm(Refusals, ReauthenticateWebAuthnForm):
    refusals = WRONG_PASSKEY


class PasskeyDoorForm(Refusals, LoginWebAuthnForm):
    refusals = WRONG_PASSKEY | {"incorrect_code": _("This passkey was not accepted. Sign in with your email address instead.")}


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
        label=_("Network"),
        queryset=None,
        required=False,
        help_text=_("For an assessor, a network lead or an access officer."),
        empty_label=_("No network"),
    )

    knowingly = forms.BooleanField(
        label=_("I give both roles knowingly"),
        required=False,
        help_text=_("An access officer reads what candidates need. Give this role to somebody with another one only when nobody else can take it."),
    )

    def __init__(self, *args: Any, call: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["network"].queryset = call.networks.all()
        if "knowingly" not in self.data:  # asked only of whom it concerns
            del self.fields["knowingly"]

    def ask_knowingly(self, error: ValidationError) -> None:
        """Ask whether two roles are given to one person knowingly."""
        self.fields["knowingly"] = self.base_fields["knowingly"]
        self.add_error("knowingly", error)

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
