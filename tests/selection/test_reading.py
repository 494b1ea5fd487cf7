"""The list of applications and the page of one: what a reader sees, in which order, and what not before their own scores count."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from applications import services as applying
from applications.answers.models import Answer
from applications.answers.services import write_answer
from fulcrum.audit.models import Entry
from fulcrum.files.models import StoredFile
from fulcrum.work.models import Job
from selection.assessments.models import Assessment
from selection.assessments.reading import PAGE
from selection.assessments.services import find_ineligible, mark_read
from selection.shortlists.services import place
from tests import factories
from tests.applications.reading import typed_into, words
from tests.selection import making


@pytest.fixture
def page(browser, address, alcc_reader):
    """A page of the call as the reader of ALCC sees it; other words go into the address."""
    window = browser(alcc_reader)
    return lambda *parts, **query: window.get(address("applications", *parts), query)


def names(response):
    """Whom the list shows, in its order."""
    return [row.name for row in response.context["rows"]]


def row(response, application):
    """What a reader sees of one line, in words."""
    lines = re.findall(r"<tr>.*?</tr>", response.content.decode(), re.DOTALL)
    (line,) = [line for line in lines if f'"{application.reference}/' in line]
    return words(type("line", (), {"content": line.encode()}))


# The list


def test_the_list_shows_who_sent_through_ones_network_as_they_were_sent(page, applications, call, cult):
    making.candidates(call, cult, 2)
    assert names(page()) == [application.name for application in applications]


def test_drafts_and_what_was_withdrawn_are_not_on_the_list(page, applications, call, alcc):
    factories.draft(call=call, network=alcc)
    applying.withdraw(applications[0], by=applications[0].person)
    assert names(page()) == [application.name for application in applications[1:]]


def test_a_line_says_who_it_is_where_from_and_how_large(page, applications):
    chosen = applications[0]
    seen = row(page(), chosen)
    for said in (
        chosen.name,
        chosen.house.name,
        chosen.house.municipality.name,
        chosen.origin.label,
        chosen.get_size_display(),
        "Written",
        "To read",
    ):
        assert str(said) in seen


def test_a_line_counts_who_has_scored(page, applications, call, alcc):
    for _reader in range(2):
        making.score(applications[0], making.assessor_of(call, alcc))
    assert "(2)" in row(page(), applications[0])
    assert "(0)" in row(page(), applications[1])


def test_a_line_says_whether_it_is_read_or_scored(page, applications, alcc_reader):
    mark_read(applications[0], by=alcc_reader)
    making.score(applications[1], alcc_reader)
    making.score(applications[2], alcc_reader, finished=False)
    shown = page()
    assert [line.state for line in shown.context["rows"]] == ["read", "scored", "read", "unscored", "unscored"]
    assert "1 scored by you" in words(shown)


def test_a_line_shows_places_reserves_and_who_cannot_be_counted(page, applications, alcc_lead):
    for application in applications[:4]:
        place(application, reason="Ready.", by=alcc_lead)
    find_ineligible(applications[4], reason="No member.", by=alcc_lead)
    shown = page()
    assert ["Place 1", "Place 3", "Reserve 1", "Ineligible"] == [
        said
        for said, application in zip(["Place 1", "Place 3", "Reserve 1", "Ineligible"], [applications[i] for i in (0, 2, 3, 4)], strict=True)
        if said in row(shown, application)
    ]


def test_a_line_shows_recordings_with_their_length(page, applications, call, unguarded):
    for application, channel, seconds in ((applications[0], "audio", 75), (applications[1], "video", 9)):
        file = StoredFile.objects.create(
            owner=application.person,
            kind=channel,
            given_name="a",
            size=9,
            web_size=9,
            media_type="audio/mp4",
            job=Job.DONE,
            check_state="passed",
            seconds=seconds,
        )
        Answer.objects.create(application=application, question=call.questions.first(), channel=channel, file=file, language="lv")
    shown = page()
    assert "1:15" in row(shown, applications[0])
    assert "0:09" in row(shown, applications[1])
    assert names(page(mode="audio")) == [applications[0].name]
    assert names(page(mode="video")) == [applications[1].name]


def test_fifty_stand_on_a_page_and_the_next_keeps_the_filters(page, call, alcc):
    everyone = making.candidates(call, alcc, PAGE + 3, size="small")
    making.candidates(call, alcc, 1, size="large")
    first = page(size="small")
    assert PAGE == 50
    assert names(first) == [application.name for application in everyone[:50]]
    (following,) = re.findall(r'<a href="(\?[^"]*)" rel="next"', first.content.decode())
    assert "size=small" in following
    assert names(page(size="small", page="2")) == [application.name for application in everyone[50:]]


def test_a_page_that_does_not_exist_shows_one_that_does(page, applications):
    for number in ("99", "-1", "x"):
        assert len(names(page(page=number))) == 5


@pytest.mark.parametrize("size", ["small", "medium", "large"])
def test_the_filter_by_size_stands_in_the_address(page, call, alcc, size):
    everyone = making.candidates(call, alcc, 9)
    assert names(page(size=size)) == [application.name for application in everyone if application.size == size] != []


@pytest.mark.parametrize(("degree", "origin"), [("1", "city"), ("2", "town"), ("3", "rural")])
def test_the_filter_by_origin_looks_at_the_house_from_the_list_and_the_typed_one(page, call, alcc, degree, origin):
    everyone = making.candidates(call, alcc, 3)
    town = factories.MunicipalityFactory(degree=int(degree))
    typed = making.candidate(call, alcc, house=None, typed_house="Typed", municipality=town, name="Who typed")
    assert {*names(page(origin=degree))} == {typed.name} | {application.name for application in everyone if application.origin == origin}


def test_search_finds_names_houses_typed_houses_and_references(page, applications, call, alcc):
    typed = making.candidate(call, alcc, house=None, typed_house="Velosipēdu nams", municipality=factories.MunicipalityFactory())
    one = applications[2]
    for searched, found in ((one.name, one), (one.house.name, one), (one.reference.lower(), one), ("velosipēdu", typed)):
        assert found.name in names(page(q=searched))
        assert len(names(page(q=searched))) < 6
    assert names(page(q="Nobody of this name")) == []


def test_search_finds_nobody_of_another_network(page, applications, call, cult):
    foreign = making.candidate(call, cult, name="Somebody Foreign")
    for searched in (foreign.name, foreign.reference, foreign.house.name):
        assert foreign.name not in names(page(q=searched))


def test_filters_by_ones_own_reading(page, applications, alcc_reader, alcc_lead, during_call):
    mark_read(applications[0], by=alcc_reader)
    making.score(applications[1], alcc_reader)
    making.score(applications[2], alcc_lead)
    mark_read(applications[3], by=alcc_reader)
    during_call.shift(timedelta(hours=1))
    applying.save_page(applications[3], values={"mandate": "Much."}, by=applications[3].person)
    by_state = {state: names(page(state=state)) for state in ("unscored", "read", "scored", "changed")}
    expected = {"unscored": [0, 2, 3, 4], "read": [0, 3], "scored": [1], "changed": [3]}
    assert by_state == {state: [applications[i].name for i in indexes] for state, indexes in expected.items()}


def test_filters_by_standing(page, applications, alcc_lead):
    place(applications[0], reason="Ready.", by=alcc_lead)
    find_ineligible(applications[1], reason="No member.", by=alcc_lead)
    assert names(page(standing="listed")) == [applications[0].name]
    assert names(page(standing="ineligible")) == [applications[1].name]
    assert names(page(standing="open")) == [application.name for application in applications[2:]]


def test_what_makes_no_sense_in_the_address_is_left_out(page, applications):
    shown = page(size="huge", origin="9", state="x", sort="password", standing="'", mode="--", unknown="1")
    assert shown.status_code == 200
    assert names(shown) == [application.name for application in applications]


def test_orders_by_name_and_house(page, call, alcc):
    for name, house in (("Cilla", "Alpha"), ("Anna", "Gamma"), ("Bea", "Beta")):
        making.candidate(call, alcc, name=name, house=factories.HouseFactory(name=house))
    assert names(page(sort="name")) == ["Anna", "Bea", "Cilla"]
    assert names(page(sort="house")) == ["Cilla", "Bea", "Anna"]
    assert names(page()) == ["Cilla", "Anna", "Bea"]


def test_the_list_keeps_its_filters_on_the_way_to_an_application_and_back(page, applications):
    shown = page(sort="name", size=applications[0].size)
    assert f"{applications[0].reference}/?sort=name&amp;size={applications[0].size}" in shown.content.decode()
    back = page(applications[0].reference, sort="name", size=applications[0].size).content.decode()
    assert f"/applications/?sort=name&amp;size={applications[0].size}" in back


def test_an_empty_list_and_one_that_nothing_fits_say_so(page, call, alcc):
    assert "No application has been sent yet" in words(page())
    making.candidate(call, alcc)
    assert "Nothing fits these filters" in words(page(q="zzz"))


def test_the_list_costs_the_same_for_three_and_for_thirty(page, call, alcc):
    counts = []
    for more in (3, 27):
        making.candidates(call, alcc, more)
        with CaptureQueriesContext(connection) as asked:
            page()
        counts.append(len(asked))
    assert counts[0] == counts[1] < 25


# Own scores before those of others


@pytest.fixture
def scored_by_another(applications, call, alcc):
    """The first application is scored poorly, the last one best, by somebody else who says why."""
    other = making.assessor_of(call, alcc)
    for value, application in enumerate(applications):
        making.score(application, other, transformation=value, ambassador=value, position=value, reasons={"position": f"Opinion {value}."}, chances=1)
    return other


def test_nobody_sees_a_mean_before_their_own_scores_count(page, applications, scored_by_another, alcc_reader):
    making.score(applications[3], alcc_reader, finished=False)
    shown = page()
    assert [line.mean for line in shown.context["rows"]] == [None] * 5
    assert "9.0" not in row(shown, applications[3])
    making.score(applications[3], alcc_reader, transformation=0, ambassador=0, position=1)
    assert "5.0 (2)" in row(page(), applications[3])


def test_nobody_sees_who_scored_what_before_their_own_scores_count(page, applications, scored_by_another, alcc_reader):
    making.score(applications[3], alcc_reader, finished=False)
    shown = page(applications[3].reference)
    assert str(scored_by_another) in words(shown)  # that they have scored is no secret
    assert "Opinion 3." not in words(shown)
    assert [(one.total, one.priority, one.scores) for one in shown.context["colleagues"]] == [(None, None, [])] * 2
    making.score(applications[3], alcc_reader)
    shown = page(applications[3].reference)
    assert "Opinion 3." in words(shown)
    assert 9 in [one.total for one in shown.context["colleagues"]]


def test_whoever_takes_their_scores_back_for_later_sees_those_of_others_no_more(page, applications, scored_by_another, alcc_reader):
    making.score(applications[3], alcc_reader)
    making.score(applications[3], alcc_reader, finished=False)
    assert "Opinion 3." not in words(page(applications[3].reference))
    assert [line.mean for line in page().context["rows"]] == [None] * 5


def test_the_order_by_score_says_nothing_of_what_one_has_not_scored(page, applications, scored_by_another, alcc_reader):
    assert names(page(sort="score")) == [application.name for application in applications]
    making.score(applications[2], alcc_reader)
    making.score(applications[4], alcc_reader)
    assert names(page(sort="score")) == [applications[i].name for i in (4, 2, 0, 1, 3)]


# What was changed since


@pytest.fixture
def changed(applications, call, alcc_reader, during_call):
    """An application that was read, and then changed: one field and one answer."""
    chosen = applications[1]
    mark_read(chosen, by=alcc_reader)
    during_call.shift(timedelta(hours=1))
    applying.save_page(chosen, values={"mandate": "Much more."}, by=chosen.person)
    question = call.questions.get(key="motivation")
    write_answer(chosen, question=question, text="Something else.", seen=None, language="en", by=chosen.person)
    return chosen


def test_the_list_marks_what_changed_since_one_read_it(page, applications, changed):
    shown = page()
    assert [line.pk for line in shown.context["rows"] if line.changed] == [changed.pk]
    assert "Changed since you read it" in row(shown, changed)


def test_the_page_names_what_was_changed(page, changed):
    shown = words(page(changed.reference))
    assert "Changed since you read it: Say why you want to join, What you may decide there" in shown


def test_what_was_changed_before_one_read_it_is_not_named(page, changed, alcc_reader, during_call):
    mark_read(changed, by=alcc_reader)
    during_call.shift(timedelta(minutes=1))
    applying.save_page(changed, values={"role": "head"}, by=changed.person)
    shown = words(page(changed.reference))
    assert "Changed since you read it: Your role in the house" in shown


def test_whoever_has_not_read_it_is_told_of_no_change(browser, address, changed, alcc_lead):
    shown = browser(alcc_lead).get(address("applications", changed.reference))
    assert "Changed since you read it" not in words(shown)


def test_what_was_withdrawn_rewritten_and_sent_again_is_read_and_judged_anew(page, alcc_reader, alcc_lead, during_call, call, alcc, unguarded):
    complete = factories.fill(factories.draft(call=call, network=alcc))
    applying.send(complete, by=complete.person)
    making.score(complete, alcc_reader)
    making.score(complete, alcc_lead)
    find_ineligible(complete, reason="No member.", by=alcc_lead)
    during_call.shift(timedelta(hours=1))
    applying.withdraw(complete, by=complete.person)
    assert not Assessment.objects.exists()
    applying.save_page(complete, values={"mandate": "Quite different."}, by=complete.person)
    applying.send(complete, by=complete.person)
    assert "To read" in row(page(), complete)
    assert "Ineligible" not in row(page(), complete)


def test_whoever_says_that_they_have_read_it_as_it_is_now_is_told_no_more(browser, address, changed, alcc_reader):
    window = browser(alcc_reader)
    answer = window.post(address("applications", changed.reference, "read") + "?sort=name")
    assert answer.headers["Location"] == address("applications", changed.reference) + "?sort=name"
    assert "Changed since you read it" not in words(window.get(address("applications", changed.reference)))
    assert not any(line.changed for line in window.get(address("applications")).context["rows"])


def test_to_look_at_an_application_is_not_to_have_read_it(page, browser, address, applications, alcc_reader, unguarded):
    page(applications[0].reference)
    assert browser(alcc_reader).get(address("applications", applications[0].reference, "read")).status_code == 405
    assert not Assessment.objects.exists()


def test_what_is_changed_while_one_reads_is_still_changed_afterwards(browser, address, applications, alcc_reader, during_call):
    window, url = browser(alcc_reader), address("applications", applications[0].reference)
    shown = window.get(url)
    seen, shown_at = typed_into(shown, "seen"), typed_into(shown, "shown_at")
    during_call.shift(timedelta(minutes=5))
    applying.save_page(applications[0], values={"mandate": "Much more."}, by=applications[0].person)
    during_call.shift(timedelta(minutes=5))
    scores = {f"value_{key}": "2" for key in making.SCORED} | {f"reason_{key}": "Because." for key in making.SCORED}
    for _click in range(2):
        assert window.post(url, scores | {"seen": seen, "shown_at": shown_at}).status_code == 302
    assert "Changed since you read it: What you may decide there" in words(window.get(url))
    assert Entry.objects.filter(act="application scored").count() == 1
    window.post(f"{url}read/", {"shown_at": shown_at})
    assert "Changed since you read it" in words(window.get(url))
    window.post(f"{url}read/", {"shown_at": typed_into(window.get(url), "shown_at")})
    assert "Changed since you read it" not in words(window.get(url))


@pytest.mark.parametrize("moment", ["", "x", "2024-04-20", "2024-04-20T10:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_that_no_page_carried_is_now(browser, address, applications, alcc_reader, unguarded, moment):
    window, url = browser(alcc_reader), address("applications", applications[0].reference)
    scores = {f"value_{key}": "2" for key in making.SCORED} | {f"reason_{key}": "Because." for key in making.SCORED}
    assert window.post(f"{url}read/", {"shown_at": moment}).status_code == 302
    assert window.post(url, scores | {"seen": typed_into(window.get(url), "seen"), "shown_at": moment}).status_code == 302
    assert Assessment.objects.get().read_at == timezone.now()


def test_marking_as_read_notes_the_moment_and_nothing_else(browser, address, applications, alcc_reader, unguarded):
    before = Entry.objects.count()
    browser(alcc_reader).post(address("applications", applications[0].reference, "read"))
    mine = Assessment.objects.get()
    assert (mine.assessor, mine.read_at, mine.done_at, mine.total) == (alcc_reader, timezone.now(), None, None)
    assert Entry.objects.count() == before


def test_marking_as_read_leaves_scores_as_they_are(applications, alcc_reader, during_call):
    making.score(applications[0], alcc_reader)
    during_call.shift(timedelta(hours=1))
    mine = mark_read(applications[0], by=alcc_reader)
    assert (mine.total, mine.done_at < mine.read_at) == (6, True)


# On to the next


@pytest.fixture
def save(browser, address, alcc_reader):
    """Posts scores for an application; returns where it leads."""
    window = browser(alcc_reader)
    data = {f"{kind}_{key}": value for key in making.SCORED for kind, value in (("value", "2"), ("reason", "Because."))}

    def post(application, query="", **more):
        url = address("applications", application.reference) + query
        seen = typed_into(window.get(url), "seen")
        return window.post(url, data | {"seen": seen} | more).headers.get("Location")

    return post


def test_saving_leads_to_the_next_that_one_has_not_scored(save, address, applications, alcc_reader):
    making.score(applications[2], alcc_reader)
    assert save(applications[1]) == address("applications", applications[3].reference) + "?"


def test_after_the_last_saving_leads_to_the_first_that_is_left_and_then_to_the_list(save, address, applications, alcc_reader):
    for application in applications[1:4]:
        making.score(application, alcc_reader)
    assert save(applications[4]) == address("applications", applications[0].reference) + "?"
    assert save(applications[0]) == address("applications") + "?"


def test_the_next_fits_the_filters(save, address, call, alcc):
    everyone = making.candidates(call, alcc, 9)
    small = [application for application in everyone if application.size == "small"]
    assert save(small[0], "?size=small") == address("applications", small[1].reference) + "?size=small"


def test_keeping_for_later_leads_back_to_the_list(save, address, applications):
    assert save(applications[0], "?size=small", later="1") == address("applications") + "?size=small"


# Whose page it is


@pytest.mark.parametrize("part", ["", "read", "conflict", "ineligible", "place"])
def test_an_application_of_another_network_is_not_found(browser, address, applications, call, cult, cult_lead, part):
    window = browser(cult_lead)
    parts = ["applications", applications[0].reference, *([part] if part else [])]
    assert window.post(address(*parts), {"place-reason": "x", "ineligible-reason": "x"}).status_code == 404
    if not part:
        assert window.get(address(*parts)).status_code == 404


def test_a_draft_or_what_was_withdrawn_is_not_found(page, applications, call, alcc):
    draft = factories.draft(call=call, network=alcc)
    applying.withdraw(applications[0], by=applications[0].person)
    assert {page(row.reference).status_code for row in (draft, applications[0])} == {404}


def test_the_coordinator_reads_no_applications(browser, address, applications, coordinator):
    window = browser(coordinator)
    assert window.get(address("applications")).status_code == 403
    assert window.get(address("applications", applications[0].reference)).status_code == 403
