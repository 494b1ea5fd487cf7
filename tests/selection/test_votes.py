"""The votes of the networks on a frozen version, what the call's rule makes of them, and the step that makes the selection final."""

import re
from types import SimpleNamespace

import pytest
from django.db import models
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from fulcrum.audit.models import Entry
from fulcrum.mail.models import Message
from selection.models import Approval, Nomination, Outcome, Slate
from selection.outcomes.models import OutcomeQuerySet
from selection.shortlists.services import NotAllowed, ReasonMissing
from selection.slates.services import Final, NotApproved, Standing, VersionOver, approve, freeze, make_final, standing, swap
from tests import factories
from tests.applications.reading import typed_into, words
from tests.selection import making


@pytest.fixture
def slate(closed, call):
    """Version 1 waits for votes."""
    return making.frozen(call)


@pytest.fixture
def lead(slate, call, alcc):
    return making.fresh(making.lead_of(call, alcc))


@pytest.fixture
def window(browser, lead):
    """The browser of the lead of ALCC."""
    return browser(lead)


@pytest.fixture
def send(window, address):
    """The lead of ALCC votes, as the form sends it."""
    return lambda vote="yes", reason="", version=1, network="alcc": window.post(
        address("board", "vote", network), {"version": version, "vote": vote, "reason": reason}
    )


@pytest.fixture
def networks(call):
    return [part.network for part in call.partnerships.select_related("network")]


@pytest.fixture
def swapped(slate, call, cult, unguarded):
    """Swaps a place and a reserve of cult! when it is called."""

    def act():
        ranked = [row.application for row in Nomination.objects.filter(version=making.version_of(slate), network=cult).order_by("rank")]
        version = making.version_of(slate).number
        lead = making.fresh(making.lead_of(call, cult))
        return swap(slate, network=cult, out=ranked[0], into=ranked[3], reason="For the balance.", version=version, by=lead)

    return act


def given_votes(text):
    """Votes as letters: y for yes, n for no, a for abstain; so many networks have voted."""
    names = {"y": "yes", "n": "no", "a": "abstain"}
    return {number: SimpleNamespace(vote=names[letter]) for number, letter in enumerate(text)}


# The rule


@pytest.mark.parametrize(
    ("votes", "approved", "refused", "lost"),
    [
        ("", False, False, False),
        ("yyyyy", False, False, False),
        ("yyyyyy", True, False, False),
        ("yyyyyyaa", True, False, False),
        ("yyyyyyyy", True, False, False),
        ("yyyyyyn", False, True, False),
        ("yyyyyyyn", False, True, False),
        ("n", False, True, False),
        ("yyyyyaaa", False, False, True),
        ("aaa", False, False, True),
        ("aa", False, False, False),
    ],
)
def test_six_of_eight_yeses_and_no_objection_approve(votes, approved, refused, lost):
    found = Standing(given_votes(votes), networks=8, yes_at_least=6, no_at_most=0)
    assert (found.is_approved, found.is_refused, found.is_lost) == (approved, refused, lost)


@given(votes=st.text("yna", max_size=8), yes_at_least=st.integers(1, 8), no_at_most=st.integers(0, 8))
def test_whatever_the_rule_is_a_version_is_approved_refused_lost_or_waits(votes, yes_at_least, no_at_most):
    found = Standing(given_votes(votes), networks=8, yes_at_least=yes_at_least, no_at_most=no_at_most)
    assert found.is_approved == (votes.count("y") >= yes_at_least and votes.count("n") <= no_at_most)
    assert found.is_refused == (votes.count("n") > no_at_most)
    assert found.open == 8 - len(votes)
    assert found.is_approved + found.is_refused + found.is_lost <= 1
    if found.is_lost:
        everybody_left = Standing(given_votes(votes + "y" * found.open), networks=8, yes_at_least=yes_at_least, no_at_most=no_at_most)
        assert not everybody_left.is_approved


@pytest.mark.parametrize(("rule_of_call", "votes", "approved"), [((8, 0), "yyyyyyy", False), ((8, 0), "yyyyyyyy", True), ((2, 1), "yyn", True)])
def test_the_rule_is_the_one_of_the_call(slate, call, networks, coordinator, rule_of_call, votes, approved):
    call.approval_rule = dict(zip(("yes_at_least", "no_at_most"), rule_of_call, strict=True))
    call.save(update_fields=["approval_rule"])
    for letter, network in zip(votes, networks, strict=False):
        making.vote(slate, network, "yes" if letter == "y" else "no", reason="So.")
    if approved:
        assert make_final(slate, version=1, by=coordinator).is_final
    else:
        with pytest.raises(NotApproved):
            make_final(slate, version=1, by=coordinator)


# Voting


