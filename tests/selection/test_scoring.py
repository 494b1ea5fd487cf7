"""Scores: what counts and what does not, what a form says, two windows, and the end of scoring."""

import re

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from fulcrum.audit.models import Entry
from selection.assessments.models import Assessment, Ineligibility, Score
from selection.assessments.services import (
    Conflict,
    NotAllowed,
    OnTheList,
    Unfinished,
    find_eligible,
    find_ineligible,
    fingerprint,
    mark_read,
    score,
    scores_of,
)
from selection.shortlists.services import ListClosed, NotEligible, place, put_forward, take_back
from tests.applications.reading import anchors, chosen, typed_into, words
from tests.selection import making


@pytest.fixture
def one(applications):
    """An application of ALCC."""
    return applications[0]


@pytest.fixture
def mean_of(alcc_lead, address, browser):
    """The score of an application as the network's lead reads it beside the list."""

    def read(application):
        page = browser(alcc_lead).get(address("lists", "alcc"))
        (row,) = [row for row in page.context["others"] if row.pk == application.pk]
        return row.mean

    return read


# What counts


def test_the_total_is_the_sum_of_the_scored_criteria_and_the_bonus(one, alcc_reader):
    mine = making.score(one, alcc_reader, transformation=4, ambassador=3, position=1, prior_knowledge=2, chances=1)
    assert (mine.total, mine.priority) == (10, 1)


def test_a_bonus_that_is_absent_costs_nothing(one, alcc_reader, alcc_lead):
    without = making.score(one, alcc_reader, transformation=4, ambassador=4, position=4)
    with_nought = making.score(one, alcc_lead, transformation=4, ambassador=4, position=4, prior_knowledge=0)
    assert without.total == with_nought.total == 12
    assert scores_of(without, alcc_reader)["prior_knowledge"][0] == 0


def test_the_priority_is_never_a_score(one, alcc_reader):
    assert making.score(one, alcc_reader, chances=1).total == making.score(one, alcc_reader, chances=0).total == 6


def test_the_score_of_an_application_is_the_mean_over_assessors(one, alcc_reader, alcc_lead, call, alcc, mean_of):
    making.score(one, alcc_reader, transformation=4, ambassador=4, position=4, prior_knowledge=2)
    making.score(one, alcc_lead, transformation=1, ambassador=1, position=1)
    assert mean_of(one) == (14 + 3) / 2
    making.score(one, making.assessor_of(call, alcc), transformation=0, ambassador=0, position=0)
    assert mean_of(one) == pytest.approx(17 / 3)


def test_scores_that_are_not_finished_do_not_count(one, alcc_reader, alcc_lead, mean_of):
    making.score(one, alcc_reader, transformation=4, ambassador=4, position=4)
    kept = making.score(one, alcc_lead, transformation=0, ambassador=0, position=0, finished=False)
    assert (kept.total, kept.priority, kept.done_at) == (None, None, None)
    assert mean_of(one) == 12


def test_scores_that_counted_count_no_more_once_they_are_kept_for_later(one, alcc_reader, mean_of):
    making.score(one, alcc_reader)
    making.score(one, alcc_reader, finished=False)
    assert mean_of(one) is None


def test_the_priority_decides_between_those_who_score_alike_and_only_there(applications, alcc_lead, address, browser):
    for application, position, chances in zip(applications, (2, 2, 3, 1, 2), (0, 1, 0, 1, 0), strict=True):
        making.score(application, alcc_lead, position=position, chances=chances)
    others = browser(alcc_lead).get(address("lists", "alcc")).context["others"]
    assert [row.pk for row in others] == [applications[i].pk for i in (2, 1, 0, 4, 3)]


def test_scores_stand_with_their_reasons_and_replace_those_before(one, alcc_reader, unguarded):
    making.score(one, alcc_reader, transformation=1)
    mine = making.score(one, alcc_reader, transformation=4, reasons={"transformation": "A plan is there."})
    assert scores_of(mine, alcc_reader)["transformation"] == (4, "A plan is there.")
    assert Score.objects.count() == 5
    assert Assessment.objects.count() == 1


