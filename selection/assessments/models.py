"""One assessor's scores and reasons on one application; what is declared and decided about it before ranks are given."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from applications.application import Application
from applications.assistance.models import helped_by
from fulcrum.guard.privacy import Personal
from fulcrum.guard.querysets import Guarded, GuardedQuerySet

NETWORK_STAFF = "staff of the network, but for those who declared a conflict"
UNTIL = "two years after the call"


def read_by(user: Any) -> Q:
    """Rows that hang on an application which the user reads as staff of its network."""
    return Q(Exists(Application.objects.read_by(user).filter(pk=OuterRef("application"))))


class AssessmentQuerySet(GuardedQuerySet):
    def by(self, user: Any) -> Self:
        """The user's own."""
        return self._scoped(Q(assessor=user))

    def beside(self) -> Self:
        """Those of the application of an outer query, which is scoped itself."""
        return self._scoped(Q(application=OuterRef("pk")))

    def of_all(self, applications: list[int]) -> Self:
        """Those of applications that the caller has reached by right, by their ids."""
        return self._scoped(Q(application__in=applications))

    def done(self) -> Self:
        return self.exclude(done_at=None)


class Assessment(Guarded):
    """When an assessor read an application, and once they are done the sum of their scores."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="assessments")
    assessor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    total = models.PositiveSmallIntegerField(null=True)
    priority = models.PositiveSmallIntegerField(null=True)

    objects: ClassVar[Any] = AssessmentQuerySet.as_manager()
    impersonal = "application read_at done_at total priority"
    personal = {"assessor": Personal("accountability", NETWORK_STAFF, UNTIL)}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "assessor"], name="one_assessment_an_assessor"),
            models.CheckConstraint(
                condition=Q(done_at=None, total=None, priority=None) | Q(done_at__isnull=False, total__isnull=False, priority__isnull=False),
                name="a_done_assessment_has_a_total",
            ),
        ]

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        return read_by(user)


class Score(Guarded):
    """A value and its reason for one criterion; a value may still be missing."""

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="scores")
    criterion = models.ForeignKey("calls.Criterion", on_delete=models.PROTECT, related_name="+")
    value = models.PositiveSmallIntegerField(null=True)
    reason = models.TextField(blank=True)

    impersonal = "assessment criterion"
    personal = {
        "value": Personal("selection", NETWORK_STAFF, UNTIL),
        "reason": Personal("selection, and what the person may ask for", NETWORK_STAFF, UNTIL),
    }

    class Meta:
        ordering = ["criterion__position"]
        constraints = [models.UniqueConstraint(fields=["assessment", "criterion"], name="one_score_a_criterion")]

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        return Q(Exists(Assessment.objects.visible_to(user).filter(pk=OuterRef("assessment"))))


class RecusalQuerySet(GuardedQuerySet):
    def declared_by(self, user: Any) -> Self:
        """The user's own."""
        return self._scoped(Q(person=user))


class Recusal(Guarded):
    """A declared conflict: the person sees neither the application nor its part in any figure."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    declared_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = RecusalQuerySet.as_manager()
    impersonal = "application declared_at"
    personal = {"person": Personal("fairness of the selection", NETWORK_STAFF, UNTIL)}

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "person"], name="one_conflict_a_person")]

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        return read_by(user)


def concealed_from(user: Any, path: str = "pk") -> Q:
    """The applications, found under `path`, in which the user has declared a conflict."""
    return Q(Exists(Recusal.objects.declared_by(user).filter(application=OuterRef(path))))


def conflicts_of(user: Any, call: Any, network: Any) -> Q:
    """Whether the user has a conflict in a network of a call: declared, or their own application, or one they helped with; by ids or references."""
    declared = Recusal.objects.declared_by(user).filter(application__call=call, application__network=network)
    tied = Application.objects.tied_to(user, helped_by(user)).sent().filter(call=call, network=network)
    return Q(Exists(declared)) | Q(Exists(tied))


def conflicted_networks(user: Any, call: Any) -> set[int]:
    """The ids of the networks of a call in which the user has a conflict: declared, their own application, or one they helped with. One query."""
    declared = Recusal.objects.declared_by(user).filter(application__call=call).values_list("application__network")
    tied = Application.objects.tied_to(user, helped_by(user)).sent().filter(call=call).order_by().values_list("network")
    return {network for (network,) in declared.union(tied)}


def has_judged(call: Any, person: Any, user: Any) -> bool:
    """Whether the user's scores on the person's application count."""
    return Assessment.objects.by(user).done().filter(application__call=call, application__person=person).exists()


class Ineligibility(Guarded):
    """The network found that an application can't be counted, and why."""

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="ineligibility")
    reason = models.TextField(_("Why it can't be counted"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    impersonal = "application at"
    personal = {
        "reason": Personal("selection, and what the person may ask for", NETWORK_STAFF, UNTIL),
        "by": Personal("accountability", NETWORK_STAFF, UNTIL),
    }

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="ineligible_with_a_reason", violation_error_message=_("Say why."))]

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        return read_by(user)
