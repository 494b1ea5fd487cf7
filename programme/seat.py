"""The seat: one house's place in the programme, held by one person all year."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fulcrum.guard.privacy import Personal
from fulcrum.guard.querysets import Guarded, GuardedQuerySet


class State(models.TextChoices):
    OFFERED = "offered", _("Offered")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    LAPSED = "lapsed", _("Not answered in time")
    GIVEN_UP = "given_up", _("Given up")


HELD = (State.OFFERED, State.ACCEPTED)
MOVES = {State.OFFERED: {State.ACCEPTED, State.DECLINED, State.LAPSED}, State.ACCEPTED: {State.GIVEN_UP}}
_COORDINATION = "the person; coordinator; the lead of their network"
_UNTIL = "two years after the call"


def has_a_seat() -> Q:
    """The applications whose persons hold a seat, offered or accepted."""
    return Q(seat__state__in=HELD)


def passed_over() -> Q:
    """The applications of those who gave their seat back, and of reserves whom nobody needed before the programme began."""
    reserve = Q(outcome__kind="reserve", seat=None, call__slate__released_at__isnull=False, call__units__starts_at__lte=timezone.now())
    return Q(seat__isnull=False) & ~has_a_seat() | reserve


class SeatQuerySet(GuardedQuerySet):
    def of_person(self, user: Any) -> Self:
        """Seats that were offered to a person themselves."""
        return self._scoped(Q(application__person=user))

    def held(self) -> Self:
        """Offered or accepted: nobody else can have it meanwhile."""
        return self.filter(state__in=HELD)

    def accepted(self) -> Self:
        return self.filter(state=State.ACCEPTED)

    def overdue(self) -> Self:
        return self.filter(state=State.OFFERED, answer_by__lte=timezone.now())

    def with_person(self) -> Self:
        """With the rows that say who it is."""
        return self.select_related("application__house__municipality", "application__municipality", "application__person", "network")


class Seat(Guarded):
    """A place offered to one person. A seat that was declined stays on record; the place is then offered to the next."""

    call = models.ForeignKey("calls.Call", on_delete=models.CASCADE, related_name="seats")
    network = models.ForeignKey("calls.Network", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()
    of = models.PositiveSmallIntegerField()
    application = models.OneToOneField("applications.Application", on_delete=models.PROTECT, related_name="seat")
    house = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State, default=State.OFFERED)
    offered_at = models.DateTimeField()
    answer_by = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    printed_name = models.CharField(max_length=120, blank=True)
    name_checked_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = SeatQuerySet.as_manager()
    impersonal = "call network number of application house state offered_at answer_by answered_at name_checked_at"
    personal = {
        "reason": Personal("knowing why a seat was given back", _COORDINATION, _UNTIL),
        "printed_name": Personal("the name on the certificate", _COORDINATION, _UNTIL),
    }

    class Meta:
        ordering = ["network", "number", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["call", "network", "number"], condition=Q(state__in=["offered", "accepted"]), name="one_person_a_seat"),
            models.UniqueConstraint(fields=["call", "house"], condition=Q(state__in=["offered", "accepted"]), name="one_seat_a_house"),
            models.CheckConstraint(condition=Q(number__gte=1, number__lte=F("of")), name="never_more_seats_than_places"),
            models.CheckConstraint(condition=Q(state="offered") | Q(answered_at__isnull=False), name="an_answered_seat_has_a_time"),
            models.CheckConstraint(condition=Q(name_checked_at=None) | ~Q(printed_name=""), name="a_checked_name_is_there"),
        ]

    @classmethod
    def visible_q(cls, user: Any) -> Q:
        """The person; the coordinator; leads, for their own network."""
        rule = Q(application__person=user)
        for role in user.roles_now:
            if role.role == "coordinator":
                rule |= Q(call=role.call_id)
            elif role.role == "lead":
                rule |= Q(call=role.call_id, network=role.network_id)
        return rule

    def get_absolute_url(self) -> str:
        return reverse("seat", args=[self.application.reference])

    @property
    def is_offered(self) -> bool:
        return self.state == State.OFFERED

    @property
    def is_overdue(self) -> bool:
        """Offered, and the date to answer has passed; nobody has let it lapse yet."""
        return self.is_offered and self.answer_by <= timezone.now()

    @property
    def is_accepted(self) -> bool:
        return self.state == State.ACCEPTED

    @property
    def name_to_print(self) -> str:
        """The name as the participant checked it, else as they applied."""
        return self.printed_name or self.application.name
