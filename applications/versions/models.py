from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from applications.application import Application
from fulcrum.guard.privacy import Personal
from fulcrum.guard.querysets import Guarded, GuardedQuerySet


class EarlierQuerySet(GuardedQuerySet):
    def of(self, application: Application) -> Self:
        """The earlier versions of an application that the caller has reached by right."""
        return self._scoped(Q(application=application)).select_related("by").order_by("pk")


class Earlier(Guarded):
    """What stood in one field or answer of a sent application before it was changed."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="earlier")
    what = models.CharField(max_length=60)  # a field's name, "eligibility <key>" or "answer <key>"
    channel = models.CharField(max_length=5, blank=True)  # of an answer
    value = models.TextField(blank=True)  # a text, or what a recording was called; empty where nothing stood
    until = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    objects: ClassVar[Any] = EarlierQuerySet.as_manager()
    impersonal = "application what channel until"
    _readers = "the person; staff of the network they apply through"
    personal = {
        "value": Personal("selection: what was changed after it was read", _readers, "two years after the call"),
        "by": Personal("who changed it", _readers, "two years after the call"),
    }

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        return Q(Exists(Application.objects.visible_to(user).filter(pk=OuterRef("application"))))
