from django import forms
from django.utils.translation import gettext_lazy as _

from applications.recordings.cues import LONGEST
from fulcrum.guard.text import ProseField


class TranscriptForm(forms.Form):
    """What is said in a recording, a line for each passage."""

    lines = ProseField(
        label=_("What is said"),
        max_length=LONGEST,
        rows=14,
        help_text=_("One line for each sentence or two. A line may begin with its time in the recording, as in 0:07."),
        error_messages={"required": _("Write down what is said.")},
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, required=False)

    def clean_seen(self) -> int:
        """The version that the page showed; 0 where there was none."""
        return self.cleaned_data["seen"] or 0
