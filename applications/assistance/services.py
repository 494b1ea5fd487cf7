"""The verbs of asking and helping: ask, take, propose a time, answer it, let somebody type, end."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from applications.application import Application
from applications.assistance.models import CLOSED, CameBy, Helper, HelpRequest, HelpState, Typed
from applications.assistance.policy import HELPERS
from applications.deadlines.services import may_start
from applications.services import NotAllowed, NotInTime, WrongMove
from fulcrum.audit.services import record
from fulcrum.calls.models import Call, Network
from fulcrum.guard.querysets import everything
from fulcrum.mail.services import write
from fulcrum.people.models import User

judged_by: list[Callable[[Call, User, User], bool]] = []  # later rooms that know whether a helper-to-be has judged the person already


class HasJudged(Exception):
    """Who has scored somebody's application does not help with it; somebody else does."""


class HasApplication(Exception):
    """The person has an application, or an open request, in this call already."""


class Changed(Exception):
    """The appointment is another one than the page showed."""


def lock_own(request: HelpRequest, *, by: Any) -> HelpRequest:
    """The person's own request as it stands, locked. Raises NotAllowed."""
    return _locked(HelpRequest.objects.of_person(by), request)


def lock_as_helper(request: HelpRequest, *, by: Any, taken: bool = True) -> HelpRequest:
    """A request of the user's network as it stands, locked; with `taken` they are the one who helps. Raises NotAllowed."""
    now = _locked(HelpRequest.objects.read_by(by), request)
    if taken and not Helper.objects.of(now).filter(helper=by, ended_at=None).exists():
        raise NotAllowed
    return now


def _locked(rows: Any, request: HelpRequest) -> HelpRequest:
    now = rows.select_for_update(of=("self",), no_key=True).select_related("call", "network", "person").filter(pk=request.pk).first()
    if now is None:
        raise NotAllowed
    return now


def _move(request: HelpRequest, to: HelpState, *, by: Any, act: str) -> HelpRequest:
    """Save the request in its next state and put the act on record. Raises WrongMove where the table of moves has none."""
    if not request.may_move(to):
        raise WrongMove
    request.state = to
    if to in CLOSED:
        request.may_type = False
        request.words = request.interpreter = request.times = request.phone = ""
    request.save()
    if to in (*CLOSED, HelpState.ASKED):
        Helper.objects.of(request).filter(ended_at=None).update(ended_at=timezone.now())
    record(act, by=by, call=request.call, subject=request)
    return request


def may_ask(call: Call, person: Any) -> bool:
    """Whether the call is open for the person, by its deadline or by more time of their own."""
    return may_start(call, person)


@transaction.atomic
def ask(
    call: Call,
    *,
    network: Network,
    language: str,
    way: str,
    phone: str = "",
    interpreter: str = "",
    times: str = "",
    words: str = "",
    may_type: bool = False,
    by: Any,
) -> HelpRequest:
    """Ask a network of the call for help. The moment is kept: who asked before the deadline can be given time.

    Adds the request and an audit entry; the person's open request, if there is one, is returned unchanged. Raises NotInTime
    where the call is not open for the person, and NotAllowed for a network that is none of the call's.
    """
    if not may_ask(call, by):
        raise NotInTime
    if not call.networks.filter(pk=network.pk).exists():
        raise NotAllowed
    said = {"language": language, "way": way, "phone": phone, "interpreter": interpreter, "times": times, "words": words}
    request = HelpRequest(call=call, network=network, person=by, may_type=may_type, asked_at=timezone.now(), **said)
    try:
        with transaction.atomic():
            request.save(force_insert=True)
    except IntegrityError:
        return HelpRequest.objects.of_person(by).open().get(call=call)
    record("help asked", by=by, call=call, subject=request)
    return request


@transaction.atomic
def take(request: HelpRequest, *, by: Any) -> HelpRequest:
    """Become the one who helps: from now on the user reads what was said, and judges nothing of this person.

    Adds the helper and an audit entry. Raises NotAllowed, WrongMove when somebody else was faster, and HasJudged.
    """
    now = lock_as_helper(request, by=by, taken=False)
    if now.state == HelpState.TAKEN and Helper.objects.of(now).filter(helper=by, ended_at=None).exists():
        return now
    if not now.may_move(HelpState.TAKEN):
        raise WrongMove
    if any(judged(now.call, now.person, by) for judged in judged_by):
        raise HasJudged
    Helper(request=now, helper=by, began_at=timezone.now()).save(force_insert=True)
    return _move(now, HelpState.TAKEN, by=by, act="help taken")


@transaction.atomic
def give_back(request: HelpRequest, *, by: Any) -> HelpRequest:
    """Leave the request to somebody else of the network; an appointment is let go. Raises NotAllowed and WrongMove."""
    now = lock_as_helper(request, by=by)
    now.starts_at, now.where = None, ""
    return _move(now, HelpState.ASKED, by=by, act="help given back")


@transaction.atomic
def propose(request: HelpRequest, *, starts_at: datetime, minutes: int, where: str, by: Any) -> HelpRequest:
    """Propose an appointment, or another one in its place; the person gets a letter. Raises NotAllowed and WrongMove.

    The same again changes nothing and writes no letter.
    """
    now = lock_as_helper(request, by=by)
    if now.has_appointment and (now.starts_at, now.minutes, now.where) == (starts_at, minutes, where):
        return now
    now.starts_at, now.minutes, now.where = starts_at, minutes, where
    now.changes += 1
    if not now.may_move(HelpState.PROPOSED):
        raise WrongMove
    letter("appointment", now, helper=by)
    return _move(now, HelpState.PROPOSED, by=by, act="appointment proposed")


