"""What one network does is known to nobody else before the opening, and needs to nobody at all: words that stand nowhere else tell."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from applications import services as applying
from applications.answers.services import write_answer
from applications.application import Application
from applications.needs.services import say_needs
from fulcrum.audit.models import Entry
from fulcrum.calls.services import dump_call, load_call
from fulcrum.guard.querysets import everything
from fulcrum.mail.models import Letter
from fulcrum.mail.services import deliver_due
from selection.assessments.services import declare_conflict, find_ineligible
from selection.shortlists import services as ranking
from selection.shortlists.models import Place, Shortlist
from selection.slates.services import approve, swap
from selection.urls import urlpatterns
from tests import factories
from tests.applications.reading import words
from tests.selection import making

OF_LISTS = {"zxname", "zxhouse", "zxtown", "zxrole", "zxmandate", "zxrank"}  # what partners read from the opening on
WORDS = OF_LISTS | {"zxperson", "zxphone", "zxanswer", "zxneed", "zxscore", "zxunfit", "zxswap", "zxvote"}
SECRET = re.compile(rf"\b({'|'.join(sorted(WORDS))})", re.IGNORECASE)
OTHERS = ["other_reader", "other_lead", "coordinator", "elsewhere", "other_candidate", "candidate", "visitor"]


@pytest.fixture
def world(call, alcc, cult, during_call):
    """ALCC has read, scored and ranked, and every text of it begins with "zx"; cult! has a list of its own."""
    lead, reader, recused = making.lead_of(call, alcc), making.assessor_of(call, alcc), making.assessor_of(call, alcc)
    person = factories.UserFactory(email="zxperson@example.org", name="Zxperson")
    full = factories.draft(call=call, network=alcc, person=person)
    factories.fill(full, house=factories.HouseFactory(name="Zxhouse full", municipality=factories.MunicipalityFactory(name="Zxtown")))
    values = {"name": "Zxname full", "phone": "zxphone", "role": "zxrole", "mandate": "zxmandate"}
    applying.save_page(full, values=values, by=person)
    for question in call.questions.all():
        write_answer(full, question=question, text="zxanswer", seen=None, language="lv", by=person)
    say_needs(full, other="zxneed", by=person)
    full = applying.send(full, by=person)
    others = making.candidates(call, alcc, 6)
    for application in others:
        application.house.name = f"Zxhouse {application.pk}"
        application.house.save()
        Application.objects.of_person(application.person).update(name=f"Zxname {application.pk}", role="zxrole", mandate="zxmandate")
    applications = [full, *others]
    for application in applications[:6]:
        for value, who in enumerate((lead, reader)):
            making.score(application, who, transformation=value, reasons=dict.fromkeys(making.SCORED, "zxscore"), prior_knowledge=2)
    for application in applications[:5]:
        ranking.place(application, reason="zxrank", by=lead)
    find_ineligible(applications[5], reason="zxunfit", by=lead)
    declare_conflict(applications[6], by=recused)
    making.listed(call, cult)
    other_call = load_call(dump_call(call) | {"slug": "another-call"})
    elsewhere = factories.staff(call=other_call, role="lead", network=alcc)
    factories.staff(call=other_call, role="coordinator", person=elsewhere)
    people = {
        "lead": lead,
        "reader": reader,
        "other_lead": making.lead_of(call, cult),
        "other_reader": making.assessor_of(call, cult),
        "coordinator": making.coordinator_of(call),
        "elsewhere": elsewhere,
        "other_candidate": making.on_list_of(call, cult)[0].person,
        "candidate": applications[6].person,
        "visitor": None,
    }
    return SimpleNamespace(call=call, alcc=alcc, cult=cult, people=people, applications=applications, full=full, clock=during_call)


def bring(world, stage):
    """Let the call go on: from "reading" to "ready", "voted" with a swap and a vote of ALCC and their reasons, "final"."""
    call, lead = world.call, world.people["lead"]
    if stage == "reading":
        return
    world.clock.move_to(call.deadline + timedelta(hours=1))
    making.all_ready(call)
    if stage == "ready":
        return
    slate = making.opened(call)
    out, into = world.applications[2], world.applications[3]
    swap(slate, network=world.alcc, out=out, into=into, reason="zxswap", version=1, by=lead)
    slate = making.frozen(call)
    for part in call.partnerships.select_related("network"):
        if part.network != world.alcc:
            making.vote(slate, part.network)
    approve(slate, network=world.alcc, vote="yes", reason="zxvote", version=2, by=lead)
    if stage == "final":
        making.final(call)


def addresses(world):
    """Every address of the selection, of ALCC and of cult!, for a listed and an ineligible application of ALCC; lists with filters."""
    things = {
        "slug": [world.call.slug],
        "network": ["alcc", "cult"],
        "reference": [world.full.reference, world.applications[5].reference],
        "pk": ["1"],
    }
    found = []
    for pattern in urlpatterns:
        kinds = re.findall(r"<\w+:(\w+)>", str(pattern.pattern))
        arguments = [[]]
        for kind in kinds:
            arguments = [[*before, thing] for before in arguments for thing in things[kind]]
        found += [reverse(pattern.name, args=one) for one in arguments]
    asked = ["sort=score", "standing=listed", "state=changed", "q=house", "page=2"]
    lists = [f"{reverse('review_list', args=[world.call.slug])}?{query}" for query in asked]
    return [*found, *lists, reverse("staff_home"), reverse("my_applications"), reverse("home"), reverse("call", args=[world.call.slug])]


def window(world, who):
    person = world.people[who]
    return factories.sign_in(Client(), person) if person else Client()


def told(response):
    """The words of a response that nobody but ALCC should know, without the numbers behind them; headers included."""
    text = response.content.decode() + str(response.headers)
    return {found.lower() for found in SECRET.findall(text)}


def crawl(world, who, *, post=False):
    """Whatever a person is told by all addresses; a post is taken back."""
    client, found = window(world, who), {}
    for url in addresses(world):
        with transaction.atomic():
            data = {"version": "1", "place-reason": "x", "ineligible-reason": "x", "vote": "yes", "reason": "x", "off": "1"}
            answer = client.post(url, data) if post else client.get(url)
            transaction.set_rollback(post)
        assert answer.status_code < 500, url
        if secrets := told(answer):
            found[url] = secrets
    return found


# Nobody else's pages


OF_THEMSELVES = {"candidate": {"zxname", "zxhouse", "zxrole", "zxmandate"}}


@pytest.mark.parametrize("stage", ["reading", "ready"])
def test_before_the_opening_no_page_tells_anybody_else_of_a_network(world, stage):
    bring(world, stage)
    for who in OTHERS:
        for url, known in crawl(world, who).items():
            assert known <= OF_THEMSELVES.get(who, set()), (who, url)


def test_no_refused_post_tells_anybody_else_of_a_network(world):
    bring(world, "ready")
    for who in OTHERS:
        for url, known in crawl(world, who, post=True).items():
            assert known <= OF_THEMSELVES.get(who, set()), (who, url)


@pytest.mark.parametrize("stage", ["voted", "final"])
def test_from_the_opening_on_partners_read_who_is_on_the_list_and_why_and_nothing_more(world, stage):
    bring(world, stage)
    for who in ("other_lead", "coordinator"):
        known = set().union(*crawl(world, who).values())
        may = OF_LISTS | {"zxswap", "zxvote"} | ({"zxperson"} if (who, stage) == ("coordinator", "final") else set())  # in a sample of the letters
        assert known <= may, who
        assert {"zxname", "zxhouse", "zxrank", "zxswap"} <= known


@pytest.mark.parametrize("stage", ["voted", "final"])
def test_from_the_opening_on_nobody_else_learns_more_than_before(world, stage):
    bring(world, stage)
    for who in ("other_reader", "elsewhere", "other_candidate", "visitor"):
        assert crawl(world, who) == {}, who


@pytest.mark.parametrize("stage", ["reading", "final"])
def test_the_network_itself_reads_everything_of_its_own_but_needs(world, stage):
    bring(world, stage)
    for who in ("lead", "reader"):
        known = set().union(*crawl(world, who).values())
        assert {"zxname", "zxhouse", "zxanswer", "zxscore", "zxunfit", "zxrank", "zxmandate"} <= known
        assert "zxneed" not in known


def test_needs_stand_in_no_answer_to_a_post(world):
    for who in ("lead", "reader"):
        assert not [url for url, known in crawl(world, who, post=True).items() if "zxneed" in known]


# Searches and figures


def test_no_search_finds_what_another_network_reads(world):
    client = window(world, "other_lead")
    for searched in ("zxname", "zxhouse", world.full.reference, world.full.house.name):
        page = client.get(reverse("review_list", args=[world.call.slug]), {"q": searched})
        assert page.context["rows"] == []


def frozen_pages(world, who):
    """The pages of somebody, whole, but for what changes with every request."""
    client, found = window(world, who), {}
    for url in addresses(world):
        text = client.get(url).content.decode()
        found[url] = re.sub(r'value="\w{64}"|"X-CSRFToken": ?"\w+"|the code <?[^.]*\.', "", text)
    return found


def test_no_page_of_others_differs_when_a_network_acts(world):
    """Byte for byte: no figure, order or hint moves with what ALCC does."""
    others = ("coordinator", "other_lead", "other_reader", "other_candidate")
    before = {who: frozen_pages(world, who) for who in others}
    lead, reader = world.people["lead"], world.people["reader"]
    making.score(world.applications[0], lead, transformation=4, reasons={"position": "zxscore again"})
    with everything("a test looks"):
        own = Shortlist.objects.get(network=world.alcc)
    ranking.move(own, world.applications[0], up=False, version=own.version, by=lead)
    ranking.take_off(own, world.applications[4], version=own.version + 1, by=lead)
    find_ineligible(world.applications[4], reason="zxunfit", by=lead)
    declare_conflict(world.applications[1], by=reader)
    applying.withdraw(world.applications[2], by=world.applications[2].person)
    for who in others:
        assert frozen_pages(world, who) == before[who], who


def test_when_a_network_puts_its_list_forward_others_learn_that_it_is_ready_and_nothing_more(world):
    world.clock.move_to(world.call.deadline + timedelta(hours=1))
    others = ("coordinator", "other_lead", "other_reader")
    before = {who: frozen_pages(world, who) for who in others}
    making.put_forward(world.call, world.alcc)
    board = reverse("board", args=[world.call.slug])
    for who in others:
        after = frozen_pages(world, who)
        differing = {url for url in after if before[who][url] != after[url]}
        for url in differing:
            was, now = (words(SimpleNamespace(content=pages[url].encode())) for pages in (before[who], after))
            assert now == was.replace("0 of 8", "1 of 8").replace("ALCC : not ready", "ALCC : ready"), url
        assert (board in differing) == (who != "other_reader")
        assert differing <= {board, reverse("staff_home"), reverse("my_applications")}  # where it waits for the coordinator


def test_how_many_are_on_a_list_is_not_told_by_its_being_ready(world):
    """A list of three and one of five look the same to everybody else."""
    world.clock.move_to(world.call.deadline + timedelta(hours=1))
    seen = []
    for shorter in (False, True):
        with transaction.atomic():
            if shorter:
                with everything("a test makes the list shorter"):
                    Place.objects.filter(shortlist__network=world.alcc, rank__gt=3).delete()
            making.put_forward(world.call, world.alcc)
            seen.append({who: frozen_pages(world, who) for who in ("coordinator", "other_lead")})
            transaction.set_rollback(True)
    assert seen[0] == seen[1]


# Letters, and the record


@pytest.mark.parametrize("stage", ["ready", "final"])
def test_no_letter_tells_of_a_network_to_anybody_but_its_own_people(world, stage):
    bring(world, stage)
    while deliver_due():
        pass
    own = {application.person.email for application in world.applications}
    letters = list(Letter.objects.all())
    assert letters
    for letter in letters:
        found = {secret.lower() for secret in SECRET.findall(f"{letter.to} {letter.subject} {letter.text} {letter.html}")}
        assert "zxneed" not in found
        if letter.to not in own:
            assert found == set(), letter.subject
        assert found.isdisjoint({"zxscore", "zxrank", "zxunfit", "zxswap", "zxvote"}), letter.subject


def test_the_record_holds_no_content(world):
    bring(world, "final")
    for entry in Entry.objects.all():
        assert not SECRET.search(f"{entry.act} {entry.subject} {entry.fields} {entry.reason}"), entry.act
