from datetime import datetime
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q
from django.utils import timezone

from fulcrum.guard.privacy import Personal
from fulcrum.guard.querysets import Guarded, GuardedQuerySet


class PersonalExtensionQuerySet(GuardedQuerySet):
    def beside(self) -> Self:
        """Those that hold for the application of an outer query, which is scoped itself; the newest first."""
        return self._scoped(Q(call=OuterRef("call"), person=OuterRef("person"), network=OuterRef("network"))).order_by("-pk")

    def of_person(self, user: Any) -> Self:
        """Those given to the person themselves."""
        return self._scoped(Q(person=user))

    def holding(self, *, call: Any, network: Any, person: Any) -> Self:
        """Those that hold for what a person sends through a network; the newest first. It counts alone."""
        return self._scoped(Q(call=call, network=network, person=person)).order_by("-pk")

    def newest(self) -> Self:
        """Without those that a newer one has taken the place of."""
        newer = self.model._default_manager.beside().filter(pk__gt=OuterRef("pk"))
        return self.filter(~models.Exists(newer))


class PersonalExtension(Guarded):
    """One person may send later than the others, through one network: until when, why, and who said so. The newest counts."""

    call = models.ForeignKey("calls.Call", on_delete=models.CASCADE, related_name="personal_extensions")
    network = models.ForeignKey("calls.Network", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="personal_extensions")
    named = models.CharField(max_length=254)
    until = models.DateTimeField()
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = PersonalExtensionQuerySet.as_manager()
    impersonal = "call network until at"
    _readers = "the person; leads of the network; coordinator"
    personal = {
        "person": Personal("who has more time", _readers, "two years after the call"),
        "named": Personal(
            "the address or reference by which staff named the person", "leads of the network; coordinator", "two years after the call"
        ),
        "reason": Personal("why somebody has more time than others", _readers, "two years after the call"),
        "by": Personal("accountability", _readers, "two years after the call"),
    }

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["person", "call", "network"], name="more_time_of_a_person")]

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        """The person themselves; leads of the network; the coordinator of the call."""
        rule = Q(person=user)
        for role in user.roles_now:
            if role.role == "lead":
                rule |= Q(call=role.call_id, network=role.network_id)
            elif role.role == "coordinator":
                rule |= Q(call=role.call_id)
        return rule

    @property
    def runs(self) -> bool:
        return timezone.now() < self.until


def own_until(*, call: Any, network: Any, person: Any) -> datetime | None:
    """Until when this person may send through this network by an extension of their own; None without one."""
    return PersonalExtension.objects.holding(call=call, network=network, person=person).values_list("until", flat=True).first()
