"""Who was there. Marks are added, never changed: the last one of a unit counts."""

from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from fulcrum.guard.privacy import Personal
from fulcrum.guard.querysets import Guarded, GuardedQuerySet
from programme.seat import Seat


class Fixed(RuntimeError):
    """A mark can't be changed; a later one corrects it."""


class MarkQuerySet(GuardedQuerySet):
    def update(self, **kwargs: Any) -> NoReturn:
        raise Fixed

    def delete(self) -> NoReturn:
        raise Fixed


class Mark(Guarded):
    """Whether a participant was there in one unit, as the coordinator noted it."""

    class Presence(models.TextChoices):
        PRESENT = "present", _("Present")
        ABSENT = "absent", _("Absent")
        MADE_UP = "made_up", _("Made up for")

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="marks")
    unit = models.ForeignKey("calls.Unit", on_delete=models.PROTECT, related_name="+")
    presence = models.CharField(max_length=7, choices=Presence)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")

    objects: ClassVar[Any] = MarkQuerySet.as_manager()
    impersonal = "seat unit at"
    personal = {
        "presence": Personal("certificate, report to the funder", "the person; coordinator", "five years after the call"),
        "by": Personal("accountability", "coordinator", "five years after the call"),
    }

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["unit", "seat", "-id"], name="marks_of_unit")]

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        """The participant, and the coordinator."""
        coordinated = Q(seat__call__in=user.calls_as("coordinator"))
        return coordinated | Q(Exists(Seat.objects.of_person(user).filter(pk=OuterRef("seat"))))

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise Fixed
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise Fixed
