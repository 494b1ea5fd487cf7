"""Roles: given and taken by coordinators, in force as long as their call, and never all taken."""

import io
from datetime import UTC, datetime

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from fulcrum.audit.models import Entry
from fulcrum.calls.services import dump_call, load_call
from fulcrum.guard.querysets import everything
from fulcrum.mail.models import Message
from fulcrum.people.context import call_nav
from fulcrum.people.models import Role, User
from fulcrum.people.services import BesideAnother, LastCoordinator, give_role, take_role
from tests import factories
from tests.people.conftest import letters_to


@pytest.fixture
def team(call):
    return reverse("team", args=[call.slug])


@pytest.fixture
def office(as_, coordinator):
    """The coordinator's client."""
    return as_(coordinator)


def test_a_role_given_on_the_page_is_in_force_on_record_and_in_a_letter(call, office, team, cult, coordinator):
    data = {"email": "Lea@Example.org", "name": "Lea", "role": "lead", "network": cult.pk}
    assert office.post(team, data).status_code == 302
    role = Role.objects.get(person__email="lea@example.org")
    assert (role.role, role.network, role.call, role.given_by) == ("lead", cult, call, coordinator)
    assert role.person.holds("lead", call=call, network=cult)
    entry = Entry.objects.get(act="role given", subject=f"people.role {role.pk}")
    assert (entry.by, entry.call, entry.fields) == (coordinator, call, ["lead"])
    with everything("a test looks"):
        assert Message.objects.get(kind="role_given").person == role.person
    assert len(letters_to("lea@example.org")) == 1
    assert "Lea" in office.get(team).content.decode()


def test_the_letter_about_a_role_speaks_the_language_of_the_network(call, office, team):
    acc = call.networks.get(slug="acc")
    office.post(team, {"email": "x@example.org", "role": "lead", "network": acc.pk})
    assert User.objects.get(email="x@example.org").language == acc.language


def test_somebody_known_keeps_name_and_language_when_given_a_role(office, team, cult, candidate):
    office.post(team, {"email": candidate.email, "name": "Somebody else", "role": "assessor", "network": cult.pk})
    candidate.refresh_from_db()
    assert (candidate.name, candidate.language) == ("Inga Ķēniņa", "lv")


@pytest.mark.parametrize(
    "data",
    [
        {"email": "x@example.org", "role": "lead"},
        {"email": "x@example.org", "role": "coordinator", "network": "cult"},
        {"email": "x@example.org", "role": "owner"},
        {"email": "x@example.org", "role": ""},
        {"email": "nobody", "role": "coordinator"},
        {"role": "coordinator"},
        {"email": "x@example.org", "role": "lead", "network": "999999"},
    ],
)
def test_a_role_without_what_it_needs_is_refused(office, team, cult, data):
    data = data | ({"network": cult.pk} if data.get("network") == "cult" else {})
    before = Role.objects.count()
    assert office.post(team, data).status_code == 422
    assert Role.objects.count() == before


def test_the_same_role_is_not_given_twice(call, office, team, cult):
    data = {"email": "x@example.org", "role": "assessor", "network": cult.pk}
    assert [office.post(team, data).status_code for _attempt in range(2)] == [302, 422]
    assert Role.objects.filter(person__email="x@example.org").count() == 1
    assert Entry.objects.filter(act="role given", by__isnull=False).count() == 1
    assert len(letters_to("x@example.org")) == 1


