from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from applications.application import Application
from fulcrum.guard.privacy import Personal
from fulcrum.guard.querysets import Guarded, GuardedQuerySet
from fulcrum.guard.text import count_words

OTHER_LANGUAGE = "xx"  # none of the seven


class Channel(models.TextChoices):
    TEXT = "text", _("Write")
    AUDIO = "audio", _("Speak")
    VIDEO = "video", _("Film")


class AnswerQuerySet(GuardedQuerySet):
    def of(self, application: Application) -> Self:
        """The answers of an application that the caller has reached by right."""
        return self._scoped(Q(application=application)).select_related("file__transcript__current", "question")

    def asked(self) -> Self:
        """Those whose question is asked as things stand: what anybody but the candidate may read."""
        return self.filter(asked=True)

    def of_all(self, applications: list[int]) -> Self:
        """The answers of applications that the caller has reached by right, by their ids."""
        return self._scoped(Q(application__in=applications))

    def beside(self) -> Self:
        """The answers to the application of an outer query, which is scoped itself."""
        return self._scoped(Q(application=OuterRef("pk")))


class Answer(Guarded):
    """What a candidate says to one question, in one channel. A text stays when the answer is recorded instead."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey("calls.Question", on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=5, choices=Channel, default=Channel.TEXT)
    text = models.TextField(blank=True)
    file = models.OneToOneField("files.StoredFile", null=True, blank=True, on_delete=models.SET_NULL, related_name="answer")
    language = models.CharField(max_length=2, choices=[*settings.LANGUAGES, (OTHER_LANGUAGE, _("Another language"))])
    other_language = models.CharField(max_length=40, blank=True)  # its name, in the candidate's words
    asked = models.BooleanField(default=True, editable=False)  # whether its question is asked as things stand; see asking.py
    changed_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[Any] = AnswerQuerySet.as_manager()
    impersonal = "application question channel language asked changed_at"
    personal = {
        "text": Personal("selection", "the person; staff of the network they apply through", "two years after the call"),
        "other_language": Personal("reading the answer", "the person; staff of the network they apply through", "two years after the call"),
        "file": Personal("selection", "the person; staff of the network they apply through", "two years after the call"),
    }

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "question"], name="one_answer_a_question")]

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        return Q(Exists(Application.objects.visible_to(user).filter(pk=OuterRef("application"))))

    @property
    def language_name(self) -> str:
        """The language of the answer, in the reader's words or the candidate's own."""
        if self.language == OTHER_LANGUAGE:
            return self.other_language or str(self.get_language_display())
        return str(get_language_info(self.language)["name_translated"])

    @property
    def language_code(self) -> str:
        """The code that tells a screen reader how to pronounce the answer; empty where nobody knows."""
        return "" if self.language == OTHER_LANGUAGE else self.language

    @property
    def is_given(self) -> bool:
        """Something was said in the chosen channel; a recording counts as soon as its bytes are there, unless it was refused."""
        if self.channel == Channel.TEXT:
            return bool(self.text.strip())
        return self.file is not None and self.file.kind == self.channel and not self.file.refused

    @property
    def is_too_long(self) -> bool:
        return self.channel == Channel.TEXT and count_words(self.text) > self.question.max_words
