"""The demonstration: loaded once for all of these tests, and played with in each."""

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings as configured
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from applications.answers.models import Answer, Channel
from applications.application import Application, State
from applications.needs.models import Needs
from fulcrum.audit.models import Entry
from fulcrum.calls.models import Call, Network
from fulcrum.calls.services import MOMENTS
from fulcrum.demo.services import CALL, deliver_letters, load_demonstration, move_to_deadline, shifted, who_is_who
from fulcrum.files.services import probe_file
from fulcrum.guard.querysets import everything
from fulcrum.mail.models import Letter, Message
from fulcrum.people.models import Role, User
from fulcrum.work.invariants import broken
from fulcrum.work.models import Job
from programme.attendance.models import Mark
from programme.certificates.models import Certificate
from programme.seat import Seat
from selection.shortlists.services import readiness
from selection.slate import Nomination, Slate
from tests.applications.reading import words

FILE = json.loads(CALL.read_text())


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker, tmp_path_factory):
    """The demonstration, in a transaction that ends with the module. Returns the folder of its recordings."""
    media = tmp_path_factory.mktemp("demonstration")
    (media / "incoming").mkdir()
    surroundings = {
        "MEDIA_ROOT": media,
        "FILE_UPLOAD_TEMP_DIR": media / "incoming",
        "DEMO": True,
        "EMAIL_BACKEND": "fulcrum.mail.backends.LocalMailbox",
    }
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(**surroundings):
        cache.clear()
        load_demonstration()
        deliver_letters()
        yield media
        transaction.set_rollback(True)


@pytest.fixture
def demonstration(loaded, db, settings):
    """The demonstration as one test finds it."""
    settings.MEDIA_ROOT = loaded
    settings.FILE_UPLOAD_TEMP_DIR = loaded / "incoming"
    settings.DEMO = True
    with everything("a test looks"):
        yield Call.objects.get(slug="make-it-happen")


# What is there


def test_seventy_people_and_more_apply_through_all_networks_in_all_states(demonstration):
    states = Counter(Application.objects.values_list("state", flat=True))
    assert states.total() >= 70
    assert set(states) == set(State.values)
    assert set(Application.objects.sent().values_list("network__slug", flat=True)) == set(Network.objects.values_list("slug", flat=True))


def test_people_answer_in_writing_by_voice_and_on_film(demonstration):
    channels = Counter(answer.channel for answer in Answer.objects.filter(application__state=State.SENT).select_related("file") if answer.is_given)
    assert set(channels) == set(Channel.values)
    assert min(channels.values()) >= 3


def test_every_recording_plays(demonstration):
    recorded = list(Answer.objects.exclude(file=None).select_related("file"))
    assert recorded
    seen = {}
    for answer in recorded:
        stored = answer.file
        assert stored.passed
        assert stored.path.stat().st_size == stored.size
        if (stored.kind, stored.size) not in seen:
            seen[stored.kind, stored.size] = probe_file(stored.path, stored.kind)
        assert seen[stored.kind, stored.size] == {"seconds": stored.seconds, "media_type": stored.media_type}
        assert all(artefact.source.stat().st_size == artefact.size > 0 for artefact in stored.artefacts)
        assert stored.peaks
        assert bool(stored.poster) == (stored.kind == "video")


def test_its_call_is_open_and_its_deadline_ten_to_sixteen_days_ahead(demonstration):
    assert demonstration.is_open
    assert 10 <= demonstration.days_left <= 17
    local = demonstration.deadline.astimezone(demonstration.zone)
    assert (local.strftime("%A %H:%M")) == "Tuesday 23:59"


def test_everybody_sent_in_time_and_with_a_house_where_they_have_one(demonstration):
    for application in Application.objects.exclude(sent_at=None).select_related("call"):
        assert application.call.opens_at <= application.started_at <= application.sent_at <= min(timezone.now(), application.call.deadline)


def test_every_letter_of_the_loading_is_delivered(demonstration):
    assert set(Message.objects.values_list("job", flat=True)) == {Job.DONE}
    assert Letter.objects.count() == Message.objects.filter(call=demonstration).count()  # those of earlier editions were delivered long ago
    assert Message.objects.filter(call=demonstration, kind="receipt").count() >= 60


