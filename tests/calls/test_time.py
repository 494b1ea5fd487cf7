"""One clock: phases at the exact second, and days counted in the zone of the call on both clock changes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError

from fulcrum.calls.forms import on_clock
from fulcrum.calls.models import Call
from fulcrum.ui.templatetags.texts import moment, until

BRUSSELS = ZoneInfo("Europe/Brussels")
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("edge", "before", "after"),
    [
        ("opens_at", Call.Phase.ANNOUNCED, Call.Phase.OPEN),
        ("deadline", Call.Phase.OPEN, Call.Phase.SELECTION),
        ("results_by", Call.Phase.SELECTION, Call.Phase.PROGRAMME),
        ("ends_at", Call.Phase.PROGRAMME, Call.Phase.ENDED),
    ],
)
def test_a_phase_ends_at_its_very_moment(call, edge, before, after):
    moment = getattr(call, edge)
    assert (call.phase_at(moment - TICK), call.phase_at(moment)) == (before, after)


def test_a_call_is_open_to_the_last_microsecond_before_its_deadline(call):
    with time_machine.travel(datetime(2024, 5, 7, 23, 58, 59, 999999, tzinfo=BRUSSELS), tick=False):
        assert call.is_open
    with time_machine.travel(datetime(2024, 5, 7, 23, 59, tzinfo=BRUSSELS), tick=False):
        assert not call.is_open


def test_the_phase_is_the_same_whatever_zone_the_moment_is_in(call):
    for zone in ("Pacific/Kiritimati", "America/Los_Angeles", "UTC"):
        assert call.phase_at((call.deadline - TICK).astimezone(ZoneInfo(zone))) == Call.Phase.OPEN


@pytest.mark.parametrize(
    ("now", "deadline", "days"),
    [
        # the clock goes forward in the night to 31 March 2024: the day has 23 hours
        (datetime(2024, 3, 30, 12, tzinfo=BRUSSELS), datetime(2024, 3, 31, 23, 59, tzinfo=BRUSSELS), 1),
        (datetime(2024, 3, 30, 23, 30, tzinfo=BRUSSELS), datetime(2024, 3, 31, 23, 59, tzinfo=BRUSSELS), 1),
        (datetime(2024, 3, 31, 0, 30, tzinfo=BRUSSELS), datetime(2024, 3, 31, 23, 59, tzinfo=BRUSSELS), 0),
        (datetime(2024, 3, 30, 23, 0, tzinfo=BRUSSELS), datetime(2024, 4, 2, 0, 0, tzinfo=BRUSSELS), 3),
        # it goes back in the night to 27 October 2024: the day has 25 hours
        (datetime(2024, 10, 26, 23, 59, tzinfo=BRUSSELS), datetime(2024, 10, 27, 23, 59, tzinfo=BRUSSELS), 1),
        (datetime(2024, 10, 27, 0, 1, tzinfo=BRUSSELS), datetime(2024, 10, 28, 0, 0, tzinfo=BRUSSELS), 1),
        # midnight in Brussels is not midnight in UTC
        (datetime(2024, 5, 6, 22, 30, tzinfo=UTC), datetime(2024, 5, 7, 23, 59, tzinfo=BRUSSELS), 0),
        (datetime(2024, 5, 6, 21, 30, tzinfo=UTC), datetime(2024, 5, 7, 23, 59, tzinfo=BRUSSELS), 1),
        # the last day and after
        (datetime(2024, 5, 7, 23, 58, tzinfo=BRUSSELS), datetime(2024, 5, 7, 23, 59, tzinfo=BRUSSELS), 0),
        (datetime(2024, 6, 1, 12, tzinfo=BRUSSELS), datetime(2024, 5, 7, 23, 59, tzinfo=BRUSSELS), 0),
    ],
)
def test_days_left_are_days_of_the_calendar_in_the_zone_of_the_call(now, deadline, days):
    call = Call(timezone="Europe/Brussels", deadline=deadline)
    with time_machine.travel(now, tick=False):
        assert call.days_left == days


@pytest.mark.parametrize(
    ("deadline", "shown"),
    [
        (datetime(2024, 3, 31, 21, 59, tzinfo=UTC), "Sunday 31 March 2024, until 23:59 in Brussels"),
        (datetime(2024, 3, 30, 22, 59, tzinfo=UTC), "Saturday 30 March 2024, until 23:59 in Brussels"),
        (datetime(2024, 10, 27, 22, 59, tzinfo=UTC), "Sunday 27 October 2024, until 23:59 in Brussels"),
        (datetime(2024, 10, 26, 21, 59, tzinfo=UTC), "Saturday 26 October 2024, until 23:59 in Brussels"),
    ],
)
def test_a_deadline_is_shown_with_the_hour_of_its_own_season(deadline, shown):
    assert until(deadline, Call(timezone="Europe/Brussels")) == shown
    assert moment(deadline, Call(timezone="Europe/Brussels")) == shown.replace("until ", "")


def test_a_call_of_another_zone_is_shown_in_it():
    assert until(datetime(2024, 5, 7, 20, 59, tzinfo=UTC), Call(timezone="Europe/Riga")) == "Tuesday 7 May 2024, until 23:59 in Rīga"


def test_both_hours_that_are_called_the_same_in_october_are_two_moments(call):
    first = datetime(2024, 10, 27, 2, 30, tzinfo=BRUSSELS)
    second = first.replace(fold=1)
    call.deadline = second.astimezone(UTC)
    call.results_by = call.ends_at = datetime(2024, 12, 1, tzinfo=UTC)
    assert call.phase_at(first.astimezone(UTC)) == Call.Phase.OPEN
    assert call.phase_at(second.astimezone(UTC)) == Call.Phase.SELECTION


@pytest.mark.parametrize("zone", ["Europe/Brussels", "Europe/Riga"])
def test_the_hour_that_march_skips_can_not_be_typed(zone):
    skipped = datetime(2024, 3, 31, 2 if zone == "Europe/Brussels" else 3, 30)
    with pytest.raises(ValidationError, match="This hour does not exist"):
        on_clock(skipped, ZoneInfo(zone))
    for near in (skipped - timedelta(hours=1), skipped + timedelta(hours=1)):
        assert on_clock(near, ZoneInfo(zone)).replace(tzinfo=None) == near


@pytest.mark.parametrize("zone", ["Europe/Brussels", "Europe/Riga"])
def test_of_the_hour_that_october_has_twice_the_second_is_the_deadline(zone):
    twice = datetime(2024, 10, 27, 2 if zone == "Europe/Brussels" else 3, 30)
    call = Call(timezone=zone, opens_at=datetime(2024, 10, 1, tzinfo=UTC), deadline=on_clock(twice, ZoneInfo(zone)).astimezone(UTC))
    call.results_by = call.ends_at = datetime(2024, 12, 1, tzinfo=UTC)
    first = twice.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)
    for moment_of_it, is_open in ((first, True), (first + timedelta(minutes=59), True), (first + timedelta(hours=1), False)):
        with time_machine.travel(moment_of_it, tick=False):
            assert call.is_open == is_open
