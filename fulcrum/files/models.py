"""Recordings as files: where they lie is ours to name, what people called them is only data."""

import uuid
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fulcrum.files.artefacts import Artefact
from fulcrum.files.uploads.models import Upload
from fulcrum.guard.privacy import Personal
from fulcrum.guard.querysets import Guarded, GuardedQuerySet
from fulcrum.work.models import Work, WorkQuerySet

__all__ = ["StoredFile", "Upload"]


class StoredFileQuerySet(GuardedQuerySet, WorkQuerySet):  # type: ignore[override]
    pass


class StoredFile(Guarded, Work):
    """A recording that somebody gave, with what is made of it. Until it is checked nobody but its owner gets it; others only get the web version."""

    class Kind(models.TextChoices):
        AUDIO = "audio", _("Audio")
        VIDEO = "video", _("Video")

    class Check(models.TextChoices):
        WAITING = "waiting", _("Being checked")
        PASSED = "passed", _("Checked")
        REFUSED = "refused", _("Refused")

    class Refusal(models.TextChoices):
        NOT_MEDIA = "not_media", _("This is no recording that we can open. Save it as MP4, MOV, WebM, MP3, M4A, OGG or WAV and upload it again.")
        BROKEN = "broken", _("The recording breaks off or is damaged. Open it on your device first, and upload it again.")
        SILENT = "silent", _("There is no sound in the file. Check the microphone, record again and upload it.")
        NO_PICTURE = "no_picture", _("There is no picture in the file. Upload it under Speak, or film again.")
        UNSAFE = "unsafe", _("Our scanner holds the file to be harmful. Record the answer again, if you can on another device, and upload it.")
        TOO_LARGE = "too_large", _("The picture or the length of the recording is more than we can take. Record it again in a smaller format.")

    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=5, choices=Kind)
    given_name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=60, blank=True)
    seconds = models.PositiveIntegerField(null=True)
    check_state = models.CharField(max_length=7, choices=Check, default=Check.WAITING)
    refusal = models.CharField(max_length=10, choices=Refusal, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    web_size = models.PositiveBigIntegerField(null=True)
    poster_size = models.PositiveIntegerField(null=True)
    peaks = models.JSONField(default=list)
    stored_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = StoredFileQuerySet.as_manager()
    impersonal = f"{Work.WORK_FIELDS} token kind size media_type seconds check_state refusal sha256 web_size poster_size peaks stored_at"
    personal = {
        "owner": Personal("whose recording it is", "the person; staff of the network they apply through", "two years after the call"),
        "given_name": Personal("recognising one's own file", "the person", "two years after the call"),
    }

    class Meta(Work.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(check_state="refused") & ~Q(refusal="") | ~Q(check_state="refused") & Q(refusal=""), name="a_refused_file_says_why"
            ),
            models.CheckConstraint(condition=~Q(check_state="passed") | Q(web_size__isnull=False), name="what_passed_has_a_web_version"),
        ]

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        """Its owner; whoever else may read it reaches it through the application."""
        return Q(owner=user)

    @property
    def path(self) -> Path:
        name = self.token.hex
        return Path(settings.MEDIA_ROOT) / name[:2] / name

    @property
    def web_path(self) -> Path:
        return self.path.with_suffix(".mp4")

    @property
    def poster_path(self) -> Path:
        return self.path.with_suffix(".jpg")

    @property
    def paths(self) -> list[Path]:
        """Every place on disk that is this recording's."""
        return [self.path, self.web_path, self.poster_path]

    @property
    def original(self) -> Artefact:
        """What its owner gave, byte for byte: with whatever a device wrote into it, so it is for the owner alone."""
        return Artefact(self.path, self.size, self.media_type or f"{self.kind}/mp4")

    @property
    def web(self) -> Artefact:
        """The version that plays everywhere. Only of a recording that has passed."""
        return Artefact(self.web_path, self.web_size or 0, f"{self.kind}/mp4")

    @property
    def poster(self) -> Artefact | None:
        """A picture of a film, to be shown before it plays."""
        return Artefact(self.poster_path, self.poster_size, "image/jpeg") if self.poster_size else None

    @property
    def artefacts(self) -> list[Artefact]:
        """Everything of it that must lie on disk."""
        made = [self.web] if self.web_size else []
        return [self.original, *made, *([self.poster] if self.poster else [])]

    @property
    def passed(self) -> bool:
        return self.check_state == self.Check.PASSED

    @property
    def refused(self) -> bool:
        return self.check_state == self.Check.REFUSED

    @property
    def duration(self) -> str:
        """Minutes and seconds, as "1:48"; empty while unknown."""
        return "" if self.seconds is None else f"{self.seconds // 60}:{self.seconds % 60:02d}"
