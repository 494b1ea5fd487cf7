from django import forms
from django.utils.translation import gettext_lazy as _


class ErasureForm(forms.Form):
    sure = forms.BooleanField(
        label=_("I have read what is erased and what stays. It cannot be brought back."),
        error_messages={"required": _("Tick the box if you want your data erased.")},
    )
