"""A declared conflict hides an application from somebody everywhere; one's own application is nothing one reads."""

import re

import pytest

from applications.answers.models import Answer
from applications.application import Application
from fulcrum.audit.models import Entry
from fulcrum.files.models import StoredFile
from fulcrum.people.todos import todos_of
from fulcrum.work.models import Job
from selection.assessments.models import Assessment, Recusal, Score
from selection.assessments.services import NotAllowed, declare_conflict, find_ineligible, lift_conflict, mark_read
from selection.shortlists import services as ranking
from selection.shortlists.models import Place
from selection.slates.board import board_of
from tests import factories
from tests.applications.reading import words
from tests.selection import making


@pytest.fixture
def one(applications):
    """An application of ALCC with a name that stands nowhere else."""
    return rename(applications[1], "Zane Conflict")


def rename(application, name):
    application.name = name
    Application.objects.of_person(application.person).filter(pk=application.pk).update(name=name)
    return application


def texts_of(person):
    return [str(todo.text) for todo in todos_of(making.fresh(person))]


# One click


def test_one_click_declares_it_and_leads_back_to_the_list(browser, address, one, alcc_reader):
    window = browser(alcc_reader)
    form = re.search(r'<form method="post" action="([^"]*conflict/)">', window.get(address("applications", one.reference)).content.decode())
    answer = window.post(form[1])
    assert answer.headers["Location"] == address("applications")
    assert "You don't see this application any more" in words(window.get(answer.headers["Location"]))
    assert Recusal.objects.declared_by(alcc_reader).get().application_id == one.pk


def test_a_conflict_is_not_declared_by_looking(browser, address, one, alcc_reader):
    assert browser(alcc_reader).get(address("applications", one.reference, "conflict")).status_code == 405
    assert not Recusal.objects.declared_by(alcc_reader).exists()


def test_it_goes_on_record_once_without_why(one, alcc_reader):
    for _click in range(2):
        declare_conflict(one, by=alcc_reader)
    entry = Entry.objects.get(act="conflict declared")
    assert (entry.by, entry.subject, entry.reason) == (alcc_reader, f"applications.application {one.pk}", "")


def test_only_who_reads_it_declares_a_conflict(one, cult_lead, coordinator, unguarded):
    for person in (cult_lead, coordinator, one.person):
        with pytest.raises(NotAllowed):
            declare_conflict(one, by=person)
    assert not Recusal.objects.exists()


def test_ones_own_scores_are_removed_and_those_of_others_stay(one, alcc_reader, alcc_lead, unguarded):
    making.score(one, alcc_reader)
    theirs = making.score(one, alcc_lead)
    declare_conflict(one, by=alcc_reader)
    assert [*Assessment.objects.all()] == [theirs]
    assert {score.assessment_id for score in Score.objects.all()} == {theirs.pk}


# Hidden everywhere


def test_it_stands_in_no_list_filter_search_or_count(browser, address, applications, one, alcc_reader):
    window = browser(alcc_reader)
    declare_conflict(one, by=alcc_reader)
    window.get(address("applications"))  # the message
    assert "4 applications, 0 scored by you" in words(window.get(address("applications")))
    for query in (
        "",
        "?sort=name",
        "?sort=score",
        "?state=unscored",
        "?standing=open",
        f"?size={one.size}",
        f"?origin={one.house.municipality.degree}",
    ):
        assert one.reference not in window.get(address("applications") + query).content.decode()
    for searched in (one.name, one.reference, one.house.name):
        assert "Nothing fits these filters" in words(window.get(address("applications"), {"q": searched}))


@pytest.mark.parametrize("part", ["", "read", "conflict", "ineligible", "place", "conflict/1/lift"])
def test_its_page_is_not_found_any_more(browser, address, one, alcc_lead, part):
    declare_conflict(one, by=alcc_lead)
    window = browser(alcc_lead)
    parts = ["applications", one.reference, *([part] if part else [])]
    assert window.post(address(*parts), {"place-reason": "x", "ineligible-reason": "x"}).status_code == 404
    if not part:
        assert window.get(address(*parts)).status_code == 404


def test_its_recording_is_not_heard_any_more(browser, call, one, alcc_reader, unguarded):
    passed = {"job": Job.DONE, "check_state": "passed", "media_type": "audio/mp4", "size": 9, "web_size": 9}
    stored = StoredFile.objects.create(owner=one.person, kind="audio", given_name="a", **passed)
    Answer.objects.create(application=one, question=call.questions.get(key="motivation"), channel="audio", file=stored, language="lv")
    window, url = browser(alcc_reader), f"/en/applications/{one.reference}/answers/motivation/recording/"
    assert window.get(url).status_code == 200
    declare_conflict(one, by=alcc_reader)
    assert window.get(url).status_code == 404


