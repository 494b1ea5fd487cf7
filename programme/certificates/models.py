"""The certificate: issued once, frozen, verifiable by anyone who holds its code."""

import secrets
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from fulcrum.guard.privacy import Personal
from fulcrum.guard.querysets import Guarded, GuardedQuerySet
from fulcrum.work.models import Job, Work, WorkQuerySet
from programme.seat import Seat

_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that reads like another
_KEPT = "as long as it can be verified: ten years"


def new_code() -> str:
    """Four groups of six letters and figures: 119 bits that nobody guesses."""
    return "-".join("".join(secrets.choice(_LETTERS) for _letter in range(6)) for _group in range(4))


class CertificateQuerySet(GuardedQuerySet, WorkQuerySet):  # type: ignore[override]
    def drawn(self) -> "CertificateQuerySet":
        """Those of which there is a PDF."""
        return self.filter(job=Job.DONE)

    def with_code(self, code: str) -> "CertificateQuerySet":
        """The issued certificate of which somebody holds the code, however they typed it; nothing for any other code."""
        letters = "".join(letter for letter in code.upper() if letter in _LETTERS)
        typed = "-".join(letters[start : start + 6] for start in range(0, len(letters), 6))
        return self._scoped(Q(code=typed, job=Job.DONE))


class Certificate(Guarded, Work):
    """What was confirmed, word for word (`content`), and the PDF that was drawn of it, byte for byte."""

    seat = models.OneToOneField(Seat, on_delete=models.PROTECT, related_name="certificate")
    number = models.CharField(max_length=20, unique=True)
    code = models.CharField(max_length=27, unique=True, default=new_code, editable=False)
    name = models.CharField(max_length=120)
    house_name = models.CharField(max_length=200)
    hours = models.DecimalField(max_digits=5, decimal_places=1)
    rule_version = models.PositiveIntegerField()
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    content = models.JSONField()
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    pdf = models.BinaryField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)

    objects: ClassVar[Any] = CertificateQuerySet.as_manager()
    impersonal = f"{Work.WORK_FIELDS} seat number code hours rule_version language issued_at sha256"
    personal = {
        "name": Personal("the certificate", "the person; coordinator; whoever holds the code", _KEPT),
        "house_name": Personal("the certificate", "the person; coordinator; whoever holds the code", _KEPT),
        "content": Personal("the certificate, word for word", "the person; coordinator", _KEPT),
        "pdf": Personal("the certificate, byte for byte", "the person; coordinator", _KEPT),
        "issued_by": Personal("accountability", "coordinator", _KEPT),
    }

    class Meta(Work.Meta):
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(job=Job.DONE) | Q(pdf__isnull=False) & ~Q(sha256=""),
                name="an_issued_certificate_is_drawn",
                violation_error_message=_("The certificate is not drawn yet."),
            ),
        ]

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        return Q(seat__application__person=user) | Q(seat__call__in=user.calls_as("coordinator"))

    def get_absolute_url(self) -> str:
        """The public page that verifies it, in no language."""
        return reverse("verify", args=[self.code])

    @property
    def is_issued(self) -> bool:
        return self.job == Job.DONE
