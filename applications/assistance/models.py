"""Asking a person: requests with their appointments, who helped, what was typed on behalf and what its person confirmed of it."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from applications.application import Application
from applications.assistance.policy import HELPERS
from fulcrum.guard.privacy import EncryptedTextField, Personal
from fulcrum.guard.querysets import Guarded, GuardedQuerySet

_HELP = "help with applying"
_CIRCLE = "the person; who helps them"
_STAFF = "the person; staff of the network they asked"
_UNTIL = "one year after the call"
_WITH_ANSWERS = "two years after the call"


class HelpState(models.TextChoices):
    ASKED = "asked", _("Asked")
    TAKEN = "taken", _("Somebody helps")
    PROPOSED = "proposed", _("Appointment proposed")
    CONFIRMED = "confirmed", _("Appointment confirmed")
    ANOTHER = "another", _("Another time is wanted")
    CANCELLED = "cancelled", _("Cancelled")
    DONE = "done", _("Finished")


CLOSED = (HelpState.CANCELLED, HelpState.DONE)
_ENDS = {HelpState.CANCELLED, HelpState.DONE}
MOVES = {
    HelpState.ASKED: {HelpState.TAKEN, HelpState.CANCELLED},
    HelpState.TAKEN: {HelpState.PROPOSED, HelpState.ASKED, *_ENDS},
    HelpState.PROPOSED: {HelpState.PROPOSED, HelpState.CONFIRMED, HelpState.ANOTHER, HelpState.ASKED, *_ENDS},
    HelpState.CONFIRMED: {HelpState.PROPOSED, HelpState.ANOTHER, HelpState.ASKED, *_ENDS},
    HelpState.ANOTHER: {HelpState.PROPOSED, HelpState.ASKED, *_ENDS},
    HelpState.CANCELLED: set(),
    HelpState.DONE: set(),
}


class Way(models.TextChoices):
    PHONE = "phone", _("By phone")
    VIDEO = "video", _("By video")
    PERSON = "person", _("In person")


class CameBy(models.TextChoices):
    ONLINE = "online", _("Asked on this site")
    PAPER = "paper", _("Wrote on paper")
    MAIL = "mail", _("Wrote by mail")
    PHONE = "phone", _("Called by phone")


class HelpRequestQuerySet(GuardedQuerySet):
    def of_person(self, user: Any) -> Self:
        """Those that the person asked themselves, or that stand in their name."""
        return self._scoped(Q(person=user))

    def read_by(self, user: Any) -> Self:
        """Those of the networks for which the user helps; one's own is not among them."""
        return self._scoped(HelpRequest.staff_q(user) & ~Q(person=user))

    def open(self) -> Self:
        return self.exclude(state__in=CLOSED)


class HelpRequest(Guarded):
    """Somebody asks their network for help with one call; with it stands the appointment, while there is one."""

    call = models.ForeignKey("calls.Call", on_delete=models.PROTECT, related_name="+")
    network = models.ForeignKey("calls.Network", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    came_by = models.CharField(_("How it came in"), max_length=6, choices=CameBy, default=CameBy.ONLINE)
    state = models.CharField(max_length=9, choices=HelpState, default=HelpState.ASKED)
    language = models.CharField(_("Language"), max_length=2, choices=settings.LANGUAGES)
    way = models.CharField(_("How"), max_length=6, choices=Way)
    phone = models.CharField(max_length=40, blank=True)
    interpreter = EncryptedTextField(blank=True)
    times = EncryptedTextField(blank=True)
    words = EncryptedTextField(blank=True)
    may_type = models.BooleanField(default=False)
    asked_at = models.DateTimeField()
    starts_at = models.DateTimeField(null=True)
    minutes = models.PositiveSmallIntegerField(default=45)
    where = models.CharField(max_length=300, blank=True)
    changes = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar[Any] = HelpRequestQuerySet.as_manager()
    impersonal = "call network came_by state may_type asked_at changes minutes"
    personal = {
        "person": Personal(_HELP, _STAFF, _UNTIL),
        "language": Personal(_HELP, _STAFF, _UNTIL),
        "way": Personal(_HELP, _STAFF, _UNTIL),
        "starts_at": Personal(_HELP, _STAFF, _UNTIL),
        "where": Personal(_HELP, _STAFF, _UNTIL),
        "phone": Personal(_HELP, _CIRCLE, "the end of the request"),
        "interpreter": Personal(_HELP, _CIRCLE, "the end of the request", encrypted=True),
        "times": Personal(_HELP, _CIRCLE, "the end of the request", encrypted=True),
        "words": Personal(_HELP, _CIRCLE, "the end of the request", encrypted=True),
    }

    class Meta:
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "person"],
                condition=~Q(state__in=CLOSED),
                name="one_open_request_a_person",
                violation_error_message=_("You have asked for help already."),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["proposed", "confirmed"]) | Q(starts_at__isnull=False) & ~Q(where=""),
                name="an_appointment_has_time_and_place",
                violation_error_message=_("An appointment has a time and a place."),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=CLOSED) | Q(may_type=False, words="", interpreter="", times="", phone=""),
                name="an_ended_request_keeps_no_words",
            ),
        ]
        indexes = [models.Index(fields=["network", "state"], name="request_of_network")]

    def __str__(self) -> str:
        return f"{self.pk}"

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        return Q(person=user) | cls.staff_q(user)

    @classmethod
    def staff_q(cls, user: Any) -> Q:
        """Those of the networks, and in the calls, for which the user helps."""
        rule = Q(pk__in=[])
        for role in user.roles_now:
            if role.role in HELPERS:
                rule |= Q(call=role.call_id, network=role.network_id)
        return rule

    def get_absolute_url(self) -> str:
        return reverse("help_request", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state not in CLOSED

    @property
    def has_appointment(self) -> bool:
        return self.state in (HelpState.PROPOSED, HelpState.CONFIRMED)

    @property
    def was_in_time(self) -> bool:
        """Asked before the deadline for everybody."""
        return self.asked_at < self.call.deadline

    def may_move(self, to: HelpState) -> bool:
        return to in MOVES[HelpState(self.state)]


class HelperQuerySet(GuardedQuerySet):
    def of(self, request: HelpRequest) -> Self:
        """Whoever has taken a request that the caller has reached by right."""
        return self._scoped(Q(request=request))

    def beside(self) -> Self:
        """Who helps with the request of an outer query, which is scoped itself."""
        return self._scoped(Q(request=OuterRef("pk"), ended_at=None))

    def who_is(self, user: Any) -> Self:
        """Every time that the user helped somebody."""
        return self._scoped(Q(helper=user))


class Helper(Guarded):
    """One of the staff who took a request: they know what its person said, so they judge nothing of that person, for good."""

    request = models.ForeignKey(HelpRequest, on_delete=models.CASCADE, related_name="helpers")
    helper = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = HelperQuerySet.as_manager()
    impersonal = "request began_at ended_at"
    personal = {"helper": Personal("accountability; who helps does not judge", _STAFF, _UNTIL)}

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request"],
                condition=Q(ended_at=None),
                name="one_helper_a_request",
                violation_error_message=_("Somebody else has taken this request."),
            )
        ]

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        return Q(Exists(HelpRequest.objects.visible_to(user).filter(pk=OuterRef("request"))))


