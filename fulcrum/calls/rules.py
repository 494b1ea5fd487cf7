"""Rules of a call that its people can read."""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.formats import number_format
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _


class Size(models.TextChoices):
    SMALL = "small", _("Small")
    MEDIUM = "medium", _("Medium")
    LARGE = "large", _("Large")


MEASURES = ("staff", "volunteers", "visitors", "budget")


def size_of(bands: Mapping[str, int | None]) -> Size | None:
    """The class of a house by the median rank of the bands answered, the lower one when even (domain: size).

    `bands` gives each measure its rank 0 to 2, or None where it was not answered; no answer at all gives None.
    """
    ranks = sorted(rank for rank in bands.values() if rank is not None)
    return list(Size)[ranks[(len(ranks) - 1) // 2]] if ranks else None


def band_choices(rule: Mapping[str, Any], measure: str) -> list[tuple[int, str]]:
    """The three bands of a measure as a reader sees them, with the limits that the call's size rule sets."""
    low, high = (number_format(limit, use_l10n=True, force_grouping=True) for limit in rule["bands"][measure])
    words = {
        "staff": (__("Up to %(limit)s full-time equivalents"), __("More than %(low)s, up to %(high)s"), __("More than %(limit)s")),
        "volunteers": (__("Up to %(limit)s people"), __("More than %(low)s, up to %(high)s people"), __("More than %(limit)s people")),
        "visitors": (__("Under %(limit)s a year"), __("%(low)s to under %(high)s a year"), __("%(limit)s a year or more")),
        "budget": (__("Under %(limit)s euro a year"), __("%(low)s to under %(high)s euro a year"), __("%(limit)s euro a year or more")),
    }[measure]
    return [(0, words[0] % {"limit": low}), (1, words[1] % {"low": low, "high": high}), (2, words[2] % {"limit": high})]
