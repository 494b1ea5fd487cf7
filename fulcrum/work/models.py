"""The row is the queue: what is to be done stands in the table that it concerns."""

import uuid
from datetime import timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Job(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    LEASED = "leased", _("Being sent or checked")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    UNCERTAIN = "uncertain", _("Uncertain")


class WorkQuerySet(models.QuerySet):
    def due(self) -> Self:
        """Rows that a worker may take: waiting past their time, or leased by one that is gone."""
        now = timezone.now()
        return self.filter(Q(job=Job.WAITING, due_at__lte=now) | Q(job=Job.LEASED, leased_until__lt=now))

    def lease(self, pk: int) -> Any:
        """Take the row for LEASE_SECONDS by one conditional UPDATE. Returns it, or None when another has it or none is due.

        `interrupted` on the returned row says that a worker had it before and never came back.
        """
        now = timezone.now()
        before = self.filter(pk=pk).values_list("job", flat=True).first()
        token = uuid.uuid4()
        taken = (
            self.model._base_manager.filter(pk=pk)
            .filter(Q(job=Job.WAITING, due_at__lte=now) | Q(job=Job.LEASED, leased_until__lt=now))
            .update(
                job=Job.LEASED,
                lease=token,
                leased_until=now + timedelta(seconds=settings.LEASE_SECONDS),
                attempts=models.F("attempts") + 1,
            )
        )
        if not taken:
            return None
        row: Any = self.model._base_manager.get(pk=pk)
        row.interrupted = before == Job.LEASED
        return row


class Work(models.Model):
    """A row with something to be done: waiting, leased to one worker, then done, failed, or uncertain until a person looks."""

    MAX_ATTEMPTS: ClassVar[int] = 60  # some two and a half days

    job = models.CharField(max_length=9, choices=Job, default=Job.WAITING)
    due_at = models.DateTimeField(default=timezone.now)
    lease = models.UUIDField(null=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    trouble = models.CharField(max_length=200, blank=True)

    WORK_FIELDS = "job due_at lease leased_until attempts trouble"
    interrupted = False

    class Meta:
        abstract = True
        indexes = [models.Index(fields=["job", "due_at"], name="%(class)s_due")]

    def hold(self) -> bool:
        """Keep the row for LEASE_SECONDS more, while long work goes on. Returns whether this worker still holds it."""
        until = timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)
        return bool(type(self)._base_manager.filter(pk=self.pk, lease=self.lease).update(leased_until=until))

    def finish(self, **fields: Any) -> bool:
        """Set the row done, with `fields`, if this worker still holds it. Returns whether it did."""
        return self._release(job=Job.DONE, trouble="", **fields)

    def put_off(self, trouble: str) -> bool:
        """Leave the row for a later try, later each time up to an hour; after MAX_ATTEMPTS it is failed. `trouble` names no person."""
        if self.attempts >= self.MAX_ATTEMPTS:
            return self._release(job=Job.FAILED, trouble=trouble[:200])
        wait = min(timedelta(seconds=15 * 4 ** min(self.attempts - 1, 6)), timedelta(hours=1))
        return self._release(job=Job.WAITING, due_at=timezone.now() + wait, trouble=trouble[:200])

    def set_aside(self, job: Job, trouble: str) -> bool:
        """End the work as failed or uncertain: a person decides what comes next."""
        return self._release(job=job, trouble=trouble[:200])

    def _release(self, **fields: Any) -> bool:
        fields |= {"lease": None, "leased_until": None}
        released = type(self)._base_manager.filter(pk=self.pk, lease=self.lease).update(**fields)
        for name, value in fields.items():
            setattr(self, name, value)
        return bool(released)
