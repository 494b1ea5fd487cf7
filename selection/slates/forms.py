from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from fulcrum.calls.models import Network
from fulcrum.guard.text import ProseField
from selection.slate import Approval
from selection.slates.board import Exchange


class VoteForm(forms.Form):
    """A network's vote on the version that the page showed."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    vote = forms.ChoiceField(
        label=_("Your network's vote"),
        choices=Approval.Vote.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose yes, no or abstain.")},
    )
    reason = ProseField(label=_("Reason"), help_text=_("A no needs one; the partners read it."), required=False, max_length=1500, rows=3)

    def __init__(self, *args: Any, network: Network, **kwargs: Any) -> None:
        """Who leads several networks has a form for each on one page, so ids carry the network."""
        super().__init__(*args, auto_id=f"{network.slug}-%s", **kwargs)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("vote") == Approval.Vote.NO and not data.get("reason"):
            self.add_error("reason", _("A no needs a reason: say what would have to change."))
        return data


class SwapForm(forms.Form):
    """Which place and which reserve change, and why."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    exchange = forms.ChoiceField(label=_("Swap"), widget=forms.RadioSelect, error_messages={"required": _("Choose a swap.")})
    reason = ProseField(
        label=_("Reason"),
        help_text=_("The partners read it."),
        max_length=1500,
        rows=3,
        error_messages={"required": _("Say why, in a sentence: the partners read it.")},
    )

    def __init__(self, *args: Any, exchanges: list[Exchange], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.exchanges = {entry.value: entry for entry in exchanges}
        self.fields["exchange"].choices = [(value, value) for value in self.exchanges]

    @property
    def options(self) -> list[tuple[Exchange, bool]]:
        """Each swap with whether it is chosen."""
        return [(entry, self["exchange"].value() == value) for value, entry in self.exchanges.items()]
