from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from applications.deadlines.services import person_named
from fulcrum.calls.forms import MomentField, on_clock
from fulcrum.calls.models import Call, Network
from fulcrum.guard.text import LineField, ProseField
from fulcrum.people.models import User


class MoreTimeForm(forms.Form):
    """Who has more time, until when and why. Somebody named by an address is taken as they are: nothing says whether they have begun."""

    who = LineField(
        label=_("Email address or number of the application"),
        max_length=254,
        help_text=_("As the person told you. You cannot see drafts here."),
        error_messages={"required": _("Type an email address or the number of an application.")},
    )
    network = forms.ModelChoiceField(
        label=_("Network"),
        queryset=None,
        help_text=_("The network through which the person applies. More time holds for this network alone."),
        error_messages={"required": _("Choose the network through which the person applies.")},
    )
    until = MomentField(
        label=_("Until"),
        error_messages={"required": _("Type a date and an hour."), "invalid": _("Type a date and an hour, such as 2024-05-07 23:59.")},
    )
    reason = ProseField(
        label=_("Reason"),
        max_length=500,
        rows=3,
        help_text=_("It stays on record and is in no letter. Write nothing about health or family."),
        error_messages={"required": _("Say why this person has more time.")},
    )

    def __init__(self, *args: Any, call: Call, networks: list[Network], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.call, self.networks = call, networks
        self.fields["network"].queryset = Network.objects.filter(pk__in=[network.pk for network in networks])
        if len(networks) == 1:
            del self.fields["network"]

    def clean_until(self) -> Any:
        return on_clock(self.cleaned_data["until"], self.call.zone)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        who = data.get("who", "")
        network = data.get("network") or self.networks[0]
        if "@" in who:
            try:
                validate_email(who)
            except ValidationError:
                self.add_error("who", _("Type an email address in the form name@example.org, or the seven letters and figures of a number."))
            data["network"] = network
        elif who:
            if found := person_named(self.call, who=who, networks=self.networks):
                data["person"], data["network"] = found
            else:
                self.add_error("who", _("No application that you may give more time to has this number. Ask the person to read it out again."))
        return data

    def person(self) -> User:
        """Whom the form names; a row is made for an address that nobody has used yet, as the door of the site does."""
        data = self.cleaned_data
        return data.get("person") or User.objects.known_by(data["who"], language=data["network"].language)