def test_the_database_itself_refuses_the_same_role_twice(call, coordinator, assessor):
    for role in (Role.objects.get(person=coordinator), Role.objects.get(person=assessor)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Role.objects.create(person=role.person, role=role.role, call=role.call, network=role.network)


@pytest.mark.parametrize(("role", "with_network"), [("coordinator", True), ("lead", False), ("assessor", False)])
def test_the_database_itself_refuses_a_role_with_the_wrong_network(call, cult, candidate, role, with_network):
    with pytest.raises(IntegrityError), transaction.atomic():
        Role.objects.create(person=candidate, role=role, call=call, network=cult if with_network else None)
    with pytest.raises(ValidationError):
        give_role(candidate, role=role, call=call, network=cult if with_network else None, by=None)


def test_taking_a_role_ends_the_sessions_of_the_person_and_is_on_record(call, office, coordinator, lead):
    there = factories.sign_in(Client(), lead)
    assert there.get("/en/work/").status_code == 200
    role = Role.objects.get(person=lead)
    assert office.post(reverse("take_role", args=[call.slug, role.pk])).status_code == 302
    assert there.get("/en/work/")["Location"].startswith("/en/sign-in/")
    role.refresh_from_db()
    assert role.ended_at
    entry = Entry.objects.get(act="role taken")
    assert (entry.by, entry.subject) == (coordinator, f"people.role {role.pk}")
    lead.refresh_from_db()
    assert factories.sign_in(Client(), lead).get("/en/work/").status_code == 403


def test_taking_a_role_twice_is_once(call, office, lead):
    url = reverse("take_role", args=[call.slug, Role.objects.get(person=lead).pk])
    for _attempt in range(3):
        assert office.post(url).status_code == 302
    lead.refresh_from_db()
    assert lead.sessions_since == 1
    assert Entry.objects.filter(act="role taken").count() == 1


def test_a_role_that_was_taken_can_be_given_again(call, office, team, alcc, lead):
    office.post(reverse("take_role", args=[call.slug, Role.objects.get(person=lead).pk]))
    assert office.post(team, {"email": lead.email, "role": "lead", "network": alcc.pk}).status_code == 302
    assert Role.objects.of(lead).count() == 2
    assert Role.objects.of(lead).in_force().count() == 1


def test_one_role_of_two_is_taken_and_the_other_stays(call, office, lead, cult):
    second = give_role(lead, role="assessor", call=call, network=cult, by=None)
    office.post(reverse("take_role", args=[call.slug, second.pk]))
    assert [role.role for role in User.objects.get(pk=lead.pk).roles_now] == ["lead"]


def test_the_last_coordinator_stays(call, office, coordinator):
    role = Role.objects.get(person=coordinator)
    answer = office.post(reverse("take_role", args=[call.slug, role.pk]), follow=True)
    assert "at least one coordinator" in answer.content.decode()
    role.refresh_from_db()
    assert role.ended_at is None
    with pytest.raises(LastCoordinator):
        take_role(role, by=coordinator)


def test_a_coordinator_of_another_call_does_not_count_as_one_of_this(call, office, coordinator):
    other = load_call(dump_call(call) | {"slug": "another"})
    factories.staff(call=other, role="coordinator")
    office.post(reverse("take_role", args=[call.slug, Role.objects.get(person=coordinator).pk]))
    assert Role.objects.get(person=coordinator).ended_at is None


def test_one_of_two_coordinators_can_go(call, office, coordinator):
    second = factories.staff(call=call, role="coordinator")
    office.post(reverse("take_role", args=[call.slug, Role.objects.get(person=second).pk]))
    assert Role.objects.get(person=second).ended_at


def test_a_role_ends_with_its_call(call, coordinator, lead):
    with time_machine.travel(call.ends_at.replace(second=0), tick=False):
        assert not User.objects.get(pk=coordinator.pk).roles_now
        assert not User.objects.get(pk=lead.pk).holds("lead", call=call)
    with time_machine.travel(datetime(2025, 6, 30, 12, tzinfo=UTC), tick=False):
        assert User.objects.get(pk=coordinator.pk).roles_now


def test_a_role_in_one_network_is_none_in_another(call, lead, cult, alcc):
    assert lead.holds("lead", call=call, network=alcc)
    assert not lead.holds("lead", call=call, network=cult)
    assert not lead.holds("coordinator", call=call)


@pytest.mark.parametrize("field", ["ended_at", "given_by", "call", "person"])
def test_fields_that_the_page_does_not_ask_for_are_ignored(call, office, team, cult, candidate, field):
    data = {"email": "x@example.org", "role": "assessor", "network": cult.pk, field: candidate.pk}
    office.post(team, data)
    role = Role.objects.get(person__email="x@example.org")
    assert (role.call, role.ended_at, role.given_by == candidate) == (call, None, False)


# The first coordinator


def test_the_first_coordinator_is_made_by_a_command(call):
    out = io.StringIO()
    call_command("add_coordinator", "First@Example.org", stdout=out)
    person = User.objects.get(email="first@example.org")
    assert person.holds("coordinator", call=call)
    assert "first@example.org" in out.getvalue()
    assert Entry.objects.filter(act="role given", by=None).exists()


def test_the_command_makes_a_coordinator_of_the_named_call(call):
    other = load_call(dump_call(call) | {"slug": "another"})
    call_command("add_coordinator", "a@example.org", call="another", stdout=io.StringIO())
    assert Role.objects.get().call == other


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["nobody"], "no email address"), (["a@example.org", "--call", "nothing"], "no such call"), (["twice@example.org"], "already has this role")],
)
def test_the_command_says_what_is_wrong_and_changes_nothing(call, arguments, words):
    call_command("add_coordinator", "twice@example.org", stdout=io.StringIO())
    with pytest.raises(CommandError, match=words):
        call_command("add_coordinator", *arguments, stdout=io.StringIO())
    assert Role.objects.count() == 1


