"""Telling everybody: outcomes, the last look, the release, and what a candidate sees before and after it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from applications.application import Application
from fulcrum.audit.models import Entry
from fulcrum.calls.services import dump_call, load_call
from fulcrum.mail.models import Message
from fulcrum.people.todos import todos_of
from selection.assessments.services import find_ineligible
from selection.models import Nomination, Outcome, Slate
from selection.outcomes import services as telling
from selection.outcomes.services import NotFinal, WrongDate, last_look, latest_answer, release, sample, untold_outcomes, usual_answer_by
from selection.shortlists.services import NotAllowed
from selection.slates.services import broken_slates, freeze, make_final, swap
from tests import factories
from tests.applications.reading import words
from tests.conftest import CLOSED
from tests.selection import making

LANGUAGES = ("en", "nl", "fr", "de", "it", "et", "lv")
WEEK = CLOSED + timedelta(days=7)


@pytest.fixture
def unlucky(closed, call, alcc):
    """Seven sent applications of ALCC in seven languages, and nobody puts them on a list."""
    return [making.candidate(call, alcc, language=language) for language in LANGUAGES]


@pytest.fixture
def slate(closed, call, unlucky):
    """The selection is final, and nobody is told."""
    return making.final(call)


@pytest.fixture
def released(slate, coordinator):
    return release(slate, answer_by=WEEK, by=coordinator)


@pytest.fixture
def one_of(slate, unguarded):
    """Somebody of ALCC with an outcome of this kind."""
    return lambda kind: Outcome.objects.filter(kind=kind, network__slug="alcc").select_related("application").order_by("pk").first().application


@pytest.fixture
def answer(browser):
    """The page of the answer, as its candidate opens it."""
    return lambda application: browser(application.person).get(f"/en/applications/{application.reference}/outcome/")


def letters():
    return Message.objects.filter(kind__startswith="outcome_")


# Outcomes


def test_every_sent_application_gets_the_outcome_of_its_rank(slate, unlucky, unguarded):
    for row in Nomination.objects.all():
        given = row.application.outcome
        assert (given.kind, given.rank, given.of, given.house) == ("reserve" if row.is_reserve else "selected", row.rank, row.of, row.house)
        assert (given.network, given.call) == (row.network, slate.call)
    for application in unlucky:
        given = application.outcome
        assert (given.kind, given.rank, given.of, given.house) == ("not_selected", None, 3, application.house_key)
    assert Outcome.objects.count() == Application.objects.sent().count() == 8 * 5 + 7


def test_who_was_swapped_in_is_selected_and_who_made_room_is_a_reserve(closed, call, alcc, coordinator, unguarded):
    slate = making.opened(call)
    ranked = [row.application for row in Nomination.objects.filter(network=alcc).order_by("rank")]
    swap(slate, network=alcc, out=ranked[1], into=ranked[4], reason="So.", version=1, by=making.fresh(making.lead_of(call, alcc)))
    slate.refresh_from_db()
    freeze(slate, version=2, by=coordinator)
    for part in call.partnerships.select_related("network"):
        making.vote(slate, part.network)
    make_final(slate, version=2, by=coordinator)
    kinds = [Outcome.objects.get(application=application) for application in ranked]
    assert [given.kind for given in kinds] == ["selected", "reserve", "selected", "reserve", "selected"]
    assert [given.rank for given in kinds] == [1, 5, 3, 4, 2]


def test_drafts_what_was_withdrawn_and_other_calls_get_no_outcome(closed, call, alcc, coordinator, unguarded):
    other = load_call(dump_call(call) | {"slug": "another-call"})
    silent = [making.candidate(call, alcc), making.candidate(call, alcc), making.candidate(other, alcc)]
    Application.objects.filter(pk=silent[0].pk).update(state="draft", sent_at=None)
    Application.objects.filter(pk=silent[1].pk).update(state="withdrawn")
    release(making.final(call), answer_by=WEEK, by=coordinator)
    assert not Outcome.objects.filter(application__in=silent).exists()
    assert not letters().filter(person__in=[application.person for application in silent]).exists()


def test_what_was_found_ineligible_is_not_selected_and_told_that_it_could_not_be_counted(closed, call, alcc, coordinator, unguarded):
    application = making.candidate(call, alcc)
    find_ineligible(application, reason="No such house.", by=making.fresh(making.lead_of(call, alcc)))
    release(making.final(call), answer_by=WEEK, by=coordinator)
    assert Outcome.objects.get(application=application).kind == "not_selected"
    assert "No such house." not in letters().get(person=application.person).body


# The last look


def test_the_last_look_counts_the_letters_that_are_then_written(slate, call, coordinator, unguarded):
    seen = {(count.kind, count.language): count.number for count in last_look(call)}
    assert seen == {("selected", "en"): 24, ("reserve", "en"): 16} | {("not_selected", language): 1 for language in LANGUAGES}
    release(slate, answer_by=WEEK, by=coordinator)
    written = {}
    for letter in letters():
        key = (letter.kind.removeprefix("outcome_"), letter.language)
        written[key] = written.get(key, 0) + 1
    assert written == seen


def test_the_page_shows_the_counts_and_how_many_letters_go_out(slate, coordinator, browser, address):
    text = words(browser(coordinator).get(address("outcomes")))
    for told in ("Selected: 24", "Reserve: 16", "Not selected: 7", "24 · Read one: Selected, English", "1 · Read one: Not selected, Latvian"):
        assert told in text
    assert "Release 47 letters" in text


def test_each_letter_can_be_read_before_as_somebody_will_get_it(slate, unlucky, coordinator, browser, address, unguarded):
    page = browser(coordinator).get(address("outcomes"), {"kind": "not_selected", "language": "lv"})
    assert 'lang="lv"' in page.content.decode()
    latvian = unlucky[LANGUAGES.index("lv")]
    assert latvian.name in words(page)
    subject, body = sample(slate, kind="not_selected", language="lv", answer_by=WEEK, by=coordinator)
    release(slate, answer_by=WEEK, by=coordinator)
    letter = letters().get(person=latvian.person)
    assert (letter.subject, letter.body) == (subject, body)


def test_a_letter_that_nobody_gets_can_not_be_read(slate, coordinator, browser, address):
    for query in ({"kind": "selected", "language": "lv"}, {"kind": "<b>", "language": "xx"}, {"kind": "selected"}):
        page = browser(coordinator).get(address("outcomes"), query)
        assert page.status_code == 200
        assert page.context["shown"] == last_look(slate.call)[0]
    assert sample(slate, kind="selected", language="lv", answer_by=WEEK, by=coordinator) == ("", "")


def test_looking_tells_nobody(slate, coordinator, browser, address, unguarded):
    browser(coordinator).get(address("outcomes"))
    assert not letters().exists()
    assert not Slate.objects.get().is_released


def test_before_it_is_final_there_is_nothing_to_look_at_and_nothing_to_release(closed, call, coordinator, browser, address, unguarded):
    window, data = browser(coordinator), {"answer_by": "2024-05-20T12:00"}
    for slate in (None, making.opened(call)):
        assert "The selection is not final yet" in words(window.get(address("outcomes")))
        assert window.post(address("outcomes"), data).status_code == 409
        if slate:
            with pytest.raises(NotFinal):
                release(slate, answer_by=WEEK, by=coordinator)
    assert not letters().exists()


# The release


def test_the_release_writes_each_candidate_one_letter_in_their_language(released, unlucky, settings, unguarded):
    outcomes = list(Outcome.objects.select_related("application__person", "network"))
    assert letters().count() == len(outcomes) == 47
    for given in outcomes:
        letter = letters().get(person=given.application.person)
        assert (letter.kind, letter.address) == (f"outcome_{given.kind}", given.application.person.email)
        assert letter.language == given.application.language
        assert letter.call == released.call
        assert given.application.name in letter.body
        assert (given.network.contact_email or released.call.contact_email) in letter.body
    assert {letters().get(person=application.person).language for application in unlucky} == set(LANGUAGES)


def test_a_letter_to_somebody_selected_says_until_when_to_answer_and_where(slate, one_of, coordinator, settings, unguarded):
    application = one_of("selected")
    Application.objects.filter(pk=application.pk).update(language="lv")
    release(slate, answer_by=datetime(2024, 5, 20, 21, 59, tzinfo=UTC), by=coordinator)
    body = letters().get(person=application.person).body
    assert f"{settings.SITE_URL}/lv/applications/{application.reference}/seat/" in body
    assert "23:59" in body, "the hour is that of the call"


def test_no_letter_tells_of_another_candidate_or_of_a_rank(released, unguarded):
    people = {application.name for application in Application.objects.all()}
    for letter in letters().select_related("person"):
        own = letter.person.applications.get()
        assert not [name for name in people - {own.name} if f"{name}," in letter.body or f"{name} " in letter.body]
        assert f"Reason for {own.name}" not in letter.body


def test_fifty_identical_releases_are_one(slate, coordinator, browser, address, unguarded):
    window, data = browser(coordinator), {"answer_by": "2024-05-20T12:00"}
    answers = [window.post(address("outcomes"), data) for _time in range(50)]
    assert {answer.headers["Location"] for answer in answers} == {address("outcomes")}
    assert letters().count() == Outcome.objects.count() == 47
    assert Entry.objects.filter(act="outcomes released").count() == 1


def test_a_second_release_changes_neither_moment_nor_date(released, coordinator, unguarded):
    again = release(released, answer_by=WEEK + timedelta(days=3), by=coordinator)
    assert (again.released_at, again.answer_by) == (released.released_at, WEEK)
    assert Slate.objects.get().answer_by == WEEK


def test_the_date_is_read_in_the_zone_of_the_call(slate, coordinator, browser, address, unguarded):
    browser(coordinator).post(address("outcomes"), {"answer_by": "2024-05-20T23:59"})
    assert Slate.objects.get().answer_by == datetime(2024, 5, 20, 21, 59, tzinfo=UTC)


FIRST = "2024-09-18T09:00"  # the first half-day begins in Vienna


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Type a date and an hour"),
        ("tomorrow", "Type a date and an hour"),
        ("2024-05-20", "Type a date and an hour"),
        ("2024-02-30T12:00", "Type a date and an hour"),
        ("2024-05-08T11:59", "Choose a moment that lies ahead"),
        ("0001-01-01T00:00", "Type a year between 2000 and 2100."),
        (FIRST[:-1] + "1", "Choose a moment that lies ahead"),
        ("2025-01-01T00:00", "Choose a moment that lies ahead"),
        ("9999-12-31T23:59", "Type a year between 2000 and 2100."),
    ],
)
def test_a_date_that_makes_no_sense_releases_nothing_and_stays_in_the_field(slate, coordinator, browser, address, unguarded, typed, said):
    page = browser(coordinator).post(address("outcomes"), {"answer_by": typed})
    assert page.status_code == 422
    assert said in words(page)
    assert "<title>Error:" in page.content.decode()
    if typed:
        assert f'value="{typed}"' in page.content.decode()
    assert not letters().exists()
    assert not Slate.objects.get().is_released


@pytest.mark.parametrize("typed", [FIRST, "2024-05-08T12:01"])
def test_any_moment_between_now_and_the_first_unit_is_taken(slate, coordinator, browser, address, unguarded, typed):
    assert browser(coordinator).post(address("outcomes"), {"answer_by": typed}).status_code == 302
    assert Slate.objects.get().is_released


def test_the_verb_refuses_a_wrong_date_itself(slate, call, coordinator, closed):
    latest = latest_answer(call)
    for moment in (closed, closed - timedelta(days=1), latest + timedelta(seconds=1)):
        with pytest.raises(WrongDate):
            release(slate, answer_by=moment, by=coordinator)
    assert release(slate, answer_by=latest, by=coordinator).is_released


def test_the_usual_date_is_a_week_ahead_at_the_end_of_the_day_and_never_after_the_first_unit(call, closed, during_call):
    assert usual_answer_by(call) == datetime(2024, 5, 15, 21, 59, tzinfo=UTC)
    during_call.move_to(latest_answer(call) - timedelta(days=2))
    assert usual_answer_by(call) == latest_answer(call)
    call.units.all().delete()
    assert latest_answer(call) is None
    assert usual_answer_by(call) == datetime(2024, 9, 23, 21, 59, tzinfo=UTC)


def test_only_the_coordinator_of_the_call_releases(slate, call, alcc, browser, address, unguarded):
    other = load_call(dump_call(call) | {"slug": "another-call"})
    lead, foreign = making.lead_of(call, alcc), factories.staff(call=other, role="coordinator")
    for person, status in ((lead, 403), (foreign, 404)):
        window = browser(person)
        assert {window.get(address("outcomes")).status_code, window.post(address("outcomes"), {"answer_by": FIRST}).status_code} == {status}
        with pytest.raises(NotAllowed):
            release(slate, answer_by=WEEK, by=making.fresh(person))
    assert not letters().exists()


def test_letters_and_release_are_kept_together_or_not_at_all(slate, coordinator, monkeypatch, unguarded):
    written = []

    def write_some(*args, **said):
        if len(written) == 20:
            raise RuntimeError("the disk is full")
        written.append(real(*args, **said))

    real = telling.write
    monkeypatch.setattr(telling, "write", write_some)
    with pytest.raises(RuntimeError):
        release(slate, answer_by=WEEK, by=coordinator)
    assert len(written) == 20
    assert not letters().exists()
    assert not Slate.objects.get().is_released
    assert not Entry.objects.filter(act="outcomes released").exists()


def test_later_rooms_act_in_the_same_transaction(slate, coordinator, monkeypatch, unguarded):
    seen = []

    def act(given):
        seen.append((given.is_released, given.answer_by, letters().count(), len(connection.savepoint_ids)))

    monkeypatch.setattr(telling, "told_of_release", [act])
    depth = len(connection.savepoint_ids)
    release(slate, answer_by=WEEK, by=coordinator)
    release(slate, answer_by=WEEK, by=coordinator)
    assert [entry[:3] for entry in seen] == [(True, WEEK, 47)]
    assert seen[0][3] > depth


def test_when_a_later_room_fails_nobody_is_told(slate, coordinator, monkeypatch, unguarded):
    def fail(given):
        raise RuntimeError("no seats")

    monkeypatch.setattr(telling, "told_of_release", [*telling.told_of_release, fail])
    with pytest.raises(RuntimeError):
        release(slate, answer_by=WEEK, by=coordinator)
    assert not letters().exists()
    assert not Slate.objects.get().is_released


def test_after_the_release_the_page_shows_when_and_has_no_button(released, coordinator, browser, address):
    page = browser(coordinator).get(address("outcomes"))
    assert "Released:" in words(page)
    main = page.content.decode().split("<main")[1].split("</main>")[0]
    assert "<button" not in main


# What a candidate sees


def test_nobody_is_told_before_the_release(slate, call, one_of, answer, browser):
    for kind in ("selected", "reserve", "not_selected"):
        application = one_of(kind)
        assert answer(application).status_code == 404
        assert todos_of(making.fresh(application.person)) == []
        assert not Outcome.objects.told_to(application.person).exists()
        for path in ("", "receipt/", "check/"):
            page = browser(application.person).get(f"/en/applications/{application.reference}/{path}")
            assert "outcome" not in page.content.decode()


@pytest.mark.parametrize(
    ("kind", "said"),
    [("selected", "You are selected"), ("reserve", "You are on the reserve list"), ("not_selected", "You are not selected this time")],
)
def test_after_the_release_everybody_reads_their_own_answer(released, one_of, answer, kind, said):
    application = one_of(kind)
    page = answer(application)
    assert page.status_code == 200
    assert said in words(page)
    assert f"/en/applications/{application.reference}/outcome/" in [todo.url for todo in todos_of(making.fresh(application.person))]


def test_nobody_else_reads_the_answer_of_a_candidate(released, call, alcc, one_of, browser, coordinator):
    application = one_of("not_selected")
    path = f"/en/applications/{application.reference}/outcome/"
    for person in (one_of("selected").person, making.lead_of(call, alcc), making.assessor_of(call, alcc), coordinator):
        assert browser(person).get(path).status_code == 404
    assert browser().get(path).status_code == 302


def test_leads_see_outcomes_of_their_network_the_coordinator_those_of_the_call_and_nobody_else_does(slate, call, alcc, one_of):
    other = load_call(dump_call(call) | {"slug": "another-call"})
    for person, number in [
        (making.lead_of(call, alcc), 12),
        (making.coordinator_of(call), 47),
        (making.assessor_of(call, alcc), 0),
        (factories.staff(call=other, role="coordinator"), 0),
        (one_of("selected").person, 0),
    ]:
        assert Outcome.objects.visible_to(making.fresh(person)).count() == number


# What must always hold


def test_all_is_well_before_and_after_the_release(slate, coordinator):
    assert untold_outcomes() == broken_slates() == []
    release(slate, answer_by=WEEK, by=coordinator)
    assert untold_outcomes() == broken_slates() == []


def test_a_released_outcome_without_its_letter_is_found(released, one_of, during_call, call, unguarded):
    given = one_of("reserve").outcome
    letters().filter(key=f"outcome {given.pk}").delete()
    assert untold_outcomes() == [f"outcomes: {given.pk} was released without a letter."]
    during_call.move_to(call.ends_at + timedelta(days=1))
    assert untold_outcomes() == []


def test_a_sent_application_without_an_outcome_is_found(slate, call, one_of, unguarded):
    one_of("not_selected").outcome.delete()
    assert broken_slates() == [f"slates: 1 applications of call {call.pk} have no outcome."]


def test_a_nomination_that_is_not_as_its_network_has_it_is_found(slate, cult, one_of, unguarded):
    rows = Nomination.objects.filter(application=one_of("selected"))
    before = rows.values().get()
    for wrong in ({"of": 4}, {"network": cult, "rank": 9}):
        rows.update(**wrong)
        assert broken_slates() == [f"slates: nomination {before['id']} is not as its network has it."]
        rows.update(of=before["of"], network=before["network_id"], rank=before["rank"])
    assert broken_slates() == []
