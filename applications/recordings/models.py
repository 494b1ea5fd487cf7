"""What is said in a recording, in writing."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from applications.answers.models import Answer
from applications.recordings.cues import Cue, lines_of, webvtt
from fulcrum.guard.privacy import Personal
from fulcrum.guard.querysets import Guarded, GuardedQuerySet
from fulcrum.work.models import Work, WorkQuerySet

_READERS = "the person; staff of the network they apply through"


class TranscriptQuerySet(GuardedQuerySet, WorkQuerySet):  # type: ignore[override]
    pass


class Transcript(Guarded, Work):
    """The transcript of one recording, as it stands in its last version. The row is also the queue of the automatic one."""

    file = models.OneToOneField("files.StoredFile", on_delete=models.CASCADE, related_name="transcript")
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    current = models.ForeignKey("TranscriptVersion", null=True, on_delete=models.SET_NULL, related_name="+")

    objects: ClassVar[Any] = TranscriptQuerySet.as_manager()
    impersonal = f"{Work.WORK_FIELDS} language current"
    personal = {"file": Personal("whose words they are", _READERS, "as long as the recording")}

    class Meta(Work.Meta):
        pass

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        """Whoever may read the answer."""
        return Q(Exists(Answer.objects.visible_to(user).filter(file=OuterRef("file"))))


class TranscriptVersion(Guarded):
    """What was written down, by whom and when. A correction adds a version; none is changed."""

    class Source(models.TextChoices):
        AUTOMATIC = "automatic", _("Automatic, unchecked")
        CANDIDATE = "candidate", _("By the candidate")
        STAFF = "staff", _("By the network")

    transcript = models.ForeignKey(Transcript, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    source = models.CharField(max_length=9, choices=Source)
    cues = models.JSONField(default=list)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(auto_now_add=True)

    impersonal = "transcript number source written_at"
    personal = {
        "cues": Personal("reading and captions of a recorded answer", _READERS, "as long as the recording"),
        "by": Personal("who wrote a version of a transcript", _READERS, "as long as the recording"),
    }

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["transcript", "number"], name="one_version_a_number"),
            models.CheckConstraint(condition=Q(source="automatic", by=None) | ~Q(source="automatic") & Q(by__isnull=False), name="who_wrote_it_down"),
        ]

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        return Q(Exists(Transcript.objects.visible_to(user).filter(pk=OuterRef("transcript"))))

    @property
    def is_automatic(self) -> bool:
        return self.source == self.Source.AUTOMATIC

    @property
    def passages(self) -> list[Cue]:
        return [Cue(*entry) for entry in self.cues]

    @property
    def lines(self) -> str:
        """As it is corrected: a line for each passage, with its time."""
        return lines_of(self.passages)

    @property
    def webvtt(self) -> str:
        """As captions."""
        return webvtt(self.passages)