@pytest.mark.parametrize("missing", making.SCORED)
def test_scores_count_only_with_every_scored_value_and_its_reason(one, alcc_reader, missing, unguarded):
    with pytest.raises(Unfinished) as found:
        making.score(one, alcc_reader, **{missing: None})
    assert found.value.criteria == [missing]
    with pytest.raises(Unfinished) as found:
        making.score(one, alcc_reader, reasons={missing: "  "})
    assert found.value.criteria == [missing]
    assert not Assessment.objects.exists()


def test_a_value_that_the_criterion_does_not_have_is_no_value(one, alcc_reader):
    with pytest.raises(Unfinished):
        making.score(one, alcc_reader, transformation=5)
    assert making.score(one, alcc_reader, prior_knowledge=4, chances=7).total == 6


def test_to_score_is_to_have_read(one, alcc_reader):
    assert making.score(one, alcc_reader).read_at == timezone.now()


def test_what_is_scored_goes_on_record_without_its_content(one, alcc_reader):
    making.score(one, alcc_reader, reasons={"position": "Zebra."})
    entry = Entry.objects.latest("pk")
    assert (entry.act, entry.by, entry.subject) == ("application scored", alcc_reader, f"applications.application {one.pk}")
    assert "Zebra" not in f"{entry.fields} {entry.reason}"


def test_the_same_scores_again_change_nothing_and_are_not_recorded_again(one, alcc_reader):
    first = making.score(one, alcc_reader)
    entries = Entry.objects.count()
    again = making.score(one, alcc_reader)
    assert (again.pk, again.done_at) == (first.pk, first.done_at)
    assert Entry.objects.count() == entries


def test_only_who_reads_for_the_network_scores(one, call, cult, cult_lead, coordinator, unguarded):
    for person in (cult_lead, coordinator, making.assessor_of(call, cult), one.person, making.candidate(call, cult).person):
        with pytest.raises(NotAllowed):
            making.score(one, person)
        with pytest.raises(NotAllowed):
            mark_read(one, by=person)
    assert not Assessment.objects.exists()


def test_the_database_keeps_a_total_for_finished_scores_and_none_for_others(one, alcc_reader, unguarded):
    now = timezone.now()
    for fields in ({"done_at": now}, {"total": 3}, {"done_at": now, "total": 3}, {"total": 3, "priority": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Assessment.objects.create(application=one, assessor=alcc_reader, read_at=now, **fields)
    mine = Assessment.objects.create(application=one, assessor=alcc_reader, read_at=now, done_at=now, total=3, priority=0)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assessment.objects.create(application=one, assessor=alcc_reader, read_at=now)
    criterion = one.call.criteria.first()
    Score.objects.create(assessment=mine, criterion=criterion, value=3)
    with pytest.raises(IntegrityError), transaction.atomic():
        Score.objects.create(assessment=mine, criterion=criterion, value=3)


# The form


@pytest.fixture
def window(browser, alcc_reader):
    """The reader's browser."""
    return browser(alcc_reader)


@pytest.fixture
def url(address, one):
    return address("applications", one.reference)


@pytest.fixture
def post(window, url):
    """Posts a form with good scores for `one`, but for what is given; with what the page carried of how they stand."""
    good = {f"value_{key}": "3" for key in making.SCORED} | {f"reason_{key}": f"Because of {key}." for key in making.SCORED}

    def send(**words):
        return window.post(url, {"seen": typed_into(window.get(url), "seen")} | good | words)

    return send


def test_a_form_with_good_scores_makes_them_count(post, one, alcc_reader):
    assert post(value_prior_knowledge="1", value_chances="1").status_code == 302
    mine = Assessment.objects.visible_to(alcc_reader).get()
    assert (mine.total, mine.priority) == (10, 1)


def test_the_form_shows_what_one_has_said(post, window, url):
    post(value_chances="1", reason_position="Decides alone.")
    page = window.get(url)
    assert (chosen(page, "value_position"), chosen(page, "value_chances")) == (["3"], ["1"])
    assert typed_into(page, "reason_position") == "Decides alone."


def test_the_form_shows_what_each_value_means_and_asks_the_priority_as_yes_or_no(window, url, call):
    page = window.get(url)
    for criterion in call.criteria.prefetch_related("values"):
        for entry in criterion.values.all():
            assert str(entry.text) in words(page)
    offered = re.findall(
        r'<input[^>]*name="value_(?:chances|prior_knowledge)"[^>]*value="(\d)"[^>]*><span>([^<]*)<', window.get(url).content.decode()
    )
    assert offered == [("0", "+0"), ("1", "+1"), ("2", "+2"), ("0", "No"), ("1", "Yes")]


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"value_ambassador": ""}, "value_ambassador", "Choose a value."),
        ({"reason_position": "   "}, "reason_position", "Say why, in a sentence."),
        ({"value_position": "9"}, "value_position", "Select a valid choice"),
        ({"reason_transformation": "x" * 1001}, "reason_transformation", "at most 1000"),
    ],
)
def test_what_is_missing_or_wrong_is_named_at_its_field_and_nothing_typed_is_lost(post, unguarded, wrong, field, said):
    page = post(value_prior_knowledge="2", reason_prior_knowledge="Has read it all.", **wrong)
    assert page.status_code == 422
    assert said in words(page)
    assert any(target.startswith(f"id_{field}") for target in anchors(page))
    kept = {name for name in ("prior_knowledge", *making.SCORED) if f"reason_{name}" not in wrong}
    for name in kept:
        assert typed_into(page, f"reason_{name}") in (f"Because of {name}.", "Has read it all.")
    assert chosen(page, "value_prior_knowledge") == ["2"]
    assert chosen(page, "value_transformation") == ["3"]
    if field == "reason_transformation":
        assert len(typed_into(page, field)) == 1001
    assert not Score.objects.exists()


