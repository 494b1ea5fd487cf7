"""More time for one person: who gives it, what it moves, what staff learn by giving it."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError

from applications.deadlines.models import PersonalExtension
from applications.deadlines.services import NotAllowed, extend_for, still_comes_in
from applications.services import NotInTime, OnlyThere, change_doors, save_page, send, start, withdraw
from fulcrum.audit.models import Entry
from fulcrum.mail.models import Message
from fulcrum.people.models import User
from selection.shortlists import services as ranking
from selection.shortlists.models import Shortlist
from tests import factories
from tests.applications.reading import words

DAY = timedelta(days=1)


@pytest.fixture
def more(call, alcc, lead, draft):
    """Gives the candidate two days more, or as long as it is called with."""

    def give(later=2 * DAY, *, network=alcc, by=lead, person=draft.person, reason="The site was down at their house."):
        return extend_for(call, person, network=network, until=call.deadline + later, reason=reason, by=by)

    return give


def test_the_later_of_both_deadlines_holds_for_the_application(now, call, more):
    assert now().deadline == call.deadline
    extension = more()
    assert now().deadline == extension.until
    assert now().has_more_time


def test_the_call_goes_past_a_shorter_extension(now, call, more):
    more()
    call.deadline += 3 * DAY
    call.save()
    assert now().deadline == call.deadline
    assert not now().has_more_time


def test_whoever_has_more_time_sends_after_the_deadline_and_not_after_their_own(complete, call, more, during_call, now):
    more()
    during_call.move_to(call.deadline + 2 * DAY)
    with pytest.raises(NotInTime):
        send(complete, by=complete.person)
    during_call.shift(-timedelta(microseconds=1))
    assert send(complete, by=complete.person).is_sent


def test_more_time_is_given_after_the_deadline_too(complete, call, more, during_call):
    during_call.move_to(call.deadline + DAY)
    with pytest.raises(NotInTime):
        save_page(complete, values={"phone": "1"}, by=complete.person)
    more()
    assert save_page(complete, values={"phone": "1"}, by=complete.person).phone == "1"


def test_nobody_else_gets_time_by_it(complete, call, alcc, more, during_call):
    more(person=factories.UserFactory())
    during_call.move_to(call.deadline)
    with pytest.raises(NotInTime):
        send(complete, by=complete.person)


def test_the_newest_counts_even_when_it_ends_sooner(now, call, more):
    more(5 * DAY)
    second = more(DAY)
    assert now().deadline == second.until


def test_what_is_sent_can_be_withdrawn_and_sent_again_until_the_own_deadline(sent, call, more, during_call, now):
    more()
    during_call.move_to(call.deadline + DAY)
    withdraw(sent, by=sent.person)
    assert send(sent, by=sent.person).is_sent


def test_somebody_who_has_not_begun_may_start_late_through_that_network_alone(call, alcc, cult, more, during_call):
    person = factories.UserFactory()
    more(person=person)
    during_call.move_to(call.deadline + DAY)
    with pytest.raises(NotInTime):
        start(call, network=cult, eligibility={}, language="lv", by=person)
    assert start(call, network=alcc, eligibility={}, language="lv", by=person).is_open


def test_more_time_does_not_follow_into_another_network(draft, call, cult, more, during_call):
    more()
    during_call.move_to(call.deadline + DAY)
    with pytest.raises(OnlyThere):
        change_doors(draft, network=cult, eligibility=draft.eligibility, by=draft.person)


def test_the_page_of_the_doors_says_with_whom_the_time_holds(me, page, draft, call, cult, more, after_deadline):
    more()
    after_deadline()
    doors = dict.fromkeys(draft.eligibility, "yes")
    response = me.post(page("doors"), doors | {"network": cult.pk})
    assert response.status_code == 422
    assert "You have more time with ALCC alone." in words(response)


@pytest.mark.parametrize("who", ["another lead", "assessor", "candidate", "themselves"])
def test_only_a_lead_of_the_network_or_the_coordinator_gives_time(call, alcc, cult, assessor, draft, more, who):
    by = {
        "another lead": factories.staff(call=call, role="lead", network=cult),
        "assessor": assessor,
        "candidate": factories.UserFactory(),
        "themselves": factories.staff(call=call, role="lead", network=alcc, person=draft.person),
    }[who]
    with pytest.raises(NotAllowed):
        more(by=by)
    assert not PersonalExtension.objects.visible_to(draft.person).exists()


def test_the_coordinator_gives_it_for_any_network(more, coordinator, now):
    more(by=coordinator)
    assert now().has_more_time


@pytest.mark.parametrize(
    ("later", "reason", "field"),
    [(timedelta(0), "So.", "until"), (-DAY, "So.", "until"), (timedelta(days=90), "So.", "until"), (DAY, "  ", "reason")],
)
def test_a_moment_before_the_deadline_or_after_the_results_and_a_missing_reason_are_refused(more, later, reason, field):
    with pytest.raises(ValidationError) as refused:
        more(later, reason=reason)
    assert list(refused.value.error_dict) == [field]


def test_a_moment_that_is_past_is_refused(call, more, during_call):
    during_call.move_to(call.deadline + 2 * DAY)
    with pytest.raises(ValidationError):
        more(DAY)


def test_it_is_on_record_without_its_reason_and_told_in_one_letter(more, draft, lead, unguarded):
    extension = more()
    entry = Entry.objects.get(act="deadline extended for one")
    assert (entry.by_id, entry.subject, entry.reason) == (lead.pk, f"applications.personalextension {extension.pk}", "")
    letter = Message.objects.get(kind="more_time")
    assert (letter.address, letter.language) == (draft.person.email, "lv")
    assert "23:59" in letter.body
    assert draft.reference in letter.body
    assert "The site was down" not in letter.body + letter.subject


def test_a_list_that_is_put_forward_ends_it(call, alcc, lead, more, during_call, unguarded):
    Shortlist.objects.create(call=call, network=alcc, put_forward_at=call.deadline)
    during_call.move_to(call.deadline + DAY)
    with pytest.raises(ValidationError, match="is put forward"):
        more()
    assert not PersonalExtension.objects.exists()


def test_a_list_waits_for_whoever_has_more_time(call, alcc, cult, lead, more, during_call, unguarded):
    shortlist = Shortlist.objects.create(call=call, network=alcc)
    extension = more()
    during_call.move_to(call.deadline + DAY)
    assert still_comes_in(call, alcc) == extension.until
    assert still_comes_in(call, cult) is None
    with pytest.raises(ranking.NotInTime):
        ranking.put_forward(shortlist, version=shortlist.version, by=lead)
    during_call.move_to(extension.until)
    assert ranking.put_forward(shortlist, version=shortlist.version, by=lead).put_forward_at


def test_each_page_of_the_application_says_so(me, page, more, complete):
    more()
    for name in ("", "doors", "about", "house", "facts", "answers/motivation", "needs", "consent", "check"):
        assert "You have more time: Thursday 9 May 2024, until 23:59 in Brussels." in words(me.get(page(name))), name


def test_after_the_deadline_of_the_call_the_pages_go_on(me, page, more, complete, after_deadline):
    more()
    after_deadline()
    shown = words(me.get(page()))
    assert "The deadline has passed" not in shown
    assert "2 days left" in shown
    assert "Send your application" in words(me.get(page("check")))
    assert me.post(page("check")).headers["Location"] == page("receipt")


def test_the_public_page_stays_as_it_is(client, call, more):
    before = words(client.get(f"/en/calls/{call.slug}/"))
    more()
    assert words(client.get(f"/en/calls/{call.slug}/")) == before


def test_the_deadline_comes_with_the_query_of_the_application(more, draft, django_assert_num_queries):
    more()
    with django_assert_num_queries(1):
        found = type(draft).objects.of_person(draft.person).with_page().get(pk=draft.pk)
        assert found.has_more_time
        assert found.is_open


# The page of staff


@pytest.fixture
def office(as_, lead, call):
    """The lead's browser, and a function that posts the form."""
    browser = as_(lead)
    url = f"/en/work/{call.slug}/more-time/"

    def post(who, **data):
        return browser.post(url, {"who": who, "until": "2024-05-09T23:59", "reason": "The line was cut."} | data)

    post.get = lambda: browser.get(url)
    return post


