"""Who was there: noted by the coordinator, once a unit has begun, as marks that are added and never changed."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from applications.services import Conflict
from fulcrum.audit.models import Entry
from fulcrum.calls.models import CallVersion
from fulcrum.people.todos import todos_of
from programme.attendance.models import Fixed, Mark
from programme.attendance.services import NotAllowed, NotBegun, OnlyLabs, change_unit, column_of, digest, presence_of, record_marks
from programme.retention import forget_attendance
from programme.seat import Seat
from programme.seats.services import accept, give_up
from tests.applications.reading import chosen, typed_into, words
from tests.programme.conftest import AFTER, letters


@pytest.fixture
def seats(released):
    """Three accepted seats."""
    found = []
    for application in released.selected["alcc"]:
        found.append(accept(Seat.objects.of_person(application.person).get(), by=application.person))
    return found


@pytest.fixture
def lab(units):
    return units["lab-1"]


@pytest.fixture
def note(coordinator):
    """Notes marks as the coordinator who has just opened the page."""

    def record(unit, marks):
        return record_marks(unit, marks=marks, seen=digest(column_of(unit, to=coordinator)), by=coordinator)

    return record


def path_of(unit, page="attendance/"):
    return f"/en/work/{unit.call.slug}/programme/{unit.key}/{page}"


def seen_in(response):
    return typed_into(response, "seen")


# Noting


def test_marks_are_noted_and_the_latest_counts(seats, lab, at, note, call, coordinator):
    at(lab.starts_at)
    assert note(lab, {seats[0].pk: "present", seats[1].pk: "absent", seats[2].pk: ""}) == 2
    assert note(lab, {seats[1].pk: "made_up"}) == 1
    assert presence_of(call, to=coordinator) == {(seats[0].pk, lab.pk): "present", (seats[1].pk, lab.pk): "made_up"}
    assert Mark.objects.visible_to(coordinator).count() == 3
    assert Entry.objects.filter(act="attendance noted").count() == 2


def test_what_does_not_change_is_not_noted_again(seats, lab, at, note):
    at(lab.starts_at)
    note(lab, {seats[0].pk: "present"})
    assert note(lab, {seats[0].pk: "present", seats[1].pk: ""}) == 0


def test_a_mark_can_neither_be_changed_nor_removed(seats, lab, at, note, unguarded):
    at(lab.starts_at)
    note(lab, {seats[0].pk: "present"})
    mark = Mark.objects.get()
    for change in (mark.save, mark.delete, Mark.objects.all().delete, lambda: Mark.objects.update(presence="absent")):
        with pytest.raises(Fixed):
            change()


def test_nobody_was_there_before_it_began(seats, lab, at, note):
    at(lab.starts_at, microseconds=-1)
    with pytest.raises(NotBegun):
        note(lab, {seats[0].pk: "present"})


def test_only_labs_are_made_up_for(seats, units, at, note):
    at(AFTER)
    with pytest.raises(OnlyLabs):
        note(units["half-day-1"], {seats[0].pk: "made_up"})


def test_marks_that_somebody_else_noted_meanwhile_are_a_conflict(seats, lab, at, note, coordinator):
    at(lab.starts_at)
    seen = digest(column_of(lab, to=coordinator))
    note(lab, {seats[0].pk: "absent"})
    with pytest.raises(Conflict) as conflict:
        record_marks(lab, marks={seats[0].pk: "present"}, seen=seen, by=coordinator)
    assert conflict.value.now[seats[0].pk] == "absent"


def test_only_the_coordinator_notes_and_only_participants_of_the_call(seats, released, lab, at, note, lead, holder):
    at(lab.starts_at)
    for other in (lead, holder):
        with pytest.raises(NotAllowed):
            record_marks(lab, marks={seats[0].pk: "present"}, seen="", by=other)
    offered = Seat.objects.of_person(released.selected["cult"][0].person).get()
    with pytest.raises(Conflict):
        note(lab, {offered.pk: "present"})


# The page


def test_the_absent_are_noted_and_everybody_else_was_present(browser, seats, lab, at, coordinator, call):
    client = browser(coordinator)
    at(lab.starts_at)
    page = client.get(path_of(lab))
    data = {"seen": seen_in(page), f"seat_{seats[1].pk}": "absent", "all": "1"}
    assert client.post(path_of(lab), data).status_code == 302
    assert [presence_of(call, to=coordinator)[seat.pk, lab.pk] for seat in seats] == ["present", "absent", "present"]


def test_only_what_was_chosen_is_noted_without_that_button(browser, seats, lab, at, coordinator, call):
    client = browser(coordinator)
    at(lab.starts_at)
    client.post(path_of(lab), {"seen": seen_in(client.get(path_of(lab))), f"seat_{seats[1].pk}": "absent"})
    assert presence_of(call, to=coordinator) == {(seats[1].pk, lab.pk): "absent"}


def test_two_coordinators_at_once_lose_nothing(browser, seats, lab, at, coordinator, note, call):
    client = browser(coordinator)
    at(lab.starts_at)
    before = seen_in(client.get(path_of(lab)))
    note(lab, {seats[0].pk: "absent"})
    name = f"seat_{seats[0].pk}"
    response = client.post(path_of(lab), {"seen": before, name: "present", f"seat_{seats[1].pk}": "present"})
    assert response.status_code == 409
    assert chosen(response, name) == ["present"]
    assert f"{seats[0].application.name} Absent" in words(response)
    assert seen_in(response) == digest(column_of(lab, to=coordinator))
    client.post(path_of(lab), {"seen": seen_in(response), name: "present"})
    assert presence_of(call, to=coordinator)[seats[0].pk, lab.pk] == "present"


def test_a_unit_that_lies_ahead_says_when_it_can_be_noted(browser, seats, lab, coordinator):
    client = browser(coordinator)
    assert "Attendance can be noted once it has begun: Thursday 14 November 2024, 10:00 in Brussels." in words(client.get(path_of(lab)))
    assert client.post(path_of(lab), {"seen": "x", f"seat_{seats[0].pk}": "present"}).status_code == 409


def test_a_half_day_offers_no_making_up_for(browser, seats, units, lab, at, coordinator):
    client = browser(coordinator)
    at(AFTER)
    assert "Made up for" not in words(client.get(path_of(units["half-day-1"])))
    assert "Made up for" in words(client.get(path_of(lab)))
    assert client.post(path_of(units["half-day-1"]), {"seen": "x", f"seat_{seats[0].pk}": "made_up"}).status_code == 422


def test_who_gave_their_seat_up_is_noted_no_more(seats, units, at, coordinator, lab, call):
    give_up(seats[0], by=seats[0].application.person)
    assert seats[0].pk not in column_of(lab, to=coordinator)


def test_the_grid_shows_who_was_where(browser, seats, units, lab, at, note, coordinator, call):
    at(AFTER)
    note(lab, {seats[0].pk: "made_up"})
    shown = words(browser(coordinator).get(f"/en/work/{call.slug}/programme/"))
    for said in (
        seats[0].application.name,
        "Made up for",
        "Not noted yet",
        "Thursday 14 November 2024, 10:00 to 12:30 in Brussels",
        "3 participants.",
    ):
        assert said in shown


@pytest.mark.parametrize("page", ["programme/", "certificates/", "programme/lab-1/attendance/"])
def test_lists_cost_the_same_queries_for_few_and_for_many(browser, seats, at, note, coordinator, call, units, page):
    client, path = browser(coordinator), f"/en/work/{call.slug}/{page}"
    at(AFTER)
    for unit in units.values():
        note(unit, {seat.pk: "present" for seat in seats})
    with CaptureQueriesContext(connection) as many:
        client.get(path)
    Seat.objects.visible_to(coordinator).exclude(pk=seats[0].pk).update(state="given_up", answered_at=AFTER)
    with CaptureQueriesContext(connection) as few:
        assert client.get(path).status_code == 200
    assert len(many) == len(few) <= 14


def test_marks_are_seen_by_the_participant_and_the_coordinator_alone(seats, lab, at, note, lead, assessor, coordinator):
    at(lab.starts_at)
    note(lab, {seat.pk: "absent" for seat in seats})
    own = Mark.objects.visible_to(seats[0].application.person)
    assert [mark.seat_id for mark in own] == [seats[0].pk]
    assert Mark.objects.visible_to(coordinator).count() == 3
    for other in (lead, assessor):
        assert not Mark.objects.visible_to(other).exists()


# To do


def test_a_coordinator_is_asked_to_note_units_that_have_begun(seats, units, at, note, coordinator, call):
    first, second = units["half-day-1"], units["half-day-2"]
    at(second.starts_at, microseconds=-1)
    note(first, {seats[0].pk: "present"})
    texts = {todo.text: todo.url for todo in todos_of(coordinator)}
    assert texts["Note who was there: Academy, half-day 1 (2 open)"] == path_of(first)
    assert not [text for text in texts if "half-day 2" in text]
    note(first, {seat.pk: "present" for seat in seats})
    assert not [todo for todo in todos_of(coordinator) if "Note who was there" in todo.text]


# Moving a unit


def moved(unit, **other):
    return {"starts_at": unit.starts_at, "ends_at": unit.ends_at, "place": unit.place.data, "link": unit.link, "changes": unit.changes} | other


def form_of(page, **changes):
    names = ["version", "starts_at", "ends_at", "link", *[f"place_{code}" for code in "en nl fr de it et lv".split()]]
    return {name: typed_into(page, name) for name in names} | changes


def test_a_unit_is_moved_in_its_own_zone_and_everybody_is_told(browser, seats, units, coordinator, call):
    unit, client = units["half-day-1"], browser(coordinator)
    path = path_of(unit, "")
    page = client.get(path)
    assert typed_into(page, "starts_at") == "2024-09-18T09:00"
    assert client.post(path, form_of(page, starts_at="2024-09-18T10:00", place_en="Vienna, Gumpendorfer Straße 63")).status_code == 302
    unit.refresh_from_db()
    assert (unit.starts_at.isoformat(), unit.changes) == ("2024-09-18T08:00:00+00:00", 1)
    call.refresh_from_db()
    assert call.version == 2
    assert CallVersion.objects.get(call=call, number=2).content["units"][0]["starts_at"] == "2024-09-18T10:00:00+02:00"
    assert Entry.objects.get(act="unit changed").fields == ["place", "starts_at"]
    told = letters("unit_changed")
    assert {letter.address for letter in told} == {seat.application.person.email for seat in seats}
    body = told[0].body
    assert "09:00 to 13:00 in Vienna" in body
    assert "10:00 to 13:00 in Vienna" in body


def test_saving_a_unit_as_it_is_changes_nothing(browser, seats, units, coordinator, call):
    unit, client = units["lab-1"], browser(coordinator)
    client.post(path_of(unit, ""), form_of(client.get(path_of(unit, ""))))
    unit.refresh_from_db()
    assert unit.changes == 0
    assert not letters("unit_changed")


def test_a_unit_that_somebody_else_changed_shows_both(browser, units, coordinator):
    unit, client = units["lab-1"], browser(coordinator)
    page = client.get(path_of(unit, ""))
    change_unit(unit, **moved(unit, link="https://theirs.example.org/"), by=coordinator)
    response = client.post(path_of(unit, ""), form_of(page, link="https://mine.example.org/"))
    assert response.status_code == 409
    assert typed_into(response, "link") == "https://mine.example.org/"
    assert "https://theirs.example.org/" in words(response)
    client.post(path_of(unit, ""), form_of(response))
    unit.refresh_from_db()
    assert (unit.link, unit.changes) == ("https://mine.example.org/", 2)


def test_the_hours_of_what_has_begun_stay(units, coordinator, at):
    unit = units["lab-1"]
    at(unit.starts_at)
    with pytest.raises(ValidationError):
        change_unit(unit, **moved(unit, ends_at=unit.ends_at + timedelta(hours=1)), by=coordinator)
    assert change_unit(unit, **moved(unit, link="https://example.org/"), by=coordinator).changes == 1


def test_a_unit_that_ends_before_it_starts_is_refused(browser, units, coordinator):
    unit, client = units["lab-1"], browser(coordinator)
    response = client.post(path_of(unit, ""), form_of(client.get(path_of(unit, "")), ends_at="2024-11-14T09:00"))
    assert response.status_code == 422
    assert "The end lies before the start." in words(response)


def test_a_link_leads_to_a_web_page_and_nowhere_else(browser, units, coordinator):
    unit, client = units["lab-1"], browser(coordinator)
    page = client.get(path_of(unit, ""))
    for link in ("javascript:alert(1)", "ftp://example.org/", "data:text/html,x"):
        assert client.post(path_of(unit, ""), form_of(page, link=link)).status_code == 422


def test_only_the_coordinator_moves_a_unit(units, lead, holder):
    unit = units["lab-1"]
    for other in (lead, holder):
        with pytest.raises(NotAllowed):
            change_unit(unit, **moved(unit, link="https://example.org/"), by=other)


def test_nobody_is_told_of_a_change_once_the_unit_is_over(seats, units, coordinator, at):
    unit = units["lab-1"]
    at(unit.ends_at)
    change_unit(unit, **moved(unit, link="https://recording.example.org/"), by=coordinator)
    assert not letters("unit_changed")


# Kept


def test_marks_are_kept_for_five_years(seats, lab, at, note, call, coordinator, unguarded):
    at(lab.starts_at)
    note(lab, {seats[0].pk: "present"})
    at(call.ends_at, days=5 * 365 - 1)
    assert forget_attendance() == 0
    at(call.ends_at, days=5 * 365 + 1)
    assert forget_attendance() == 1
    assert not Mark.objects.exists()
