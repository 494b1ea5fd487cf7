"""Reminders to open drafts: seven days, two days and twelve hours before the deadline that holds, each once."""

from datetime import timedelta

import pytest

from applications.application import Application
from applications.deadlines import reminders
from applications.deadlines.reminders import BEFORE, remind_due, step_at
from applications.deadlines.services import extend_for
from applications.progress import missing
from applications.services import send, withdraw
from fulcrum.calls.services import MOMENTS, edit_dates
from fulcrum.guard.querysets import everything
from fulcrum.mail.models import Message
from fulcrum.work.services import sweep
from tests import factories

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
pytestmark = pytest.mark.usefixtures("unguarded")


@pytest.fixture
def passes(call, during_call):
    """Lets time pass to this long before the deadline of the call; returns how many reminders are written then."""

    def to(before, deadline=None):
        during_call.move_to((deadline or call.deadline) - before)
        return remind_due()

    return to


def letters():
    return Message.objects.filter(kind="reminder").order_by("pk")


def extend(call, later, by):
    call.refresh_from_db()
    moments = {key: getattr(call, key) for key in MOMENTS} | {"deadline": call.deadline + later}
    dates = {entry.key: (entry.starts, entry.ends) for entry in call.dates.all()}
    return edit_dates(call, moments=moments, dates=dates, reason={"en": "So."}, version=call.version, by=by)


def test_each_reminder_comes_at_its_moment_and_once(draft, passes):
    found = []
    for before in BEFORE.values():
        found += [passes(before + SECOND), passes(before), passes(before - SECOND), remind_due()]
    assert found == [0, 1, 0, 0] * 3
    assert passes(-SECOND) == 0
    assert [letter.address for letter in letters()] == [draft.person.email] * 3


def test_the_worker_sends_them_with_everything_else(draft, call, during_call):
    during_call.move_to(call.deadline - 2 * DAY)
    sweep()
    assert letters().count() == 1


def test_a_worker_that_slept_sends_the_last_one_alone(draft, passes):
    assert passes(HOUR) == 1
    assert " 12 hours " in letters().get().key


def test_it_says_in_the_language_of_the_application_what_is_missing(draft, passes, settings):
    Application.objects.filter(pk=draft.pk).update(language="fr")
    passes(2 * DAY)
    letter = letters().get()
    assert letter.language == "fr"
    assert "23:59" in letter.body
    assert f"/fr/applications/{draft.reference}/" in letter.body
    assert "- Tell us about yourself" not in letter.body
    assert letter.body.count("\n- ") == len(missing(draft)) > 5


def test_a_complete_draft_is_told_that_only_sending_is_left(complete, passes):
    Application.objects.update(language="en")
    passes(2 * DAY)
    assert "Nothing is missing any more: check your answers and send it." in letters().get().body


def test_nobody_is_reminded_who_has_sent_or_withdrawn(sent, passes):
    assert passes(7 * DAY) == 0
    withdraw(sent, by=sent.person)
    assert passes(2 * DAY) == 0


def test_whoever_sends_between_two_reminders_gets_no_second(complete, passes):
    assert passes(7 * DAY) == 1
    send(complete, by=complete.person)
    assert passes(2 * DAY) == 0


def test_who_sends_while_the_sweep_runs_gets_none(complete, call, passes, monkeypatch):
    found = reminders._due

    def then_sent(*args):
        pks = found(*args)
        send(complete, by=complete.person)
        return pks

    monkeypatch.setattr(reminders, "_due", then_sent)
    assert passes(2 * DAY) == 0
    assert not letters().exists()


def test_whoever_began_within_the_hour_waits_until_it_is_over(call, alcc, passes, during_call):
    during_call.move_to(call.deadline - 2 * DAY - HOUR / 2)
    factories.draft(call=call, network=alcc)
    assert passes(2 * DAY) == 0
    assert passes(2 * DAY - HOUR / 2) == 1


def test_whoever_began_after_the_moment_of_a_reminder_does_not_get_it(call, alcc, passes, during_call):
    during_call.move_to(call.deadline - 2 * DAY + SECOND)
    factories.draft(call=call, network=alcc)
    assert passes(DAY) == 0
    assert passes(12 * HOUR) == 1


def test_an_extension_for_all_plans_them_anew(draft, call, coordinator, passes):
    assert passes(2 * DAY) == 1
    later = extend(call, 10 * DAY, coordinator).deadline
    assert passes(12 * HOUR) == 0  # of the deadline that was
    assert [passes(before, later) for before in BEFORE.values()] == [1, 1, 1]
    assert letters().count() == 4


def test_an_extension_does_not_call_up_a_reminder_whose_moment_it_passed(draft, call, coordinator, passes):
    assert passes(DAY) == 1
    later = extend(call, DAY, coordinator).deadline
    assert passes(2 * DAY - SECOND, later) == 0
    assert passes(12 * HOUR, later) == 1


def test_more_time_for_one_plans_theirs_anew_and_leaves_the_others(draft, call, alcc, cult, lead, passes):
    other = factories.draft(call=call, network=cult)
    assert passes(7 * DAY) == 2
    until = call.deadline + 12 * DAY
    extend_for(call, draft.person, network=alcc, until=until, reason="So.", by=lead)
    assert passes(2 * DAY) == 1
    assert letters().last().address == other.person.email
    assert passes(2 * DAY, until) == 1
    assert letters().last().address == draft.person.email
    assert " 19" in letters().last().body


def test_a_call_that_is_not_open_yet_reminds_nobody(draft, call, passes):
    call.opens_at = call.deadline - HOUR
    call.save()
    assert passes(2 * DAY) == 0


def test_one_that_fails_stops_no_other(call, alcc, passes, monkeypatch):
    first, second = factories.draft(call=call, network=alcc), factories.draft(call=call, network=alcc)
    known = reminders.missing

    def breaks(application):
        if application.pk == first.pk:
            raise RuntimeError
        return known(application)

    monkeypatch.setattr(reminders, "missing", breaks)
    assert passes(2 * DAY) == 1
    assert letters().get().address == second.person.email


def test_a_sweep_writes_no_more_than_its_share_and_the_next_goes_on(call, alcc, passes, monkeypatch):
    monkeypatch.setattr(reminders, "AT_ONCE", 2)
    for _number in range(5):
        factories.draft(call=call, network=alcc)
    assert [passes(2 * DAY), remind_due(), remind_due(), remind_due()] == [2, 2, 1, 0]


def test_a_sweep_with_nothing_due_asks_little(call, alcc, passes, django_assert_max_num_queries):
    for _number in range(5):
        factories.draft(call=call, network=alcc)
    passes(2 * DAY)
    with django_assert_max_num_queries(4):
        assert remind_due() == 0


@pytest.mark.parametrize(("before", "step"), [(8 * DAY, ""), (7 * DAY, "7 days"), (2 * DAY, "2 days"), (HOUR, "12 hours"), (0 * DAY, "")])
def test_the_step_is_the_last_whose_moment_came(call, before, step):
    assert step_at(call.deadline, call.deadline - before) == step


@pytest.mark.concurrent
@pytest.mark.django_db(transaction=True)
def test_fifty_sweeps_at_the_same_moment_write_one_letter(draft, call, during_call, at_once):
    during_call.move_to(call.deadline - 2 * DAY)
    returned, raised = at_once(lambda number: remind_due())
    assert raised == []
    assert sum(returned) == 1
    with everything("a test looks"):
        assert letters().count() == 1