def test_somebody_said_needs_and_somebody_of_the_same_house_applies(demonstration):
    assert Needs.objects.exists()
    houses = Counter(Application.objects.sent().exclude(house=None).values_list("house", flat=True))
    assert max(houses.values()) > 1


def test_every_network_has_a_lead_and_the_call_a_coordinator(demonstration):
    leads = set(Role.objects.in_force().filter(role="lead").values_list("network", flat=True))
    assert leads == set(demonstration.networks.values_list("pk", flat=True))
    assert Role.objects.in_force().filter(role="coordinator", call=demonstration).count() == 1


def test_what_must_always_hold_holds(demonstration):
    assert broken() == []


# Its dates


@given(day=st.dates(date(2023, 1, 1), date(2060, 12, 31)), hour=st.integers(0, 23))
@settings(max_examples=200, deadline=None, database=None)
def test_on_any_day_of_loading_the_call_is_open_and_its_weekdays_are_the_real_ones(day, hour):
    now = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    content = shifted(FILE, now)
    offsets = {datetime.fromisoformat(content[key]) - datetime.fromisoformat(FILE[key]) for key in MOMENTS}
    for ours, real in zip(content["dates"], FILE["dates"], strict=True):
        offsets |= {date.fromisoformat(ours[part]) - date.fromisoformat(real[part]) for part in ("starts", "ends")}
    for ours, real in zip(content["units"], FILE["units"], strict=True):
        offsets |= {datetime.fromisoformat(ours[part]) - datetime.fromisoformat(real[part]) for part in ("starts_at", "ends_at")}
    (offset,) = offsets
    assert offset % timedelta(weeks=1) == timedelta()
    opens, deadline = (datetime.fromisoformat(content[key]).replace(tzinfo=UTC) for key in ("opens_at", "deadline"))
    assert opens + timedelta(days=2) < now < deadline - timedelta(days=2)
    assert 10 <= (deadline.date() - now.date()).days <= 16
    assert content | {key: FILE[key] for key in (*MOMENTS, "dates", "units")} == FILE


def test_moving_to_the_deadline_moves_every_date_alike_and_closes_the_call(demonstration):
    before = {key: getattr(demonstration, key) for key in MOMENTS}
    move_to_deadline(demonstration)
    moved = Call.objects.get(pk=demonstration.pk)
    assert len({getattr(moved, key) - before[key] for key in MOMENTS}) == 1
    assert not moved.is_open
    assert moved.phase == Call.Phase.SELECTION
    assert timezone.now() - moved.deadline < timedelta(minutes=1)
    assert Entry.objects.filter(act="demonstration moved in time", call=demonstration).count() == 1
    assert broken() == []


# Being somebody else


def be(person, **extra):
    window = Client()
    response = window.post("/demo/person/", {"person": person, **extra})
    return window, response


def test_being_a_member_of_staff_needs_no_second_factor(demonstration):
    lead = Role.objects.in_force().filter(role="lead").first().person
    assert not lead.authenticator_set.exists()
    window, response = be(lead.pk)
    assert response.headers["Location"] == "/en/work/"
    assert window.get("/en/work/").status_code == 200


