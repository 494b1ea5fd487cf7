"""The verbs of a seat: offered, answered, given back, and offered to the next."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from applications.application import Application
from applications.needs.services import erase_all
from fulcrum.audit.services import record
from fulcrum.calls.models import Call, Network, Partnership
from fulcrum.guard.querysets import everything
from fulcrum.mail.services import write
from fulcrum.people.models import Role
from programme.seat import MOVES, Seat, State
from selection.outcomes.models import Outcome
from selection.outcomes.services import usual_answer_by
from selection.slate import Slate
from selection.slates.balance import balance, shortfall


class NotAllowed(Exception):
    """The seat is somebody else's, or the call is coordinated by somebody else."""


class TooLate(Exception):
    """The date to answer has passed, or the programme has begun."""


class WrongMove(Exception):
    """The seat's state does not allow this."""


class NotOverdue(Exception):
    """There is still time to answer."""


class NotReleased(Exception):
    """Nobody was told yet what became of the applications."""


class Over(Exception):
    """The programme is over, or the certificate is issued: a seat is not given back any more."""


class PlaceTaken(Exception):
    """Somebody holds this place, or the network has no such place."""


class NotAReserve(Exception):
    """The application is no reserve of this network, had a seat already, or its house holds one."""


class ReasonMissing(Exception):
    """A place is offered past the rule only with a reason."""


def offer_seats(slate: Slate) -> None:
    """Offer a seat to everybody who is selected; the letters are those of the release. Twice is once.

    Adds seats and one audit entry, in the transaction of the release.
    """
    if slate.answer_by is None:
        raise ValueError("A slate is released with a date to answer by.")
    answer_by, now = slate.answer_by, timezone.now()
    with everything("the release offers to all who are selected"):
        offered = Seat.objects.filter(call=slate.call).values("application")
        selected = list(Outcome.objects.selected().filter(call=slate.call).exclude(application__in=offered))
    if not selected:
        return
    Seat.objects.bulk_create(
        Seat(
            call=slate.call,
            network_id=outcome.network_id,
            number=outcome.rank or 0,  # whoever is selected has a rank: the database holds it
            of=outcome.of,
            application_id=outcome.application_id,
            house=outcome.house,
            offered_at=now,
            answer_by=answer_by,
        )
        for outcome in selected
    )
    record("seats offered", by=slate.released_by, call=slate.call, subject=slate)


@transaction.atomic
def accept(seat: Seat, *, by: Any) -> Seat:
    """Take the seat that one was offered. Writes state and time, an audit entry and a letter with the dates; twice is once.

    Returns the seat as it stands then. Raises NotAllowed, WrongMove, and TooLate once the date to answer has passed.
    """
    now = _own(seat, by)
    if now.is_accepted:
        return now
    if now.state == State.LAPSED or now.is_overdue:
        raise TooLate
    _move(now, State.ACCEPTED)
    record("seat accepted", by=by, call=now.call, subject=now)
    _letter("seat_accepted", now, units=list(now.call.units.all()))
    return now


def decline(seat: Seat, *, reason: str = "", by: Any) -> Seat:
    """Say no to an offered seat: the place goes on to the next. Twice is once.

    Writes state, time and reason, erases the needs, adds an audit entry, and letters to the person and the partners; the first reserve who keeps
    the balance in range is offered the place in the same transaction. Raises NotAllowed and WrongMove.
    """
    return _give_back(seat, State.DECLINED, "seat declined", reason, by)


def give_up(seat: Seat, *, reason: str = "", by: Any) -> Seat:
    """Give an accepted seat back: the place goes on to the next, as when it is declined. Raises NotAllowed, WrongMove, and Over."""
    if is_over(seat.call):
        raise Over
    return _give_back(seat, State.GIVEN_UP, "seat given up", reason, by)


@transaction.atomic
def lapse(seat: Seat, *, by: Any) -> Seat:
    """Let an offer go whose date to answer has passed: the place goes on to the next. By the coordinator; twice is once.

    Raises NotAllowed, NotOverdue, and WrongMove for a seat that was answered.
    """
    if not by.holds("coordinator", call=seat.call):
        raise NotAllowed
    _lock_seats(seat.call)
    now = Seat.objects.visible_to(by).with_person().select_related("call").select_for_update(of=("self",), no_key=True).get(pk=seat.pk)
    if now.state == State.LAPSED:
        return now
    if now.is_offered and not now.is_overdue:
        raise NotOverdue
    _move(now, State.LAPSED)
    record("seat lapsed", by=by, call=now.call, subject=now, fields=erase_all(now.application))
    _pass_on(now, by)
    return now


