"""Calls in the middle of their selection: people and applications as rows, ranks as rows, every decision by its verb.

    listed(call, network)   the network's list, full and with reserves, not put forward
    all_ready(call)         every network has put its list forward
    opened(call)            the slate in version 1
    frozen(call)            version 1 waits for votes
    approved(call)          every network said yes
    final(call)             every application has its outcome, and nobody is told

From `all_ready` on the clock must stand after the deadline (fixture `closed`). Each takes up what the one before has left.
"""

from collections.abc import Mapping
from datetime import timedelta
from itertools import count
from typing import Any

from applications.application import Application, State
from fulcrum.calls.models import Call, Network
from fulcrum.calls.places import House, Municipality, plain
from fulcrum.guard.querysets import everything
from fulcrum.people.models import Role, User
from selection.assessments import services as assessing
from selection.assessments.models import Assessment
from selection.shortlists import services as ranking
from selection.shortlists.models import Place, Shortlist
from selection.slate import Approval, Slate, SlateVersion
from selection.slates import services as approving
from tests import factories

RESERVES = 2
SCORED = ("transformation", "ambassador", "position")
_numbers = count(1)


def fresh(person: User) -> User:
    """The person read anew: roles given since are among those they hold."""
    return User.objects.get(pk=person.pk)


def candidates(call: Call, network: Network, number: int, **values: Any) -> list[Application]:
    """Sent applications as rows, an hour after each other, each of a house of its own; gender, origin and size take turns.

    `values` are fields of all of them.
    """
    numbers = [next(_numbers) for _one in range(number)]
    towns = [Municipality(country="LV", lau_code=f"S{n}", name=f"Town {n}", degree=n % 3 + 1, search=f"|town {n}") for n in numbers]
    towns = Municipality.objects.bulk_create(towns)
    houses = [House(name=f"House {n}", municipality=town, search=plain(f"House {n}")) for n, town in zip(numbers, towns, strict=True)]
    houses = House.objects.bulk_create(houses)
    people = User.objects.bulk_create(User(email=f"candidate{n}@example.org", name=f"Candidate {n}", password="!") for n in numbers)
    sent = call.opens_at + timedelta(days=1)
    rows = []
    for n, person, house in zip(numbers, people, houses, strict=True):
        fields = {
            "name": person.name,
            "role": "director",
            "mandate": "I decide on the programme.",
            "gender": ("woman", "man")[n % 2],
            "size": ("small", "medium", "large")[n // 3 % 3],
            "staff": n // 3 % 3,  # the band from which the size derives
            "house": house,
            "language": "en",
            "sent_at": sent + timedelta(hours=len(rows)),
            "consented_at": sent,
        } | values
        rows.append(Application(call=call, network=network, person=person, state=State.SENT, **fields))
    with everything("a test makes applications"):
        made = Application.objects.bulk_create(rows)
        Application.objects.filter(pk__in=[row.pk for row in made]).update(changed_at=sent)
    return made


def candidate(call: Call, network: Network, **values: Any) -> Application:
    """One sent application."""
    return candidates(call, network, 1, **values)[0]


def assessor_of(call: Call, network: Network) -> User:
    """A new person who reads for the network."""
    return factories.staff(call=call, role="assessor", network=network)


def lead_of(call: Call, network: Network) -> User:
    """The network's first lead; appointed when there is none."""
    role = Role.objects.in_force().filter(call=call, network=network, role="lead").select_related("person").order_by("pk").first()
    return role.person if role else factories.staff(call=call, role="lead", network=network)


def coordinator_of(call: Call) -> User:
    """The call's first coordinator; appointed when there is none."""
    role = Role.objects.in_force().filter(call=call, role="coordinator").select_related("person").order_by("pk").first()
    return role.person if role else factories.staff(call=call, role="coordinator")


def said(transformation: int | None = 2, ambassador: int | None = 2, position: int | None = 2, **others: int | None) -> dict[str, assessing.Said]:
    """Scores with a reason for each; `others` are prior_knowledge (a plus) and chances (priority)."""
    values = {"transformation": transformation, "ambassador": ambassador, "position": position} | others
    return {key: (value, f"Because of {key}.") for key, value in values.items()}


def score(application: Application, by: User, *, reasons: Mapping[str, str] | None = None, finished: bool = True, **values: Any) -> Assessment:
    """The person's scores on an application, which count unless they are not `finished`. Reasons by the key of the criterion."""
    scores = {key: (value, (reasons or {}).get(key, reason)) for key, (value, reason) in said(**values).items()}
    return assessing.score(application, scores=scores, finished=finished, by=by)


def listed(call: Call, network: Network, number: int | None = None) -> Shortlist:
    """The network's list with `number` applications that are made for it: as many as it has places, and two reserves."""
    lead_of(call, network)
    of = call.partnerships.get(network=network).places
    applications = candidates(call, network, of + RESERVES if number is None else number)
    with everything("a test makes a list"):
        own, _begun = Shortlist.objects.update_or_create(call=call, network=network, defaults={"version": 1})
        Place.objects.bulk_create(
            Place(shortlist=own, rank=rank, of=of, application=row, house=row.house_key, reason=f"Reason for {row.name}.")
            for rank, row in enumerate(applications, 1)
        )
    return own


def on_list(own: Shortlist) -> list[Application]:
    """The applications of a list in the order of their ranks, as they stand now."""
    with everything("a test looks"):
        rows = Place.objects.filter(shortlist=own).select_related("application__call", "application__network", "application__house__municipality")
        return [row.application for row in rows.order_by("rank")]


def on_list_of(call: Call, network: Network) -> list[Application]:
    """The applications on the network's list, in the order of their ranks."""
    with everything("a test looks"):
        return on_list(Shortlist.objects.get(call=call, network=network))


def put_forward(call: Call, network: Network) -> Shortlist:
    """The network's list, put forward by its lead; made when there is none."""
    with everything("a test looks"):
        own = Shortlist.objects.filter(call=call, network=network, places__isnull=False).first() or listed(call, network)
    return ranking.put_forward(own, version=own.version, by=lead_of(call, network))


def all_ready(call: Call) -> list[Shortlist]:
    """Every network has put its list forward; those that have none yet get one."""
    return [put_forward(call, part.network) for part in call.partnerships.select_related("network")]


def opened(call: Call) -> Slate:
    """The lists are opened together."""
    all_ready(call)
    return approving.open_lists(call, by=coordinator_of(call))


def frozen(call: Call) -> Slate:
    """The current version of the slate waits for votes."""
    slate = opened(call)
    approving.freeze(slate, version=slate.version, by=coordinator_of(call))
    return slate


def vote(slate: Slate, network: Network, said: str = "yes", *, reason: str = "") -> Approval:
    """The network's vote on the current version, by its lead."""
    return approving.approve(slate, network=network, vote=said, reason=reason, version=slate.version, by=lead_of(slate.call, network))


def approved(call: Call) -> Slate:
    """Every network said yes to the frozen version."""
    slate = frozen(call)
    for part in call.partnerships.select_related("network"):
        vote(slate, part.network)
    return slate


def final(call: Call) -> Slate:
    """The selection is final, and nobody is told."""
    slate = approved(call)
    return approving.make_final(slate, version=slate.version, by=coordinator_of(call))


def version_of(slate: Slate) -> SlateVersion:
    """The current version of the slate as the database has it."""
    with everything("a test looks"):
        return SlateVersion.objects.select_related("slate").get(slate=slate, number=Slate.objects.get(pk=slate.pk).version)
