"""A call with a thousand applications, made quickly: rows in bulk, and two whole applications by the verbs that people use."""

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
from fulcrum.calls.services import load_call
from fulcrum.demo.services import CALL, shifted
from fulcrum.guard.querysets import everything
from fulcrum.mail.models import Message
from fulcrum.people.models import Role, User
from fulcrum.work.models import Job
from tests import factories

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


def _fill(call: Call, networks: list[Network], number: int) -> None:
    now = timezone.now()
    questions = list(call.questions.all())
    houses = {network.pk: list(network.houses.all()) for network in networks}
    people = User.objects.bulk_create([User(email=f"candidate{i}@example.org", name=f"Candidate {i}", password="!") for i in range(number)])
    rows = []
    for i, person in enumerate(people):
        network = networks[i % len(networks)]
        members = houses[network.pk]
        sent = i % 3 != 0
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
    say_needs(application, text=PARAGRAPH, by=person)
    return applying.send(application, by=person) if send else application
