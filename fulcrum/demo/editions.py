"""Two more editions of the call for the demonstration: one in selection, one running; and what other people would do next."""

import json
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from applications.application import Application
from fulcrum.audit.services import record
from fulcrum.calls.models import Call, Network
from fulcrum.calls.services import MOMENTS, keep_version
from fulcrum.guard.querysets import everything
from fulcrum.mail.models import Message
from fulcrum.people.models import Role, User
from fulcrum.work.models import Job
from programme.attendance import services as attending
from programme.attendance.models import Mark
from programme.seat import Seat
from programme.seats import services as seating
from selection.assessments import services as assessing
from selection.assessments.models import Assessment
from selection.assessments.reading import by_score
from selection.outcomes import services as telling
from selection.shortlists import services as ranking
from selection.shortlists.models import Place, Shortlist
from selection.slate import Approval, Slate, SlateVersion
from selection.slates import services as approving

EDITIONS = Path(__file__).parent / "data" / "editions.json"
LEFT_TO_THE_VISITOR = ("cult", "alcc")  # networks whose list in the call in selection is still to be made
READY = ("acc", "soziokultur", "acce")
RESERVES = 2
USUAL = {  # what an assessor would note where the data says nothing
    "transformation": ["The plans are concrete, and somebody is named for each of them.", "A small step, but a real one, and it is in the budget."],
    "ambassador": ["Knows whom to share it with, and has done so before.", "Would go to the neighbours first, which is where I would begin, too."],
    "position": ["Decides on the programme and sits where money is decided.", "Needs the director for anything large, and has the director's ear."],
}


def editions() -> dict[str, list[dict[str, Any]]]:
    """The invented people of both editions: those in selection, and those of the running programme."""
    return json.loads(EDITIONS.read_text())


def edition_of(content: dict[str, Any], number: int) -> dict[str, Any]:
    """The content of a call file as an edition of its own: same rules and texts, another slug and name."""
    name = {code: f"{text} {number}" for code, text in content["short_name"].items()}
    return content | {"slug": f"{content['slug']}-{number}", "short_name": name}


def _later(moment: datetime, offset: timedelta, zone: ZoneInfo) -> datetime:
    """The moment moved by an offset; by whole days it keeps its hour in the zone, whatever the clocks did meanwhile."""
    return moment.astimezone(zone) + offset if offset % timedelta(days=1) == timedelta() else moment + offset


@transaction.atomic
def move(call: Call, offset: timedelta) -> Call:
    """Move every date of the call by the same offset; days of the programme by whole days. On record, as every change of dates."""
    days = timedelta(days=offset.days)
    for key in MOMENTS:
        setattr(call, key, _later(getattr(call, key), offset, call.zone))
    call.version += 1
    call.save()
    call.dates.update(starts=F("starts") + days, ends=F("ends") + days)
    for unit in call.units.all():
        unit.starts_at, unit.ends_at = (_later(moment, days, unit.zone) for moment in (unit.starts_at, unit.ends_at))
        unit.save()
    with everything("demonstration"):
        Slate.objects.filter(call=call).exclude(answer_by=None).update(answer_by=F("answer_by") + days)
        Seat.objects.filter(call=call).update(answer_by=F("answer_by") + days)
    keep_version(call, by=None)
    record("demonstration moved in time", call=call, subject=call, fields=[*MOMENTS])
    return call


def backdate_applications(call: Call, offset: timedelta) -> None:
    """Let people have applied earlier, as on a site that has run since."""
    with everything("demonstration"):
        rows = Application.objects.filter(call=call)
        rows.update(started_at=F("started_at") + offset, changed_at=F("changed_at") + offset)
        rows.exclude(sent_at=None).update(sent_at=F("sent_at") + offset)


def backdate_selection(call: Call, offset: timedelta) -> None:
    """Let what was scored, listed, voted, told and answered in the call have happened earlier."""
    with everything("demonstration"):
        for rows, names in (
            (Assessment.objects.filter(application__call=call), ("read_at", "done_at")),
            (Shortlist.objects.filter(call=call), ("put_forward_at",)),
            (Slate.objects.filter(call=call), ("opened_at", "final_at", "released_at")),
            (SlateVersion.objects.filter(slate__call=call), ("made_at", "frozen_at")),
            (Approval.objects.filter(version__slate__call=call), ("at",)),
            (Seat.objects.filter(call=call), ("offered_at", "answered_at")),
        ):
            for name in names:
                rows.exclude(**{name: None}).update(**{name: F(name) + offset})


def deliver_long_ago(call: Call, offset: timedelta) -> None:
    """Let the letters of the call have been delivered when they were due: nobody's mailbox holds them any more."""
    with everything("demonstration"):
        Message.objects.filter(call=call).update(job=Job.DONE, sent_at=F("written_at") + offset, written_at=F("written_at") + offset)


