"""Fifty people, or fifty windows, at the same moment, on the joint board."""

import pytest
from django.test import Client

from fulcrum.audit.models import Entry
from fulcrum.audit.services import broken_chains
from fulcrum.guard.querysets import everything
from fulcrum.mail.models import Message
from selection.models import Approval, Nomination, Outcome, Slate, SlateVersion
from selection.outcomes.services import release, untold_outcomes, usual_answer_by
from selection.shortlists.services import Opened, take_back
from selection.slates.services import Final, NotApproved, NotReady, VersionOver, approve, broken_slates, freeze, make_final, open_lists, swap
from tests import factories
from tests.selection import making

pytestmark = [pytest.mark.concurrent, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def rows():
    """The rows of a table, whoever's they are."""

    def read(model, *fields, **chosen):
        with everything("a test looks"):
            found = model.objects.filter(**chosen).order_by("pk")
            return [*found.values_list(*fields)] if fields else found.count()

    return read


@pytest.fixture
def networks(call):
    return [part.network for part in call.partnerships.select_related("network")]


@pytest.fixture
def leads(call, networks):
    """The lead of each network, with the roles that they hold."""
    return [making.fresh(making.lead_of(call, network)) for network in networks]


def ranked(network, version=1):
    """Applications of a network in the order of their ranks."""
    with everything("a test looks"):
        found = Nomination.objects.filter(network=network, version__number=version).select_related("application").order_by("rank")
        return [row.application for row in found]


def tried(act, *refusals):
    """The same function, which returns the kind of refusal where there is one."""

    def one(number):
        try:
            act(number)
        except refusals as refusal:
            return type(refusal)
        return None

    return one


def acts(*names):
    """What was done, in the order of the record."""
    return [*Entry.objects.filter(act__in=names).order_by("number").values_list("act", flat=True)]


def whole():
    """Nothing is broken, and nobody holds more than there is."""
    assert broken_slates() == broken_chains() == untold_outcomes() == []
    with everything("a test looks"):
        selected = [*Outcome.objects.selected().values_list("network", flat=True)]
        assert len(selected) <= 24
        assert all(selected.count(network) <= 3 for network in selected)
        told = [*Outcome.objects.values_list("application", flat=True)]
        assert len(told) == len(set(told))


@pytest.mark.parametrize("before", [0, 5, 6, 8], ids=lambda number: f"{number} have voted")
def test_votes_a_swap_and_the_final_step_at_once_leave_one_decision(closed, call, networks, leads, coordinator, at_once, rows, before):
    slate = making.frozen(call)
    for network in networks[:before]:
        making.vote(slate, network)
    places = ranked(networks[0])

    def act(number):
        if number % 10 == 7:
            swap(slate, network=networks[0], out=places[0], into=places[3], reason="So.", version=1, by=leads[0])
        elif number % 10 == 3:
            make_final(slate, version=1, by=coordinator)
        else:
            approve(slate, network=networks[number % 8], vote="yes", reason="", version=1, by=leads[number % 8])

    _returned, raised = at_once(tried(act, VersionOver, Final, NotApproved))
    assert raised == []
    done = acts("voted yes", "swapped", "selection final")
    assert done.count("swapped") + done.count("selection final") <= 1
    if "swapped" in done or "selection final" in done:
        assert done[-1] != "voted yes", "a vote was noted on a version that was over"
    with everything("a test looks"):
        now = Slate.objects.get()
        assert now.version == (2 if "swapped" in done else 1)
        assert not Approval.objects.filter(version__number=2).exists()
        assert now.is_final == ("selection final" in done)
        assert Approval.objects.count() == done.count("voted yes")
        if now.is_final:
            assert Approval.objects.filter(vote="yes").count() >= 6
            assert sorted(Outcome.objects.values_list("application", "rank")) == sorted(Nomination.objects.values_list("application", "rank"))
        else:
            assert not Outcome.objects.exists()
    whole()


def test_of_fifty_swaps_on_one_version_one_is_made(closed, call, networks, leads, at_once, rows):
    slate = making.opened(call)
    places = [ranked(network) for network in networks]

    def act(number):
        own = number % 8
        swap(slate, network=networks[own], out=places[own][number % 3], into=places[own][3], reason="So.", version=1, by=leads[own])

    returned, raised = at_once(tried(act, VersionOver))
    assert raised == []
    assert returned.count(None) == 1
    assert rows(SlateVersion, "number") == [(1,), (2,)]
    assert rows(Nomination, version__number=2) == 40
    whole()


def test_swaps_that_always_start_from_what_stands_follow_each_other(closed, call, networks, leads, at_once, rows):
    slate = making.opened(call)

    def act(number):
        own = number % 8
        version = making.version_of(slate).number
        places = ranked(networks[own], version)
        swap(slate, network=networks[own], out=places[0], into=places[3], reason="So.", version=version, by=leads[own])

    returned, raised = at_once(tried(act, VersionOver), threads=24)
    assert raised == []
    made = returned.count(None)
    assert made >= 1
    assert rows(SlateVersion, "number") == [(number,) for number in range(1, made + 2)]
    with everything("a test looks"):
        assert Slate.objects.get().version == made + 1
    whole()


def test_a_freeze_and_swaps_at_once_leave_a_version_that_is_open_or_frozen(closed, call, networks, leads, coordinator, at_once, rows):
    slate = making.opened(call)
    places = ranked(networks[0])

    def act(number):
        if number % 2:
            freeze(slate, version=1, by=coordinator)
        else:
            swap(slate, network=networks[0], out=places[0], into=places[3], reason="So.", version=1, by=leads[0])

    _returned, raised = at_once(tried(act, VersionOver), threads=30)
    assert raised == []
    done = acts("version frozen", "swapped")
    assert done in (["swapped"], ["version frozen", "swapped"])  # a swap is always possible, a freeze only before it
    assert rows(Message, kind="version_frozen") == 8 * done.count("version frozen")
    with everything("a test looks"):
        assert making.version_of(slate).frozen_at is None
    whole()


def test_fifty_votes_of_one_network_are_one_vote(closed, call, networks, leads, at_once, rows):
    slate = making.frozen(call)

    def act(number):
        approve(slate, network=networks[0], vote=("yes", "no", "abstain")[number % 3], reason="So.", version=1, by=leads[0])

    _returned, raised = at_once(act)
    assert raised == []
    ((vote,),) = rows(Approval, "vote")
    last = Entry.objects.filter(act__startswith="voted").order_by("number").last()
    assert last.act == f"voted {vote}"
    whole()


def test_fifty_identical_posts_of_a_vote_are_one(closed, call, networks, leads, at_once, rows):
    making.frozen(call)
    cookies = factories.sign_in(Client(), leads[0]).cookies

    def post(number):
        window = Client()
        window.cookies = cookies
        return window.post(f"/en/work/{call.slug}/board/vote/{networks[0].slug}/", {"version": 1, "vote": "no", "reason": "So."}).status_code

    returned, raised = at_once(post)
    assert raised == []
    assert set(returned) == {302}
    assert rows(Approval, "vote", "reason") == [("no", "So.")]
    assert acts("voted no") == ["voted no"]


def test_fifty_final_steps_give_everybody_one_outcome(closed, call, coordinator, at_once, rows):
    slate = making.approved(call)
    returned, raised = at_once(lambda number: make_final(slate, version=1, by=coordinator))
    assert raised == []
    assert len({found.final_at for found in returned}) == 1
    assert rows(Outcome) == 40
    assert acts("selection final") == ["selection final"]
    whole()


def test_fifty_releases_write_everybody_one_letter(closed, call, coordinator, at_once, rows):
    slate = making.final(call)
    moment = usual_answer_by(call)
    _returned, raised = at_once(lambda number: release(slate, answer_by=moment, by=coordinator))
    assert raised == []
    assert rows(Message, kind__startswith="outcome_") == rows(Outcome) == 40
    assert acts("outcomes released") == ["outcomes released"]
    whole()


def test_fifty_openings_make_one_slate_and_ask_every_lead_once(closed, call, coordinator, at_once, rows):
    making.all_ready(call)
    returned, raised = at_once(lambda number: open_lists(call, by=coordinator))
    assert raised == []
    assert len({slate.pk for slate in returned}) == 1
    assert (rows(Slate), rows(SlateVersion), rows(Nomination), rows(Message, kind="lists_opened")) == (1, 1, 40, 8)
    assert acts("lists opened") == ["lists opened"]


def test_a_list_is_taken_back_before_the_opening_or_not_at_all(closed, call, networks, leads, coordinator, at_once, rows):
    own = making.all_ready(call)[0]

    def act(number):
        if number % 2:
            open_lists(call, by=coordinator)
        else:
            take_back(own, by=leads[0])

    _returned, raised = at_once(tried(act, NotReady, Opened), threads=30)
    assert raised == []
    with everything("a test looks"):
        own.refresh_from_db()
    assert (own.put_forward_at is not None) == (rows(Slate) == 1), "an opened list was taken back"
    assert acts("lists opened", "list taken back") in (["lists opened"], ["list taken back"])
