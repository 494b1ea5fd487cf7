"""The ledger: done, still possible, no longer possible, by the rule that was published before the first unit."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from fulcrum.calls.models import CallVersion
from fulcrum.calls.services import keep_version
from fulcrum.calls.units import Unit
from programme.ledger.ledger import Ledger, State, ledger, rule_in_force
from tests.programme.conftest import AFTER, RELEASED

RULE = {
    "half_days": {"needed": 4, "of": 5},
    "labs": {"needed": 2, "of": 3, "make_up": True},
    "hours": {"half_day": 4, "lab": 2.5, "own_work": 16},
}
KINDS = ["half_day"] * 5 + ["lab"] * 3
SHORT = {"P": "present", "A": "absent", "M": "made_up"}


def unit(pk, kind, number):
    start = RELEASED + timedelta(days=pk)
    return Unit(pk=pk, kind=kind, number=number, starts_at=start, ends_at=start + timedelta(hours=4), timezone="Europe/Vienna")


UNITS = [unit(pk, kind, pk if kind == "half_day" else pk - 5) for pk, kind in enumerate(KINDS, 1)]


def stand(noted, rule=RULE, units=UNITS, now=AFTER):
    """The ledger of "PPPP- PA-": a letter a unit in their order, a dash where nothing is noted."""
    noted = noted.replace(" ", "")
    return ledger(units, {unit.pk: SHORT[letter] for unit, letter in zip(units, noted, strict=True) if letter != "-"}, rule, now)


def states(found: Ledger):
    return [line.state.value for line in found.lines]


@pytest.mark.parametrize(
    ("noted", "half_days", "labs", "whole"),
    [
        ("----- ---", "possible", "possible", "possible"),
        ("PPPPP PPP", "done", "done", "complete"),
        ("PPPPA PPP", "done", "done", "complete"),
        ("PPPAA PPP", "lost", "done", "lost"),
        ("PPP-A PPP", "possible", "done", "possible"),
        ("PPPP- PPP", "done", "done", "complete"),
        ("PPPPP PPM", "done", "done", "complete"),
        ("PPPPP PPA", "done", "possible", "possible"),
        ("PPPPP PP-", "done", "possible", "possible"),
        ("PPPPP PM-", "done", "possible", "possible"),
        ("PPPPP PA-", "done", "possible", "possible"),
        ("PPPPP PMM", "done", "lost", "lost"),
        ("PPPPP PAA", "done", "lost", "lost"),
        ("PPPPP AA-", "done", "lost", "lost"),
        ("AA--- ---", "lost", "possible", "lost"),
        ("A---- ---", "possible", "possible", "possible"),
    ],
)
def test_a_ledger_stands_as_the_rule_says(noted, half_days, labs, whole):
    found = stand(noted)
    assert (states(found), found.state) == ([half_days, labs], whole)


def test_without_make_up_two_labs_are_enough():
    rule = RULE | {"labs": {"needed": 2, "of": 3, "make_up": False}}
    assert stand("PPPP- PPA", rule).is_complete
    assert "make-up" not in stand("PPPP- PPA", rule).lines[1].sentence


def test_more_is_never_needed_than_there_is():
    assert stand("PPP", units=UNITS[:2] + UNITS[5:6]).is_complete
    assert states(stand("PA", units=UNITS[:2])) == ["lost"]


def test_a_call_without_units_is_completed_by_nobody():
    found = stand("", units=[])
    assert (found.state, found.hours) == ("possible", 0)


@pytest.mark.parametrize(
    ("noted", "hours"),
    [("----- ---", "0"), ("PPPPP PPP", "43.5"), ("PPPPA PPM", "39.5"), ("PPPAA PPP", "19.5"), ("A---- P--", "2.5"), ("PPPP- PPA", "21")],
)
def test_hours_are_those_attended_or_made_up_and_own_work_once_it_is_complete(noted, hours):
    assert stand(noted).hours == Decimal(hours)


def test_sentences_say_what_there_is_and_what_is_needed():
    academy, labs = stand("PPPPA PPA").lines
    assert academy.sentence == "4 of 5 half-days attended; at least 4 are needed."
    assert labs.sentence == "2 of 3 labs attended; at least 2 are needed. Learning Lab 3 was missed; its make-up task is still to do."
    lost = stand("PPPPA PMA").lines[1].sentence
    assert lost == "1 of 3 labs attended; at least 2 are needed. Learning Lab 2 is made up for. It can't be reached any more."
    first = UNITS[0].starts_at
    assert stand("----- ---", now=first).lines[0].sentence.endswith("1 is not noted yet. 4 are still to come.")
    assert stand("PPPP- PPP", now=AFTER).open_units == 1


@given(st.text("PAM-", min_size=8, max_size=8), st.integers(0, 7), st.booleans())
def test_being_there_once_more_never_makes_it_worse(noted, place, make_up):
    rule = RULE | {"labs": {"needed": 2, "of": 3, "make_up": make_up}}
    noted = noted[:5].replace("M", "P") + noted[5:]
    better = noted[:place] + "P" + noted[place + 1 :]
    order = [State.LOST, State.POSSIBLE, State.DONE]
    for before, after in zip(stand(noted, rule).lines, stand(better, rule).lines, strict=True):
        assert order.index(after.state) >= order.index(before.state)
    if noted[place] == "A" and place >= 5:
        made_up = stand(noted[:place] + "M" + noted[place + 1 :], rule)
        assert order.index(made_up.lines[1].state) >= order.index(stand(noted, rule).lines[1].state)


@given(st.text("PAM-", min_size=8, max_size=8))
def test_nobody_has_completed_what_can_not_be_completed(noted):
    found = stand(noted[:5].replace("M", "A") + noted[5:])
    assert not (found.is_complete and found.is_lost)
    assert (found.state == "complete") == all(line.state == State.DONE for line in found.lines)
    assert found.hours <= Decimal("43.5")


# The rule in force


def changed_rule(call, needed):
    """The call with another rule, as a version of its own."""
    call.completion_rule = call.completion_rule | {"half_days": {"needed": needed, "of": 5}}
    call.version += 1
    call.save()
    keep_version(call, by=None)
    return call


def needed(call):
    number, rule = rule_in_force(call)
    return number, rule["half_days"]["needed"]


def test_the_rule_is_the_one_published_when_the_first_unit_began(call, during_call, units):
    during_call.move_to(RELEASED)
    changed_rule(call, 3)
    during_call.move_to(units["half-day-1"].starts_at)
    changed_rule(call, 2)
    during_call.shift(1)
    changed_rule(call, 1)
    assert needed(call) == (3, 2)


def test_a_call_that_was_loaded_after_its_first_unit_goes_by_its_first_version(call, units):
    CallVersion.objects.update(at=units["half-day-1"].starts_at + timedelta(days=9))
    with time_machine.travel(units["half-day-1"].starts_at + timedelta(days=10)):
        changed_rule(call, 1)
    assert needed(call) == (1, 4)


def test_a_call_that_kept_no_version_goes_by_itself(call):
    CallVersion.objects.all().delete()
    assert needed(call) == (call.version, 4)


def test_another_call_counts_by_its_own_rule():
    halved = RULE | {"half_days": {"needed": 2, "of": 5}}
    assert states(stand("PP--- PPP", halved)) == ["done", "done"]
