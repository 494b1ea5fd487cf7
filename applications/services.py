"""The verbs of a candidate: start, save, send, withdraw."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from applications.answers.asking import ask_anew
from applications.application import MOVES, Application, State
from applications.deadlines.services import may_start
from applications.doubles.models import Apart, house_of, ordered
from applications.policy import owns
from applications.progress import missing
from applications.versions.versions import keep_earlier, stand
from fulcrum.audit.services import record
from fulcrum.calls.likeness import alike, core
from fulcrum.calls.models import Call, Extension, Network
from fulcrum.guard.querysets import everything
from fulcrum.mail.models import Message
from fulcrum.mail.services import write

told_of_change: list[Callable[..., None]] = []  # later rooms that note who changed which fields, in the deciding transaction
told_of_house: list[Callable[[Application], None]] = []  # later rooms to which it matters that it is for another house now
# later rooms that let go of it, in the deciding transaction, and may name for the record what they erased
told_of_withdrawal: list[Callable[[Application], Iterable[str] | None]] = []


class NotAllowed(Exception):
    """The application is somebody else's."""


class NotInTime(Exception):
    """The call is not open, by the server's clock."""


class Incomplete(Exception):
    """Something is missing; `missing` lists the tasks."""

    def __init__(self, tasks: list[Any]) -> None:
        super().__init__(", ".join(task.key for task in tasks))
        self.missing = tasks


class Conflict(Exception):
    """The page was saved elsewhere since it was opened; `now` is how the application stands."""

    def __init__(self, now: Any) -> None:
        super().__init__("saved elsewhere")
        self.now = now


class OnlyThere(Exception):
    """The person has more time through one network, and names another."""


class WrongMove(Exception):
    """The application's state does not allow this."""


def revision(row: Any, fields: Iterable[str]) -> str:
    """A short digest of what stands in these fields: a page carries it to notice that it was saved elsewhere."""
    values = [str(getattr(row, field)) for field in sorted(fields)] if row is not None else []
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]


def lock(application: Application, *, by: Any, at: datetime | None = None, typing: bool = False) -> Application:
    """The application as it stands, locked until the transaction ends. Raises NotAllowed and NotInTime.

    It is the person's own; where `typing` is all that is done, also that of a candidate who lets `by` type for them.

    In time is what happens before the deadline that holds for it, by the server's clock, or what began before it, at `at`.
    """
    now = (
        (Application.objects.typed_by(by) if typing else Application.objects.of_person(by))
        .select_for_update(of=("self",), no_key=True)
        .select_related("call", "network", "person")
        .with_deadline()
        .filter(pk=application.pk)
        .first()
    )
    if now is None or not (typing or owns.test(by, now)):
        raise NotAllowed
    if not now.is_open_at(at or timezone.now()):
        raise NotInTime
    return now


@transaction.atomic
def start(call: Call, *, network: Network, eligibility: dict[str, bool], language: str, house: Any = None, by: Any) -> Application:
    """Begin an application through a network, for a house that is its member where one was chosen.

    Returns it; the person's own one, if it exists already, unchanged.
    Adds the application and an audit entry. Raises NotInTime when the call is not open, and the person has no more time of their own.
    """
    if not may_start(call, by, network):
        raise NotInTime
    application = Application(call=call, person=by, network=network, house=house, eligibility=eligibility, language=language, name=by.name)
    try:
        with transaction.atomic():
            application.save(force_insert=True)
    except IntegrityError:
        return Application.objects.of_person(by).get(call=call)
    record("application started", by=by, call=call, subject=application)
    return application


@contextmanager
def changing(application: Application, *, fields: list[str], by: Any) -> Iterator[None]:
    """Around a change of an application: who typed is noted, and once it was sent, the change goes on record, with what stood before.

    Raises Incomplete when a sent application would afterwards lack something that it had.
    """
    if application.sent_at is None:
        yield
        ask_anew(application)
        _tell_of_change(application, fields, by)
        return
    before = {task.key for task in missing(application)} if application.is_sent else set()
    stood = stand(application)
    yield
    ask_anew(application)
    _tell_of_change(application, fields, by)
    if application.is_sent and (lost := [task for task in missing(application) if task.key not in before]):
        raise Incomplete(lost)
    keep_earlier(application, stood, by=by)
    Application.objects.typed_by(by).filter(pk=application.pk).update(changed_at=timezone.now())
    record("application changed", by=by, call=application.call, subject=application, fields=fields)


