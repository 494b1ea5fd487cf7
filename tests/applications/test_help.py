"""Somebody asks their network for help: the request, its appointment, and who reads what was said."""

from datetime import timedelta

import pytest
from django.test import Client
from icalendar import Calendar

from applications.application import Application
from applications.assistance import services as helping
from applications.assistance.models import MOVES, Helper, HelpRequest, HelpState
from applications.services import NotAllowed, NotInTime, WrongMove
from fulcrum.audit.models import Entry
from fulcrum.mail.models import Message
from fulcrum.people.models import User
from fulcrum.people.todos import todos_of
from tests import factories
from tests.applications.reading import words

ASKED = {"language": "lv", "way": "video", "times": "Otrdienās no rīta.", "words": "Es slikti redzu.", "interpreter": "zīmju valoda"}


def browser(person):
    return factories.sign_in(Client(), person)


def fresh(person):
    return User.objects.get(pk=person.pk)


@pytest.fixture
def helper(call, alcc):
    return factories.staff(call=call, role="assessor", network=alcc)


@pytest.fixture
def asked(call, alcc, candidate):
    return helping.ask(call, network=alcc, by=candidate, **ASKED)


@pytest.fixture
def taken(asked, helper):
    return helping.take(asked, by=helper)


@pytest.fixture
def proposed(call, taken, helper):
    return helping.propose(taken, starts_at=call.deadline - timedelta(days=5), minutes=45, where="https://meet.example.org/1", by=helper)


@pytest.fixture
def now(unguarded):
    return lambda row: type(row).objects.get(pk=row.pk)


# Asking


def test_every_page_of_an_application_and_the_call_lead_to_a_person(draft, as_, call, client):
    link = f'href="/en/calls/{call.slug}/help/"'
    assert link in client.get(f"/en/calls/{call.slug}/").content.decode()
    me = as_(draft.person)
    for page in ("", "about/", "house/", "answers/motivation/", "check/", "needs/", "consent/"):
        assert link in me.get(f"/en/applications/{draft.reference}/{page}").content.decode(), page


def test_before_there_is_an_application_one_chooses_a_network_and_signs_in(call, candidate):
    window = Client()
    page = window.get(f"/en/calls/{call.slug}/help/").content.decode()
    form = f"/en/calls/{call.slug}/help/alcc/"
    assert f'href="{form}"' in page
    assert window.get(form).headers["Location"].startswith("/en/sign-in/?next=")
    window = browser(candidate)
    answer = window.post(form, ASKED)
    request = HelpRequest.objects.of_person(candidate).get()
    assert answer.headers["Location"] == f"/en/help/{request.pk}/"
    assert (request.network.slug, request.may_type, request.was_in_time) == ("alcc", False, True)
    assert "Noted as asked before the deadline" in words(window.get(answer.headers["Location"]))
    assert not Application.objects.of_person(candidate).exists()


def test_who_applies_is_led_to_their_network_and_who_has_asked_to_their_request(draft, call):
    window = browser(draft.person)
    assert window.get(f"/en/calls/{call.slug}/help/").headers["Location"] == f"/en/calls/{call.slug}/help/alcc/"
    request = helping.ask(call, network=draft.network, by=draft.person, **ASKED)
    assert window.get(f"/en/calls/{call.slug}/help/").headers["Location"] == request.get_absolute_url()


def test_what_is_missing_is_said_and_what_was_typed_is_kept(call, candidate):
    answer = browser(candidate).post(f"/en/calls/{call.slug}/help/alcc/", {"language": "lv", "way": "phone", "words": "Es slikti redzu."})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "<title>Error: " in page
    assert 'href="#id_phone"' in page
    assert 'href="#id_times"' in page
    assert "Es slikti redzu." in page


def test_fifty_times_the_same_are_one_request(call, alcc, candidate, asked):
    assert {helping.ask(call, network=alcc, by=candidate, **ASKED).pk for _time in range(50)} == {asked.pk}
    assert Entry.objects.filter(act="help asked").count() == 1


def test_after_the_deadline_nobody_asks_but_whom_the_network_gave_time(call, alcc, candidate, lead, after_deadline):
    from applications.deadlines.services import extend_for

    after_deadline()
    with pytest.raises(NotInTime):
        helping.ask(call, network=alcc, by=candidate, **ASKED)
    assert "You can still write or call" in words(browser(candidate).get(f"/en/calls/{call.slug}/help/alcc/"))
    extend_for(call, candidate, network=alcc, until=call.deadline + timedelta(days=3), reason="Ill.", by=lead)
    assert not helping.ask(call, network=alcc, by=candidate, **ASKED).was_in_time