def test_nobody_scores_reads_or_judges_what_they_have_a_conflict_with(one, alcc_lead, unguarded):
    declare_conflict(one, by=alcc_lead)
    for act in (
        lambda: making.score(one, alcc_lead),
        lambda: mark_read(one, by=alcc_lead),
        lambda: find_ineligible(one, reason="No.", by=alcc_lead),
    ):
        with pytest.raises(NotAllowed):
            act()
    with pytest.raises(ranking.NotEligible):
        ranking.place(one, reason="Ready.", by=alcc_lead)
    assert not Assessment.objects.exists()


def test_no_row_that_hangs_on_it_is_visible(one, alcc_reader, alcc_lead):
    making.score(one, alcc_lead)
    ranking.place(one, reason="Ready.", by=alcc_lead)
    declare_conflict(one, by=alcc_reader)
    for model in (Application, Answer, Assessment, Score, Place, Recusal):
        assert not model.objects.visible_to(alcc_reader).filter(**{} if model is not Application else {"pk": one.pk}).exists(), model.__name__


def test_it_waits_for_nobody_who_has_a_conflict_with_it(applications, one, alcc_reader):
    assert "Read and score 5 applications" in texts_of(alcc_reader)
    declare_conflict(one, by=alcc_reader)
    assert "Read and score 4 applications" in texts_of(alcc_reader)


def test_after_scoring_the_next_is_never_one_with_a_conflict(browser, address, applications, one, alcc_reader):
    declare_conflict(one, by=alcc_reader)
    good = {f"value_{key}": "3" for key in making.SCORED} | {f"reason_{key}": "Because." for key in making.SCORED}
    window, url = browser(alcc_reader), address("applications", applications[0].reference)
    seen = re.search(r'name="seen" value="(\w+)"', window.get(url).content.decode())[1]
    assert window.post(url, good | {"seen": seen}).headers["Location"] == address("applications", applications[2].reference) + "?"


# The list of the network


@pytest.fixture
def recused(shortlist, alcc_lead, call, alcc):
    """A second lead of ALCC, who has a conflict with its second place."""
    second = factories.staff(call=call, role="lead", network=alcc)
    declare_conflict(rename(making.on_list(shortlist)[1], "Zane Conflict"), by=second)
    return second


def test_who_has_a_conflict_does_not_see_the_list(browser, address, shortlist, recused, alcc_lead):
    page = browser(recused).get(address("lists", "alcc"))
    assert "You don't see this list" in words(page)
    for application in making.on_list(shortlist):
        assert application.name not in words(page)
    assert making.on_list(shortlist)[0].name in words(browser(alcc_lead).get(address("lists", "alcc")))


def test_who_has_a_conflict_sees_no_rank_beside_any_application(browser, address, shortlist, recused):
    window = browser(recused)
    listed = making.on_list(shortlist)
    assert [row.rank for row in window.get(address("applications")).context["rows"]] == [None] * 4
    page = window.get(address("applications", listed[0].reference))
    assert page.context["place"] is None
    assert f"Reason for {listed[0].name}" not in words(page)


def test_who_has_a_conflict_learns_from_no_filter_who_is_on_the_list(browser, address, shortlist, recused, call, alcc):
    outside = making.candidate(call, alcc)
    window = browser(recused)
    everybody = words(window.get(address("applications") + "?sort=name"))
    for standing in ("listed", "open"):
        assert len(window.get(address("applications"), {"standing": standing}).context["rows"]) == 5
    assert "On the list" not in everybody
    making.score(outside, recused)
    url = address("applications", making.on_list(shortlist)[0].reference)
    good = {f"value_{key}": "3" for key in making.SCORED} | {f"reason_{key}": "Because." for key in making.SCORED}
    seen = re.search(r'name="seen" value="(\w+)"', window.get(url).content.decode())[1]
    following = window.post(url + "?standing=open", good | {"seen": seen}).headers["Location"]
    assert making.on_list(shortlist)[2].reference in following


