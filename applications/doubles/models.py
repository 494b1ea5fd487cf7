from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from fulcrum.guard.privacy import Personal


class ApartQuerySet(models.QuerySet):
    def pairs(self, keys: Any) -> set[tuple[str, str]]:
        """Of the pairs that staff found to be different, those among `keys`."""
        keys = list(keys)
        return set(self.filter(left__in=keys, right__in=keys).values_list("left", "right")) if keys else set()


class Apart(models.Model):
    """Two that look alike and are different, found so by staff: houses, a typed house and a listed one, or people. By their keys, in order."""

    left = models.CharField(max_length=40)
    right = models.CharField(max_length=40)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    objects = ApartQuerySet.as_manager()
    impersonal = "left right at"
    personal = {"by": Personal("accountability", "coordinator", "with the record of the call")}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["left", "right"], name="a_pair_is_found_different_once"),
            models.CheckConstraint(condition=Q(left__lt=F("right")), name="the_keys_of_a_pair_are_in_order"),
        ]


def ordered(one: str, other: str) -> tuple[str, str]:
    """Two keys in the order in which a pair keeps them."""
    return (one, other) if one < other else (other, one)


def house_of(application: Any) -> str:
    """The key under which the house of an application is compared: the listed one, or the typed one of this application."""
    return f"house {application.house_id}" if application.house_id else f"application {application.pk}"