@transaction.atomic
def offer(call: Call, *, network: Network, number: int, application: Application, reason: str, by: Any) -> Seat:
    """Offer a vacant place to a reserve by name, with a reason: after the partners were asked. By the coordinator.

    Adds the seat, an audit entry with the reason, and letters to the person and the partners. Returns the seat.
    Raises NotAllowed, ReasonMissing, NotReleased, PlaceTaken, NotAReserve, and TooLate once the programme has begun.
    """
    if not by.holds("coordinator", call=call):
        raise NotAllowed
    if not reason.strip():
        raise ReasonMissing
    if not _lock_seats(call).is_released:
        raise NotReleased
    if has_begun(call):
        raise TooLate
    if not Partnership.objects.filter(call=call, network=network, places__gte=max(number, 1)).exists():
        raise PlaceTaken
    if Seat.objects.visible_to(by).held().filter(call=call, network=network, number=number).exists():
        raise PlaceTaken
    reserve = next((left for left in reserves_left(call, network, to=by) if left.application_id == application.pk), None)
    if reserve is None:
        raise NotAReserve
    seat = _offer(reserve, number, by, reason)
    _tell_partners(seat, key=f"seat offered {seat.pk}", offered=seat)
    return seat


def replacement(seat: Seat) -> Outcome | None:
    """The first reserve of the seat's network with whom the places held miss the targets by no more than with who left.

    None when nobody keeps the range, when no reserve is left, or when the programme has begun.
    """
    if has_begun(seat.call):
        return None
    with everything("the rule decides, whoever gave the seat back"):
        others = Seat.objects.held().with_person().filter(call=seat.call).exclude(pk=seat.pk)
        staying = [held.application for held in others]
    before = shortfall(seat.call, [*staying, seat.application])
    left = reserves_left(seat.call, seat.network)
    return next((reserve for reserve in left if shortfall(seat.call, [*staying, reserve.application]) <= before), None)


def reserves_left(call: Call, network: Network, *, to: Any = None) -> list[Outcome]:
    """The reserves of a network in their order who had no seat yet and whose house holds none; those that `to` may see."""
    with everything("who has or had a seat"):
        return list(_free(call, to).filter(network=network).order_by("rank"))


def networks_with_reserves(call: Call, *, to: Any) -> set[int]:
    """The ids of the networks that still have a reserve to whom a place could be offered."""
    with everything("who has or had a seat"):
        return set(_free(call, to).values_list("network", flat=True))


def _free(call: Call, to: Any) -> Any:
    seats = Seat.objects.filter(call=call)
    outcomes = Outcome.objects.visible_to(to) if to else Outcome.objects.all()
    free = outcomes.filter(call=call, kind=Outcome.Kind.RESERVE).exclude(application__in=seats.values("application"))
    people = ("application__house__municipality", "application__municipality", "application__person", "network", "call")
    return free.exclude(house__in=seats.held().values("house")).select_related(*people)


def effect_of(call: Call, applications: Iterable[Application]) -> str:
    """What the balance would be with these applications, in a sentence."""
    missed = [aim.words for dimension in balance(call, applications) for aim in dimension.aims if aim.short]
    return _("Then these targets are missed: %(targets)s.") % {"targets": "; ".join(missed)} if missed else _("Then every target is met.")


def has_seat(outcome: Outcome) -> bool:
    """Whether the person of this outcome was offered a seat."""
    with everything("told to the person themselves"):
        return Seat.objects.filter(application=outcome.application_id).exists()


def has_begun(call: Call) -> bool:
    """Whether the first unit of the programme has begun: from then on a place that is given back stays empty."""
    first = call.units.first()
    return first is not None and first.has_begun(timezone.now())


def is_over(call: Call) -> bool:
    """Whether the last unit of the programme has ended."""
    last = call.units.order_by("-ends_at").first()
    return last is not None and last.ends_at <= timezone.now()


def _own(seat: Seat, by: Any) -> Seat:
    """The seat as it stands, locked. Raises NotAllowed when it is somebody else's."""
    now: Seat | None = (
        Seat.objects.of_person(by).with_person().select_related("call").select_for_update(of=("self",), no_key=True).filter(pk=seat.pk).first()
    )
    if now is None:
        raise NotAllowed
    return now


