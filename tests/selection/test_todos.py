"""What waits for whom, from the first sent application to the answers."""

from datetime import timedelta

import pytest

from fulcrum.calls.services import dump_call, load_call
from fulcrum.people.todos import todos_of
from selection.assessments.services import declare_conflict, find_ineligible
from selection.models import Nomination
from selection.outcomes.services import release, usual_answer_by
from selection.shortlists.services import take_back
from selection.slates.services import freeze, make_final, open_lists, swap
from selection.todos import of_candidate, of_staff
from tests import factories
from tests.benchmarks.counting import counted
from tests.selection import making


def waiting(person):
    """What waits for a person in the selection, in words."""
    return [todo.text for todo in of_staff(making.fresh(person))]


@pytest.fixture
def reading(applications, alcc_reader):
    """Whoever reads the five applications of ALCC, while the call is open."""
    return alcc_reader


# Who reads


def test_a_reader_is_asked_to_score_what_they_have_not_scored(applications, reading, address):
    (todo,) = of_staff(making.fresh(reading))
    assert (todo.text, todo.url) == ("Read and score 5 applications", f"{address('applications')}?state=unscored")
    for application in applications[:4]:
        making.score(application, reading)
    assert waiting(reading) == ["Read and score 1 application"]
    making.score(applications[4], reading)
    assert waiting(reading) == []


def test_scores_that_are_kept_for_later_and_those_of_others_leave_the_work_to_be_done(applications, reading, call, alcc):
    making.score(applications[0], reading, finished=False)
    making.score(applications[1], making.assessor_of(call, alcc))
    assert waiting(reading) == ["Read and score 5 applications"]


def test_what_is_ineligible_or_hidden_by_a_conflict_is_left_out(applications, reading, call, alcc):
    find_ineligible(applications[0], reason="No such house.", by=making.fresh(making.lead_of(call, alcc)))
    declare_conflict(applications[1], by=reading)
    assert waiting(reading) == ["Read and score 3 applications"]


def test_ones_own_application_waits_for_others(applications, reading, unguarded):
    applications[0].person = reading
    applications[0].save(update_fields=["person"])
    assert waiting(reading) == ["Read and score 4 applications"]


def test_nothing_is_left_to_read_once_the_list_is_put_forward(closed, call, alcc, alcc_reader):
    making.candidate(call, alcc)
    own = making.put_forward(call, alcc)
    assert waiting(alcc_reader) == []
    take_back(own, by=making.fresh(making.lead_of(call, alcc)))
    assert waiting(alcc_reader) == ["Read and score 6 applications"]


def test_applications_of_another_network_wait_for_its_own_staff(applications, call, cult):
    assert waiting(making.assessor_of(call, cult)) == []


# Who leads


def test_a_lead_puts_the_list_forward_after_the_deadline_and_not_before(shortlist, call, alcc, alcc_lead, during_call, address):
    asked = f"Put the list of {alcc.name} forward"
    assert asked not in waiting(alcc_lead)
    during_call.move_to(call.deadline)
    (todo,) = [todo for todo in of_staff(making.fresh(alcc_lead)) if todo.text == asked]
    assert (todo.url, todo.until, todo.is_late) == (address("lists", "alcc"), call.results_by, False)
    making.put_forward(call, alcc)
    assert waiting(alcc_lead) == []
    during_call.move_to(call.results_by)
    assert todo.is_late


def test_a_lead_votes_on_each_frozen_version_once(closed, call, alcc, cult, coordinator, unguarded):
    slate = making.opened(call)
    lead = making.lead_of(call, alcc)
    assert waiting(lead) == []
    freeze(slate, version=1, by=coordinator)
    assert waiting(lead) == [f"Vote for {alcc.name} on version 1"]
    making.vote(slate, alcc, "abstain")
    assert waiting(lead) == []
    ranked = [row.application for row in Nomination.objects.filter(network=cult).order_by("rank")]
    swap(slate, network=cult, out=ranked[0], into=ranked[3], reason="So.", version=1, by=making.fresh(making.lead_of(call, cult)))
    assert waiting(lead) == []
    freeze(slate, version=2, by=coordinator)
    assert waiting(lead) == [f"Vote for {alcc.name} on version 2"]


def test_nothing_waits_for_a_lead_once_the_selection_is_final(closed, call, alcc):
    slate = making.frozen(call)
    for part in call.partnerships.exclude(network=alcc).select_related("network"):
        making.vote(slate, part.network)
    make_final(slate, version=1, by=making.coordinator_of(call))
    assert waiting(making.lead_of(call, alcc)) == []


