from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from fulcrum.guard.text import LineField, ProseField


class _Consenting(forms.Form):
    """A form whose last word is a consent of its own, in the words of the call."""

    agree = forms.BooleanField(error_messages={"required": _("Tick the box if you agree. Without your consent we may not keep what you wrote.")})

    def __init__(self, *args: Any, consent: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agree"] = self.fields.pop("agree")
        self.fields["agree"].label = consent

    @property
    def said(self) -> dict[str, str]:
        """What was typed, without the consent."""
        return {name: value for name, value in self.cleaned_data.items() if name != "agree"}


def _need(label: Any, hint: Any) -> ProseField:
    return ProseField(label=label, help_text=hint, max_length=2000, rows=2, required=False)


class NeedsForm(_Consenting):
    access = _need(_("Access"), _("For example: steps, hearing, sight, breaks, a quiet room, meals, medicine."))
    care = _need(_("Care"), _("For example: a child or a relative whom somebody has to look after meanwhile."))
    language = _need(_("Language"), _("For example: words in advance, sign language, somebody who whispers."))
    other = _need(_("Something else"), _("Whatever else would help you to apply or to take part."))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        names = ("access", "care", "language", "other")
        if not any(data.get(name) for name in names) and not any(name in self.errors for name in names):
            self.add_error("access", _("Say what you need in one of the four fields, or leave this page: it is optional."))
        return data


class MoneyForm(_Consenting):
    support = ProseField(
        label=_("Which support would help you?"),
        help_text=_("For example: travel paid in advance, a stand-in at home, care for a child."),
        max_length=2000,
        rows=3,
        error_messages={"required": _("Say which support would help you, or leave this page: it is optional.")},
    )
    amount = LineField(label=_("Roughly how much?"), help_text=_("In euro. An estimate is enough."), max_length=80, required=False)
    purpose = _need(_("What for?"), _("What it would pay, and what would happen without it."))


class SummaryForm(forms.Form):
    text = ProseField(
        label=_("What the coordinator has to arrange"),
        help_text=_("One neutral sentence, such as “needs step-free access”: no diagnosis, no reasons. The person reads it first and decides."),
        max_length=300,
        rows=2,
        error_messages={"required": _("Write the sentence that you would pass on.")},
    )