def test_staff_who_signed_in_otherwise_are_asked_for_their_second_factor(demonstration):
    lead = Role.objects.in_force().filter(role="lead").first().person
    window = Client()
    window.force_login(lead, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert window.get("/en/work/").status_code == 302


def test_it_counts_as_a_fresh_sign_in_for_twenty_minutes(demonstration):
    window, _response = be(Role.objects.in_force().get(role="coordinator", call=demonstration).person.email.upper())
    address = reverse("change_address")
    assert window.get(address).status_code == 200
    session = window.session
    session["account_authentication_methods"][-1]["at"] -= configured.FRESH_SIGN_IN_SECONDS + 1
    session.save()
    assert window.get(address).status_code == 302


def test_a_candidate_comes_to_their_application(demonstration):
    application = Application.objects.sent().first()
    window, response = be(application.person.email)
    assert response.headers["Location"] == "/en/applications/"
    assert application.reference in words(window.get("/en/applications/", follow=True))


def test_whoever_switches_is_no_longer_who_they_were(demonstration):
    first, second = Application.objects.sent().order_by("pk")[:2]
    window, _response = be(first.person.pk)
    window.post("/demo/person/", {"person": second.person.pk})
    assert window.get(f"/en/applications/{first.reference}/").status_code == 404
    assert window.get(f"/en/applications/{second.reference}/").status_code == 200


@pytest.mark.parametrize("person", ["", "0", "nobody@example.org", "99999999999999999999"])
def test_nobody_is_not_found(demonstration, person):
    assert be(person)[1].status_code in (400, 404)


def test_a_look_at_the_address_switches_nobody(demonstration):
    assert Client().get("/demo/person/").status_code == 405
    assert Client().get("/demo/move/").status_code == 405


def test_after_switching_only_pages_of_ours_follow(demonstration):
    person = User.objects.first()
    assert be(person.pk, next="https://evil.example/")[1].headers["Location"].startswith("/")
    assert be(person.pk, next="/en/")[1].headers["Location"] == "/en/"


def test_switching_takes_the_token_of_a_page(demonstration):
    window = Client(enforce_csrf_checks=True)
    assert window.post("/demo/person/", {"person": User.objects.first().pk}).status_code == 403


def test_the_page_of_people_shows_all_staff_and_moves_the_call(demonstration):
    shown = words(Client().get("/demo/"))
    for role in Role.objects.in_force().select_related("person"):
        assert role.person.name in shown
    response = Client().post("/demo/move/", {"call": demonstration.slug, "to": "deadline"}, follow=True)
    assert "The deadline of the call has just passed." in words(response)
    assert not Call.objects.get(pk=demonstration.pk).is_open
    again = Client().post("/demo/move/", {"call": demonstration.slug, "to": "deadline"}, follow=True)
    assert "has passed already" in words(again)


def test_a_call_moves_nowhere_else(demonstration):
    before = demonstration.deadline
    Client().post("/demo/move/", {"call": demonstration.slug, "to": "2001"})
    assert Call.objects.get(pk=demonstration.pk).deadline == before
    assert Client().post("/demo/move/", {"call": "nothing", "to": "deadline"}).status_code == 404


# Three calls, and what the others can be let do


def of(number):
    return Call.objects.get(slug=f"make-it-happen-{number}")


def let(window, call, act):
    return words(window.post("/demo/move/", {"call": call.slug, "to": act}, follow=True))


def test_there_is_a_call_open_one_in_selection_and_one_running(demonstration):
    assert (demonstration.phase, of(2).phase, of(1).phase) == (Call.Phase.OPEN, Call.Phase.SELECTION, Call.Phase.PROGRAMME)
    begun = [unit.has_begun(timezone.now()) for unit in of(1).units.all()]
    assert begun == [True] * 6 + [False] * 2
    assert {unit.starts_at.astimezone(unit.zone).hour for unit in of(1).units.filter(kind="lab")} == {10}


def test_in_the_selection_some_networks_are_ready_and_two_are_left_to_the_visitor(demonstration):
    ready = {network.slug for network, is_ready in readiness(of(2)) if is_ready}
    assert ready == {"acc", "soziokultur", "acce"}
    lead, _response = be("zanete.berzina@alcc.example")
    assert "Read and score 3 applications" in words(lead.get("/en/work/"))


def test_in_the_running_call_twenty_four_people_hold_a_seat_and_their_attendance_is_noted(demonstration):
    seats = Seat.objects.accepted().filter(call=of(1))
    assert seats.count() == 24
    assert Mark.objects.filter(seat__in=seats).count() == 24 * 6


def test_one_person_walks_from_the_lists_to_the_certificates(demonstration, django_capture_on_commit_callbacks):
    call = of(2)
    lead, _response = be("zanete.berzina@alcc.example")
    assert "4 networks have put their lists forward" in let(lead, call, "lists")
    assert [network.slug for network, is_ready in readiness(call) if not is_ready] == ["alcc"]
    window, _response = be("hanne.verstraeten@cult.example")
    assert "1 network has put its list forward" in let(window, call, "lists")
    window.post(reverse("open_lists", args=[call.slug]))
    board = words(window.get(reverse("board", args=[call.slug])))
    assert "Out of range by 2" in board
    assert "Out of range by 1" in board
    for slug, out, into in (("soziokultur", "Nilgün", "Detlef"), ("ig-kultur", "Roswitha", "Korbinian")):
        person = Role.objects.get(call=call, network__slug=slug, role="lead").person
        partner, _response = be(person.email)
        names = {row.application.name.split()[0]: row.application.reference for row in Nomination.objects.select_related("application")}
        version = Slate.objects.get(call=call).version
        words_of_swap = {"version": version, "exchange": f"{names[out]}:{names[into]}", "reason": "For the balance."}
        assert partner.post(reverse("swap", args=[call.slug, slug]), words_of_swap).status_code == 302
    assert "Out of range" not in words(window.get(reverse("board", args=[call.slug])))
    window.post(reverse("freeze", args=[call.slug]), {"version": 3})
    assert "8 networks have voted yes" in let(window, call, "votes")
    window.post(reverse("final", args=[call.slug]), {"version": 3})
    until = (timezone.now() + timedelta(days=7)).strftime("%Y-%m-%dT12:00")
    assert window.post(reverse("outcomes", args=[call.slug]), {"answer_by": until}).status_code == 302
    assert "24 people have taken their seats" in let(window, call, "seats")
    assert "The programme is over" in let(window, call, "programme")
    window.post(reverse("issue_certificates", args=[call.slug]))
    assert Certificate.objects.filter(seat__call=call).count() >= 20
    assert broken() == []


def test_a_step_that_comes_too_early_is_said_so_and_changes_nothing(demonstration):
    window, _response = be("hanne.verstraeten@cult.example")
    assert "This step comes later" in let(window, demonstration, "lists")
    assert "0 networks have voted" in let(window, demonstration, "votes")
    assert "0 people have taken" in let(window, demonstration, "seats")


# For a script


def test_the_json_says_who_is_who(demonstration, tmp_path):
    out = tmp_path / "who.json"
    call_command("demo", json=out)
    found = json.loads(out.read_text())
    assert found == json.loads(json.dumps(who_is_who()))
    assert {entry["slug"] for entry in found["calls"]} == {"make-it-happen", "make-it-happen-1", "make-it-happen-2"}
    assert len(found["candidates"]) == Application.objects.count()
    assert {entry["role"] for entry in found["staff"]} >= {"lead", "assessor", "coordinator"}
    for entry in found["candidates"][:5]:
        window, _response = be(entry["id"])
        assert window.get(entry["url"].removeprefix(found["site"])).status_code == 200


def test_loading_it_twice_changes_nothing(demonstration):
    before = Application.objects.count(), User.objects.count()
    call_command("demo")
    assert (Application.objects.count(), User.objects.count()) == before


# Nowhere else


def test_a_site_that_is_no_demonstration_has_none_of_it(demonstration, settings):
    settings.DEMO = False
    assert Client().get("/demo/").status_code == 404
    assert be(User.objects.first().pk)[1].status_code == 404
    assert Client().post("/demo/move/", {"call": demonstration.slug, "to": "deadline"}).status_code == 404
    with pytest.raises(CommandError):
        call_command("demo")


@pytest.mark.parametrize("site", ["https://fulcrum.example", "http://192.168.1.10:8000", "http://localhost.evil.example", "http://0.0.0.0:8000"])
@pytest.mark.parametrize("switch", ["DEMO", "DEBUG"])
def test_it_does_not_start_where_others_can_reach_it(site, switch, tmp_path):
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "fulcrum.settings", "SITE_URL": site, "DEMO": "0", "DEBUG": "0", switch: "1"}
    environment |= {"VAR_DIR": str(tmp_path / "var"), "SECRET_KEY": "x" * 60, "FIELD_KEYS": "x"}
    command = [sys.executable, "-c", "from django.conf import settings; settings.DEMO"]
    done = subprocess.run(command, env=environment, cwd=configured.BASE_DIR, capture_output=True, text=True)
    assert done.returncode != 0
    assert "only start when SITE_URL is a loopback address" in done.stderr
    assert not (tmp_path / "var").exists()
