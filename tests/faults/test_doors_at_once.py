"""Fifty at the same moment at the doors: one answer of a director, one merger of two houses or two accounts."""

import pytest

from applications.directors import services as directing
from applications.directors.models import Confirmation
from fulcrum.audit.models import Entry
from fulcrum.audit.services import broken_chains
from fulcrum.guard.querysets import everything
from fulcrum.mail.models import Message

pytestmark = [pytest.mark.concurrent, pytest.mark.django_db(transaction=True)]


def test_fifty_answers_of_a_director_make_one(complete, at_once):
    asked = directing.ask_director(complete, name="Ilze", address="ilze@example.org", language="lv", by=complete.person)
    link = directing.token_of(asked)

    def act(number):
        return directing.answer(directing.asked_by_link(link), agrees=number % 2 == 0).state

    returned, raised = at_once(act)
    with everything("a test looks"):
        stands = Confirmation.objects.get(pk=asked.pk).state
        assert returned == [stands] * 25
        assert {type(error) for error in raised} == {directing.Answered}
        assert Entry.objects.filter(act__in=["director confirmed", "director refused"]).count() == 1
        assert Message.objects.filter(kind="director_answered").count() == 1
    assert broken_chains() == []