def test_who_leads_two_networks_is_asked_for_each(closed, call, alcc, cult):
    lead = factories.staff(call=call, role="lead", network=alcc)
    factories.staff(call=call, role="lead", network=cult, person=lead)
    assert sorted(waiting(lead)) == sorted(f"Put the list of {network.name} forward" for network in (alcc, cult))
    making.frozen(call)
    assert sorted(waiting(lead)) == sorted(f"Vote for {network.name} on version 1" for network in (alcc, cult))


def test_a_lead_with_a_conflict_is_asked_neither_for_the_list_nor_for_the_vote(closed, call, alcc, coordinator):
    applicant, other = making.candidate(call, alcc), making.lead_of(call, alcc)
    lead = making.fresh(factories.staff(call=call, role="lead", network=alcc))
    declare_conflict(applicant, by=lead)
    making.listed(call, alcc)
    asked = f"Put the list of {alcc.name} forward"
    assert asked not in waiting(lead)
    assert asked in waiting(other)
    making.frozen(call)
    assert waiting(lead) == []
    assert waiting(other) == [f"Vote for {alcc.name} on version 1"]


# Who coordinates


def test_a_coordinator_is_led_from_the_lists_to_the_release(call, alcc, coordinator, during_call, address, unguarded):
    assert waiting(coordinator) == []
    during_call.move_to(call.deadline + timedelta(minutes=1))
    board = address("board")

    def asked(words, url):
        (todo,) = of_staff(making.fresh(coordinator))
        assert words in todo.text
        assert (todo.url, todo.until) == (url, call.results_by)

    asked("0 of 8", board)
    making.put_forward(call, alcc)
    asked("1 of 8", board)
    making.all_ready(call)
    asked("Open the lists: every network is ready", board)
    slate = open_lists(call, by=coordinator)
    asked("Freeze version 1 for the vote", board)
    freeze(slate, version=1, by=coordinator)
    networks = [part.network for part in call.partnerships.select_related("network")]
    making.vote(slate, networks[0], "no", reason="Wait.")
    for network in networks[1:7]:
        making.vote(slate, network)
    asked("Wait for the votes on version 1: 6 yes, 1 no", board)
    making.vote(slate, networks[0], "abstain")
    asked("Make the selection final", address("board", "final"))
    make_final(slate, version=1, by=coordinator)
    asked("Look at the letters and release the answers", address("outcomes"))
    release(slate, answer_by=usual_answer_by(call), by=coordinator)
    assert waiting(coordinator) == []


def test_a_coordinator_of_another_call_is_asked_nothing_of_this_one(closed, call):
    other = load_call(dump_call(call) | {"slug": "another-call", "deadline": "2024-05-20T12:00"})
    making.all_ready(call)
    assert waiting(factories.staff(call=other, role="coordinator")) == []


# Who applied


def test_a_candidate_is_told_to_read_the_answer_and_nothing_before(closed, call, coordinator, unguarded):
    slate = making.final(call)
    people = [row.application for row in Nomination.objects.filter(rank__in=(1, 4)).select_related("application__person")[:2]]
    assert [todos_of(making.fresh(application.person)) for application in people] == [[], []]
    release(slate, answer_by=usual_answer_by(call), by=coordinator)
    for application in people:
        (todo,) = of_candidate(making.fresh(application.person))
        assert (todo.call, todo.text, todo.url) == (call, "Read the answer to your application", f"/en/applications/{application.reference}/outcome/")


def test_it_stands_on_the_first_page(closed, call, alcc, browser):
    making.frozen(call)
    page = browser(making.lead_of(call, alcc)).get("/en/work/").content.decode()
    assert f"Vote for {alcc.name} on version 1" in page
    assert f"/en/work/{call.slug}/board/#ballot" in page


# However many


@pytest.mark.parametrize("who", ["assessor", "lead", "coordinator"])
def test_what_waits_costs_the_same_queries_for_few_and_for_many(closed, call, alcc, who):
    person = {"assessor": making.assessor_of, "lead": making.lead_of}.get(who, lambda call, _network: making.coordinator_of(call))(call, alcc)
    costs = []
    for number in (1, 60):
        making.candidates(call, alcc, number)
        user = making.fresh(person)
        with counted() as count:
            assert list(of_staff(user))
        costs.append((count.queries, count.rows))
    assert costs[0] == costs[1]
    assert costs[0][0] <= 8