def test_the_command_needs_a_call(db):
    with pytest.raises(CommandError, match="Load one first"):
        call_command("add_coordinator", "a@example.org")


# The access officer


def test_an_access_officer_is_named_for_a_network_and_enters_with_a_second_factor(call, office, team, cult):
    assert office.post(team, {"email": "mieke@example.org", "role": "access_officer", "network": cult.pk}).status_code == 302
    officer = User.objects.get(email="mieke@example.org")
    assert officer.holds("access_officer", call=call, network=cult)
    assert factories.sign_in(Client(), officer).get("/en/work/")["Location"] == "/en/account/second-factor/"


@pytest.mark.parametrize(("first", "second"), [("assessor", "access_officer"), ("lead", "access_officer"), ("access_officer", "assessor")])
@pytest.mark.parametrize("knowingly", [False, True])
def test_nobody_reads_the_needs_of_those_whom_they_score(call, cult, first, second, knowingly):
    person = factories.staff(call=call, role=first, network=cult)
    with pytest.raises(ValidationError, match="never reads the needs"):
        give_role(person, role=second, call=call, network=cult, knowingly=knowingly, by=None)
    assert Role.objects.of(person).count() == 1


@pytest.mark.parametrize(("first", "second"), [("coordinator", "access_officer"), ("access_officer", "coordinator")])
def test_a_second_role_beside_that_of_an_access_officer_is_given_knowingly_and_so_on_record(call, office, team, cult, coordinator, first, second):
    person = factories.staff(call=call, role=first, network=None if first == "coordinator" else cult)
    data = {"email": person.email, "role": second} | ({"network": cult.pk} if second == "access_officer" else {})
    asked = office.post(team, data)
    assert asked.status_code == 422
    assert "I give both roles knowingly" in asked.content.decode()
    assert Role.objects.of(person).count() == 1
    assert office.post(team, data | {"knowingly": "on"}).status_code == 302
    assert Role.objects.of(person).count() == 2
    assert Entry.objects.filter(act="role given", by=coordinator).get().fields == sorted([second, "beside another role"])


def test_whether_it_is_given_knowingly_is_asked_of_nobody_else(office, team, cult):
    assert "knowingly" not in office.get(team).content.decode()
    assert "knowingly" not in office.post(team, {"email": "x@example.org", "role": "lead"}).content.decode()


def test_who_scores_for_another_network_may_read_needs_when_it_is_given_knowingly(call, alcc, cult):
    person = factories.staff(call=call, role="assessor", network=cult)
    with pytest.raises(BesideAnother):
        give_role(person, role="access_officer", call=call, network=alcc, by=None)
    give_role(person, role="access_officer", call=call, network=alcc, knowingly=True, by=None)
    links = {link["url"] for link in call_nav(User.objects.get(pk=person.pk), call) if link["name"] == "shortlist"}
    assert links == {reverse("shortlist", args=[call.slug, "cult"])}


def test_a_role_that_was_taken_back_stands_in_nobodys_way(call, cult, coordinator):
    person = factories.staff(call=call, role="assessor", network=cult)
    take_role(Role.objects.get(person=person), by=coordinator)
    assert give_role(person, role="access_officer", call=call, network=cult, by=None).pk
