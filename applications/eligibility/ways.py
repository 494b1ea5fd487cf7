"""What somebody may do who answered a condition with "no": the call says which ways there are, and a person is always one of them."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from fulcrum.calls.models import EligibilityQuestion

Way = EligibilityQuestion.Way


@dataclass(frozen=True)
class Door:
    title: str
    text: str
    url: str = ""
    action: str = ""


def doors_of(condition: EligibilityQuestion) -> list[Door]:
    """The ways that the call names for a "no" to this condition, in its order; a way that nobody knows is left out."""
    return [_DOORS[way](condition.call) for way in condition.ways if way in _DOORS]


def _network(call: Any) -> Door:
    text = _("Look for your house: the page says through which network or networks it may apply, and whom to ask if it is on no list.")
    return Door(str(Way.NETWORK.label), text, reverse("find_house", args=[call.slug]), _("Look for your house"))


def _colleague(call: Any) -> Door:
    text = _("Perhaps somebody else of your house can go. Show them the page of the call; each person applies with an address of their own.")
    return Door(str(Way.COLLEAGUE.label), text, call.get_absolute_url(), _("The page of the call"))


def _needs(call: Any) -> Door:
    return Door(
        str(Way.NEEDS.label),
        _("You can say in the form what would make it possible, for example care at home or a paid journey. Nobody who scores reads it."),
    )


def _language(call: Any) -> Door:
    return Door(str(Way.LANGUAGE.label), _("You can say in the form what would help you to follow and to take part. Nobody who scores reads it."))


def _director(call: Any) -> Door:
    text = _("Once you have named your house you can have a letter sent to its director. It says what the training asks, and takes their answer.")
    return Door(str(Way.DIRECTOR.label), text)


_DOORS = {Way.NETWORK: _network, Way.COLLEAGUE: _colleague, Way.NEEDS: _needs, Way.LANGUAGE: _language, Way.DIRECTOR: _director}