def _tell_of_change(application: Application, fields: list[str], by: Any) -> None:
    for told in told_of_change:
        told(application, fields=fields, by=by)


@transaction.atomic
def save_page(application: Application, *, values: dict[str, Any], seen: str | None = None, page: Iterable[str] = (), by: Any) -> Application:
    """Write the fields of one page. A change to a sent application is put on record; the size follows its bands.

    `seen` is the `revision` of the page's fields as they were shown. Returns the application as it stands then.
    Raises NotAllowed, NotInTime, Conflict when the page was saved elsewhere since, and Incomplete when a sent application
    would lack something.
    """
    now = lock(application, by=by, typing=True)
    changed = [field for field, value in values.items() if getattr(now, field) != value]
    if seen is not None and changed and seen != revision(now, page):
        raise Conflict(now)
    if not changed:
        return now
    former = now.house_key
    with changing(now, fields=changed, by=by):
        for field in changed:
            setattr(now, field, values[field])
        now.size = now.derived_size()
        now.save()
        _tell_of_house(now, former)
    if now.is_sent and {"house", "typed_house"} & set(changed):
        _tell_others_of_house(now)
    return now


@transaction.atomic
def change_doors(application: Application, *, network: Network, eligibility: dict[str, bool], house: Any = None, by: Any) -> Application:
    """Change the network of what is not sent, what was said of being eligible, and the house where a member of the network is given.

    A house that is no member of the network is let go.

    Raises NotAllowed, NotInTime, WrongMove for another network while the application is sent, and OnlyThere when the deadline has passed
    and the person has more time through the former network alone.
    """
    now = lock(application, by=by, typing=True)
    if network != now.network and now.is_sent:
        raise WrongMove
    if not may_start(now.call, now.person, network):
        raise OnlyThere
    changed = [name for name, value in (("network", network), ("eligibility", eligibility)) if getattr(now, name) != value]
    former = now.house_key
    if house and house != now.house and house.networks.filter(pk=network.pk).exists():
        now.house, now.typed_house, now.municipality = house, "", None
        changed.append("house")
    if now.house and network != now.network and not now.house.networks.filter(pk=network.pk).exists():
        now.house = None
    with changing(now, fields=changed, by=by):
        now.network, now.eligibility = network, eligibility
        now.save()
        _tell_of_house(now, former)
    now.__dict__.pop("own_until", None)  # what held for the former network
    if now.is_sent and "house" in changed:
        _tell_others_of_house(now)
    return now


def _tell_of_house(application: Application, former: str) -> None:
    """Let later rooms know when the application is for another house than it was by the `former` key."""
    if application.house_key != former:
        for tell in told_of_house:
            tell(application)


@transaction.atomic
def agree(application: Application, *, by: Any) -> Application:
    """Note the person's consent to the use of their data, with the version of the call that they read."""
    now = lock(application, by=by)
    if not now.consented_at:
        now.consented_at, now.consent_version = timezone.now(), now.call.version
        now.save()
    return now


@transaction.atomic
def disagree(application: Application, *, by: Any) -> Application:
    """Take the consent back, as easily as it was given: a sent application is withdrawn with it, and nothing is sent without.

    Writes an audit entry. Raises NotAllowed and NotInTime.
    """
    now = lock(application, by=by)
    if now.consented_at:
        if now.is_sent:
            now = withdraw(now, by=by)
        now.consented_at = now.consent_version = None
        now.save()
        record("consent taken back", by=by, call=now.call, subject=now)
    return now


@transaction.atomic
def send(application: Application, *, by: Any) -> Application:
    """Send the application to its network: the deadline is decided here, by the server's clock.

    Writes state and time, an audit entry and the receipt, once however often it is asked; others of the same house who
    have sent are told, without names, that only one can be selected. Returns the application.
    Raises NotAllowed, NotInTime, and Incomplete with the tasks that are still open.
    """
    now = lock(application, by=by)
    if now.is_sent:
        return now
    if open_tasks := missing(now):
        raise Incomplete(open_tasks)
    _move(now, State.SENT)
    now.sent_at = timezone.now()
    now.sendings += 1
    now.save()
    record("application sent", by=by, call=now.call, subject=now)
    _letter("receipt", now)
    _tell_others_of_house(now)
    return now


