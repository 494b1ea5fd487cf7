"""The slate: the proposed or approved final selection, version by version."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from fulcrum.guard.privacy import Personal
from fulcrum.guard.querysets import Guarded, GuardedQuerySet
from selection.assessments.models import UNTIL, conflicts_of

PARTNERS = "leads of the networks and the coordinator"


def of_partner(user: Any, path: str) -> Q:
    """Rows of the calls that the user selects in, as a lead or as coordinator."""
    return Q(**{f"{path}__in": user.calls_as("lead", "coordinator")})


class Slate(Guarded):
    """One a call; it begins with the opening of the lists. `version` is the number of the current version."""

    call = models.OneToOneField("calls.Call", on_delete=models.CASCADE, related_name="slate")
    version = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    final_at = models.DateTimeField(null=True)
    final_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    answer_by = models.DateTimeField(null=True)

    impersonal = "call version opened_at final_at released_at answer_by"
    personal = {name: Personal("accountability", PARTNERS, UNTIL) for name in ("opened_by", "final_by", "released_by")}

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(released_at=None) | Q(final_at__isnull=False, answer_by__isnull=False), name="final_before_released"),
        ]

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        return of_partner(user, "call")

    @property
    def is_final(self) -> bool:
        return self.final_at is not None

    @property
    def is_released(self) -> bool:
        return self.released_at is not None


class SlateVersion(Guarded):
    """A version of the slate: the lists as they were opened, or with one swap more. Networks approve a frozen one."""

    slate = models.ForeignKey(Slate, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    made_at = models.DateTimeField(auto_now_add=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    network = models.ForeignKey("calls.Network", null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True)
    frozen_at = models.DateTimeField(null=True)

    impersonal = "slate number made_at network frozen_at"
    personal = {
        "made_by": Personal("accountability", PARTNERS, UNTIL),
        "reason": Personal("selection", PARTNERS, UNTIL),
    }

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["slate", "number"], name="one_slate_version_a_number"),
            models.CheckConstraint(
                condition=Q(number=1) | Q(network__isnull=False) & ~Q(reason=""),
                name="a_swap_has_network_and_reason",
                violation_error_message=_("Say why."),
            ),
        ]

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        return of_partner(user, "slate__call")


BOARD = [
    *("version", "network", "rank", "of", "house", "reason"),
    *(f"application__{name}" for name in ("reference", "name", "role", "gender", "size", "typed_house", "call", "person", "network")),
    *("application__house__name", "application__house__municipality"),
    *(f"application__{path}municipality__{name}" for path in ("", "house__") for name in ("name", "degree", "country")),
]


class NominationQuerySet(GuardedQuerySet):
    def on_places(self) -> Self:
        return self.filter(rank__lte=F("of"))

    def with_brief(self) -> Self:
        """With the rows that say who it is."""
        return self.select_related("application__house__municipality", "application__municipality")

    def for_board(self) -> Self:
        """With what a board shows of each, in one query: rows with all their columns cost twice as much."""
        return self.with_brief().only(*BOARD)


class Nomination(Guarded):
    """An application in a version of the slate: on one of its network's places, or among its reserves."""

    version = models.ForeignKey(SlateVersion, on_delete=models.CASCADE, related_name="nominations")
    network = models.ForeignKey("calls.Network", on_delete=models.PROTECT, related_name="+")
    rank = models.PositiveSmallIntegerField()
    of = models.PositiveSmallIntegerField()
    application = models.ForeignKey("applications.Application", on_delete=models.PROTECT, related_name="+")
    house = models.CharField(max_length=200)
    reason = models.TextField()

    objects: ClassVar[Any] = NominationQuerySet.as_manager()
    impersonal = "version network rank of application house"
    personal = {"reason": Personal("selection", PARTNERS, UNTIL)}

    class Meta:
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["version", "network", "rank"], name="one_nomination_a_rank"),
            models.UniqueConstraint(fields=["version", "application"], name="one_nomination_an_application"),
            models.CheckConstraint(condition=Q(rank__gte=1), name="nominations_begin_with_one"),
        ]

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        """Partners of the call; not the networks in which they have a conflict: a place left out would tell who holds it."""
        return of_partner(user, "version__slate__call") & ~conflicts_of(user, OuterRef("version__slate__call"), OuterRef("network"))

    @property
    def is_reserve(self) -> bool:
        return self.rank > self.of

    @property
    def order(self) -> int:
        """Which reserve it is: the first after the places is 1."""
        return self.rank - self.of


class Approval(Guarded):
    """One network's yes, no or abstention on exactly one version of the slate."""

    class Vote(models.TextChoices):
        YES = "yes", _("Yes")
        NO = "no", _("No")
        ABSTAIN = "abstain", _("Abstain")

    version = models.ForeignKey(SlateVersion, on_delete=models.CASCADE, related_name="approvals")
    network = models.ForeignKey("calls.Network", on_delete=models.PROTECT, related_name="+")
    vote = models.CharField(max_length=7, choices=Vote)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    impersonal = "version network vote at"
    personal = {
        "reason": Personal("selection", PARTNERS, UNTIL),
        "by": Personal("accountability", PARTNERS, UNTIL),
    }

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "network"], name="one_vote_a_network_and_version"),
            models.CheckConstraint(
                condition=~Q(vote="no") | ~Q(reason=""), name="a_no_has_a_reason", violation_error_message=_("A no needs a reason.")
            ),
        ]

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        return of_partner(user, "version__slate__call")
