from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from fulcrum.calls.models import Call, Network
from fulcrum.calls.places import House


class DoorsForm(forms.Form):
    """Which network somebody applies through, and whether what the call asks for is so. A "no" is an answer, not an error.

    With a listed house, only the networks that count it among their members are open to it.
    """

    network = forms.ModelChoiceField(
        label=_("Which network does your house belong to?"),
        help_text=_("If it belongs to two, choose the one you want to apply through."),
        queryset=Network.objects.none(),
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a network."), "invalid_choice": _("Choose one of the networks of this call.")},
    )

    def __init__(self, *args: Any, call: Call, house: House | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        network = self.fields["network"]
        network.queryset = call.networks.order_by("partnerships__position")
        if house:
            network.label = _("Which network do you apply through?")
            network.help_text = _("Your house is a member of each of these.")
            network.queryset = network.queryset.filter(houses=house)
            network.error_messages["invalid_choice"] = _("Your house is not on the list of this network. Choose one that lists it.")
        network.label_from_instance = lambda entry: f"{entry.name} – {entry.area}"
        self.conditions = list(call.eligibility.all())
        for entry in self.conditions:
            self.fields[entry.key] = forms.TypedChoiceField(
                label=str(entry.title),
                help_text=str(entry.hint),
                choices=[("yes", _("Yes")), ("no", _("No"))],
                coerce=lambda value: value == "yes",
                widget=forms.RadioSelect,
                error_messages={"required": _("Choose yes or no: %(question)s") % {"question": entry.title}},
            )

    def said(self) -> dict[str, bool]:
        """What was said to each condition, by its key."""
        return {entry.key: self.cleaned_data[entry.key] for entry in self.conditions}
