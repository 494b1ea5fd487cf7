from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from fulcrum.calls.models import Question
from fulcrum.guard.text import ProseField


class TextForm(forms.Form):
    """A written answer."""

    def __init__(self, *args: Any, question: Question, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"] = ProseField(
            label=_("Your answer"),
            max_words=question.max_words,
            rows=10,
            required=question.required,
            error_messages={"required": _("Write an answer, or give it by voice or film.")},
        )
