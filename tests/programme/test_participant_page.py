"""A participant's page: what comes next, how one stands, and nothing of anybody else."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fulcrum.people.todos import todos_of
from programme.attendance.services import change_unit
from programme.certificates.services import check_name
from programme.seat import Seat
from programme.seats.services import accept, give_up
from tests.applications.reading import words
from tests.programme.conftest import AFTER


@pytest.fixture
def path(call):
    return f"/en/programme/{call.slug}/"


def test_the_next_unit_is_named_with_its_hour_zone_and_place(browser, accepted, holder, path, units, at):
    client = browser(holder)
    assert "Next Academy, half-day 1 Wednesday 18 September 2024, 09:00 to 13:00 in Vienna Vienna" in words(client.get(path))
    at(units["half-day-1"].ends_at, seconds=-1)
    assert "Next Academy, half-day 1" in words(client.get(path))
    at(units["half-day-1"].ends_at)
    assert "Next Academy, half-day 2" in words(client.get(path))


def test_an_online_lab_shows_its_link(browser, accepted, holder, path, units, coordinator, at):
    lab = units["lab-1"]
    change_unit(lab, starts_at=lab.starts_at, ends_at=lab.ends_at, place=lab.place.data, link="https://lab.example.org/", changes=0, by=coordinator)
    client = browser(holder)
    assert "lab.example.org" not in client.get(path).content.decode()
    at(lab.starts_at)
    page = client.get(path)
    assert "Thursday 14 November 2024, 10:00 to 12:30 in Brussels" in words(page)
    assert 'href="https://lab.example.org/"' in page.content.decode()


def test_it_says_what_was_done_and_what_is_still_possible(browser, accepted, holder, path, attend, units, at):
    client = browser(holder)
    attend(accepted, only=["half-day-1", "half-day-2"], absent=["half-day-2"])
    at(units["half-day-3"].ends_at)
    shown = words(client.get(path))
    for said in ("On the way", "1 of 5 half-days attended; at least 4 are needed. 1 is not noted yet. 2 are still to come.", "Attended", "Missed"):
        assert said in shown


def test_who_can_not_complete_any_more_is_told_and_welcome(browser, accepted, holder, path, attend, at):
    client = browser(holder)
    at(AFTER)
    attend(accepted, absent=["half-day-1", "half-day-2"])
    shown = words(client.get(path))
    assert "Can't be completed any more" in shown
    assert "It can't be reached any more." in shown
    assert "Everything on the calendar is over." in shown


def test_only_who_accepted_has_a_programme(browser, released, seat, holder, path, coordinator, lead, call):
    for other in (holder, released.unlucky.person, released.reserves["alcc"][0].person, coordinator, lead):
        client = browser(other)
        for page in ("", "calendar.ics", "units/lab-1.ics", "name/", "certificate.pdf"):
            assert client.get(path + page).status_code == 404
    assert browser(holder).post(path + "name/", {"name": "Inga"}).status_code == 404


def test_who_gave_the_seat_up_has_none_any_more(browser, accepted, holder, path):
    give_up(accepted, by=holder)
    assert browser(holder).get(path).status_code == 404


def test_nothing_of_another_participant_stands_on_it(browser, released, accepted, holder, path, attend, at):
    canary = released.selected["alcc"][1]
    other = accept(Seat.objects.of_person(canary.person).get(), by=canary.person)
    check_name(other, name="Canary Canarywoman", by=canary.person)
    attend(other, absent=["lab-1"])
    client = browser(holder)
    at(AFTER)
    for page in ("", "name/", "calendar.ics"):
        content = client.get(path + page).content.decode()
        for secret in ("Canary", canary.name, canary.person.email, canary.house.name, "Missed"):
            assert secret not in content


def test_the_page_costs_the_same_however_many_take_part(browser, released, accepted, holder, path, attend, at):
    client = browser(holder)
    at(AFTER)
    with CaptureQueriesContext(connection) as few:
        client.get(path)
    for application in released.selected["alcc"][1:]:
        with_marks = Seat.objects.of_person(application.person)
        with_marks.update(state="accepted", answered_at=AFTER)
        attend(with_marks.get())
    attend(accepted)
    with CaptureQueriesContext(connection) as many:
        client.get(path)
    assert len(many) == len(few) <= 12


def test_the_name_is_asked_for_once_the_last_unit_has_begun(accepted, holder, path, units, at):
    last = max(unit.starts_at for unit in units.values())
    at(last - timedelta(seconds=1))
    assert not [todo for todo in todos_of(holder) if "name" in todo.url]
    at(last)
    [todo] = [todo for todo in todos_of(holder) if "name" in todo.url]
    assert todo.url == path + "name/"
    check_name(accepted, name="Inga", by=holder)
    assert not [todo for todo in todos_of(holder) if "name" in todo.url]
