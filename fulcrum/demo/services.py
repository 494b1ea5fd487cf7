"""The demonstration: the real call and its real houses, with invented people, on dates that are true on the day it is loaded."""

import json
import random
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from applications import services as candidate
from applications.answers.models import Answer, Channel
from applications.answers.services import write_answer
from applications.application import Application
from applications.needs.services import say_money, say_needs
from fulcrum.calls.models import Call, Network
from fulcrum.calls.opendata import load_houses, load_municipalities, load_postcodes
from fulcrum.calls.places import House, Municipality, plain
from fulcrum.calls.services import load_call, moved
from fulcrum.demo.editions import edition_of, editions, load_running, load_selection, move
from fulcrum.demo.recordings import make_recording
from fulcrum.files.models import StoredFile
from fulcrum.files.services import admit, place, probe_file, render_file, take_over
from fulcrum.guard.querysets import everything
from fulcrum.mail.services import deliver_due
from fulcrum.people.models import Role, User
from fulcrum.people.services import give_role
from fulcrum.work.models import Job

PEOPLE = Path(__file__).parent / "data" / "people.json"
CALL = settings.BASE_DIR / "fulcrum/calls/data/make-it-happen.json"
BANDS = {
    "staff": ["0-2", "2-10", "10+"],
    "volunteers": ["0-10", "10-50", "50+"],
    "visitors": ["0-5000", "5000-50000", "50000+"],
    "budget": ["0-100000", "100000-1000000", "1000000+"],
}
DAYS_AHEAD = 10  # the deadline lies at least this far ahead, on its own weekday


