"""Letters as rows. A row is written in the transaction that decides; a worker delivers it."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fulcrum.guard.privacy import Personal
from fulcrum.guard.querysets import Guarded, GuardedQuerySet
from fulcrum.work.models import Job, Work, WorkQuerySet


class MessageQuerySet(GuardedQuerySet, WorkQuerySet):  # type: ignore[override]
    def troubled(self) -> Self:
        """Letters that a person must look at: given up, or cut while being sent."""
        return self.filter(job__in=[Job.FAILED, Job.UNCERTAIN])


class Message(Guarded, Work):
    """One letter to one address."""

    key = models.CharField(max_length=120, unique=True, error_messages={"unique": _("This letter was already written.")})
    kind = models.CharField(max_length=40)
    call = models.ForeignKey("calls.Call", null=True, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    address = models.EmailField()
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    subject = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    secret = models.BooleanField(default=False)
    written_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = MessageQuerySet.as_manager()
    impersonal = f"{Work.WORK_FIELDS} key kind call language secret written_at sent_at"
    personal = {
        "person": Personal("whom the letter is for", "coordinator", "two years after the call"),
        "address": Personal("delivery", "coordinator", "two years after the call"),
        "subject": Personal("delivery", "coordinator", "two years after the call"),
        "body": Personal("delivery", "nobody; a code is wiped once delivered", "two years after the call"),
    }

    class Meta(Work.Meta):
        ordering = ["-written_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(job=Job.DONE) | Q(sent_at__isnull=False), name="a_sent_letter_has_a_time"),
            models.CheckConstraint(condition=~Q(job=Job.DONE, secret=True) | Q(body=""), name="a_delivered_code_is_wiped"),
        ]

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        """A coordinator handles the letters of their calls, and those of the site that belong to no call."""
        calls = user.calls_as("coordinator")
        return Q(call__in=calls) | Q(call=None) if calls else Q(pk__in=[])


class Letter(models.Model):
    """A delivered letter in the mailbox of this machine, which only a site on loopback has."""

    message_id = models.CharField(max_length=200, unique=True)
    at = models.DateTimeField(auto_now_add=True)
    to = models.EmailField()
    subject = models.CharField(max_length=250)
    text = models.TextField()
    html = models.TextField()

    impersonal = "message_id at"
    personal = {
        "to": Personal("the demonstration", "whoever sits at this machine", "reset of the demonstration"),
        "subject": Personal("the demonstration", "whoever sits at this machine", "reset of the demonstration"),
        "text": Personal("the demonstration", "whoever sits at this machine", "reset of the demonstration"),
        "html": Personal("the demonstration", "whoever sits at this machine", "reset of the demonstration"),
    }

    class Meta:
        ordering = ["-pk"]