def test_every_field_that_is_missing_is_named(post):
    nothing = {f"{kind}_{key}": "" for kind in ("value", "reason") for key in making.SCORED}
    page = post(**nothing)
    assert page.status_code == 422
    assert len(anchors(page)) == 6


def test_scores_can_be_kept_half_done(post, window, url, alcc_reader):
    answer = post(later="1", value_position="", reason_position="Not sure yet.", value_ambassador="")
    assert answer.status_code == 302
    page = window.get(url)
    assert (chosen(page, "value_position"), typed_into(page, "reason_position")) == ([], "Not sure yet.")
    assert Assessment.objects.visible_to(alcc_reader).get().done_at is None


def test_what_is_typed_is_kept_without_characters_that_hide_or_reorder(post, alcc_reader):
    post(reason_position="Good\u202e thing.\x07")
    mine = Assessment.objects.visible_to(alcc_reader).get()
    assert scores_of(mine, alcc_reader)["position"][1] == "Good thing."


def test_fields_that_nobody_asked_for_change_nothing(post, alcc_reader, alcc_lead):
    post(total="99", assessor=str(alcc_lead.pk), done_at="2020-01-01", priority="9", value_unknown="4")
    mine = Assessment.objects.visible_to(alcc_reader).get()
    assert (mine.total, mine.assessor, mine.priority) == (9, alcc_reader, 0)


# Two windows


def test_scores_saved_in_two_windows_are_both_shown_and_neither_is_lost(post, window, url, one, alcc_reader):
    opened = typed_into(window.get(url), "seen")
    making.score(one, alcc_reader, transformation=1, ambassador=1, position=1, reasons={"position": "From the other window."})
    page = post(seen=opened, reason_position="From this window.")
    assert page.status_code == 409
    assert "From the other window." in words(page)
    assert typed_into(page, "reason_position") == "From this window."
    assert chosen(page, "value_position") == ["3"]
    assert Assessment.objects.visible_to(alcc_reader).get().total == 3


def test_saving_again_after_both_were_shown_puts_ones_own_in_place(post, window, url, one, alcc_reader):
    opened = typed_into(window.get(url), "seen")
    making.score(one, alcc_reader, transformation=1)
    both = post(seen=opened)
    again = post(seen=typed_into(both, "seen"))
    assert again.status_code == 302
    assert Assessment.objects.visible_to(alcc_reader).get().total == 9


def test_what_was_saved_a_third_time_meanwhile_is_shown_as_well(post, window, url, one, alcc_reader):
    opened = typed_into(window.get(url), "seen")
    making.score(one, alcc_reader, transformation=1)
    both = post(seen=opened)
    making.score(one, alcc_reader, transformation=0)
    assert post(seen=typed_into(both, "seen")).status_code == 409


def test_a_form_sent_twice_is_no_conflict(post, window, url, one, alcc_reader):
    opened = typed_into(window.get(url), "seen")
    assert [post(seen=opened).status_code for _click in range(2)] == [302, 302]
    assert Entry.objects.filter(act="application scored").count() == 1