def leads_of(call: Call, network: Network) -> list[User]:
    return [role.person for role in Role.objects.in_force().filter(call=call, network=network, role=Role.Kind.LEAD).select_related("person")]


def readers_of(call: Call, network: Network) -> list[User]:
    """Everybody who reads for the network, each once."""
    roles = Role.objects.in_force().filter(call=call, network=network, role__in=("assessor", "lead")).select_related("person").order_by("pk")
    return list({role.person_id: role.person for role in roles}.values())


def coordinator_of(call: Call) -> User:
    return Role.objects.in_force().filter(call=call, role=Role.Kind.COORDINATOR).select_related("person")[0].person


def said_of() -> dict[str, dict[str, Any]]:
    """What the data says of a candidate, by address: scores, reasons, rank."""
    return {entry["email"]: entry for entries in editions().values() for entry in entries}


def score_for(application: Application, reader: User, said: dict[str, Any], second: bool) -> None:
    """One reader's scores: as the data has them, or such as fit an invented candidate; a second reader sees some of it otherwise."""
    chance = random.Random(f"{application.reference if not said else said['email']} {second}")  # noqa: S311 - the same at every loading
    values = said.get("scores") or {
        "transformation": chance.randint(1, 4),
        "ambassador": chance.randint(1, 4),
        "position": chance.randint(1, 4),
        "prior_knowledge": chance.randint(0, 2),
        "chances": chance.randint(0, 1),
    }
    own = (
        {key: chance.choice(words) for key, words in USUAL.items()}
        if second
        else said.get("reasons") or {key: words[0] for key, words in USUAL.items()}
    )
    scores = {}
    for key, value in values.items():
        other = chance.choice([-1, 0, 0, 0, 1]) if second and key in USUAL and not said.get("tie") else 0
        scores[key] = (min(max(value + other, 0), 4) if key in USUAL else value, own.get(key, ""))
    assessing.score(application, scores=scores, finished=True, by=reader)


def score_all(call: Call, network: Network, *, only: list[User] | None = None, limit: int | None = None) -> None:
    """Let the readers of a network score what they have not scored yet; `limit` ends each one's reading early."""
    known = said_of()
    for index, reader in enumerate(readers_of(call, network)):
        if only is not None and reader not in only:
            continue
        rows = Application.objects.read_by(reader).filter(call=call, network=network).select_related("person").order_by("sent_at")
        done = set(Assessment.objects.visible_to(reader).done().filter(assessor=reader).values_list("application", flat=True))
        for application in [row for row in rows if row.pk not in done][:limit]:
            score_for(application, reader, known.get(application.person.email, {}), second=index > 0)


def put_forward(call: Call, network: Network) -> None:
    """Let a network do its part: score what is left, rank by what the data says and else by score, put its list forward."""
    score_all(call, network)
    lead = next((person for person in leads_of(call, network) if ranking.may_rank(person, call, network)), None)
    if lead is None:
        raise ranking.NotAllowed
    known = said_of()
    of = call.partnerships.get(network=network).places
    rows = list(by_score(Application.objects.read_by(lead).filter(call=call, network=network, ineligibility=None).select_related("person")))
    rows = [row for row in rows if known.get(row.person.email, {"rank": 99})["rank"]]  # who has no rank in the data is on no list
    rows.sort(key=lambda row: known.get(row.person.email, {"rank": 99})["rank"])
    held = Place.objects.visible_to(lead).filter(shortlist__call=call, shortlist__network=network).count()
    for application in rows:
        if held >= of + RESERVES:
            break
        why = known.get(application.person.email, {}).get("why") or "High scores from both readers, and a house that is ready."
        try:
            ranking.place(application, reason=why, by=lead)
            held += 1
        except (ranking.HouseTaken, ranking.PlaceTaken):
            continue
    own = ranking.lock_list(call, network)
    ranking.put_forward(own, version=own.version, by=lead)


@transaction.atomic
def others_put_forward(call: Call, visitor: Any) -> int:
    """Let every network but the visitor's own put its list forward. Returns how many did."""
    own = {role.network_id for role in visitor.roles_now if role.call_id == call.pk} if visitor.is_authenticated else set()
    waiting = [network for network, ready in ranking.readiness(call) if not ready and network.pk not in own]
    for network in waiting:
        put_forward(call, network)
    return len(waiting)