def test_a_yes_is_noted_for_the_network_and_seen_by_all(send, lead, slate, call, alcc, cult, browser, address, unguarded):
    assert send().headers["Location"] == address("board")
    given = Approval.objects.get()
    assert (given.version, given.network, given.vote, given.by) == (making.version_of(slate), alcc, "yes", lead)
    assert f"{alcc.name} : Yes" in words(browser(making.lead_of(call, cult)).get(address("board")))
    entry = Entry.objects.get(act="voted yes")
    assert (entry.by, entry.fields) == (lead, ["alcc"])


@pytest.mark.parametrize("reason", ["", " \n "])
def test_a_no_needs_a_reason_and_the_choice_stays(send, lead, slate, alcc, unguarded, reason):
    page = send("no", reason)
    assert page.status_code == 422
    assert "A no needs a reason: say what would have to change." in words(page)
    assert re.search(r'<input[^>]*value="no"[^>]*checked', page.content.decode())
    assert "<title>Error:" in page.content.decode()
    assert not Approval.objects.exists()
    with pytest.raises(ReasonMissing):
        approve(slate, network=alcc, vote="no", reason=reason, version=1, by=lead)


def test_a_reason_without_a_vote_is_refused_and_kept(send, unguarded):
    page = send("", "Typed with care.")
    assert page.status_code == 422
    assert "Choose yes, no or abstain." in words(page)
    assert typed_into(page, "reason") == "Typed with care."
    assert not Approval.objects.exists()


def test_a_vote_that_there_is_not_is_refused(send, unguarded):
    assert send("maybe").status_code == 422
    assert send("yes", version="").status_code == 422
    assert not Approval.objects.exists()


def test_what_follows_a_no_stands_on_the_page_with_the_reason(send, call, alcc, cult, browser, address):
    send("no", "Nobody from the countryside.")
    for person in (making.lead_of(call, cult), making.coordinator_of(call)):
        text = words(browser(person).get(address("board")))
        assert f"{alcc.name} says no: Nobody from the countryside." in text
        assert f"{alcc.name} said no, so this version can't become final. Either a network swaps in its own list" in text
        assert "or the no is taken back by another vote." in text


def test_an_abstention_is_neither_yes_nor_no_and_may_have_a_reason(send, call, slate, alcc, address, window):
    send("abstain", "We came late.")
    found = standing(call, making.version_of(slate))
    assert (found.yes, found.no, found.count("abstain"), found.open) == (0, 0, 1, 7)
    assert f"{alcc.name}: We came late." in words(window.get(address("board")))


def test_the_page_says_how_many_yeses_are_missing_and_when_they_can_not_come_any_more(slate, call, networks, coordinator, browser, address):
    page = browser(coordinator)
    assert "6 more yeses are needed." in words(page.get(address("board")))
    for network in networks[:5]:
        making.vote(slate, network)
    assert "1 more yes is needed." in words(page.get(address("board")))
    for network in networks[5:]:
        making.vote(slate, network, "abstain")
    assert "6 yes can't be reached any more." in words(page.get(address("board")))
    making.vote(slate, networks[5])
    assert "Approved: yes 6, no 0." in words(page.get(address("board")))


def test_a_vote_can_be_changed_and_the_last_one_counts(send, call, slate, unguarded):
    send("no", "Too large.")
    send("yes")
    given = Approval.objects.get()
    assert (given.vote, given.reason) == ("yes", "")
    assert list(Entry.objects.filter(act__startswith="voted").order_by("pk").values_list("act", flat=True)) == ["voted no", "voted yes"]


def test_the_same_vote_twice_is_one(send, unguarded):
    send("no", "Too large.")
    before = Approval.objects.values().get()
    send("no", "Too large.")
    assert Approval.objects.values().get() == before
    assert Entry.objects.filter(act="voted no").count() == 1


def test_another_lead_of_the_network_changes_its_one_vote(send, slate, call, alcc, unguarded):
    send("yes")
    other = factories.staff(call=call, role="lead", network=alcc)
    approve(slate, network=alcc, vote="abstain", reason="", version=1, by=other)
    assert [(given.vote, given.by) for given in Approval.objects.all()] == [("abstain", other)]


def test_the_ballot_shows_the_vote_that_was_given(send, window, address):
    send("no", "Too large.")
    page = window.get(address("board"))
    assert re.search(r'<input[^>]*value="no"[^>]*checked', page.content.decode())
    assert typed_into(page, "reason") == "Too large."


def test_a_vote_on_a_version_that_was_swapped_away_is_refused_and_what_was_typed_stays(send, swapped, slate, coordinator, unguarded):
    made = swapped()
    freeze(slate, version=made.number, by=coordinator)
    page = send("no", "Typed with care.", version=1)
    assert page.status_code == 409
    assert "The slate has changed since you opened the page." in words(page)
    assert typed_into(page, "reason") == "Typed with care."
    assert re.search(r'<input[^>]*value="no"[^>]*checked', page.content.decode())
    assert 'name="version" value="2"' in page.content.decode()
    assert not Approval.objects.exists()
    assert send("no", "Typed with care.", version=2).status_code == 302


