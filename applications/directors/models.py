"""Whether the director of a house agrees that somebody goes: asked by a letter, answered on a page without a sign-in."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.application import Application
from fulcrum.guard.privacy import Personal
from fulcrum.guard.querysets import Guarded, GuardedQuerySet

AFTER_DEADLINE = timedelta(days=14)  # so long a director can be asked, and answer


class Said(models.TextChoices):
    ASKED = "asked", _("Not answered yet")
    CONFIRMED = "confirmed", _("Confirmed")
    REFUSED = "refused", _("Does not agree")
    OVER = "over", _("No longer asked")  # the house is another one now, or somebody else directs it


MOVES = {Said.ASKED: {Said.CONFIRMED, Said.REFUSED, Said.OVER}, Said.CONFIRMED: {Said.OVER}, Said.REFUSED: {Said.OVER}, Said.OVER: set()}


def can_answer_until(application: Application) -> datetime:
    """From this moment on a director is neither asked nor heard."""
    return application.deadline + AFTER_DEADLINE


class ConfirmationQuerySet(GuardedQuerySet):
    def of(self, application: Application) -> Self:
        """Those of an application that the caller has reached by right."""
        return self._scoped(Q(application=application))

    def beside(self) -> Self:
        """Those of the application of an outer query, which is scoped itself."""
        return self._scoped(Q(application=OuterRef("pk")))

    def by_link(self, pk: int) -> Self:
        """The one that a signed link names: whoever holds the link has it from the letter."""
        return self._scoped(Q(pk=pk))

    def current(self) -> Self:
        return self.exclude(state=Said.OVER)


class Confirmation(Guarded):
    """One director of one house, asked about one application; or the candidate, who directs the house themselves (`is_own`)."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="confirmations")
    state = models.CharField(max_length=9, choices=Said, default=Said.ASKED)
    is_own = models.BooleanField(default=False)
    name = models.CharField(max_length=120, blank=True)
    address = models.EmailField(blank=True)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, blank=True)
    letters = models.PositiveSmallIntegerField(default=0)
    word = models.CharField(max_length=600, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = ConfirmationQuerySet.as_manager()
    impersonal = "application state is_own language letters asked_at answered_at"
    _readers = "the person; staff of the network they apply through"
    _until = "the end of the call"
    personal = {
        "name": Personal("asking the director of the house about the release time", _readers, _until),
        "address": Personal("asking the director of the house about the release time", "the person", _until),
        "word": Personal("eligibility: what the director adds", _readers, _until),
    }

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["application"], condition=~Q(state="over"), name="one_director_asked_an_application"),
            models.CheckConstraint(
                condition=~Q(state__in=["confirmed", "refused"]) | Q(answered_at__isnull=False), name="an_answering_director_has_a_time"
            ),
        ]

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        return Q(Exists(Application.objects.visible_to(user).filter(pk=OuterRef("application"))))

    @property
    def is_asked(self) -> bool:
        return self.state == Said.ASKED

    @property
    def is_confirmed(self) -> bool:
        return self.state == Said.CONFIRMED

    @property
    def is_refused(self) -> bool:
        return self.state == Said.REFUSED

    @property
    def is_over(self) -> bool:
        """Nobody waits for the answer any more: another house or director was named, or the time is over."""
        return self.state == Said.OVER or (self.is_asked and timezone.now() >= can_answer_until(self.application))
