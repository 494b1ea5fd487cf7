"""The units of a programme: what a participant attends, when and where."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from i18nfield.fields import I18nCharField


class Unit(models.Model):
    """A half-day of the academy, or a lab."""

    class Kind(models.TextChoices):
        HALF_DAY = "half_day", _("Half-day of the academy")
        LAB = "lab", _("Learning Lab")

    call = models.ForeignKey("calls.Call", on_delete=models.CASCADE, related_name="units")
    key = models.SlugField(max_length=40)
    kind = models.CharField(max_length=8, choices=Kind)
    number = models.PositiveSmallIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    timezone = models.CharField(max_length=60)
    place = I18nCharField(max_length=200)
    link = models.URLField(blank=True)
    changes = models.PositiveIntegerField(default=0)

    impersonal = "call key kind number starts_at ends_at timezone place link changes"

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["call", "key"], name="one_unit_a_key"),
            models.UniqueConstraint(fields=["call", "kind", "number"], name="one_unit_a_number"),
            models.CheckConstraint(
                condition=Q(starts_at__lt=F("ends_at")),
                name="a_unit_ends_after_it_starts",
                violation_error_message=_("The end lies before the start."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """What the unit is called, in the reader's language: "Academy, half-day 2"."""
        return (__("Academy, half-day %(number)d") if self.kind == self.Kind.HALF_DAY else __("Learning Lab %(number)d")) % {"number": self.number}

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def city(self) -> str:
        """The city that names the unit's time zone, in English: its translation is the filter `city`."""
        return self.timezone.rsplit("/", 1)[-1].replace("_", " ")

    def has_begun(self, now: datetime) -> bool:
        return now >= self.starts_at

    def hours(self, rule: dict[str, Any]) -> float:
        """What the unit counts on a certificate, in hours, by a call's completion rule."""
        return float(rule["hours"][self.kind])