@transaction.atomic
def withdraw(application: Application, *, by: Any) -> Application:
    """Take a sent application back; it can be sent again until the deadline. Erases its needs; writes an audit entry and a letter."""
    now = lock(application, by=by)
    if now.state == State.WITHDRAWN:
        return now
    _move(now, State.WITHDRAWN)
    now.save()
    gone = [name for let_go in told_of_withdrawal for name in let_go(now) or ()]  # before the record, whose end everybody locks last
    record("application withdrawn", by=by, call=now.call, subject=now, fields=gone)
    _letter("withdrawn", now)
    return now


def _move(application: Application, to: State) -> None:
    if to not in MOVES[State(application.state)]:
        raise WrongMove
    application.state = to


def _letter(kind: str, application: Application) -> None:
    from applications.copy import copy_of
    from applications.standing import sentence

    person = application.person
    write(
        kind,
        key=f"{kind} {application.pk} {application.sendings}",
        address=person.email,
        language=application.language,
        person=person,
        call=application.call,
        application=application,
        standing=sentence(application, application.language),
        copy=copy_of(application, application.language),
        others_of_house=others_of_house(application),
    )


def _of_same_house(application: Application) -> list[Application]:
    """Other sent applications that name the same house, from the list or typed, through whichever network.

    The caller lets nobody see whose they are. Names in one municipality are the same when they differ in general words or a little in
    spelling, unless staff found the two to be different.
    """
    if application.place is None:
        return []
    others = Application.objects.sent().filter(call=application.call).exclude(pk=application.pk)
    there = others.filter(Q(house__municipality=application.place) | Q(municipality=application.place))
    rows = list(there.select_related("house__municipality", "municipality", "person", "call", "network"))
    same = [other for other in rows if other.house_key == application.house_key]
    own = core(application.house_name)
    near = [other for other in rows if other not in same and alike(core(other.house_name), own)]
    apart = Apart.objects.pairs([house_of(entry) for entry in (application, *near)]) if near else set()
    return same + [other for other in near if ordered(house_of(other), house_of(application)) not in apart]


def networks_of_same_house(application: Application) -> list[Network]:
    """The network of each other sent application that names the same house; never whose they are."""
    with everything("networks without names"):
        return [other.network for other in _of_same_house(application)]


def others_of_house(application: Application) -> int:
    """How many other sent applications name the same house; never who."""
    with everything("a count without names"):
        return len(_of_same_house(application))


def _tell_others_of_house(application: Application) -> None:
    with everything("a letter without names"):
        others = _of_same_house(application)
    for other in others:
        write(
            "shared_house",
            key=f"shared house {other.pk} {application.pk}",
            address=other.person.email,
            language=other.language,
            person=other.person,
            call=other.call,
            application=other,
        )


def tell_of_extension(call: Call, extension: Extension) -> None:
    """Write once to everybody with an open draft that the deadline moved, and why."""
    with everything("a letter to each draft"):
        drafts = list(Application.objects.filter(call=call, state=State.DRAFT).select_related("person", "network").with_deadline())
    for draft in drafts:
        draft.call = call
        write(
            "extension",
            key=f"extension {extension.pk} {draft.pk}",
            address=draft.person.email,
            language=draft.language,
            person=draft.person,
            call=call,
            application=draft,
            extension=extension,
        )


def open_drafts(call: Call) -> int:
    """How many people would be told of an extension of the call: a number, and never who."""
    with everything("a number"):
        return Application.objects.filter(call=call, state=State.DRAFT).count()


def sent_without_receipt() -> list[str]:
    """Invariant: whoever has sent an application was written a receipt, until letters are forgotten or the person is erased."""
    with everything("invariant"):
        sent = Application.objects.sent().filter(call__ends_at__gt=timezone.now(), person__is_active=True).values_list("pk", "sendings")
        keys = set(Message.objects.filter(kind="receipt").values_list("key", flat=True))
        return [f"applications: {pk} was sent without a receipt." for pk, number in sent if f"receipt {pk} {number}" not in keys]
