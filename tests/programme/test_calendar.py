"""Dates for a participant's own calendar: what and when, and nothing of anybody."""

from datetime import datetime

import pytest
from icalendar import Calendar

from applications.needs.services import say_needs
from programme.attendance.services import change_unit
from tests.programme.conftest import RELEASED


@pytest.fixture
def load(browser, accepted, holder, call):
    """The calendar that the participant downloads."""

    def get(name="calendar", language="en"):
        response = browser(holder).get(f"/{language}/programme/{call.slug}/{name}.ics")
        assert response.status_code == 200
        return response

    return get


def events(response):
    return {str(event["uid"]): event for event in Calendar.from_ical(response.content).walk("VEVENT")}


def test_every_unit_is_an_event_at_its_hour(load, units):
    found = events(load())
    assert len(found) == 8
    event = found[f"unit-{units['half-day-1'].pk}@localhost"]
    assert event["dtstart"].dt == units["half-day-1"].starts_at
    assert event["dtend"].dt == units["half-day-1"].ends_at
    assert event["dtstart"].dt.utcoffset().total_seconds() == 7200
    assert (str(event["summary"]), str(event["location"])) == ("Make it happen: Academy, half-day 1", "Vienna")
    assert event["dtstamp"].dt == datetime.fromisoformat(RELEASED.isoformat())


def test_it_is_a_file_to_publish_with_its_zones(load, call):
    response = load()
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{call.slug}.ics"'
    calendar = Calendar.from_ical(response.content)
    assert (str(calendar["method"]), str(calendar["version"])) == ("PUBLISH", "2.0")
    assert {str(zone["tzid"]) for zone in calendar.walk("VTIMEZONE")} == {"Europe/Brussels", "Europe/Vienna"}
    assert b"\r\n" in response.content
    assert all(len(line) <= 75 for line in response.content.split(b"\r\n"))


def test_a_single_unit_is_a_file_of_its_own(load, units):
    assert list(events(load("units/lab-1"))) == [f"unit-{units['lab-1'].pk}@localhost"]


def test_a_unit_that_moves_keeps_its_id_and_counts_on(load, units, coordinator):
    unit = units["lab-1"]
    uid = f"unit-{unit.pk}@localhost"
    assert events(load())[uid]["sequence"] == 0
    later = unit.ends_at.replace(hour=20)
    change_unit(unit, starts_at=unit.starts_at, ends_at=later, place=unit.place.data, link="https://example.org/lab", changes=0, by=coordinator)
    event = events(load())[uid]
    assert (event["sequence"], event["dtend"].dt, str(event["url"])) == (1, later, "https://example.org/lab")


def test_it_speaks_the_language_of_the_page(load, units):
    found = events(load(language="lv"))
    assert str(found[f"unit-{units['half-day-1'].pk}@localhost"]["location"]) == "Vīne"


def test_nothing_of_a_person_is_in_it(load, accepted, holder, call, during_call):
    during_call.move_to(call.opens_at)
    say_needs(accepted.application, other="wheelchair-canary", by=holder)
    during_call.move_to(RELEASED)
    content = load().content.decode()
    for secret in ("wheelchair-canary", holder.email, accepted.application.name, accepted.application.reference, accepted.application.house.name):
        assert secret not in content


def test_only_a_participant_loads_it(browser, released, seat, coordinator, lead, call):
    for other in (seat.application.person, released.unlucky.person, coordinator, lead):
        for name in ("calendar", "units/lab-1"):
            assert browser(other).get(f"/en/programme/{call.slug}/{name}.ics").status_code == 404


def test_a_unit_that_the_call_lacks_is_no_file(browser, accepted, holder, call):
    assert browser(holder).get(f"/en/programme/{call.slug}/units/lab-9.ics").status_code == 404
