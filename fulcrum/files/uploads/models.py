"""Recordings on their way: the file on disk is the truth, the row says whose it is and what was promised."""

import secrets
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from fulcrum.guard.privacy import Personal
from fulcrum.guard.querysets import Guarded, GuardedQuerySet


def new_token() -> uuid.UUID:
    return uuid.UUID(bytes=secrets.token_bytes(16))


class UploadQuerySet(GuardedQuerySet):
    def of_person(self, user: Any) -> Self:
        """Those that the person began."""
        return self._scoped(Q(owner=user))

    def unfinished(self) -> Self:
        """Those that can still go on: "45 of 310 MB are here; choose the same file again to go on"."""
        return self.filter(finished_at=None, expires_at__gt=timezone.now()).order_by("-created_at")

    def under(self, target: str) -> Self:
        """Those to this target, or to one below it where it ends with "/"."""
        return self.filter(target__startswith=target) if target.endswith("/") else self.filter(target=target)


class Upload(Guarded):
    """A recording that arrives in pieces. `offset` is what was acknowledged: never more than lies on disk."""

    token = models.UUIDField(default=new_token, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    size = models.PositiveBigIntegerField(null=True)  # none while its beginner does not know it yet
    offset = models.PositiveBigIntegerField(default=0)
    unverified_from = models.PositiveBigIntegerField(null=True)  # what lies behind it waits for its checksum and does not count
    given_name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100, blank=True)
    target = models.CharField(max_length=200)  # what it will be the answer to, in the words of whoever takes it
    metadata = models.TextField(blank=True)  # as it was sent: the protocol gives it back unchanged
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = UploadQuerySet.as_manager()
    impersonal = "token size offset unverified_from media_type target language created_at expires_at finished_at"
    _until = "seven days after its last byte"
    personal = {
        "owner": Personal("whose recording arrives", "the person", _until),
        "given_name": Personal("recognising one's own file", "the person", _until),
        "metadata": Personal("going on after a break: the name and kind of the file", "the person", _until),
    }

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(size=None) | Q(offset__lte=F("size")), name="an_upload_holds_no_more_than_its_size"),
            models.CheckConstraint(condition=Q(finished_at=None) | Q(offset=F("size")), name="a_finished_upload_is_whole"),
        ]
        indexes = [models.Index(fields=["owner", "target"], name="upload_of_person")]

    def __str__(self) -> str:
        return self.token.hex

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        """Its owner alone."""
        return Q(owner=user)

    def get_absolute_url(self) -> str:
        return reverse("upload", args=[self.token])

    @property
    def path(self) -> Path:
        return folder() / self.token.hex

    @property
    def here(self) -> int:
        """How many bytes are here now, also while it runs."""
        try:
            return self.offset if self.finished_at else self.path.stat().st_size
        except FileNotFoundError:
            return self.offset

    @property
    def is_over(self) -> bool:
        """It was not finished in time and goes, or its page is no longer kept."""
        return self.expires_at <= timezone.now()


def folder() -> Path:
    """Where files lie while they arrive: on the volume of the media."""
    return Path(settings.MEDIA_ROOT) / "uploads"


def expiry() -> Any:
    return timezone.now() + timedelta(seconds=settings.UPLOAD_EXPIRY_SECONDS)