# Who reads it


def test_words_and_interpreter_are_read_by_nobody_before_they_take_it(asked, helper, call):
    window = browser(helper)
    for page in (f"/en/work/{call.slug}/help/", f"/en/work/{call.slug}/help/{asked.pk}/"):
        text = words(window.get(page))
        assert asked.person.name in text
        assert not any(said in text for said in ("Es slikti redzu", "zīmju valoda", "Otrdienās"))
    window.post(f"/en/work/{call.slug}/help/{asked.pk}/", {"take": "1"})
    text = words(window.get(f"/en/work/{call.slug}/help/{asked.pk}/"))
    assert all(said in text for said in ("Es slikti redzu", "zīmju valoda", "Otrdienās"))


def test_a_colleague_never_reads_what_another_has_taken(taken, lead, call):
    text = words(browser(lead).get(f"/en/work/{call.slug}/help/{taken.pk}/"))
    assert "Es slikti redzu" not in text
    assert browser(lead).get(f"/en/help/{taken.pk}/").status_code == 404


def test_another_network_finds_no_request(taken, assessor, coordinator, call):
    window = browser(assessor)  # of cult!
    assert taken.person.name not in words(window.get(f"/en/work/{call.slug}/help/"))
    for page in (f"/en/work/{call.slug}/help/{taken.pk}/", f"/en/help/{taken.pk}/", f"/en/help/{taken.pk}/appointment.ics"):
        assert window.get(page).status_code == 404
    assert "Answer" not in " ".join(todo.text for todo in todos_of(fresh(assessor)))
    for person in (assessor, coordinator, factories.UserFactory()):
        assert not HelpRequest.objects.visible_to(person).exists()
        assert not Helper.objects.visible_to(person).exists()
        with pytest.raises(NotAllowed):
            helping.take(taken, by=person)


def test_words_are_encrypted_in_the_database(asked, django_db_blocker):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT words, interpreter, times FROM applications_helprequest")
        assert "redzu" not in str(cursor.fetchone())


def test_a_staff_member_does_not_take_their_own_request(call, alcc, helper):
    own = helping.ask(call, network=alcc, by=helper, **ASKED)
    assert browser(helper).get(f"/en/work/{call.slug}/help/{own.pk}/").status_code == 404
    with pytest.raises(NotAllowed):
        helping.take(own, by=helper)


def test_the_list_has_pages_and_filters_at_a_steady_cost(call, alcc, helper, django_assert_max_num_queries):
    people = User.objects.bulk_create(User(email=f"a{n}@example.org", name=f"Person {n:02}", password="!") for n in range(60))
    for n, person in enumerate(people):
        helping.ask(call, network=alcc, by=person, **ASKED | {"way": "video" if n % 2 else "person"})
    window = browser(helper)
    url = f"/en/work/{call.slug}/help/"
    with django_assert_max_num_queries(14):
        page = words(window.get(url))
    assert "Person 49" in page
    assert "Person 50" not in page
    assert "Person 50" in words(window.get(url + "?page=2"))
    assert "Person 00" not in words(window.get(url + "?way=video"))
    assert "Nothing fits these filters" in words(window.get(url + "?whose=mine"))
    assert window.get(url + "?state=nonsense&page=x").status_code == 200


# The appointment


def test_the_letter_leads_to_a_page_with_buttons_and_to_a_calendar_file(proposed, candidate, call):
    letter = Message._base_manager.get(kind="appointment")
    assert (letter.address, letter.language) == (candidate.email, "lv")
    assert f"/lv/help/{proposed.pk}/appointment.ics" in letter.body
    window = browser(candidate)
    page = window.get(f"/en/help/{proposed.pk}/")
    assert "in Brussels" in words(page)
    answer = window.get(f"/en/help/{proposed.pk}/appointment.ics")
    assert answer.headers["Content-Type"] == "text/calendar"
    (event,) = Calendar.from_ical(answer.content).events
    assert event["DTSTART"].dt == proposed.starts_at
    assert (str(event["STATUS"]), int(event["SEQUENCE"]), str(event["LOCATION"])) == ("TENTATIVE", 1, "https://meet.example.org/1")
    assert "redzu" not in answer.content.decode()


