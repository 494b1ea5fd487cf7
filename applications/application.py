"""The application: what a candidate sends through one network."""

import secrets
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.deadlines.models import PersonalExtension, own_until
from fulcrum.calls.models import Extension
from fulcrum.calls.places import Origin, plain
from fulcrum.calls.rules import MEASURES, Size, size_of
from fulcrum.guard.privacy import Personal
from fulcrum.guard.querysets import Guarded, GuardedQuerySet

concealed: list[Callable[[Any], Q]] = []  # later rooms that hide applications from somebody, such as a declared conflict
typists: list[Callable[[Any], Q]] = []  # later rooms that let somebody else type for a candidate, such as their helper
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that reads like another


def new_reference() -> str:
    return "".join(secrets.choice(_LETTERS) for _place in range(7))


class State(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SENT = "sent", _("Sent")
    WITHDRAWN = "withdrawn", _("Withdrawn")


def officer_q(user: Any, path: str = "") -> Q:
    """The sent applications whose needs `user` reads as access officer: of their networks, never where they also score, never their own."""
    scored = {(role.call_id, role.network_id) for role in user.roles_now if role.role in ("assessor", "lead")}
    rule = Q(pk__in=[])
    for role in user.roles_now:
        if role.role == "access_officer" and (role.call_id, role.network_id) not in scored:
            rule |= Q(**{f"{path}call": role.call_id, f"{path}network": role.network_id})
    return rule & Q(**{f"{path}state": State.SENT}) & ~Q(**{f"{path}person": user})


MOVES = {State.DRAFT: {State.SENT}, State.SENT: {State.WITHDRAWN}, State.WITHDRAWN: {State.SENT}}


class ApplicationQuerySet(GuardedQuerySet):
    def of_person(self, user: Any) -> Self:
        """Those of the person themselves: what they may change."""
        return self._scoped(Q(person=user))

    def typed_by(self, user: Any) -> Self:
        """Those that the user may type into: their own, and those of candidates who let them."""
        return self._scoped(self.model.typist_q(user))

    def tied_to(self, user: Any, tie: Q) -> Self:
        """The person's own, and those to which `tie` binds them: what they judge nothing of."""
        return self._scoped(Q(person=user) | tie)

    def read_by(self, user: Any) -> Self:
        """Those that somebody reads as staff of their network; one's own application is not among them."""
        return self._scoped(self.model.staff_q(user) & ~Q(person=user))

    def with_needs_for(self, user: Any) -> Self:
        """Those of whose needs or money somebody reads as access officer of their network."""
        return self._scoped(officer_q(user) & (Q(needs__isnull=False) | Q(money__isnull=False)))

    def sent_in(self, call: Any) -> Self:
        """What was sent in a call, for its coordinator, whose right the caller has asked."""
        return self._scoped(Q(call=call, state=State.SENT))

    def sent(self) -> Self:
        return self.filter(state=State.SENT)

    def of(self, network: Any) -> Self:
        return self.filter(network=network)

    def with_page(self) -> Self:
        """With the rows that every page of an application shows, and its deadline."""
        return self.select_related("call", "network", "house__municipality", "municipality", "person").with_deadline().with_extension()

    def with_extension(self) -> Self:
        """With the deadline that the call had before it was moved for all."""
        return self.annotate(moved_from=Extension.objects.filter(call=OuterRef("call")).order_by("-pk").values("earlier")[:1])

    def with_deadline(self) -> Self:
        """With the person's own extension, if there is one, so that `deadline` asks for nothing more."""
        return self.annotate(own_until=PersonalExtension.objects.beside().values("until")[:1])


class Gender(models.TextChoices):
    WOMAN = "woman", _("Woman")
    MAN = "man", _("Man")
    OTHER = "other", _("Non-binary or other")
    UNDISCLOSED = "undisclosed", _("Rather not say")


class OwnView(models.TextChoices):
    URBAN = "urban", _("Rather urban")
    RURAL = "rural", _("Rather rural")


BANDS = [(0, "0"), (1, "1"), (2, "2")]


def _band(label: Any) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(label, null=True, blank=True, choices=BANDS)


class Application(Guarded):
    call = models.ForeignKey("calls.Call", on_delete=models.PROTECT, related_name="applications")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="applications")
    network = models.ForeignKey("calls.Network", on_delete=models.PROTECT, related_name="applications")
    reference = models.CharField(max_length=7, unique=True, default=new_reference, editable=False)
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    eligibility = models.JSONField(default=dict)
    name = models.CharField(_("Your name"), max_length=120, blank=True)
    phone = models.CharField(_("Phone"), max_length=40, blank=True)
    role = models.CharField(_("Your role in the house"), max_length=160, blank=True)
    mandate = models.CharField(_("What you may decide there"), max_length=600, blank=True)
    gender = models.CharField(_("Gender"), max_length=11, choices=Gender, blank=True)
    house = models.ForeignKey("calls.House", null=True, blank=True, on_delete=models.PROTECT, related_name="applications")
    typed_house = models.CharField(_("Name of the house"), max_length=160, blank=True)
    municipality = models.ForeignKey("calls.Municipality", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    staff = _band(_("Paid staff"))
    volunteers = _band(_("Volunteers"))
    visitors = _band(_("Visitors"))
    budget = _band(_("Budget"))
    size = models.CharField(_("Size"), max_length=6, choices=Size, blank=True)
    own_view = models.CharField(_("Your own view"), max_length=5, choices=OwnView, blank=True)
    consented_at = models.DateTimeField(null=True)
    consent_version = models.PositiveIntegerField(null=True)
    started_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)
    sendings = models.PositiveSmallIntegerField(default=0)
    changed_at = models.DateTimeField(auto_now=True)

    on_behalf = False  # whether this page is shown to a helper who types for the candidate

    objects: ClassVar[Any] = ApplicationQuerySet.as_manager()
    impersonal = (
        "call network reference state language house municipality staff volunteers visitors budget size started_at sent_at sendings changed_at "
        "consent_version typed_house"
    )
    _until = "two years after the call; anonymous after erasure"
    _selection = "the person; staff of the network they apply through"
    personal = {
        "person": Personal("whose application it is", _selection, _until),
        "name": Personal("selection, letters, certificate", _selection, _until),
        "phone": Personal("reaching the person", _selection, _until),
        "role": Personal("selection", _selection, _until),
        "mandate": Personal("selection: the position criterion", _selection, _until),
        "gender": Personal("balance figures of the slate", _selection, _until),
        "own_view": Personal("origin, beside what derives from the municipality", _selection, _until),
        "eligibility": Personal("eligibility", _selection, _until),
        "consented_at": Personal("proof of consent", "the person; coordinator", _until),
    }

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "person"],
                name="one_application_a_person",
                violation_error_message=_("You already have an application in this call."),
            ),
            models.CheckConstraint(
                condition=~Q(state=State.SENT) | Q(sent_at__isnull=False, consented_at__isnull=False),
                name="what_was_sent_has_time_and_consent",
                violation_error_message=_("An application is sent with consent."),
            ),
            models.CheckConstraint(
                condition=Q(house=None) | Q(typed_house=""),
                name="a_house_is_chosen_or_typed",
                violation_error_message=_("Choose a house from the list, or type its name."),
            ),
        ]
        indexes = [models.Index(fields=["network", "state"], name="application_of_network")]

    def __str__(self) -> str:
        return self.reference

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        """The person themselves; a helper they let type; staff of its network while it is sent. Nobody else sees a draft or what was withdrawn."""
        return cls.typist_q(user) | cls.staff_q(user)

    @classmethod
    def typist_q(cls, user: Any) -> Q:
        """The person's own, and those of the candidates who let `user` type for them."""
        rule = Q(person=user)
        for typist in typists:
            rule |= typist(user)
        return rule

    @classmethod
    def staff_q(cls, user: Any) -> Q:
        """Those sent through the networks for which `user` reads, without what another room conceals."""
        rule = Q(pk__in=[])
        for role in user.roles_now:
            if role.role in ("assessor", "lead"):
                rule |= Q(call=role.call_id, network=role.network_id, state=State.SENT)
        for hidden in concealed:
            rule &= ~hidden(user)
        return rule

    def get_absolute_url(self) -> str:
        return reverse("application", args=[self.reference])

    @cached_property
    def own_until(self) -> datetime | None:
        """Until when an extension of the person's own holds for it; `with_deadline` fills it in the same query."""
        return own_until(call=self.call, network=self.network, person=self.person)

    @property
    def deadline(self) -> datetime:
        """From this moment on the application takes no change: the call's deadline, or the person's own when it is later."""
        return max(self.call.deadline, self.own_until) if self.own_until else self.call.deadline

    @property
    def has_more_time(self) -> bool:
        """The person may send later than the others, by an extension of their own."""
        return self.deadline > self.call.deadline

    def is_open_at(self, moment: datetime) -> bool:
        return self.call.opens_at <= moment < self.deadline

    @property
    def is_open(self) -> bool:
        """The application can be changed, sent and withdrawn now, by the server's clock."""
        return self.is_open_at(timezone.now())

    @property
    def days_left(self) -> int:
        """Whole days until its deadline, counted in the call's zone; 0 on the last day and after it."""
        return self.call.days_until(self.deadline)

    @property
    def is_draft(self) -> bool:
        return self.state == State.DRAFT

    @property
    def is_sent(self) -> bool:
        return self.state == State.SENT

    @property
    def house_name(self) -> str:
        return self.house.name if self.house else self.typed_house

    @property
    def house_is_typed(self) -> bool:
        """The house is not on its network's list of members; staff see that it was typed."""
        return bool(self.typed_house)

    @property
    def place(self) -> Any:
        """The municipality of the house."""
        return self.house.municipality if self.house else self.municipality

    @property
    def house_key(self) -> str:
        """The same for all applications of one house, through whichever network, from the list or typed."""
        return f"{self.place.pk} {plain(self.house_name)}"[:200] if self.place else f"? {self.reference}"

    @property
    def origin(self) -> Origin | None:
        return self.place.origin if self.place else None

    def derived_size(self) -> str:
        """The size class that the bands give by the call's rule; empty without any band."""
        return size_of({measure: getattr(self, measure) for measure in MEASURES}) or ""
