from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from applications.application import Application, OwnView
from fulcrum.calls.places import House, Municipality, plain
from fulcrum.calls.rules import MEASURES, band_choices
from fulcrum.guard.text import LineField

SHOWN = 20  # houses or municipalities to choose from at once
_COUNTRIES = "AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MK MT NL PL PT RO SE SI SK TR".split()


class HouseForm(forms.Form):
    house = forms.ModelChoiceField(
        label=_("Which house do you work for?"),
        queryset=House.objects.none(),
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose your house. If it is not in the list, type its name on the next page."),
            "invalid_choice": _("This house is not a member of the network that you chose."),
        },
    )

    def __init__(self, *args: Any, application: Application, words: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = House.objects.members_of(application.network).select_related("municipality")
        found = members.named(words) if words else members
        self.more = found.count() > SHOWN
        self.found = list(found[:SHOWN])
        field = self.fields["house"]
        field.queryset = members
        choices = {house.pk: house for house in self.found}
        if application.house_id and not words:  # the one that was chosen is always there
            choices = {application.house_id: application.house} | choices
        field.choices = [(pk, f"{house.name}, {house.municipality}") for pk, house in choices.items()]


class OtherHouseForm(forms.Form):
    typed_house = LineField(label=_("Name of the house"), max_length=160, error_messages={"required": _("Type the name of your house.")})
    country = forms.ChoiceField(label=_("Country"))
    place = LineField(
        label=_("Municipality or postcode"),
        max_length=120,
        help_text=_("We use it to see whether your house lies in an urban or a rural area."),
        error_messages={"required": _("Type the name of the municipality, or its postcode.")},
    )
    municipality = forms.ModelChoiceField(
        label=_("Which municipality is it?"), queryset=Municipality.objects.none(), required=False, empty_label=None, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        place = application.municipality
        first = (application.network.countries or ["BE"])[0]
        initial = {
            "typed_house": application.typed_house,
            "country": place.country if place else first,
            "place": place.name if place else "",
            "municipality": place.pk if place else None,
        }
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["country"].choices = sorted(((code, countries.name(code)) for code in _COUNTRIES), key=lambda choice: plain(choice[1]))
        self.candidates = self._candidates()
        if len(self.candidates) > 1:
            self.fields["municipality"].queryset = Municipality.objects.filter(pk__in=[entry.pk for entry in self.candidates])
        else:
            del self.fields["municipality"]

    def _candidates(self) -> list[Municipality]:
        """The municipalities that what was typed may mean."""
        words, country = str(self.data.get("place", ""))[:120], str(self.data.get("country", ""))
        if country not in _COUNTRIES:
            return []
        pool = Municipality.objects.filter(country=country)
        if any(letter.isdigit() for letter in words):
            return list(pool.at_postcode(country, words)[: SHOWN + 1])
        exact = list(pool.filter(Q(search__endswith=f"|{plain(words)}") | Q(search__contains=f"|{plain(words)}|"))[: SHOWN + 1])
        return exact or list(pool.named(words)[: SHOWN + 1])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("place"):
            return data
        if not self.candidates:
            self.add_error(
                "place", _("We know no municipality or postcode like this in that country. Check the spelling, or try the municipality next to it.")
            )
        elif len(self.candidates) > SHOWN:
            self.add_error("place", _("Many municipalities begin like this. Type more of the name."))
        elif len(self.candidates) == 1:
            data["municipality"] = self.candidates[0]
        elif not data.get("municipality"):
            self.add_error("municipality", _("Several municipalities fit. Choose yours."))
        return data


class FactsForm(forms.ModelForm):
    own_view = forms.ChoiceField(
        label=_("How do you see the place yourself?"),
        help_text=_("Your view is kept beside what the table says."),
        choices=[("", _("No view of my own")), *OwnView.choices],
        required=False,
        widget=forms.RadioSelect,
    )

    class Meta:
        model = Application
        fields = [*MEASURES, "own_view"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rule = self.instance.call.size_rule
        labels = {
            "staff": _("How many people work there for pay, in full-time equivalents?"),
            "volunteers": _("How many volunteers help?"),
            "visitors": _("How many people visit in a year?"),
            "budget": _("How large is the budget of a year?"),
        }
        for measure in MEASURES:
            self.fields[measure] = forms.TypedChoiceField(
                label=labels[measure],
                choices=[*band_choices(rule, measure), ("", _("I do not know"))],
                coerce=int,
                empty_value=None,
                required=False,
                widget=forms.RadioSelect,
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and all(data.get(measure) is None for measure in MEASURES):
            self.add_error(
                "staff", forms.ValidationError(_("Answer at least one of the four, so that the size of your house can be told."), code="required")
            )
        return data