def test_the_candidate_confirms_asks_for_another_time_and_cancels(proposed, candidate, helper, now, call):
    window, url = browser(candidate), f"/en/help/{proposed.pk}/"
    window.post(url, {"confirm": "1"})
    assert now(proposed).state == HelpState.CONFIRMED
    assert window.post(url, {"another": "1", "times": ""}).status_code == 422
    window.post(url, {"another": "1", "times": "Piektdien."})
    assert (now(proposed).state, now(proposed).times) == (HelpState.ANOTHER, "Piektdien.")
    assert "Propose another time to 1 person" in [todo.text for todo in todos_of(fresh(helper))]
    window.post(url, {"cancel": "1"})
    ended = now(proposed)
    assert (ended.state, ended.words, ended.interpreter, ended.times, ended.may_type) == (HelpState.CANCELLED, "", "", "", False)
    assert not Helper.objects.of(proposed).filter(ended_at=None).exists()
    assert [entry.act for entry in Entry.objects.filter(subject=f"applications.helprequest {proposed.pk}").order_by("number")] == [
        "help asked",
        "help taken",
        "appointment proposed",
        "appointment confirmed",
        "another time asked",
        "help cancelled",
    ]


def test_looking_changes_nothing(proposed, candidate, helper, now, call):
    browser(candidate).get(f"/en/help/{proposed.pk}/?confirm=1&cancel=1")
    browser(helper).get(f"/en/work/{call.slug}/help/{proposed.pk}/?finish=1")
    assert now(proposed).state == HelpState.PROPOSED


def test_who_confirms_a_time_that_was_changed_meanwhile_sees_the_new_one(proposed, candidate, helper, now, call):
    helping.propose(proposed, starts_at=call.deadline - timedelta(days=4), minutes=30, where="Rīga", by=helper)
    answer = browser(candidate).post(f"/en/help/{proposed.pk}/", {"confirm": "1"})
    assert answer.status_code == 409
    assert "Rīga" in words(answer)
    assert now(proposed).state == HelpState.PROPOSED


def test_the_same_proposal_twice_is_one_letter(proposed, helper):
    helping.propose(proposed, starts_at=proposed.starts_at, minutes=45, where=proposed.where, by=helper)
    assert Message._base_manager.filter(kind="appointment").count() == 1


def test_an_appointment_in_the_past_is_refused(taken, helper, call):
    window = browser(helper)
    answer = window.post(f"/en/work/{call.slug}/help/{taken.pk}/", {"propose": "1", "starts_at": "2024-01-01T10:00", "minutes": "45", "where": "x"})
    assert answer.status_code == 422
    assert "This moment has passed" in words(answer)


def test_the_hour_that_is_typed_is_that_of_the_call(taken, helper, call, now):
    window = browser(helper)
    window.post(f"/en/work/{call.slug}/help/{taken.pk}/", {"propose": "1", "starts_at": "2024-05-02T10:00", "minutes": "30", "where": "Rīga"})
    assert now(taken).starts_at.isoformat() == "2024-05-02T08:00:00+00:00"


@pytest.mark.parametrize("state", list(HelpState))
def test_moves_that_the_table_does_not_have_are_refused(proposed, helper, candidate, state, unguarded):
    closed = {"words": "", "interpreter": "", "times": "", "phone": "", "may_type": False}
    HelpRequest.objects.filter(pk=proposed.pk).update(state=state, **closed if not MOVES[state] else {})
    acts = {
        HelpState.CONFIRMED: lambda: helping.confirm_appointment(proposed, seen=1, by=candidate),
        HelpState.ANOTHER: lambda: helping.ask_another_time(proposed, times="x", by=candidate),
        HelpState.DONE: lambda: helping.finish(proposed, by=helper),
    }
    for to, act in acts.items():
        if to not in MOVES[state] and to != state:
            with pytest.raises(WrongMove):
                act()


def test_staff_are_told_how_many_ask(asked, helper, call):
    (todo,) = [todo for todo in todos_of(fresh(helper)) if "help" in todo.url]
    assert (todo.text, todo.url) == ("Answer 1 person who asks for help", f"/en/work/{call.slug}/help/?state=asked")


def test_the_candidate_is_told_that_an_appointment_waits(proposed, candidate):
    assert [todo.text for todo in todos_of(fresh(candidate))] == ["Say whether the appointment suits you"]


def test_more_time_is_given_beside_the_request_and_stands_there(asked, lead, call):
    window, url = browser(lead), f"/en/work/{call.slug}/help/{asked.pk}/"
    window.post(url, {"take": "1"})
    answer = window.post(url, {"extend": "1", "time-until": "2024-05-12T12:00", "time-reason": ""})
    assert answer.status_code == 422
    window.post(url, {"extend": "1", "time-until": "2024-05-12T12:00", "time-reason": "Asked in time."})
    assert "Counts as in time: Sunday 12 May 2024" in words(window.get(url))
    assert "More time for you" in words(browser(asked.person).get(f"/en/help/{asked.pk}/"))