def test_staff_name_somebody_by_the_reference_or_the_address(office, draft, now):
    for who in (draft.reference, draft.reference.lower(), draft.person.email):
        assert office(who).status_code == 302
        shown = words(office.get())
        assert f"{who} may send until Thursday 9 May 2024, 23:59 in Brussels, and a letter says so." in shown
        assert "The line was cut." in shown
    assert now().has_more_time


def test_a_reference_does_not_show_whose_it_is(office, draft):
    office(draft.reference)
    assert draft.person.email not in words(office.get())
    assert draft.person.name not in words(office.get())


def test_an_address_is_answered_alike_whether_or_not_somebody_applies(office, draft, call, cult, unguarded):
    elsewhere = factories.draft(call=call, network=cult)
    answers = []
    for address in (draft.person.email, elsewhere.person.email, factories.UserFactory().email, "nobody@example.org"):
        response = office(address)
        answers.append((response.status_code, words(office.get()).count(address)))
    assert set(answers) == {(302, 2)}
    assert Message.objects.filter(kind="more_time").count() == 4
    assert User.objects.filter(email="nobody@example.org").exists()


def test_a_reference_of_another_network_is_answered_like_one_that_does_not_exist(office, call, cult):
    elsewhere = factories.draft(call=call, network=cult)
    found = [words(office(who)).replace(who, "") for who in (elsewhere.reference, "ZZZZZZZ")]
    assert found[0] == found[1]
    assert "No application that you may give more time to has this number." in found[0]