def test_what_was_typed_stays_too_while_the_new_version_is_still_open(send, swapped, unguarded):
    swapped()
    for version in (1, 2):
        page = send("no", "Typed with care.", version=version)
        assert page.status_code == 409
        assert typed_into(page, "reason") == "Typed with care."
    assert not Approval.objects.exists()


def test_nobody_votes_on_a_version_that_is_not_frozen(closed, call, alcc, browser, address, unguarded):
    slate = making.opened(call)
    lead = making.fresh(making.lead_of(call, alcc))
    page = browser(lead).get(address("board"))
    assert address("board", "vote", "alcc") not in page.content.decode()
    with pytest.raises(VersionOver):
        approve(slate, network=alcc, vote="yes", reason="", version=1, by=lead)
    assert not Approval.objects.exists()


def test_nobody_votes_once_the_selection_is_final(closed, call, alcc, browser, address, unguarded):
    slate = making.final(call)
    lead = making.fresh(making.lead_of(call, alcc))
    with pytest.raises(Final):
        approve(slate, network=alcc, vote="no", reason="Late.", version=1, by=lead)
    window = browser(lead)
    assert address("board", "vote", "alcc") not in window.get(address("board")).content.decode()
    page = window.post(address("board", "vote", "alcc"), {"version": 1, "vote": "no", "reason": "Late."})
    assert page.status_code == 409
    assert "The selection is final: nothing of it changes." in words(page)
    assert Approval.objects.filter(vote="yes").count() == 8


def test_only_leads_vote_and_only_for_their_own_network(send, slate, call, alcc, cult, browser, address, unguarded):
    assert send(network="cult").status_code == 404
    data = {"version": 1, "vote": "yes", "reason": ""}
    people = [making.assessor_of(call, alcc), making.coordinator_of(call), factories.UserFactory()]
    for person in people:
        assert browser(person).post(address("board", "vote", "alcc"), data).status_code == 403
    for person in [making.lead_of(call, cult), *people]:
        with pytest.raises(NotAllowed):
            approve(slate, network=alcc, vote="yes", reason="", version=1, by=making.fresh(person))
    assert not Approval.objects.exists()


def test_who_leads_two_networks_has_a_vote_for_each(window, slate, call, lead, alcc, cult, address, unguarded):
    factories.staff(call=call, role="lead", network=cult, person=lead)
    page = window.get(address("board")).content.decode()
    assert page.count('class="card ballot"') == 2
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert sorted({name for name in ids if ids.count(name) > 1}) == []
    assert window.post(address("board", "vote", "cult"), {"version": 1, "vote": "no", "reason": "Ours."}).status_code == 302
    assert [(given.network, given.vote) for given in Approval.objects.all()] == [(cult, "no")]


def test_what_is_wrong_with_one_vote_says_nothing_of_the_other(window, slate, call, lead, cult, address):
    factories.staff(call=call, role="lead", network=cult, person=lead)
    page = window.post(address("board", "vote", "cult"), {"version": 1, "vote": "no", "reason": ""})
    ballots = re.findall(r'<section class="card ballot".*?</section>', page.content.decode(), re.DOTALL)
    assert ["A no needs a reason" in ballot for ballot in ballots].count(True) == 1
    assert "cult/" in next(ballot for ballot in ballots if "A no needs a reason" in ballot)
    ids = re.findall(r'\sid="([^"]+)"', page.content.decode())
    (link,) = set(re.findall(r'href="#([^"]*reason)"', page.content.decode()))
    assert ids.count(link) == 1


def test_every_lead_is_asked_once_to_vote_on_each_frozen_version(slate, call, swapped, coordinator, unguarded):
    asked = Message.objects.filter(kind="version_frozen")
    assert asked.count() == 8
    freeze(slate, version=1, by=coordinator)
    assert asked.count() == 8
    made = swapped()
    freeze(slate, version=made.number, by=coordinator)
    assert asked.count() == 16
    assert {letter.subject for letter in asked} == {f"Please vote on version {number} of “{call.short_name}”" for number in (1, 2)}


def test_only_the_coordinator_freezes_and_only_what_stands(closed, call, alcc, coordinator, browser, address, unguarded):
    slate = making.opened(call)
    lead = making.fresh(making.lead_of(call, alcc))
    assert browser(lead).post(address("board", "freeze"), {"version": 1}).status_code == 403
    with pytest.raises(NotAllowed):
        freeze(slate, version=1, by=lead)
    window = browser(coordinator)
    for stale in ("0", "2", "", "-1", "1e9", "9" * 40, "²"):
        assert window.post(address("board", "freeze"), {"version": stale}).status_code == 409
    assert making.version_of(slate).frozen_at is None
    assert window.post(address("board", "freeze"), {"version": 1}).status_code == 302
    assert making.version_of(slate).frozen_at