def test_scores_of_two_assessors_are_no_conflict(post, window, url, one, alcc_lead, unguarded):
    opened = typed_into(window.get(url), "seen")
    making.score(one, alcc_lead)
    assert post(seen=opened).status_code == 302
    assert Assessment.objects.count() == 2


def test_the_verb_raises_with_how_the_scores_stand(one, alcc_reader):
    making.score(one, alcc_reader, transformation=1)
    with pytest.raises(Conflict) as found:
        score(one, scores=making.said(), finished=True, seen=fingerprint({}), by=alcc_reader)
    assert found.value.now["transformation"] == (1, "Because of transformation.")


# The end of scoring


@pytest.fixture
def forward(shortlist, alcc_lead, closed):
    """The list of ALCC, put forward."""
    return put_forward(shortlist, version=1, by=alcc_lead)


def test_scores_are_fixed_once_the_list_is_put_forward(forward, alcc_reader, unguarded):
    listed = making.on_list(forward)[0]
    with pytest.raises(ListClosed):
        making.score(listed, alcc_reader)
    with pytest.raises(ListClosed):
        find_ineligible(listed, reason="Late.", by=alcc_reader)
    with pytest.raises(ListClosed):
        find_eligible(listed, by=alcc_reader)
    assert not Assessment.objects.exists()
    assert not Ineligibility.objects.exists()


def test_scores_that_come_too_late_are_answered_with_what_was_typed(one, forward, post, unguarded):
    page = post(reason_position="Typed in vain?")
    assert page.status_code == 409
    assert "scores are fixed" in words(page)
    assert typed_into(page, "reason_position") == "Typed in vain?"
    assert not Score.objects.exists()


def test_a_list_that_is_taken_back_takes_scores_again(forward, alcc_lead, alcc_reader):
    take_back(forward, by=alcc_lead)
    assert making.score(making.on_list(forward)[0], alcc_reader).total == 6


def test_the_list_of_one_network_fixes_no_scores_of_another(forward, call, cult, cult_lead):
    assert making.score(making.candidate(call, cult), cult_lead).total == 6


# What can't be counted


def test_an_application_is_ineligible_with_a_reason_and_eligible_again(one, alcc_reader, alcc_lead, window, address):
    ineligible = address("applications", one.reference, "ineligible")
    empty = window.post(ineligible, {"ineligible-reason": " "})
    assert empty.status_code == 422
    assert "id_ineligible-reason" in anchors(empty)
    assert window.post(ineligible, {"ineligible-reason": "No member."}).status_code == 302
    assert "Noted as ineligible: No member." in words(window.get(address("applications", one.reference)))
    with pytest.raises(NotEligible):
        place(one, reason="Ready.", by=alcc_lead)
    assert window.post(ineligible, {"eligible": "1"}).status_code == 302
    assert place(one, reason="Ready.", by=alcc_lead).rank == 1
    assert [*Entry.objects.filter(act__startswith="found").order_by("pk").values_list("act", flat=True)] == [
        "found ineligible",
        "found eligible again",
    ]


def test_an_application_on_the_list_is_not_ineligible(one, alcc_reader, alcc_lead, window, address):
    place(one, reason="Ready.", by=alcc_lead)
    with pytest.raises(OnTheList):
        find_ineligible(one, reason="No member.", by=alcc_reader)
    page = window.post(address("applications", one.reference, "ineligible"), {"ineligible-reason": "No member."})
    assert page.status_code == 422
    assert "Take it off the list first" in words(page)


def test_a_reason_given_before_is_replaced_and_the_same_one_is_one_entry(one, alcc_reader, unguarded):
    find_ineligible(one, reason="No member.", by=alcc_reader)
    find_ineligible(one, reason="No member.", by=alcc_reader)
    assert Entry.objects.filter(act="found ineligible").count() == 1
    find_ineligible(one, reason="Too late.", by=alcc_reader)
    assert Ineligibility.objects.get().reason == "Too late."
    find_eligible(one, by=alcc_reader)
    find_eligible(one, by=alcc_reader)
    assert Entry.objects.filter(act="found eligible again").count() == 1


def test_the_database_refuses_an_ineligibility_without_a_reason(one, alcc_reader, unguarded):
    with pytest.raises(IntegrityError), transaction.atomic():
        Ineligibility.objects.create(application=one, by=alcc_reader, reason="")