@pytest.mark.parametrize(("field", "value"), [("who", ""), ("who", "a@b"), ("until", "2024-05-09"), ("until", "2024-05-01T10:00"), ("reason", "")])
def test_bad_input_is_a_422_that_keeps_what_was_typed(office, draft, field, value):
    response = office(**({"who": draft.person.email, "until": "2024-05-09T23:59", "reason": "Kept words."} | {field: value}))
    assert response.status_code == 422
    assert "<title>Error: " in response.content.decode()
    assert (draft.person.email if field == "reason" else "Kept words.") in response.content.decode()
    assert not PersonalExtension.objects.visible_to(draft.person).exists()


def test_the_coordinator_says_for_which_network(as_, coordinator, call, alcc, draft, now):
    browser = as_(coordinator)
    data = {"who": draft.person.email, "until": "2024-05-09T23:59", "reason": "So."}
    assert browser.post(f"/en/work/{call.slug}/more-time/", data).status_code == 422
    assert browser.post(f"/en/work/{call.slug}/more-time/", data | {"network": alcc.pk}).status_code == 302
    assert now().has_more_time


def test_a_lead_sees_those_of_their_network_alone(office, call, cult, more, coordinator, as_):
    more(person=factories.UserFactory(email="other@example.org"), network=cult, by=coordinator)
    more(person=factories.UserFactory(email="own@example.org"))
    shown = words(office.get())
    assert "own@example.org" in shown
    assert "other@example.org" not in shown


def test_a_late_candidate_finds_the_way_from_the_letter(as_, call, alcc, more, during_call):
    person = factories.UserFactory()
    more(person=person)
    browser = as_(person)
    during_call.move_to(call.deadline + DAY)
    Session.objects.update(expire_date=call.ends_at)
    apply = f"/en/calls/{call.slug}/apply/"
    doors = {"network": alcc.pk} | dict.fromkeys(call.eligibility.values_list("key", flat=True), "yes")
    assert browser.get(apply).status_code == 200
    assert browser.post(apply, doors).status_code == 302
    assert browser.post(f"{apply}start/").headers["Location"].startswith("/en/applications/")
