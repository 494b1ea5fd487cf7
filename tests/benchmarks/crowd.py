"""Calls with a thousand applications, made quickly: rows in bulk, and two whole applications by the verbs that people use."""

import json
from datetime import timedelta
from typing import Any

from django.utils import timezone

from applications import services as applying
from applications.answers.models import Answer
from applications.answers.services import write_answer
from applications.application import Application, State
from applications.needs.services import say_needs
from fulcrum.calls.models import Call, Network
from fulcrum.calls.opendata import load_houses, load_municipalities, load_postcodes
from fulcrum.calls.services import dump_call, load_call, moved
from fulcrum.demo.services import CALL, shifted
from fulcrum.guard.querysets import everything
from fulcrum.mail.models import Message
from fulcrum.people.models import Role, User
from fulcrum.work.models import Job
from selection.assessments.models import Assessment, Score
from tests import factories
from tests.selection import making

PARAGRAPH = "We open the house to the street on two evenings a week, and neighbours decide what happens there. "


def load(applications: int) -> Call:
    """The real call, open, with its open data, its staff and so many applications."""
    load_municipalities()
    load_postcodes()
    call = load_call(shifted(json.loads(CALL.read_text()), timezone.now()))
    networks = list(Network.objects.all())
    load_houses({network.name: network for network in networks})
    factories.staff(call=call, role=Role.Kind.COORDINATOR, person=User.objects.known_by("coordinator@example.org", name="Coordinator"))
    for network in networks:
        for role in (Role.Kind.LEAD, Role.Kind.ASSESSOR):
            factories.staff(call=call, role=role, network=network)
    with everything("benchmark"):
        _fill(call, networks, applications)
    return call


def in_selection(call: Call, applications: int) -> tuple[User, Application]:
    """Another edition of the call in its selection: so many sent applications of one network, each scored by two; the board is voted on.

    Returns a lead of that network and one of the applications, with the scores of both in full.
    """
    other = load_call(moved(dump_call(call), timedelta(days=-21)) | {"slug": "in-selection"})
    slate = making.frozen(other)
    alcc = other.networks.get(slug="alcc")
    readers = [making.lead_of(other, alcc), making.assessor_of(other, alcc)]
    for part in other.partnerships.exclude(network=alcc).select_related("network")[:5]:
        making.vote(slate, part.network)
    with everything("benchmark"):
        _fill(other, [alcc], applications - 5, drafts=False)  # five stand on its list already
        rows = list(Application.objects.filter(call=other, network=alcc).order_by("pk"))
        now = timezone.now()
        words = {"read_at": now, "done_at": now, "priority": 0}
        made = [Assessment(application=row, assessor=reader, total=3 + row.pk % 9, **words) for row in rows for reader in readers]
        Assessment.objects.bulk_create(made, batch_size=2000)
        criteria = list(other.criteria.all())
        of_last = Assessment.objects.filter(application=rows[-1])
        Score.objects.bulk_create(Score(assessment=one, criterion=criterion, value=1, reason=PARAGRAPH) for one in of_last for criterion in criteria)
    return readers[0], rows[-1]


def _fill(call: Call, networks: list[Network], number: int, *, drafts: bool = True) -> None:
    """So many applications through these networks; every third is a draft where there are `drafts`."""
    now = timezone.now()
    questions = list(call.questions.all())
    houses = {network.pk: list(network.houses.all()) for network in networks}
    people = [User(email=f"candidate{i}@{call.slug}.example", name=f"Candidate {i}", password="!") for i in range(number)]
    people = User.objects.bulk_create(people)
    rows = []
    for i, person in enumerate(people):
        network = networks[i % len(networks)]
        members = houses[network.pk]
        sent = not drafts or i % 3 != 0
        rows.append(
            Application(
                call=call,
                person=person,
                network=network,
                state=State.SENT if sent else State.DRAFT,
                language="en",
                eligibility={"position": True},
                name=person.name,
                role="programmer",
                mandate="I decide on the programme.",
                gender="woman",
                house=members[i % len(members)] if members else None,
                typed_house="" if members else f"House {i}",
                staff=1,
                size="medium",
                consented_at=now,
                consent_version=1,
                sent_at=now if sent else None,
            )
        )
    rows = Application.objects.bulk_create(rows)
    answers = [Answer(application=row, question=question, text=PARAGRAPH * 8, language="en") for row in rows for question in questions]
    Answer.objects.bulk_create(answers, batch_size=2000)
    Message.objects.bulk_create(
        Message(
            key=f"receipt {row.pk} 1",
            kind="receipt",
            call=call,
            person=row.person,
            address=row.person.email,
            language="en",
            subject="Your application has arrived",
            body=PARAGRAPH * 20,
            job=Job.DONE,
            sent_at=now - timedelta(minutes=row.pk % 600),
        )
        for row in rows
        if row.state == State.SENT
    )


def whole_application(call: Call, *, address: str, send: bool) -> Application:
    """An application in which every field and every answer is filled, as long as it may be."""
    person = User.objects.known_by(address, name="Inga Ķēniņa", language="lv")
    network = call.networks.get(slug="alcc")
    application = factories.draft(call=call, network=network, person=person)
    values: dict[str, Any] = {"phone": "+371 2000 0000", "own_view": "rural", "volunteers": 1, "visitors": 1, "budget": 1}
    application = factories.fill(application, house=network.houses.first())
    application = applying.save_page(application, values=values, by=person)
    for question in call.questions.all():
        words = (PARAGRAPH * 40).split()[: question.max_words]
        write_answer(application, question=question, text=" ".join(words), seen=None, language="lv", by=person)
    say_needs(application, other=PARAGRAPH, by=person)
    return applying.send(application, by=person) if send else application
