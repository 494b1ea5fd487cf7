"""What access officers and coordinators read of needs: every reading stands in the record before it is shown."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import BooleanField, Case, Q, QuerySet, Value, When
from django.utils import timezone

from applications.application import Application
from applications.needs.models import Money, Needs, Summary, takes_part
from applications.services import NotAllowed
from fulcrum.audit.models import Entry
from fulcrum.audit.services import record
from fulcrum.calls.models import Call
from fulcrum.mail.services import write
from fulcrum.people.models import Role, User

READ = {"needs read": Role.Kind.ACCESS_OFFICER, "summary read": Role.Kind.COORDINATOR}
SHOWN = 20  # readings on the person's page


class NotTakingPart(Exception):
    """Something is passed on only of those who take part."""


@dataclass(frozen=True)
class Reading:
    """One look at somebody's needs."""

    at: datetime
    role: str


@dataclass(frozen=True)
class Read:
    """What stands in somebody's needs, as an access officer reads it."""

    needs: Needs | None
    money: Money | None
    summary: Summary | None


def officers_of(application: Application) -> list[User]:
    """The access officers of the application's network in its call, by name."""
    roles = Role.objects.in_force().filter(call=application.call_id, network=application.network_id, role=Role.Kind.ACCESS_OFFICER)
    return [role.person for role in roles.select_related("person").order_by("person__name")]


def officers_who_score() -> list[str]:
    """Invariant: nobody reads the needs of those whom they score."""
    held: dict[tuple[int, int, int | None], set[str]] = {}
    for person, call, network, role in Role.objects.in_force().values_list("person", "call", "network", "role"):
        held.setdefault((person, call, network), set()).add(role)
    both = [person for (person, _call, _network), roles in sorted(held.items()) if "access_officer" in roles and roles & {"assessor", "lead"}]
    return [f"roles: {person} reads the needs of a network and scores in it." for person in both]


def readings_of(application: Application) -> list[Reading]:
    """When the person's needs were last read and in which role, the latest first; from the record. Never by whom."""
    entries = Entry.objects.of(application.call_id).filter(act__in=READ, subject=f"{application._meta.label_lower} {application.pk}")
    return [Reading(entry.at, str(READ[entry.act].label)) for entry in entries.order_by("-number").only("at", "act")[:SHOWN]]


def listed(user: Any, call: Call) -> QuerySet[Application]:
    """The candidates with needs whom `user` reads for in this call, by name, with the kinds of need and no word of them."""

    def said(kind: str) -> Case:
        return Case(When(Q(needs__isnull=False) & ~Q(**{f"needs__{kind}": ""}), then=Value(True)), default=False, output_field=BooleanField())

    kinds = {f"says_{kind}": said(kind) for kind in Needs.texts}
    new = Q(needs__isnull=False, needs__read_at=None) | Q(money__isnull=False, money__read_at=None)
    rows = Application.objects.with_needs_for(user).filter(call=call).select_related("house", "network")
    return rows.annotate(
        **kinds,
        asks_money=Case(When(money__isnull=False, then=Value(True)), default=False, output_field=BooleanField()),
        is_new=Case(When(new, then=Value(True)), default=False, output_field=BooleanField()),
    ).only("reference", "name", "typed_house", "house__name", "network__name", "call", "network")


def unread(user: Any) -> dict[int, int]:
    """How many candidates have said something that no access officer has read since, by the id of the call."""
    new = Q(needs__isnull=False, needs__read_at=None) | Q(money__isnull=False, money__read_at=None)
    found: dict[int, int] = {}
    for call in Application.objects.with_needs_for(user).filter(new).values_list("call", flat=True).order_by():
        found[call] = found.get(call, 0) + 1
    return found


def is_taking_part(application: Application) -> bool:
    """Whether the person has a seat in the programme, offered or accepted."""
    rule = Q(pk__in=[])
    for known in takes_part:
        rule |= known()
    return Application.objects.of_person(application.person).filter(rule, pk=application.pk).exists()


@transaction.atomic
def read(application: Application, *, by: Any) -> Read:
    """What somebody said of needs and money, for an access officer of their network. On record before it is returned: who, whose, when.

    Raises NotAllowed.
    """
    now = Application.objects.with_needs_for(by).select_for_update(of=("self",), no_key=True).filter(pk=application.pk).first()
    if now is None:
        raise NotAllowed
    needs, money = Needs.objects.visible_to(by).filter(application=now), Money.objects.visible_to(by).filter(application=now)
    found = Read(needs.first(), money.first(), Summary.objects.visible_to(by).filter(application=now).first())
    for said in (needs, money):
        said.update(read_at=timezone.now())
    record("needs read", by=by, call=now.call, subject=now, fields=[name for name, row in vars(found).items() if row])
    return found


@transaction.atomic
def write_summary(application: Application, *, text: str, by: Any) -> Summary:
    """Write the neutral sentence that the person is asked to let pass on. A new one takes the place of the former and of its consent.

    Writes an audit entry and a letter without the sentence. Returns the summary. Raises NotAllowed and NotTakingPart.
    """
    people = Application.objects.with_needs_for(by).select_for_update(of=("self",), no_key=True).select_related("call", "person", "network")
    now = people.filter(pk=application.pk).first()
    if now is None:
        raise NotAllowed
    if not is_taking_part(now):
        raise NotTakingPart
    summary = Summary.objects.visible_to(by).filter(application=now).first() or Summary(application=now)
    if summary.text == text:
        return summary
    summary.text, summary.written_by, summary.written_at = text, by, timezone.now()
    summary.agreed_at = summary.consent_version = None
    summary.save()
    entry = record("summary written", by=by, call=now.call, subject=now)
    key = f"needs summary {entry.pk}"
    write("needs_summary", key=key, address=now.person.email, language=now.language, person=now.person, call=now.call, application=now)
    return summary


def passed_on(user: Any, call: Call) -> QuerySet[Summary]:
    """The sentences that the coordinator may read in this call, by the name of the person."""
    agreed = Summary.objects.visible_to(user).filter(application__call=call, agreed_at__isnull=False)
    return agreed.select_related("application__house", "application__network").order_by("application__name", "pk")


@transaction.atomic
def read_passed_on(call: Call, *, by: Any) -> list[Summary]:
    """Those sentences, each reading on record before it is returned. Raises NotAllowed."""
    if not by.holds("coordinator", call=call):
        raise NotAllowed
    found = list(passed_on(by, call))
    for summary in found:
        record("summary read", by=by, call=call, subject=summary.application)
    return found
