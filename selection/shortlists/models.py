"""A network's pre-selection: places, then reserves, in order, with reasons."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from fulcrum.guard.privacy import Personal
from fulcrum.guard.querysets import Guarded, GuardedQuerySet
from selection.assessments.models import NETWORK_STAFF, UNTIL, read_by


class ShortlistQuerySet(GuardedQuerySet):
    def ready(self) -> Self:
        return self.exclude(put_forward_at=None)


class Shortlist(Guarded):
    """What a network proposes in a call. Until it is put forward its own staff change it; from the opening on it is fixed."""

    call = models.ForeignKey("calls.Call", on_delete=models.CASCADE, related_name="shortlists")
    network = models.ForeignKey("calls.Network", on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=0)
    put_forward_at = models.DateTimeField(null=True)
    put_forward_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    objects: ClassVar[Any] = ShortlistQuerySet.as_manager()
    impersonal = "call network version put_forward_at"
    personal = {"put_forward_by": Personal("accountability", NETWORK_STAFF, UNTIL)}

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call", "network"], name="one_list_a_network")]

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        """Staff of the network; of the others' lists nobody sees more than that they are ready."""
        rule = Q(pk__in=[])
        for role in user.roles_now:
            if role.role in ("assessor", "lead"):
                rule |= Q(call=role.call_id, network=role.network_id)
        return rule


class Place(Guarded):
    """A rank on a network's list that holds one application: a place up to the number `of` the network's places, then reserves."""

    shortlist = models.ForeignKey(Shortlist, on_delete=models.CASCADE, related_name="places")
    rank = models.PositiveSmallIntegerField()
    of = models.PositiveSmallIntegerField()
    application = models.OneToOneField("applications.Application", on_delete=models.PROTECT, related_name="place_on_list")
    house = models.CharField(max_length=200)
    reason = models.TextField()

    impersonal = "shortlist rank of application house"
    personal = {"reason": Personal("selection", f"{NETWORK_STAFF}; leads and coordinator from the opening on", UNTIL)}

    class Meta:
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["shortlist", "rank"], name="one_application_a_rank"),
            models.UniqueConstraint(
                fields=["shortlist", "house"],
                condition=Q(rank__lte=F("of")),
                name="one_place_a_house",
                violation_error_message=_("A house holds at most one place in a list."),
            ),
            models.CheckConstraint(condition=Q(rank__gte=1), name="ranks_begin_with_one"),
            models.CheckConstraint(condition=~Q(reason=""), name="a_rank_has_a_reason", violation_error_message=_("Say why.")),
        ]

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        return read_by(user)

    @property
    def is_reserve(self) -> bool:
        return self.rank > self.of

    @property
    def order(self) -> int:
        """Which reserve it is: the first after the places is 1."""
        return self.rank - self.of

    @property
    def words(self) -> str:
        """The rank in words: "Place 2", "Reserve 1"."""
        return (__("Reserve %(number)d") % {"number": self.order}) if self.is_reserve else (__("Place %(number)d") % {"number": self.rank})
