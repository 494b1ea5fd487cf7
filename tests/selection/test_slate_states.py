"""Everything that can happen to a slate once the lists are opened, in any order that hypothesis finds."""

from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from fulcrum.audit.services import broken_chains
from fulcrum.guard.querysets import everything
from selection.models import Approval, Nomination, Outcome, Slate, SlateVersion
from selection.shortlists.services import ReasonMissing
from selection.slates.services import Final, NotApproved, VersionOver, approve, broken_slates, freeze, make_final, swap
from tests.conftest import CLOSED
from tests.selection import making

REFUSALS = (VersionOver, Final, NotApproved, ReasonMissing)
STALE = st.sampled_from([0, 0, 0, 0, -1, 1])  # which version the page showed, seen from the one that stands


class Deciding(RuleBasedStateMachine):
    """Three networks of which two must say yes; what is expected is counted beside what the verbs do."""

    surroundings: dict[str, Any]

    @initialize()
    def lists_are_opened(self) -> None:
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        call = self.surroundings["call"]
        self.slate = making.opened(call)
        self.coordinator = making.fresh(making.coordinator_of(call))
        self.networks = self.surroundings["networks"]
        self.leads = [making.fresh(making.lead_of(call, network)) for network in self.networks]
        self.version, self.frozen, self.final = 1, False, False
        self.votes: dict[int, str] = {}
        self.all_votes = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    def done(self, act: Any, **arguments: Any) -> bool:
        """Whether the verb did it; a refusal is one of those that its docstring names."""
        try:
            act(self.slate, **arguments)
        except REFUSALS:
            return False
        return True

    @rule(network=st.integers(0, 2), out=st.integers(0, 2), into=st.integers(3, 4), stale=STALE)
    def swap(self, network: int, out: int, into: int, stale: int) -> None:
        with everything("a test looks"):
            rows = Nomination.objects.filter(version=making.version_of(self.slate), network=self.networks[network])
            ranked = [row.application for row in rows.order_by("rank").select_related("application")]
        arguments = {"network": self.networks[network], "out": ranked[out], "into": ranked[into], "version": self.version + stale}
        allowed = not self.final and stale == 0
        assert self.done(swap, reason="So.", by=self.leads[network], **arguments) == allowed
        if allowed:
            self.version, self.frozen, self.votes = self.version + 1, False, {}

    @rule(stale=STALE)
    def freeze(self, stale: int) -> None:
        allowed = not self.final and stale == 0
        assert self.done(freeze, version=self.version + stale, by=self.coordinator) == allowed
        self.frozen = self.frozen or allowed

    @rule(network=st.integers(0, 2), vote=st.sampled_from(["yes", "yes", "yes", "no", "abstain"]), reason=st.sampled_from(["", "So."]), stale=STALE)
    def vote(self, network: int, vote: str, reason: str, stale: int) -> None:
        allowed = self.frozen and not self.final and stale == 0 and (vote != "no" or bool(reason))
        arguments = {"network": self.networks[network], "vote": vote, "reason": reason, "version": self.version + stale}
        assert self.done(approve, by=self.leads[network], **arguments) == allowed
        if allowed:
            self.votes[self.networks[network].pk] = vote

    @rule()
    def everybody_says_yes(self) -> None:
        for network in range(3):
            self.vote(network, "yes", "", 0)

    @rule(stale=STALE)
    def make_final(self, stale: int) -> None:
        said = list(self.votes.values())
        allowed = self.final or (stale == 0 and self.frozen and said.count("yes") >= 2 and "no" not in said)
        assert self.done(make_final, version=self.version + stale, by=self.coordinator) == allowed
        self.final = self.final or allowed

    @invariant()
    def the_slate_is_as_it_was_counted(self) -> None:
        with everything("a test looks"):
            slate, version = Slate.objects.get(), making.version_of(self.slate)
            votes = dict(Approval.objects.filter(version=version).values_list("network", "vote"))
            numbers = list(SlateVersion.objects.order_by("number").values_list("number", flat=True))
            outcomes = Outcome.objects.count()
            given = Approval.objects.count()
        assert (slate.version, bool(version.frozen_at), slate.is_final) == (self.version, self.frozen, self.final)
        assert votes == self.votes
        assert numbers == list(range(1, self.version + 1))
        assert outcomes == (15 if self.final else 0)
        assert given >= self.all_votes, "a vote was lost"
        self.all_votes = given

    @invariant()
    def every_version_holds_the_same_people_on_ranks_that_follow_each_other(self) -> None:
        with everything("a test looks"):
            rows = list(Nomination.objects.values_list("version__number", "network", "rank", "application"))
        ranks = sorted((network.pk, rank) for network in self.networks for rank in range(1, 6))
        for number in {row[0] for row in rows}:
            assert sorted(row[1:3] for row in rows if row[0] == number) == ranks
            assert {row[3] for row in rows if row[0] == number} == {row[3] for row in rows if row[0] == 1}

    @invariant()
    def nothing_is_broken(self) -> None:
        assert broken_slates() == []
        assert broken_chains() == []


@pytest.mark.django_db
def test_whatever_happens_the_slate_stays_in_order(call, alcc, cult, during_call):
    during_call.move_to(CLOSED)
    networks = [alcc, cult, call.networks.get(slug="encc")]
    call.partnerships.exclude(network__in=networks).delete()
    call.approval_rule = {"yes_at_least": 2, "no_at_most": 0}
    call.save(update_fields=["approval_rule"])

    class Here(Deciding):
        surroundings = {"call": call, "networks": networks}

    few = settings(
        max_examples=20, stateful_step_count=20, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(Here, settings=few)