def test_who_has_a_conflict_does_not_change_the_list(browser, address, shortlist, recused, now, closed):
    window = browser(recused)
    before = making.on_list(shortlist)
    first = before[0]
    for parts, data in (
        (("lists", "alcc", first.reference), {"down": "1"}),
        (("lists", "alcc", first.reference), {"off": "1"}),
        (("lists", "alcc", first.reference), {"reason": "Other."}),
        (("lists", "alcc", "forward"), {}),
        (("lists", "alcc", "back"), {}),
    ):
        answer = window.post(address(*parts), data | {"version": "1"})
        assert answer.status_code == 409, parts
        assert "You don't see this list" in words(answer)
    assert making.on_list(shortlist) == before
    assert (now(shortlist).version, now(shortlist).put_forward_at) == (1, None)


def test_who_has_a_conflict_puts_nobody_on_the_list(browser, address, shortlist, recused, call, alcc):
    another = making.candidate(call, alcc)
    page = browser(recused).post(address("applications", another.reference, "place"), {"place-reason": "Ready."})
    assert page.status_code == 422
    assert another not in making.on_list(shortlist)


def test_who_has_a_conflict_judges_nobody_of_the_network_ineligible_and_learns_no_rank_by_trying(browser, address, shortlist, recused, call, alcc):
    window = browser(recused)
    outside, listed = making.candidate(call, alcc), making.on_list(shortlist)[0]
    answers = [window.post(address("applications", row.reference, "ineligible"), {"ineligible-reason": "No."}) for row in (outside, listed)]
    assert [answer.status_code for answer in answers] == [302, 302]
    pages = [words(window.get(address("applications", row.reference))) for row in (outside, listed)]
    for page in pages:
        assert "Noted as ineligible" not in page
        assert "It can't be counted" not in page
    with pytest.raises(NotAllowed):
        find_ineligible(outside, reason="No.", by=recused)


def test_a_conflict_in_one_network_takes_no_list_of_another(call, alcc, cult, recused):
    person = factories.staff(call=call, role="lead", network=cult, person=recused)
    assert ranking.may_rank(making.fresh(person), call, cult)
    assert not ranking.may_rank(making.fresh(person), call, alcc)


def test_a_list_waits_only_for_leads_without_a_conflict(shortlist, recused, alcc_lead, closed):
    assert not [text for text in texts_of(recused) if "List of" in text or "Put the list" in text]
    assert "Put the list of ALCC forward" in texts_of(alcc_lead)


# The joint board


@pytest.fixture
def board(call, closed, shortlist, recused):
    """The slate as the recused lead comes to see it."""
    return making.opened(call)


def test_the_board_leaves_out_whom_one_has_a_conflict_with_and_says_so(browser, address, board, recused):
    page = browser(recused).get(address("board"))
    assert "Zane Conflict" not in page.content.decode()
    assert "You don't see the people of this network" in words(page)
    assert "left out here and out of the figures" in words(page)


def test_the_figures_of_the_board_leave_them_out_as_well(board, recused, alcc_lead):
    def sums(person):
        return [sum(part.count for part in dimension.parts) for dimension in board_of(board, making.fresh(person)).dimensions]

    assert sums(alcc_lead) == [24, 24, 24]
    assert sums(recused) == [21, 21, 21]  # the whole line of the network: a gap would tell who holds the place


def test_no_brief_of_that_network_is_found(browser, address, board, recused, alcc_lead, shortlist):
    for application in making.on_list(shortlist):
        url = address("board", "people", application.reference)
        assert browser(recused).get(url).status_code == 404
        assert browser(alcc_lead).get(url).status_code == 200


def test_who_has_a_conflict_swaps_nothing_in_that_list(browser, address, board, recused, now):
    page = browser(recused).get(address("board", "swap", "alcc"))
    assert page.status_code == 409
    assert "Zane Conflict" not in page.content.decode()
    assert now(board).version == 1


# Lifting it


@pytest.fixture
def declared(one, alcc_reader):
    """A declared conflict."""
    declare_conflict(one, by=alcc_reader)
    return Recusal.objects.declared_by(alcc_reader).get()


def test_a_lead_without_a_conflict_lifts_it_and_it_goes_on_record(browser, address, one, declared, alcc_reader, alcc_lead):
    url = address("applications", one.reference)
    page = browser(alcc_lead).get(url)
    assert "Conflict declared" in words(page)
    form = re.search(r'action="([^"]*/lift/)"', page.content.decode())
    assert browser(alcc_lead).post(form[1]).headers["Location"] == f"{url}?"
    assert browser(alcc_reader).get(url).status_code == 200
    assert Entry.objects.filter(act="conflict lifted", by=alcc_lead).count() == 1