def shifted(content: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The call file with every date moved by the same whole weeks, so that its deadline lies 10 to 16 days after `now`."""
    deadline = datetime.fromisoformat(content["deadline"]).date()
    weeks = -(-((now.date() + timedelta(days=DAYS_AHEAD)) - deadline).days // 7)
    return moved(content, timedelta(weeks=weeks))


@transaction.atomic
def load_demonstration() -> Call:
    """Load open data, the call, its people and their applications; everything through the verbs that people use."""
    people = json.loads(PEOPLE.read_text())
    load_municipalities()
    load_postcodes()
    content = shifted(json.loads(CALL.read_text()), timezone.now()) | {"signatory_name": people["coordinator"]["name"]}
    call = load_call(content)
    networks = {network.slug: network for network in Network.objects.all()}
    load_houses({network.name: network for network in networks.values()})
    _load_memberships(people, networks)
    _load_staff(people, call, networks)
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
        shelf = Shelf(Path(folder))
        chance = random.Random(2024)  # noqa: S311 - the same hours at every loading
        for entry in people["candidates"]:
            _load_candidate(entry, call, networks[entry["network"]], shelf, chance)
        for number, (name, finish) in enumerate((("running", load_running), ("selection", load_selection)), 1):
            edition = load_call(edition_of(content, number))
            _load_staff(people, edition, networks)
            for entry in editions()[name]:
                _load_candidate(entry, edition, networks[entry["network"]], shelf, chance)
            finish(edition)
    return call


def deliver_letters() -> None:
    """Send what the loading wrote, so that the first visitor finds every letter."""
    while deliver_due():
        pass


def _load_memberships(people: dict[str, Any], networks: dict[str, Network]) -> None:
    for entry in people["extra_houses"]:
        place = Municipality.objects.filter(country=entry["country"], name=entry["municipality"]).order_by("pk").first()
        house, _made = House.objects.get_or_create(search=plain(entry["name"]), municipality=place, defaults={"name": entry["name"]})
        house.networks.add(networks["encc"])
    for name in people["encc_members"]:
        House.objects.get(name=name).networks.add(networks["encc"])
    for name in people["brussels_double"]:
        House.objects.get(name=name).networks.add(networks["acc"])


def _load_staff(people: dict[str, Any], call: Call, networks: dict[str, Network]) -> None:
    entry = people["coordinator"]
    coordinator = User.objects.known_by(entry["email"], name=entry["name"], language=entry["language"])
    give_role(coordinator, role=Role.Kind.COORDINATOR, call=call, by=None)
    for entry in people["staff"]:
        person = User.objects.known_by(entry["email"], name=entry["name"], language=entry["language"])
        network = networks[entry["network"]]
        for role in entry["roles"]:
            give_role(person, role=role, call=call, network=network, by=None)
        if "lead" in entry["roles"]:
            network.contact_name = person.name
            network.contact_email = call.contact_email if network.slug == "cult" else person.email
            network.contact_phone = call.contact_phone if network.slug == "cult" else ""
            network.save()


class Shelf:
    """A few recordings, each made, checked and rendered once and given to several candidates."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: dict[tuple[str, int], tuple[Path, dict[str, Any]]] = {}

    def take(self, kind: str, seconds: int) -> tuple[Path, dict[str, Any]]:
        """The path of a recording, with what the probe and the renderer found; web version and poster lie beside it."""
        seconds = 6 + seconds // 4 * 4 % 12
        if (kind, seconds) not in self.made:
            path = make_recording(self.folder / f"{kind}-{seconds}.mp4", kind=kind, seconds=seconds, pitch=110 + 17 * len(self.made))
            found = probe_file(path, kind)
            found |= render_file(path, kind, found["seconds"], path.with_suffix(".web"), path.with_suffix(".jpg"))
            self.made[kind, seconds] = path, found
        return self.made[kind, seconds]


def _load_candidate(entry: dict[str, Any], call: Call, network: Network, shelf: Shelf, chance: random.Random) -> None:
    person = User.objects.known_by(entry["email"], name=entry["name"], language=entry["language"])
    doors = dict.fromkeys(call.eligibility.values_list("key", flat=True), True)
    application = candidate.start(call, network=network, eligibility=doors, language=entry["language"], by=person)
    house = House.objects.filter(name=entry["house"], networks=network).first()
    values = {
        "phone": entry.get("phone", ""),
        "role": entry["role"],
        "mandate": entry["mandate"],
        "gender": entry["gender"],
        "house": house,
        "own_view": entry.get("origin_view", ""),
    } | {measure: BANDS[measure].index(band) for measure, band in entry.get("bands", {}).items() if band}
    application = candidate.save_page(application, values=values, by=person)
    for question in call.questions.all():
        if said := entry["answers"].get(question.key):
            _load_answer(application, question, said, person, shelf)
    if entry.get("needs"):
        say_needs(application, **entry["needs"], by=person)
    if entry.get("money"):
        say_money(application, **entry["money"], by=person)
    if entry["state"] != "draft":
        candidate.agree(application, by=person)
        candidate.send(application, by=person)
    if entry["state"] == "withdrawn":
        candidate.withdraw(application, by=person)
    _spread(application, call, chance)


def _load_answer(application: Application, question: Any, said: dict[str, Any], person: User, shelf: Shelf) -> None:
    if said["channel"] == Channel.TEXT:
        write_answer(application, question=question, text=said["text"], seen=None, language=application.language, by=person)
        return
    source, found = shelf.take(said["channel"], said["seconds"])
    ending = "m4a" if said["channel"] == Channel.AUDIO else "mp4"
    stored = place(source, name=f"{question.key}.{ending}", kind=said["channel"], owner=person)
    admit(stored)
    with everything("demonstration"):
        made = take_over(stored, found, source.with_suffix(".web"), source.with_suffix(".jpg"))
        StoredFile.objects.filter(pk=stored.pk).update(job=Job.DONE, check_state=StoredFile.Check.PASSED, media_type=found["media_type"], **made)
        Answer.objects.create(application=application, question=question, channel=said["channel"], file=stored, language=application.language)


def _spread(application: Application, call: Call, chance: random.Random) -> None:
    """People did not all apply in the minute of loading: started and sent at hours between the opening and now."""
    now = timezone.now()
    started = call.opens_at + (now - call.opens_at) * chance.random() ** 0.6
    sent = started + (now - started) * chance.random()
    with everything("demonstration"):
        rows = Application.objects.filter(pk=application.pk)
        rows.update(started_at=started)
        rows.exclude(sent_at=None).update(sent_at=sent)


def move_to_deadline(call: Call) -> Call:
    """Move every date of the call by the same offset, so that its deadline is now."""
    return move(call, timezone.now().replace(microsecond=0) - call.deadline)


def who_is_who() -> dict[str, Any]:
    """Everybody of the demonstration, and the ids of objects, for a script: people by role, applications by state."""
    roles = Role.objects.in_force().select_related("person", "network", "call")
    with everything("demonstration"):
        applications = list(Application.objects.with_page().order_by("pk"))
    return {
        "site": settings.SITE_URL,
        "calls": [{"id": call.pk, "slug": call.slug, "phase": call.phase, "deadline": call.deadline.isoformat()} for call in Call.objects.all()],
        "networks": [{"id": network.pk, "slug": network.slug, "name": network.name} for network in Network.objects.all()],
        "staff": [
            {
                "id": role.person_id,
                "name": role.person.name,
                "email": role.person.email,
                "role": role.role,
                "network": role.network.slug if role.network else None,
                "call": role.call.slug,
            }
            for role in roles
        ],
        "candidates": [
            {
                "id": entry.person_id,
                "name": entry.person.name,
                "email": entry.person.email,
                "language": entry.language,
                "call": entry.call.slug,
                "network": entry.network.slug,
                "application": entry.reference,
                "state": entry.state,
                "url": f"{settings.SITE_URL}/{entry.language}/applications/{entry.reference}/",
            }
            for entry in applications
        ],
    }