def typed_for(user: Any) -> Q:
    """The applications, not sent, that the user may type into: their person allows it, and the user helps for that network."""
    asked = HelpRequest.objects.read_by(user).open().filter(may_type=True, call=OuterRef("call"), person=OuterRef("person"))
    return ~Q(state="sent") & Q(Exists(asked.filter(Exists(Helper.objects.beside().filter(helper=user)))))


def helped_by(user: Any, path: str = "") -> Q:
    """The applications, found under `path`, of people whose request the user took at any time."""
    return Q(
        Exists(Helper.objects.who_is(user).filter(request__call=OuterRef(f"{path}call"), request__person=OuterRef(f"{path}person"))),
    )


class Assent(Guarded):
    """The yes of an application's person to what was typed for them: on their page, or said and recorded."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="assents")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    file = models.OneToOneField("files.StoredFile", null=True, on_delete=models.SET_NULL, related_name="assent")
    said = models.BooleanField(default=False)

    impersonal = "application at said"
    personal = {
        "by": Personal("proof of the confirmation", _CIRCLE, _WITH_ANSWERS),
        "file": Personal("proof of the confirmation", _CIRCLE, _WITH_ANSWERS),
    }

    class Meta:
        ordering = ["-at", "-pk"]

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        return Q(Exists(Application.objects.typed_by(user).filter(pk=OuterRef("application"))))

    @property
    def is_lost(self) -> bool:
        """It was said in a recording that could not be opened, or that is gone."""
        return self.said and (self.file is None or self.file.refused)


class TypedQuerySet(GuardedQuerySet):
    def of(self, application: Application) -> Self:
        """What was typed into an application that the caller has reached by right."""
        return self._scoped(Q(application=application)).select_related("helper", "assent__file")

    def unconfirmed(self) -> Self:
        lost = Q(assent__said=True) & (Q(assent__file=None) | Q(assent__file__check_state="refused"))
        return self.filter(Q(assent=None) | lost)


class Typed(Guarded):
    """One field or answer that stands as a helper typed it. What its person changes afterwards is theirs, and the row goes."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="typed")
    field = models.CharField(max_length=80)
    helper = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    assent = models.ForeignKey(Assent, null=True, on_delete=models.SET_NULL, related_name="lines")

    objects: ClassVar[Any] = TypedQuerySet.as_manager()
    impersonal = "application field at assent"
    personal = {"helper": Personal("who typed what on behalf of whom", "the person; staff of the network they apply through", _WITH_ANSWERS)}

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.UniqueConstraint(fields=["application", "field"], name="one_hand_a_field")]

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        return Q(Exists(Application.objects.visible_to(user).filter(pk=OuterRef("application"))))

    @property
    def is_confirmed(self) -> bool:
        return self.assent is not None and not self.assent.is_lost
