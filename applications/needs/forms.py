from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from fulcrum.guard.text import ProseField


class NeedsForm(forms.Form):
    text = ProseField(
        label=_("What do you need to take part?"),
        max_length=4000,
        rows=6,
        required=True,
        error_messages={"required": _("Say what you need, or leave this page: it is optional.")},
    )
    agree = forms.BooleanField(error_messages={"required": _("Tick the box if you agree. Without your consent we may not keep what you wrote.")})

    def __init__(self, *args: Any, consent: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agree"].label = consent