# Final


@pytest.fixture
def approved(closed, call):
    return making.approved(call)


@pytest.mark.parametrize("votes", ["", "yyyyy", "yyyyyaaa", "yyyyyyyn"])
def test_what_is_not_approved_does_not_become_final(slate, networks, coordinator, browser, address, unguarded, votes):
    for letter, network in zip(votes, networks, strict=False):
        making.vote(slate, network, {"y": "yes", "n": "no", "a": "abstain"}[letter], reason="So.")
    with pytest.raises(NotApproved):
        make_final(slate, version=1, by=coordinator)
    window = browser(coordinator)
    assert "<button" not in window.get(address("board", "final")).content.decode().split("<main")[1].split("</main>")[0]
    assert address("board", "final") not in window.get(address("board")).content.decode()
    page = window.post(address("board", "final"), {"version": 1})
    assert page.status_code == 409
    assert "The votes on this version don't approve it." in words(page)
    assert not Slate.objects.get().is_final
    assert not Outcome.objects.exists()


def test_what_is_approved_becomes_final_and_nobody_is_told_yet(approved, coordinator, browser, address, unguarded):
    letters = Message.objects.count()
    window = browser(coordinator)
    assert address("board", "final") in window.get(address("board")).content.decode()
    answer = window.post(address("board", "final"), {"version": 1})
    assert answer.headers["Location"] == address("outcomes")
    now = Slate.objects.get()
    assert (now.is_final, now.final_by, now.is_released) == (True, coordinator, False)
    assert Message.objects.count() == letters
    assert Outcome.objects.selected().count() == 24


def test_a_version_that_is_over_does_not_become_final(approved, swapped, coordinator, browser, address, unguarded):
    swapped()
    for version in (1, 2):
        with pytest.raises(VersionOver):
            make_final(approved, version=version, by=coordinator)
        assert browser(coordinator).post(address("board", "final"), {"version": version}).status_code == 409
    assert not Outcome.objects.exists()


def test_a_no_in_the_last_minute_is_heard(approved, alcc, coordinator):
    making.vote(approved, alcc, "no", reason="Wait.")
    with pytest.raises(NotApproved):
        make_final(approved, version=1, by=coordinator)


def test_final_is_said_by_the_coordinator_alone(approved, call, alcc, browser, address):
    lead = making.fresh(making.lead_of(call, alcc))
    window = browser(lead)
    assert {window.get(address("board", "final")).status_code, window.post(address("board", "final"), {"version": 1}).status_code} == {403}
    with pytest.raises(NotAllowed):
        make_final(approved, version=1, by=lead)


def test_final_asks_for_a_fresh_sign_in(approved, coordinator, address, unguarded):
    client = factories.sign_in(Client(), coordinator, fresh=False)
    for answer in (client.get(address("board", "final")), client.post(address("board", "final"), {"version": 1})):
        assert answer.headers["Location"].startswith(reverse("sign_in_again"))
    assert not Slate.objects.get().is_final


def test_final_twice_is_once(approved, coordinator, browser, address, unguarded):
    first = make_final(approved, version=1, by=coordinator)
    outcomes = list(Outcome.objects.order_by("pk").values())
    assert make_final(approved, version=1, by=coordinator).final_at == first.final_at
    assert browser(coordinator).post(address("board", "final"), {"version": 1}).headers["Location"] == address("outcomes")
    assert list(Outcome.objects.order_by("pk").values()) == outcomes
    assert Entry.objects.filter(act="selection final").count() == 1


def test_an_error_in_the_middle_leaves_nothing(approved, coordinator, monkeypatch, unguarded):
    def half(rows, objs, **words):
        models.QuerySet.bulk_create(rows, list(objs)[:20])
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(OutcomeQuerySet, "bulk_create", half, raising=False)
    with pytest.raises(RuntimeError):
        make_final(approved, version=1, by=coordinator)
    assert not Outcome.objects.exists()
    assert not Slate.objects.get().is_final
    assert not Entry.objects.filter(act="selection final").exists()
    monkeypatch.undo()
    assert make_final(approved, version=1, by=coordinator).is_final


def test_an_error_at_the_end_leaves_nothing_either(approved, coordinator, monkeypatch, unguarded):
    def fail(*args, **words):
        raise RuntimeError("the record does not answer")

    monkeypatch.setattr("selection.slates.services.record", fail)
    with pytest.raises(RuntimeError):
        make_final(approved, version=1, by=coordinator)
    assert not Outcome.objects.exists()
    assert not Slate.objects.get().is_final
