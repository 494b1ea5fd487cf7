"""What became of every application, as told to its candidate."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from applications.assistance.models import helped_by
from fulcrum.guard.privacy import Personal
from fulcrum.guard.querysets import Guarded, GuardedQuerySet
from selection.assessments.models import concealed_from


def told_not_selected() -> Q:
    """The applications whose persons were told that they are not selected: nothing is arranged for them any more."""
    return Q(outcome__kind="not_selected", call__slate__released_at__isnull=False)


class OutcomeQuerySet(GuardedQuerySet):
    def told_to(self, person: Any) -> Self:
        """Those that a person was told of their own applications."""
        return self._scoped(Q(application__person=person, application__call__slate__released_at__isnull=False))

    def selected(self) -> Self:
        return self.filter(kind=Outcome.Kind.SELECTED)

    def reserves(self, network: Any) -> Self:
        """The reserves of a network in their order."""
        return self.filter(kind=Outcome.Kind.RESERVE, network=network).order_by("rank")


class Outcome(Guarded):
    """Selected, reserve or not selected. Written for every sent application when the slate becomes final; told at the release."""

    class Kind(models.TextChoices):
        SELECTED = "selected", _("Selected")
        RESERVE = "reserve", _("Reserve")
        NOT_SELECTED = "not_selected", _("Not selected")

    application = models.OneToOneField("applications.Application", on_delete=models.PROTECT, related_name="outcome")
    call = models.ForeignKey("calls.Call", on_delete=models.CASCADE, related_name="+")
    network = models.ForeignKey("calls.Network", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    rank = models.PositiveSmallIntegerField(null=True)
    of = models.PositiveSmallIntegerField()
    house = models.CharField(max_length=200)
    decided_at = models.DateTimeField()

    objects: ClassVar[Any] = OutcomeQuerySet.as_manager()
    impersonal = "application call network rank of house decided_at"
    personal = {
        "kind": Personal(
            "the answer to the person", "the person once told; coordinator; leads, for their network", "two years after the call; then without a name"
        )
    }

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["call", "network", "rank"], name="one_outcome_a_rank"),
            models.UniqueConstraint(fields=["call", "house"], condition=Q(kind="selected"), name="one_selected_a_house"),
            models.CheckConstraint(
                condition=Q(kind="selected", rank__gte=1, rank__lte=F("of"))
                | Q(kind="reserve", rank__gt=F("of"))
                | Q(kind="not_selected", rank=None),
                name="never_more_selected_than_places",
            ),
        ]

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        rule = Q(pk__in=[])
        for role in user.roles_now:
            if role.role == "coordinator":
                rule |= Q(call=role.call_id)
            elif role.role == "lead":
                rule |= Q(call=role.call_id, network=role.network_id)
        return rule & ~Q(application__person=user) & ~concealed_from(user, "application") & ~helped_by(user, "application__")
