from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.assistance.models import CLOSED, CameBy, HelpState, Way
from fulcrum.calls.forms import MomentField
from fulcrum.calls.models import Call, Network
from fulcrum.guard.text import LineField, ProseField

LANGUAGE = _("Language in which we talk")


class AskForm(forms.Form):
    """What a network needs to know to help. The words are read by nobody but the person who takes the request."""

    language = forms.ChoiceField(label=LANGUAGE, choices=settings.LANGUAGES, error_messages={"required": _("Choose a language.")})
    way = forms.ChoiceField(
        label=_("How would you like to talk?"),
        choices=Way.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how you would like to talk.")},
    )
    phone = LineField(
        label=_("Phone number"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    interpreter = LineField(
        label=_("Interpreter"),
        max_length=120,
        required=False,
        help_text=_("Leave it empty if you need none. Else say which, such as sign language, or another spoken language."),
    )
    times = ProseField(
        label=_("Which times suit you?"),
        max_length=600,
        rows=3,
        help_text=_("Such as: Tuesday and Thursday mornings, or any day after 17:00."),
        error_messages={"required": _("Say which times suit you.")},
    )
    words = ProseField(
        label=_("A few words about what you need help with"),
        max_length=1500,
        rows=4,
        required=False,
        help_text=_("Only the person who helps you reads this. It is removed when the help ends."),
    )
    may_type = forms.BooleanField(
        label=_("Whoever helps me may type into my application for me"),
        required=False,
        help_text=_("You read everything and say yes before it is sent, and you can take this back at any time."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("way") == Way.PHONE and not data.get("phone") and "phone" not in self.errors:
            self.add_error("phone", _("Type the number under which we reach you, or choose another way to talk."))
        return data


class TimesForm(forms.Form):
    times = ProseField(
        label=_("Which other times suit you?"), max_length=600, rows=3, error_messages={"required": _("Say which other times suit you.")}
    )


class AppointmentForm(forms.Form):
    starts_at = MomentField(label=_("Day and hour"), error_messages={"required": _("Choose a day and an hour.")})
    minutes = forms.TypedChoiceField(label=_("How long"), coerce=int, initial=45, choices=[])
    where = LineField(
        label=_("Where"),
        max_length=300,
        help_text=_("The place, the link to the video call, or the number that you will call."),
        error_messages={"required": _("Say where: a place, a link or a number.")},
    )

    def __init__(self, *args: Any, call: Call, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.call = call
        self.fields["minutes"].choices = [(number, _("%(count)d minutes") % {"count": number}) for number in (15, 30, 45, 60, 90)]

    def clean_starts_at(self) -> datetime:
        moment: datetime = self.cleaned_data["starts_at"].replace(tzinfo=self.call.zone)
        if moment <= timezone.now():
            raise ValidationError(_("This moment has passed. Choose a later one."))
        return moment


class InTimeForm(forms.Form):
    until = MomentField(label=_("Counts as in time until"), error_messages={"required": _("Choose a day and an hour.")})
    reason = LineField(label=_("Because"), max_length=500, error_messages={"required": _("Say why this person has more time.")})

    def __init__(self, *args: Any, call: Call, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.call = call

    def clean_until(self) -> datetime:
        moment: datetime = self.cleaned_data["until"].replace(tzinfo=self.call.zone)
        return moment


class StartForm(forms.Form):
    """Somebody who wrote on paper or by mail, or called: what their network knows of them."""

    network = forms.ModelChoiceField(
        label=_("Network"), queryset=Network.objects.none(), empty_label=None, error_messages={"required": _("Choose a network.")}
    )
    came_by = forms.ChoiceField(
        label=_("How did it come in?"),
        choices=CameBy.choices[1:],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how it came in.")},
    )
    name = LineField(label=_("Name"), max_length=120, error_messages={"required": _("Type the person's name.")})
    address = forms.EmailField(
        label=_("Email address"),
        max_length=254,
        help_text=_("Their own, or that of somebody they trust: the link to confirm and the code to send it go there."),
        error_messages={"required": _("Type an email address."), "invalid": _("Type an email address in the form name@example.org.")},
    )
    phone = LineField(label=_("Phone number"), max_length=40, required=False)
    language = forms.ChoiceField(label=_("Language of letters and talks"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, networks: list[Network], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["network"]
        field.queryset = Network.objects.filter(pk__in=[network.pk for network in networks])
        field.initial = networks[0].pk
        self.fields["language"].initial = networks[0].language
        if len(networks) == 1:
            field.widget = forms.HiddenInput()

    def clean_address(self) -> str:
        return self.cleaned_data["address"].lower()


MINE = "mine"


class FilterForm(forms.Form):
    """The filters of the list of requests; they stand in the address, and what makes no sense there is left out."""

    q = LineField(label=_("Name"), required=False, max_length=80)
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All that are open")), *HelpState.choices])
    language = forms.ChoiceField(label=_("Language"), required=False, choices=[("", _("All")), *settings.LANGUAGES])
    way = forms.ChoiceField(label=_("How"), required=False, choices=[("", _("All")), *Way.choices])
    whose = forms.ChoiceField(label=_("Who helps"), required=False, choices=[("", _("Anybody")), (MINE, _("I"))])

    @property
    def chosen(self) -> dict[str, str]:
        """What was chosen and makes sense."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def narrowed(self, rows: QuerySet, mine: Any) -> QuerySet:
        """Of the requests that the user may see, those that fit; `mine` tells which of them the user helps with."""
        chosen = self.chosen
        rows = rows.filter(state=chosen["state"]) if "state" in chosen else rows.exclude(state__in=CLOSED)
        if words := chosen.get("q"):
            rows = rows.filter(Q(person__name__icontains=words))
        for name in ("language", "way"):
            if name in chosen:
                rows = rows.filter(**{name: chosen[name]})
        return rows.filter(mine) if chosen.get("whose") == MINE else rows
