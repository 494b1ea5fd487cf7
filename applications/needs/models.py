"""What somebody needs to take part: two tables under a consent each, and what may be passed on of it."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.application import Application, State, officer_q
from fulcrum.guard.privacy import EncryptedTextField, Personal
from fulcrum.guard.querysets import Guarded, GuardedQuerySet

no_longer_needed: list[Callable[[], Q]] = []  # later rooms that know of which applications nobody has to arrange anything any more
takes_part: list[Callable[[], Q]] = []  # later rooms that know who takes part in the programme

_READERS = "the person; once sent, access officers of their network"
_UNTIL = "withdrawal of consent or application; until not selected; the end of the call"


def over_q(path: str = "") -> Q:
    """The applications whose needs nobody needs any more: the call is over, they were not sent for it, or a later room says so."""
    now = timezone.now()
    over = Q(call__ends_at__lte=now) | ~Q(state=State.SENT) & Q(call__results_by__lte=now)
    for rule in no_longer_needed:
        over |= rule()
    return Q(**{f"{path}__in": Application.objects.filter(over).values("pk")}) if path else over


class SaidQuerySet(GuardedQuerySet):
    def of(self, application: Application) -> "SaidQuerySet":
        """Those of the person's own application."""
        return self._scoped(Q(application=application))


class Said(Guarded):
    """What somebody said of themselves, under a consent of its own: read by them, and once sent by access officers of their network."""

    consented_at = models.DateTimeField()
    consent_version = models.PositiveIntegerField()
    read_at = models.DateTimeField(null=True)  # by an access officer, as it stands

    objects: ClassVar[Any] = SaidQuerySet.as_manager()
    texts: ClassVar[tuple[str, ...]]

    class Meta:
        abstract = True

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        return Q(application__person=user) | officer_q(user, "application__")


def _personal(purpose: str, *texts: str) -> dict[str, Personal]:
    said = {name: Personal(purpose, _READERS, _UNTIL, encrypted=True) for name in texts}
    return said | {"consented_at": Personal("proof of consent", _READERS, _UNTIL)}


class Needs(Said):
    """Access, care, language, and what else somebody needs."""

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="needs")
    access = EncryptedTextField(_("Access"), blank=True)
    care = EncryptedTextField(_("Care"), blank=True)
    language = EncryptedTextField(_("Language"), blank=True)
    other = EncryptedTextField(_("Something else"), blank=True)

    texts = ("access", "care", "language", "other")
    impersonal = "application consent_version read_at"
    personal = _personal("support so that everybody can take part", *texts)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(access="", care="", language="", other=""),
                name="needs_say_something",
                violation_error_message=_("Say what you need, in one of the fields."),
            )
        ]


class Money(Said):
    """Which support with money somebody asks for, roughly how much, and for what."""

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="money")
    support = EncryptedTextField(_("Support"))
    amount = EncryptedTextField(_("Roughly how much"), blank=True)
    purpose = EncryptedTextField(_("What for"), blank=True)

    texts = ("support", "amount", "purpose")
    impersonal = "application consent_version read_at"
    personal = _personal("support with money so that everybody can take part", *texts)


class Summary(Guarded):
    """A neutral sentence that an access officer would pass on to the coordinator; read there once the person agrees."""

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="needs_summary")
    text = EncryptedTextField()
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    written_at = models.DateTimeField()
    agreed_at = models.DateTimeField(null=True)
    consent_version = models.PositiveIntegerField(null=True)

    objects: ClassVar[Any] = SaidQuerySet.as_manager()
    impersonal = "application written_at consent_version"
    _both = "the person; access officers of their network; the coordinator once the person agrees"
    personal = {
        "text": Personal("arranging what a participant needs", _both, _UNTIL, encrypted=True),
        "agreed_at": Personal("proof of consent", _both, _UNTIL),
        "written_by": Personal("accountability", "access officers of the network", _UNTIL),
    }

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(agreed_at=None, consent_version=None) | Q(agreed_at__isnull=False, consent_version__isnull=False),
                name="an_agreed_summary_has_its_version",
                violation_error_message=_("The consent names the version of the call that was read."),
            )
        ]

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        coordinated = Q(application__call__in=user.calls_as("coordinator"), agreed_at__isnull=False)
        return Q(application__person=user) | officer_q(user, "application__") | coordinated & ~Q(application__person=user)