def test_scores_given_before_do_not_come_back(one, alcc_reader, alcc_lead, unguarded):
    making.score(one, alcc_reader)
    declare_conflict(one, by=alcc_reader)
    lift_conflict(Recusal.objects.get(), by=alcc_lead)
    assert not Assessment.objects.exists()
    assert making.score(one, alcc_reader).total == 6


def test_an_assessor_lifts_nobodys(browser, address, one, declared, call, alcc):
    reader = making.assessor_of(call, alcc)
    assert "/lift/" not in browser(reader).get(address("applications", one.reference)).content.decode()
    assert browser(reader).post(address("applications", one.reference, "conflict", declared.pk, "lift")).status_code == 403
    with pytest.raises(NotAllowed):
        lift_conflict(declared, by=reader)


def test_who_leads_only_another_network_lifts_nobodys(browser, address, one, declared, call, alcc, cult):
    """Reads for ALCC, leads cult!: may read the application, and nothing more."""
    person = factories.staff(call=call, role="assessor", network=alcc)
    factories.staff(call=call, role="lead", network=cult, person=person)
    url = address("applications", one.reference, "conflict", declared.pk, "lift")
    assert browser(person).post(url).status_code == 404
    assert Recusal.objects.declared_by(declared.person).exists()


def test_nobody_lifts_their_own(browser, address, one, alcc_lead):
    declare_conflict(one, by=alcc_lead)
    recusal = Recusal.objects.declared_by(alcc_lead).get()
    assert browser(alcc_lead).post(address("applications", one.reference, "conflict", recusal.pk, "lift")).status_code == 404
    with pytest.raises(NotAllowed):
        lift_conflict(recusal, by=alcc_lead)


def test_a_conflict_is_lifted_through_the_page_of_its_own_application_alone(browser, address, applications, declared, alcc_lead):
    other = applications[3]
    assert browser(alcc_lead).post(address("applications", other.reference, "conflict", declared.pk, "lift")).status_code == 404


# One's own application


@pytest.fixture
def both(call, alcc, alcc_lead):
    """A lead of ALCC who applied through it, on the second of its places."""
    return factories.staff(call=call, role="lead", network=alcc, person=making.candidate(call, alcc, name="Zane Both").person)


def test_ones_own_application_is_not_among_those_one_reads(browser, address, both, applications, unguarded):
    own = Application.objects.get(person=both)
    window = browser(both)
    assert own.reference not in window.get(address("applications")).content.decode()
    assert window.get(address("applications", own.reference)).status_code == 404
    assert "Read and score 5 applications" in texts_of(both)
    with pytest.raises(NotAllowed):
        making.score(own, both)
    with pytest.raises(ranking.NotEligible):
        ranking.place(own, reason="Ready.", by=both)


def test_who_applied_through_a_network_does_not_see_or_change_its_list(browser, address, both, applications, alcc_lead, unguarded):
    own = Application.objects.get(person=both)
    for application in (applications[0], own, applications[1]):
        ranking.place(application, reason="Ready.", by=alcc_lead)
    page = browser(both).get(address("lists", "alcc"))
    assert "You don't see this list" in words(page)
    assert applications[0].name not in words(page)
    with pytest.raises(ranking.NotAllowed):
        ranking.place(applications[2], reason="Ready.", by=both)


def test_who_applied_is_on_their_own_board_neither_named_nor_counted(browser, address, both, applications, alcc_lead, call, closed, unguarded):
    own = Application.objects.get(person=both)
    for application in (applications[0], own, applications[1]):
        ranking.place(application, reason="Ready.", by=alcc_lead)
    slate = making.opened(call)
    window = browser(both)
    assert own.name not in words(window.get(address("board"))).replace(str(both), "")
    assert window.get(address("board", "people", own.reference)).status_code == 404
    assert [sum(part.count for part in dimension.parts) for dimension in board_of(slate, making.fresh(both)).dimensions] == [21, 21, 21]


def test_a_draft_of_ones_own_or_one_through_another_network_hinders_nobody(call, alcc, cult, unguarded):
    drafting = factories.staff(call=call, role="lead", network=alcc)
    factories.draft(call=call, network=alcc, person=drafting)
    elsewhere = factories.staff(call=call, role="lead", network=alcc, person=making.candidate(call, cult).person)
    assert [ranking.may_rank(making.fresh(person), call, alcc) for person in (drafting, elsewhere)] == [True, True]
