from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from fulcrum.guard.text import ProseField
from selection.outcomes.models import Outcome


class GoodbyeForm(forms.Form):
    """Why somebody gives their place back; they need not say."""

    reason = ProseField(
        label=_("Would you tell us why?"),
        help_text=_("The coordinator and the lead of your network read it. It changes nothing for you."),
        required=False,
        max_length=2000,
        rows=3,
    )


class OfferForm(forms.Form):
    application = forms.TypedChoiceField(
        label=_("Reserve"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whom the place is offered to.")},
    )
    reason = ProseField(
        label=_("Why this person?"),
        help_text=_("What the partners said. It goes on record."),
        max_length=500,
        rows=3,
        error_messages={"required": _("Say why: it goes on record.")},
    )

    def __init__(self, *args: Any, reserves: list[Outcome], hints: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reserves = {reserve.application_id: reserve.application for reserve in reserves}
        self.fields["application"].choices = [
            (reserve.application_id, f"{reserve.rank - reserve.of}. {reserve.application.name}, {reserve.application.house_name}")
            for reserve in reserves
        ]
        self.fields["application"].widget.hints = hints
