"""The wall between needs and merit, as a property: whoever scores gets the same pages with and without needs, byte for byte;
and whoever reads needs gets the same pages whatever was scored, ranked and answered.

The pages are all that the matrix knows, read as a page and written to, and the lists with their filters, searches and orders.
"""

import re
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from applications.answers.models import Answer
from applications.application import Application
from applications.needs.models import Money, Needs, Summary
from applications.needs.reading import read, write_summary
from applications.needs.services import agree_to_summary, say_money, say_needs, withdraw_consent
from fulcrum.audit.models import Entry
from fulcrum.guard.querysets import everything
from fulcrum.mail.models import Message
from fulcrum.people.todos import todos_of
from selection.models import Assessment, Nomination, Place, Score, Slate
from tests.guard.test_matrix import TABLE, address, as_role, world  # noqa: F401 - the world of the matrix, with everybody in it
from tests.selection.making import fresh

CANARY = "zxcanary"
ASKED = ("", "q=house", "q=zxcanary", "sort=score", "sort=name", "state=unscored", "state=changed", "standing=listed", "size=small", "page=2")
CHANGING = re.compile(rb'value="\w{64}"|"X-CSRFToken": ?"\w+"|name="csrfmiddlewaretoken" value="[^"]*"|name the code \w+|challenge\W+[\w-]+')
DATA = {"version": "1", "place-reason": "x", "ineligible-reason": "x", "vote": "yes", "reason": "x", "text": "x", "agree": "on"}

# a failing example costs a walk through the site each time: it is told as it was found, without being made smaller
HYPOTHESIS: Any = {
    "deadline": None,
    "database": None,
    "derandomize": True,
    "phases": [Phase.generate],
    "suppress_health_check": list(HealthCheck),
}

text = st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=40).map(lambda said: f"{CANARY} {said}")
maybe = st.one_of(st.just(""), text)


@st.composite
def worlds(draw):
    """What two candidates said, and what came of it: read, passed on, taken back."""
    said = draw(st.fixed_dictionaries({"access": maybe, "care": maybe, "language": maybe, "other": text}))
    money = draw(st.one_of(st.none(), st.fixed_dictionaries({"support": text, "amount": maybe, "purpose": maybe})))
    return {"needs": said, "money": money, "both": draw(st.booleans()), "then": draw(st.sampled_from(["", "read", "passed on", "taken back"]))}


@pytest.fixture
def candidates(world, db):  # noqa: F811 - the fixture
    """The candidate who has a seat, and another of the same network; nothing of their needs is there."""
    with everything("a test looks"):
        Needs.objects.all().delete()
        Money.objects.all().delete()
        return sorted(Application.objects.sent().with_page(), key=lambda application: application.pk != world.application.pk)


def said(world, candidates, drawn):  # noqa: F811
    """Let the candidates say what was drawn, by the verbs."""
    officer = fresh(world.people["access_officer"])
    for application in candidates[: 2 if drawn["both"] else 1]:
        say_needs(application, **drawn["needs"], by=application.person)
        if drawn["money"]:
            say_money(application, **drawn["money"], by=application.person)
    first = candidates[0]
    if drawn["then"]:
        read(first, by=officer)
    if drawn["then"] == "passed on":
        write_summary(first, text=f"{CANARY} neutral", by=officer)
        agree_to_summary(first, text=f"{CANARY} neutral", by=first.person)
    if drawn["then"] == "taken back":
        withdraw_consent(first, by=first.person)


def addresses(world):  # noqa: F811
    lists = [f"{reverse('review_list', args=[world.call.slug])}?{asked}" for asked in ASKED]
    return [address(name, world) for name in TABLE] + lists


def pages(as_role, role, world, *, only=None):  # noqa: F811
    """Every answer that somebody gets, whole, with its status and headers, but for tokens that change with each request."""
    found = {}
    for url in only or addresses(world):
        for method in ("get", "post"):
            with transaction.atomic():  # each page finds the same world
                answer = getattr(as_role(role), method)(url, DATA if method == "post" else None)
                body = b"" if answer.streaming else answer.content  # a recording is a file, and no needs stand in one
                headers = {name: value for name, value in answer.headers.items() if name not in ("Set-Cookie", "Content-Length")}
                found[method, url] = (answer.status_code, CHANGING.sub(b"", body), CHANGING.sub(b"", str(headers).encode()))
                transaction.set_rollback(True)
    return found