def _lock_seats(call: Call) -> Slate:
    """Until the transaction ends nobody else passes a place of this call on: two who leave never bring the same reserve in."""
    with everything("one change of a call's seats at a time"):
        return Slate.objects.select_for_update(no_key=True).get(call=call)


def _move(seat: Seat, to: State, reason: str = "") -> None:
    if to not in MOVES.get(State(seat.state), set()):
        raise WrongMove
    seat.state, seat.answered_at, seat.reason = to, timezone.now(), reason
    seat.save()


@transaction.atomic
def _give_back(seat: Seat, to: State, act: str, reason: str, by: Any) -> Seat:
    _lock_seats(seat.call)
    now = _own(seat, by)
    if now.state == to:
        return now
    _move(now, to, reason)
    record(act, by=by, call=now.call, subject=now, fields=erase_all(now.application))
    _pass_on(now, by)
    return now


def _pass_on(seat: Seat, by: Any) -> None:
    """Thank who left, offer the place to the next where the rule finds one, and tell the partners."""
    _letter("seat_returned", seat)
    following = replacement(seat)
    offered = _offer(following, seat.number, by) if following else None
    _tell_partners(seat, key=f"seat changed {seat.pk}", offered=offered)


def _offer(reserve: Outcome, number: int, by: Any, reason: str = "") -> Seat:
    seat = Seat(
        call=reserve.call,
        network=reserve.network,
        number=number,
        of=reserve.of,
        application=reserve.application,
        house=reserve.house,
        offered_at=timezone.now(),
        answer_by=usual_answer_by(reserve.call),
    )
    try:
        with transaction.atomic():
            seat.save(force_insert=True)
    except IntegrityError as error:
        raise PlaceTaken from error
    record("seat offered", by=by, call=seat.call, subject=seat, reason=reason)
    _letter("seat_offered", seat)
    return seat


def _letter(kind: str, seat: Seat, **words: Any) -> None:
    application = seat.application
    write(
        kind,
        key=f"{kind} {seat.pk}",
        address=application.person.email,
        language=application.language,
        person=application.person,
        call=seat.call,
        application=application,
        seat=seat,
        **words,
    )


def _tell_partners(seat: Seat, *, key: str, offered: Seat | None) -> None:
    """Write to the coordinators and to the leads of all networks of the call, once to each person, in their language.

    Houses are named, persons and reasons are not.
    """
    roles = Role.objects.in_force().filter(call=seat.call, role__in=[Role.Kind.COORDINATOR, Role.Kind.LEAD]).select_related("person")
    coordinators = {role.person_id for role in roles if role.role == Role.Kind.COORDINATOR}
    waiting = bool(offered is None and not has_begun(seat.call) and reserves_left(seat.call, seat.network))
    for person in {role.person_id: role.person for role in roles}.values():
        with override(person.language):
            link = f"{settings.SITE_URL}{reverse('seats', args=[seat.call.slug])}?network={seat.network.slug}"
        write(
            "seat_changed",
            key=f"{key} {person.pk}",
            address=person.email,
            language=person.language,
            person=person,
            call=seat.call,
            seat=seat,
            offered=offered,
            reserves_wait=waiting,
            coordinates=person.pk in coordinators,
            link=link,
        )


def seats_beyond_places() -> list[str]:
    """Invariant: no network holds more seats than places, and whoever holds one was selected or a reserve."""
    with everything("invariant"):
        running = Seat.objects.held().filter(call__ends_at__gt=timezone.now())
        held = list(running.values_list("pk", "call", "network", "application__outcome__kind"))
    places = {(part.call_id, part.network_id): part.places for part in Partnership.objects.all()}
    found = []
    for call, network in sorted({(call, network) for _seat, call, network, _kind in held}):
        number = sum(1 for seat in held if seat[1:3] == (call, network))
        if number > places.get((call, network), 0):
            found.append(f"seats: network {network} holds more seats than places in call {call}.")
    chosen = (Outcome.Kind.SELECTED, Outcome.Kind.RESERVE)
    return found + [
        f"seats: {seat} is held by somebody who was neither selected nor a reserve." for seat, _where, _whose, kind in held if kind not in chosen
    ]