@transaction.atomic
def others_vote(call: Call, visitor: Any) -> int:
    """Let every network but the visitor's own vote yes on the frozen version. Returns how many did."""
    own = {role.network_id for role in visitor.roles_now if role.call_id == call.pk} if visitor.is_authenticated else set()
    with everything("demonstration"):
        slate = Slate.objects.filter(call=call, final_at=None).first()
        version = SlateVersion.objects.exclude(frozen_at=None).filter(slate=slate, number=slate.version).first() if slate else None
        voted = set(Approval.objects.filter(version=version).values_list("network", flat=True))
    if slate is None or version is None:
        return 0
    waiting = [part.network for part in call.partnerships.select_related("network") if part.network_id not in own | voted]
    able = [(network, person) for network in waiting for person in leads_of(call, network)[:1] if ranking.may_rank(person, call, network)]
    for network, person in able:
        approving.approve(slate, network=network, vote=Approval.Vote.YES, reason="", version=version.number, by=person)
    return len(able)


@transaction.atomic
def others_accept(call: Call, visitor: Any) -> int:
    """Let everybody but the visitor take the seat they are offered. Returns how many did."""
    with everything("demonstration"):
        offered = list(Seat.objects.filter(call=call, state="offered").exclude(application__person=visitor.pk).select_related("application__person"))
    for seat in offered:
        seating.accept(seat, by=seat.application.person)
    return len(offered)


class TooEarly(Exception):
    """Nobody has a seat yet, so there is no programme to run."""


@transaction.atomic
def run_programme(call: Call) -> int:
    """Let the programme run to its end: every unit is over, attendance is noted, names are checked. Returns how many marks were added.

    One participant misses more than the rule allows, so that not everybody completes. Raises TooEarly.
    """
    from programme.certificates.services import check_name

    with everything("demonstration"):
        if not Seat.objects.accepted().filter(call=call).exists():
            raise TooEarly
    last = call.units.order_by("-ends_at").first()
    if last and last.ends_at > timezone.now():
        move(call, -timedelta(weeks=(last.ends_at - timezone.now()).days // 7 + 1))
    added = note_attendance(call)
    with everything("demonstration"):
        seats = list(Seat.objects.accepted().filter(call=call, name_checked_at=None).select_related("application__person").order_by("pk"))
    for seat in seats[1:]:  # the first one's name is left to check
        check_name(seat, name=seat.name_to_print, by=seat.application.person)
    return added


def note_attendance(call: Call) -> int:
    """Note who was there in every unit that has begun, where nothing is noted. Returns how many marks were added."""
    coordinator, now, added = coordinator_of(call), timezone.now(), 0
    with everything("demonstration"):
        seats = list(Seat.objects.accepted().filter(call=call).order_by("pk"))
        noted = set(Mark.objects.filter(seat__in=seats).values_list("seat", "unit"))
    for unit in call.units.all():
        if not unit.has_begun(now):
            break
        marks = {}
        for index, seat in enumerate(seats):
            if (seat.pk, unit.pk) in noted:
                continue
            missed = (index == 3 and unit.kind == "lab") or (index + unit.number) % 13 == 0
            made_up = missed and index != 3 and unit.kind == "lab"
            marks[seat.pk] = "made_up" if made_up else "absent" if missed else "present"
        added += attending.record_marks(unit, marks=marks, seen=attending.digest(attending.column_of(unit, to=coordinator)), by=coordinator)
    return added


def load_selection(call: Call) -> None:
    """The call after its deadline: some networks are ready, some still read, two wait for the visitor."""
    backdate_applications(call, timedelta(weeks=-2))
    deliver_long_ago(call, timedelta(weeks=-2))
    move(call, timedelta(weeks=-3))
    for network, _ready in ranking.readiness(call):
        if network.slug in READY:
            put_forward(call, network)
        elif network.slug in LEFT_TO_THE_VISITOR:
            readers = readers_of(call, network)
            score_all(call, network, only=readers[1:])
            score_all(call, network, only=readers[:1], limit=2)
        else:
            score_all(call, network)


def load_running(call: Call) -> None:
    """The call with its selection made, its seats taken, its academy over and its first lab."""
    move(call, timedelta(weeks=-3))
    coordinator = coordinator_of(call)
    for network, _ready in ranking.readiness(call):
        put_forward(call, network)
    slate = approving.open_lists(call, by=coordinator)
    approving.freeze(slate, version=1, by=coordinator)
    for network, _ready in ranking.readiness(call):
        approving.approve(slate, network=network, vote=Approval.Vote.YES, reason="", version=1, by=leads_of(call, network)[0])
    approving.make_final(slate, version=1, by=coordinator)
    telling.release(slate, answer_by=telling.usual_answer_by(call), by=coordinator)
    with everything("demonstration"):
        seats = list(Seat.objects.filter(call=call).select_related("application__person"))
    for seat in seats:
        seating.accept(seat, by=seat.application.person)
    backdate_applications(call, timedelta(weeks=-33))
    backdate_selection(call, timedelta(weeks=-30))
    deliver_long_ago(call, timedelta(weeks=-30))
    move(call, timedelta(weeks=-30))
    note_attendance(call)
