from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from fulcrum.calls.forms import MomentField
from fulcrum.calls.models import Call


class ReleaseForm(forms.Form):
    """Until when those selected answer, in the call's zone."""

    answer_by = MomentField(
        label=_("Those selected answer by"),
        error_messages={
            "required": _("Type a date and an hour, such as 2024-05-29 23:59."),
            "invalid": _("Type a date and an hour, such as 2024-05-29 23:59."),
        },
    )

    def __init__(self, *args: Any, call: Call, usual: datetime, **kwargs: Any) -> None:
        self.call = call
        super().__init__(*args, initial={"answer_by": usual.astimezone(call.zone).replace(tzinfo=None)}, **kwargs)

    def moment(self) -> datetime:
        """The moment that was typed, in the call's zone."""
        return self.cleaned_data["answer_by"].replace(tzinfo=self.call.zone)
