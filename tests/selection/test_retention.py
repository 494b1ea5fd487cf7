"""What goes two years after the call: scores, conflicts and every reason; ranks, votes and outcomes stay for the record."""

from datetime import timedelta

import pytest

from fulcrum.work.retention import retentions
from selection.assessments.models import Assessment, Ineligibility, Recusal, Score
from selection.assessments.services import declare_conflict, find_ineligible, forget_assessments
from selection.models import Approval, Nomination, Outcome, SlateVersion
from selection.shortlists.models import Place
from selection.shortlists.services import forget_reasons, overfull_lists
from selection.slates.services import approve, broken_slates, make_final, swap
from tests.selection import making

YEARS = timedelta(days=730)


@pytest.fixture
def over(call, alcc, alcc_lead, alcc_reader, shortlist, closed, during_call, unguarded):
    """A call with everything in it, made final with a swap and reasons for votes; returns a way to let time pass after its end."""
    listed = making.on_list(shortlist)
    unfit = making.candidate(call, alcc)
    making.score(listed[0], alcc_lead)
    making.score(unfit, alcc_reader, finished=False)
    find_ineligible(unfit, reason="No member.", by=alcc_lead)
    declare_conflict(listed[1], by=alcc_reader)
    slate = making.opened(call)
    swap(slate, network=alcc, out=listed[2], into=listed[3], reason="For the balance.", version=1, by=alcc_lead)
    slate = making.frozen(call)
    for part in call.partnerships.select_related("network"):
        lead, reason = making.lead_of(call, part.network), "With pleasure." if part.network == alcc else ""
        approve(slate, network=part.network, vote="yes", reason=reason, version=2, by=lead)
    make_final(slate, version=2, by=making.coordinator_of(call))

    def move(**later):
        during_call.move_to(call.ends_at + timedelta(**later))

    return move


def test_both_are_registered_and_run_with_the_others():
    assert forget_assessments in retentions.values()
    assert forget_reasons in retentions.values()


def test_scores_conflicts_and_what_was_found_ineligible_go_two_years_after_the_call(over):
    over(days=729)
    assert forget_assessments() == 0
    assert (Assessment.objects.count(), Recusal.objects.count(), Ineligibility.objects.count()) == (2, 1, 1)
    over(days=731)
    assert forget_assessments() > 0
    assert [model.objects.count() for model in (Assessment, Score, Recusal, Ineligibility)] == [0, 0, 0, 0]
    assert forget_assessments() == 0


def test_reasons_go_two_years_after_the_call_wherever_they_stand(over):
    tables = (Place, Nomination, SlateVersion, Approval)
    before = [model.objects.exclude(reason="").count() for model in tables]
    assert all(before)
    over(days=729)
    assert forget_reasons() == 0
    over(days=731)
    assert forget_reasons() == sum(before)
    for model in tables:
        assert set(model.objects.values_list("reason", flat=True)) <= {"", "–"}, model.__name__
    assert forget_reasons() == 0


def test_ranks_votes_and_outcomes_stay_and_are_in_order(over):
    def kept():
        return (
            [*Place.objects.order_by("pk").values_list("rank", "application")],
            [*Nomination.objects.order_by("pk").values_list("version", "network", "rank", "application")],
            [*Approval.objects.order_by("pk").values_list("network", "vote")],
            [*Outcome.objects.order_by("pk").values_list("application", "kind", "rank")],
        )

    before = kept()
    over(days=731)
    forget_assessments()
    forget_reasons()
    assert kept() == before
    assert overfull_lists() == broken_slates() == []


def test_a_call_that_goes_on_loses_nothing(over, call, during_call):
    during_call.move_to(call.ends_at + YEARS - timedelta(seconds=1))
    assert forget_assessments() == forget_reasons() == 0
    assert Score.objects.count() == 10
