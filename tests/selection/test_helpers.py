"""Who helps a candidate does not judge them: for good, and everywhere."""

import pytest
from django.urls import reverse

from applications.answers.models import Answer
from applications.application import Application
from applications.assistance import services as helping
from fulcrum.people.todos import todos_of
from selection.assessments.models import Assessment, conflicted_networks
from selection.assessments.services import NotAllowed, declare_conflict, mark_read
from selection.outcomes.models import Outcome
from selection.shortlists import services as ranking
from selection.shortlists.models import Place
from tests import factories
from tests.applications.reading import words
from tests.selection import making


@pytest.fixture
def helped(call, alcc, applications, alcc_reader):
    """The second of five applications, whose person was helped by a reader of the network; the help is long finished."""
    one = applications[1]
    request = helping.ask(call, network=alcc, language="lv", way="video", times="Any.", may_type=True, by=one.person)
    helping.finish(helping.take(request, by=alcc_reader), by=alcc_reader)
    return one


def test_it_stands_in_no_list_filter_search_or_count_of_the_helper(browser, address, helped, alcc_reader):
    window = browser(alcc_reader)
    assert "4 applications, 0 scored by you" in words(window.get(address("applications")))
    for query in ("", "?sort=name", "?sort=score", "?state=unscored"):
        assert helped.reference not in window.get(address("applications") + query).content.decode()
    assert "Nothing fits these filters" in words(window.get(address("applications"), {"q": helped.reference}))
    assert "Read and score 4 applications" in [todo.text for todo in todos_of(making.fresh(alcc_reader))]


def test_others_of_the_network_read_it_as_any_other(browser, address, helped, alcc_lead):
    assert "5 applications" in words(browser(alcc_lead).get(address("applications")))
    making.score(helped, alcc_lead)


@pytest.mark.parametrize("part", ["", "read", "conflict", "ineligible"])
def test_its_page_is_not_found(browser, address, helped, alcc_reader, part):
    parts = ["applications", helped.reference, *([part] if part else [])]
    assert browser(alcc_reader).post(address(*parts), {"place-reason": "x", "ineligible-reason": "x"}).status_code == 404


def test_a_helper_does_not_score_read_or_place_it(call, alcc, applications, alcc_lead, unguarded):
    one = applications[0]
    request = helping.ask(call, network=alcc, language="lv", way="video", times="Any.", by=one.person)
    helping.take(request, by=alcc_lead)
    for act in (lambda: making.score(one, alcc_lead), lambda: mark_read(one, by=alcc_lead), lambda: declare_conflict(one, by=alcc_lead)):
        with pytest.raises(NotAllowed):
            act()
    with pytest.raises((ranking.NotAllowed, ranking.NotEligible)):
        ranking.place(one, reason="Ready.", by=alcc_lead)
    assert not Assessment.objects.exists()


def test_no_row_that_hangs_on_it_is_visible(helped, alcc_reader, alcc_lead):
    making.score(helped, alcc_lead)
    ranking.place(helped, reason="Ready.", by=alcc_lead)
    for model in (Answer, Assessment, Place):
        assert not model.objects.visible_to(alcc_reader).filter(application=helped).exists(), model.__name__
    assert not Application.objects.visible_to(alcc_reader).filter(pk=helped.pk).exists()
    assert not Outcome.objects.visible_to(alcc_reader).exists()


def test_the_list_of_the_network_is_closed_to_a_lead_who_helped(browser, address, call, alcc, shortlist, alcc_lead):
    colleague = factories.staff(call=call, role="lead", network=alcc)
    one = making.on_list(shortlist)[1]
    request = helping.ask(call, network=alcc, language="lv", way="video", times="Any.", by=one.person)
    helping.take(request, by=alcc_lead)
    assert conflicted_networks(making.fresh(alcc_lead), call) == {alcc.pk}
    page = words(browser(alcc_lead).get(reverse("shortlist", args=[call.slug, alcc.slug])))
    assert not any(row.name in page for row in making.on_list(shortlist))
    assert all(
        row.name in words(browser(making.fresh(colleague)).get(reverse("shortlist", args=[call.slug, alcc.slug])))
        for row in making.on_list(shortlist)
    )


def test_who_has_scored_somebody_does_not_help_them(browser, call, alcc, applications, alcc_reader, unguarded):
    one = applications[0]
    making.score(one, alcc_reader)
    request = helping.ask(call, network=alcc, language="lv", way="video", times="Any.", by=one.person)
    with pytest.raises(helping.HasJudged):
        helping.take(request, by=alcc_reader)
    page = f"/en/work/{call.slug}/help/{request.pk}/"
    window = browser(alcc_reader)
    assert "so somebody else of your network helps" in words(window.post(page, {"take": "1"}, follow=True))


def test_helping_somebody_who_never_sent_anything_closes_no_list(call, alcc, draft, alcc_lead):
    request = helping.ask(call, network=alcc, language="lv", way="video", times="Any.", by=draft.person)
    helping.take(request, by=alcc_lead)
    assert conflicted_networks(making.fresh(alcc_lead), call) == set()
