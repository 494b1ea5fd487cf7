from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from applications.application import Application
from fulcrum.guard.privacy import EncryptedTextField, Personal
from fulcrum.guard.querysets import Guarded, GuardedQuerySet


class NeedsQuerySet(GuardedQuerySet):
    def of(self, application: Application) -> "NeedsQuerySet":
        """The needs of the person's own application."""
        return self._scoped(Q(application=application))


class Needs(Guarded):
    """Access, care and money needs: a table of their own, under a consent of their own, read by nobody who scores."""

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="needs")
    text = EncryptedTextField()
    consented_at = models.DateTimeField()
    consent_version = models.PositiveIntegerField()

    objects: ClassVar[Any] = NeedsQuerySet.as_manager()
    impersonal = "application consent_version"
    personal = {
        "text": Personal("support so that everybody can take part", "the person", "withdrawal of consent; one year after the call", encrypted=True),
        "consented_at": Personal("proof of consent", "the person", "withdrawal of consent; one year after the call"),
    }

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        return Q(application__person=user)