def letters(person):
    """What was written to somebody."""
    with everything("a test looks"):
        return sorted(Message.objects.filter(address=person.email).values_list("kind", "subject", "body"))


def differing(before, after):
    return [where for where in before if before[where] != after[where]]


@pytest.mark.parametrize("role", ["assessor", "lead"])
def test_whoever_scores_gets_the_same_of_everything_with_and_without_needs(as_role, world, candidates, role):  # noqa: F811
    person = world.people[role]
    before, written, waiting = pages(as_role, role, world), letters(person), todos_of(fresh(person))
    assert sum(answer[0] == 200 for answer in before.values()) > 25  # they do open pages

    @settings(max_examples=2, **HYPOTHESIS)
    @given(drawn=worlds())
    def holds(drawn):
        with transaction.atomic():
            said(world, candidates, drawn)
            assert Entry.objects.filter(act="needs said").exists()
            assert differing(before, pages(as_role, role, world)) == []
            assert (letters(person), todos_of(fresh(person))) == (written, waiting)
            transaction.set_rollback(True)

    holds()


@settings(max_examples=6, **HYPOTHESIS)
@given(drawn=worlds())
def _on_lists_alone(world, client, candidates, before, drawn):  # noqa: F811
    with transaction.atomic():
        said(world, candidates, drawn)
        listed = [url for _method, url in before]
        after = {("get", url): client.get(url).content for url in listed}
        assert {where: CHANGING.sub(b"", content) for where, content in after.items()} == before
        transaction.set_rollback(True)


@pytest.mark.parametrize("role", ["assessor", "lead", "coordinator"])
def test_no_list_count_order_or_search_moves_with_needs(as_role, world, candidates, role):  # noqa: F811
    names = ["staff_home", "outbox"] if role == "coordinator" else ["staff_home", "review", "shortlist"]
    listed = [address(name, world) for name in names]
    if role != "coordinator":
        listed += [f"{reverse('review_list', args=[world.call.slug])}?{asked}" for asked in ASKED]
    if role != "assessor":
        listed += [address("board", world), address("brief", world)]
    client = as_role(role)
    before = {("get", url): CHANGING.sub(b"", client.get(url).content) for url in listed}
    if role == "coordinator":  # the outbox lists every letter, the question about the summary among them, without its words
        before = {where: content for where, content in before.items() if where[1] != address("outbox", world)}
    _on_lists_alone(world, client, candidates, before)


def test_the_test_would_see_a_page_that_shows_needs(as_role, world, candidates):  # noqa: F811
    """The person's own pages do differ: so the comparison finds what differs."""
    own = [address(name, world) for name in ("application_needs", "application_receipt")]
    before = pages(as_role, "owner", world, only=own)
    say_needs(candidates[0], other=CANARY, by=candidates[0].person)
    assert differing(before, pages(as_role, "owner", world, only=own))[0] == ("get", own[0])


def test_whoever_reads_needs_gets_the_same_whatever_was_scored_ranked_and_answered(as_role, world, candidates):  # noqa: F811
    say_needs(candidates[0], other="A ramp.", by=candidates[0].person)
    officer = world.people["access_officer"]
    before, waiting = pages(as_role, "access_officer", world), todos_of(fresh(officer))
    with everything("a test changes what was selected"):
        assert Score.objects.update(value=4, reason=f"{CANARY} score")
        assert Assessment.objects.update(total=13)
        assert Place.objects.update(reason=f"{CANARY} rank")
        assert Nomination.objects.update(reason=f"{CANARY} rank")
        assert Answer.objects.update(text=f"{CANARY} answer", channel="text", file=None)
        assert Application.objects.update(mandate=f"{CANARY} mandate", role=f"{CANARY} role", gender="other", size="large")
        assert Slate.objects.update(version=7)
        Summary.objects.all().delete()
    after = pages(as_role, "access_officer", world)
    assert differing(before, after) == []
    assert not [where for where, answer in after.items() if CANARY.encode() in b"".join(answer[1:])]
    assert todos_of(fresh(officer)) == waiting