@transaction.atomic
def finish(request: HelpRequest, *, by: Any) -> HelpRequest:
    """End the help: nobody types for the person any more, and what they said is removed. Raises NotAllowed and WrongMove."""
    return _move(lock_as_helper(request, by=by), HelpState.DONE, by=by, act="help finished")


@transaction.atomic
def confirm_appointment(request: HelpRequest, *, seen: int, by: Any) -> HelpRequest:
    """Agree to the appointment that the page showed as number `seen`. Twice is once. Raises NotAllowed, WrongMove and Changed."""
    now = lock_own(request, by=by)
    if now.changes != seen:
        raise Changed
    if now.state == HelpState.CONFIRMED:
        return now
    return _move(now, HelpState.CONFIRMED, by=by, act="appointment confirmed")


@transaction.atomic
def ask_another_time(request: HelpRequest, *, times: str, by: Any) -> HelpRequest:
    """Say that the time does not suit, and which would. Raises NotAllowed and WrongMove."""
    now = lock_own(request, by=by)
    now.times = times
    now.changes += 1
    return _move(now, HelpState.ANOTHER, by=by, act="another time asked")


@transaction.atomic
def cancel(request: HelpRequest, *, by: Any) -> HelpRequest:
    """Take the request back: what was said in it is removed, and nobody types any more. Twice is once. Raises NotAllowed and WrongMove."""
    now = lock_own(request, by=by)
    if now.state == HelpState.CANCELLED:
        return now
    now.changes += 1
    return _move(now, HelpState.CANCELLED, by=by, act="help cancelled")


@transaction.atomic
def let_type(request: HelpRequest, *, allowed: bool, by: Any) -> HelpRequest:
    """Let the helper type into the application, or take that back at once. Adds an audit entry. Raises NotAllowed and WrongMove."""
    now = lock_own(request, by=by)
    if not now.is_open:
        raise WrongMove
    if now.may_type != allowed:
        now.may_type = allowed
        now.save(update_fields=["may_type"])
        record("typing allowed" if allowed else "typing taken back", by=by, call=now.call, subject=now)
    return now


@transaction.atomic
def begin_for(request: HelpRequest, *, by: Any) -> Application:
    """Start the application of a person who lets the helper type. Returns it; the one that exists is returned unchanged.

    Adds the application, what was typed of it and an audit entry. Raises NotAllowed without that leave, and NotInTime.
    """
    now = lock_as_helper(request, by=by)
    if not now.may_type:
        raise NotAllowed
    person = now.person
    if not may_start(now.call, person, now.network):
        raise NotInTime
    application = Application(call=now.call, network=now.network, person=person, eligibility={}, language=now.language, name=person.name)
    try:
        with transaction.atomic():
            application.save(force_insert=True)
    except IntegrityError:
        return Application.objects.typed_by(by).get(call=now.call, person=person)
    moment = timezone.now()
    Typed.objects.bulk_create(Typed(application=application, field=field, helper=by, at=moment) for field in ("name", "network"))
    record("application started for somebody", by=by, call=now.call, subject=application)
    return application


@transaction.atomic
def start_for(call: Call, *, network: Network, name: str, address: str, language: str, came_by: CameBy, phone: str = "", by: Any) -> HelpRequest:
    """Start an application for somebody who wrote on paper or by mail, or called: the user helps them from now on, and may type.

    Adds the person where nobody has the address, a request taken by the user, the application and an audit entry; the
    person gets a letter with the way to their page, where they read everything and may take it all back. Raises NotAllowed,
    NotInTime, and HasApplication for whoever has an application or an open request in this call, through whichever network.
    """
    if not by.holds(*HELPERS, call=call, network=network) or address == by.email:
        raise NotAllowed
    if not call.is_open:
        raise NotInTime
    person = User.objects.known_by(address, name=name, language=language)
    with everything("one application for each person and call, through whichever network"):
        if Application.objects.filter(call=call, person=person).exists() or HelpRequest.objects.open().filter(call=call, person=person).exists():
            raise HasApplication
    if not person.name:
        User.objects.filter(pk=person.pk).update(name=name)
        person.name = name
    moment = timezone.now()
    said = {"language": language, "way": "phone" if came_by == CameBy.PHONE else "person", "phone": phone}
    request = HelpRequest(call=call, network=network, person=person, came_by=came_by, state=HelpState.TAKEN, may_type=True, asked_at=moment, **said)
    with suppress(IntegrityError), transaction.atomic():
        request.save(force_insert=True)
    if request.pk is None:  # the same, a moment ago
        raise HasApplication
    Helper(request=request, helper=by, began_at=moment).save(force_insert=True)
    letter("started_for_you", request, helper=by)
    begin_for(request, by=by)
    record("help begun for somebody", by=by, call=call, subject=request)
    return request


def letter(kind: str, request: HelpRequest, *, helper: Any) -> None:
    """Write to the person of a request, once for each state of its appointment."""
    write(
        kind,
        key=f"{kind} {request.pk} {request.changes}",
        address=request.person.email,
        language=request.language,
        person=request.person,
        call=request.call,
        request=request,
        helper=helper,
        link=f"/{request.language}/help/{request.pk}/",
    )
