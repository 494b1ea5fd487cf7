"""Everything that can happen to an application, in any order that hypothesis finds."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from applications import services
from applications.answers.services import write_answer
from applications.application import MOVES, Application, State
from applications.progress import missing
from fulcrum.audit.services import broken_chains
from fulcrum.guard.querysets import everything
from fulcrum.mail.models import Message
from tests import factories
from tests.conftest import OPEN

REFUSALS = (services.NotInTime, services.Incomplete, services.WrongMove, services.Conflict)
FIELDS = {
    "name": st.sampled_from(["", "Inga"]),
    "role": st.sampled_from(["", "vadītāja"]),
    "mandate": st.sampled_from(["", "Es lemju."]),
    "gender": st.sampled_from(["", "woman", "undisclosed"]),
    "staff": st.sampled_from([None, 0, 2]),
}


class Applying(RuleBasedStateMachine):
    """A person with a house, two networks, and a clock that only goes on. `surroundings` come from fixtures."""

    surroundings: dict[str, Any]

    @initialize(begun=st.sampled_from(["not", "complete", "sent", "sent"]))
    def a_call_opens(self, begun: str) -> None:
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.call, self.networks, self.clock = (self.surroundings[name] for name in ("call", "networks", "clock"))
        self.clock.move_to(OPEN)
        self.person = factories.UserFactory()
        self.centre = factories.HouseFactory(networks=self.networks)
        self.before: dict[int, str] = {}
        if begun != "not":
            self.start(network=0, yes=True)
            self.fill()
            self.a_state_changes_only_along_the_moves()
        if begun == "sent":
            self.send()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    def mine(self) -> Application | None:
        return Application.objects.of_person(self.person).filter(call=self.call).first()

    def attempt(self, act: Any, **words: Any) -> None:
        if application := self.mine():
            try:
                act(application, by=self.person, **words)
            except REFUSALS:
                pass

    @rule(network=st.integers(0, 1), yes=st.booleans())
    def start(self, network: int, yes: bool) -> None:
        doors = dict.fromkeys(self.call.eligibility.values_list("key", flat=True), yes)
        try:
            services.start(self.call, network=self.networks[network], eligibility=doors, language="lv", by=self.person)
        except services.NotInTime:
            assert not self.call.is_open

    @rule()
    def fill(self) -> None:
        """Everything at once, so that the rules below find something to send."""
        if (application := self.mine()) and self.call.is_open:
            factories.fill(application, house=self.centre)

    @rule(values=st.fixed_dictionaries({}, optional=FIELDS))
    def save(self, values: dict[str, Any]) -> None:
        self.attempt(services.save_page, values=values)

    @rule(chosen=st.booleans())
    def choose_house(self, chosen: bool) -> None:
        self.attempt(services.save_page, values={"house": self.centre if chosen else None, "typed_house": "", "municipality": None})

    @rule(number=st.integers(0, 5), text=st.sampled_from(["", "Atbilde.", "vārds " * 301]))
    def answer(self, number: int, text: str) -> None:
        question = self.call.questions.all()[number]
        self.attempt(write_answer, question=question, text=text, seen=None, language="lv")

    @rule(network=st.integers(0, 1))
    def change_network(self, network: int) -> None:
        if application := self.mine():
            self.attempt(services.change_doors, network=self.networks[network], eligibility=application.eligibility)

    @rule()
    def agree(self) -> None:
        self.attempt(services.agree)

    @rule()
    def send(self) -> None:
        self.attempt(services.send)

    @rule()
    def withdraw(self) -> None:
        self.attempt(services.withdraw)

    @precondition(lambda self: self.call.is_open)
    @rule(days=st.sampled_from([1, 1, 3, 20]))
    def time_passes(self, days: int) -> None:
        self.clock.shift(timedelta(days=days))

    @invariant()
    def a_state_changes_only_along_the_moves(self) -> None:
        with everything("a test looks"):
            now = dict(Application.objects.values_list("pk", "state"))
        for pk, state in now.items():
            assert state == self.before.get(pk, State.DRAFT) or state in MOVES[State(self.before.get(pk, State.DRAFT))]
        assert set(self.before) <= set(now)
        self.before = now

    @invariant()
    def what_was_sent_is_complete_and_has_consent_and_time(self) -> None:
        with everything("a test looks"):
            for application in Application.objects.sent().with_page():
                assert not missing(application)
                assert application.consented_at
                assert self.call.opens_at <= application.sent_at < self.call.deadline
                assert Message.objects.filter(kind="receipt", person=application.person).count() == application.sendings

    @invariant()
    def a_person_has_at_most_one_application(self) -> None:
        assert Application.objects.of_person(self.person).count() <= 1

    @invariant()
    def the_record_is_unbroken(self) -> None:
        assert broken_chains() == []


@pytest.mark.django_db
def test_whatever_happens_an_application_stays_in_order(call, alcc, cult, during_call):
    class Here(Applying):
        surroundings = {"call": call, "networks": [alcc, cult], "clock": during_call}

    few = settings(
        max_examples=20,
        stateful_step_count=20,
        deadline=None,
        database=None,
        phases=[Phase.generate],  # to make a failure smaller takes minutes
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Here, settings=few)
