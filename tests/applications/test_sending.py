"""Sending: once, in time, complete, with a receipt."""

import html
import json
import re
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from applications.answers.models import Answer
from applications.answers.services import write_answer
from applications.application import Application, State
from applications.progress import missing
from applications.services import Incomplete, NotInTime, WrongMove, agree, others_of_house, save_page, send, withdraw
from fulcrum.audit.models import Entry
from fulcrum.calls.services import MOMENTS, edit_dates, load_call
from fulcrum.mail.models import Message
from tests import factories
from tests.applications.reading import anchors, words
from tests.conftest import CALL, OPEN

GO = {"csrfmiddlewaretoken": "-"}


def receipts():
    return Message.objects.filter(kind="receipt")


def test_a_complete_draft_is_sent_and_leads_to_its_receipt(me, page, complete, now):
    assert me.post(page("check"), GO).headers["Location"] == page("receipt")
    assert now().state == State.SENT
    assert now().sent_at == OPEN
    assert now().sendings == 1


def test_sending_takes_a_post(me, page, complete, now):
    assert me.get(page("check")).status_code == 200
    assert now().is_draft


def test_what_is_missing_is_listed_and_nothing_is_sent(me, page, draft, now):
    response = me.post(page("check"), GO)
    shown = words(response)
    assert response.status_code == 422
    assert "Not yet sent: this is missing" in shown
    for task in ("Tell us about yourself", "Name your house", "Describe your house", "Agree how your data is used"):
        assert task in shown
    assert page("answers/motivation") in anchors(response)
    assert page("answers/chances") not in anchors(response)
    assert now().is_draft
    assert not receipts().exists()


def test_the_check_names_what_is_missing_before_anybody_sends(me, page, draft):
    assert "Before you can send it, this is missing:" in words(me.get(page("check")))


def test_without_consent_nothing_is_sent(complete, unguarded):
    Application.objects.filter(pk=complete.pk).update(consented_at=None)
    with pytest.raises(Incomplete) as incomplete:
        send(complete, by=complete.person)
    assert [task.key for task in incomplete.value.missing] == ["consent"]


def test_an_answer_that_is_too_long_keeps_it_from_being_sent(complete, motivation):
    write_answer(complete, question=motivation, text="vārds " * 301, seen=None, language="lv", by=complete.person)
    with pytest.raises(Incomplete) as incomplete:
        send(complete, by=complete.person)
    assert [task.key for task in incomplete.value.missing] == ["motivation"]


def test_sending_twice_is_sending_once(me, page, complete, now, during_call, unguarded):
    me.post(page("check"), GO)
    first = now()
    during_call.shift(60)
    assert me.post(page("check"), GO).headers["Location"] == page("receipt")
    assert now().sent_at == first.sent_at
    assert now().sendings == 1
    assert receipts().count() == 1
    assert Entry.objects.filter(act="application sent").count() == 1


# The deadline


def test_the_last_moment_before_the_deadline_counts(complete, call, during_call):
    during_call.move_to(call.deadline - timedelta(microseconds=1))
    assert send(complete, by=complete.person).is_sent


@pytest.mark.parametrize("late", [timedelta(), timedelta(microseconds=1), timedelta(days=400)])
def test_the_moment_of_the_deadline_is_too_late(complete, call, during_call, now, late):
    during_call.move_to(call.deadline + late)
    with pytest.raises(NotInTime):
        send(complete, by=complete.person)
    assert now().is_draft
    assert not receipts().exists()


def test_the_deadline_is_the_hour_of_the_call_and_not_of_the_server(call):
    assert call.deadline.isoformat() == "2024-05-07T23:59:00+02:00"
    call.refresh_from_db()
    assert call.deadline.isoformat() == "2024-05-07T21:59:00+00:00"


@pytest.mark.parametrize(("day", "hour"), [("2024-03-31T02:30", "01:30"), ("2024-10-27T02:30", "00:30")])
def test_a_deadline_in_the_hour_of_a_clock_change_is_one_moment(call, complete, during_call, day, hour):
    call.deadline = datetime.fromisoformat(day).replace(tzinfo=call.zone)
    call.opens_at = call.deadline - timedelta(days=20)
    call.results_by, call.ends_at = call.deadline + timedelta(days=15), call.deadline + timedelta(days=400)
    call.save()
    call.refresh_from_db()
    assert call.deadline.strftime("%H:%M") == hour
    during_call.move_to(call.deadline)
    with pytest.raises(NotInTime):
        send(complete, by=complete.person)
    during_call.move_to(call.deadline - timedelta(seconds=1))
    assert send(complete, by=complete.person).is_sent


def test_too_late_the_page_says_so_and_whom_to_ask(me, page, complete, after_deadline, now):
    after_deadline()
    response = me.post(page("check"), GO)
    assert response.status_code == 409
    assert "Your application was not sent. If something kept you from applying in time, write to your network." in words(response)
    assert now().is_draft


def test_too_late_nothing_can_be_withdrawn(sent, me, page, after_deadline, now):
    after_deadline()
    assert me.post(page("withdraw"), GO).status_code == 409
    assert now().is_sent


def test_before_the_opening_nothing_is_saved(complete, call, during_call):
    during_call.move_to(call.opens_at - timedelta(microseconds=1))
    with pytest.raises(NotInTime):
        save_page(complete, values={"name": "X"}, by=complete.person)


# Receipt and letter


def test_the_receipt_holds_number_deadline_and_answers(me, page, sent, call):
    shown = words(me.get(page("receipt")))
    assert "Your application is sent" in shown
    assert sent.reference in shown
    assert "Saturday 20 April 2024, 12:00 in Brussels" in shown
    assert "You can change your answers until the deadline: Tuesday 7 May 2024, until 23:59 in Brussels" in shown
    assert "You get an answer by 22 May 2024" in shown
    for question in call.questions.filter(required=True):
        assert f"Atbilde: {question.key}." in shown


def test_the_receipt_of_a_draft_says_that_it_is_not_sent(me, page):
    shown = words(me.get(page("receipt")))
    assert "Your application is not sent" in shown
    assert "What happens next" not in shown


def test_the_letter_goes_to_the_person_with_number_deadline_link_and_answers(sent, call, letter_of):
    letter = letter_of(sent)
    assert letter.to == sent.person.email
    for part in (letter.text, letter.html):
        assert sent.reference in part
        assert f"http://localhost:8000/lv/applications/{sent.reference}/" in part
        assert "23:59" in part
        assert call.contact_email in part
    for question in call.questions.filter(required=True):
        assert f"Atbilde: {question.key}." in letter.html
        assert f"Atbilde: {question.key}." in letter.text


def test_the_letter_is_in_the_language_of_the_application(complete, call, unguarded):
    complete.language = "nl"
    complete.save()
    send(complete, by=complete.person)
    assert receipts().get().language == "nl"
    assert str(call.questions.get(key="motivation").title.data["nl"]) in receipts().get().body.replace("\\", "")


@pytest.mark.parametrize(
    "typed",
    [
        "[klikšķini](http://evil.example)",
        "<http://evil.example>",
        "![x](http://evil.example/x.png)",
        "**trekns** _slīps_ `kods`",
        "# Virsraksts\n\n- saraksts\n1. skaitlis",
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "> citāts\n\nŅemot vērā\n\n[x]: http://evil.example",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "{{ application.person.email }} {% url 'home' %}",
        "&lt;b&gt; &amp;",
    ],
)
def test_what_somebody_typed_is_only_text_in_the_letter(complete, motivation, typed, letter_of):
    write_answer(complete, question=motivation, text=typed, seen=None, language="lv", by=complete.person)
    send(complete, by=complete.person)
    answer = letter_of(complete).html.split("Atbilde: transformation.")[0].rsplit("<blockquote", 1)[0].rsplit("<blockquote", 1)[-1]
    for element in ("<a ", "<img src=x", "<strong", "<em>slīps", "<code", "<h1", "<li", "<script", "<table", "<b>"):
        assert element not in answer
    read = html.unescape(re.sub(r"<[^>]+>", " ", answer.split(">", 1)[1].split("</blockquote>")[0]))
    assert read.split() == typed.split()


@pytest.mark.parametrize("name", ["Inga\nBcc: x@example.org", "[Inga](http://evil.example)", "**Inga**"])
def test_a_name_formats_nothing_and_breaks_no_line_of_the_letter(me, page, complete, name, letter_of):
    me.post(page("about"), {"name": name, "role": "vadītāja", "mandate": "Es lemju.", "gender": "woman"})
    me.post(page("check"), GO)
    letter = letter_of(complete)
    assert letter.to == complete.person.email
    assert 'href="http://evil.example"' not in letter.html
    assert "<strong>Inga" not in letter.html


# Sent stays complete


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("about", {"name": "", "role": "x", "mandate": "x", "gender": "man"}),
        ("about", {"name": "", "later": "1"}),
        ("facts", {"staff": "", "later": "1"}),
        ("answers/motivation", {"text": ""}),
        ("answers/motivation", {"text": "", "later": "1"}),
        ("answers/motivation", {"text": "vārds " * 301, "later": "1"}),
        ("answers/chances", {"text": "vārds " * 301, "later": "1"}),
        ("house", {"house": ""}),
        ("house/other", {"typed_house": "", "country": "LV", "place": ""}),
    ],
)
def test_no_page_takes_from_a_sent_application_what_it_needs(me, page, sent, now, name, values, unguarded):
    before, answers = now(), list(Answer.objects.order_by("pk").values())
    assert me.post(page(name), values).status_code == 422
    assert now().changed_at == before.changed_at
    assert list(Answer.objects.order_by("pk").values()) == answers


def test_no_verb_takes_from_a_sent_application_what_it_needs(sent, motivation, now, unguarded):
    for act in (
        lambda: write_answer(sent, question=motivation, text="", seen=None, language="lv", by=sent.person),
        lambda: save_page(sent, values={"name": ""}, by=sent.person),
        lambda: save_page(sent, values={"staff": None}, by=sent.person),
        lambda: save_page(sent, values={"house": None}, by=sent.person),
    ):
        with pytest.raises(Incomplete):
            act()
    assert now().name
    assert now().house
    assert Answer.objects.get(question=motivation).text


def test_a_sent_application_can_be_changed_until_the_deadline_and_the_change_is_on_record(me, page, sent, now, unguarded):
    about = {"name": "Inga", "role": "direktore", "mandate": "Es lemju par visu.", "gender": "other", "phone": ""}
    assert me.post(page("about"), about).status_code == 302
    assert me.post(page("answers/motivation"), {"text": "Citādi."}).status_code == 302
    assert (now().state, now().role) == (State.SENT, "direktore")
    entries = Entry.objects.filter(act="application changed").order_by("number")
    assert [entry.fields for entry in entries] == [["gender", "mandate", "name", "role"], ["answer motivation"]]
    assert receipts().count() == 1


def test_the_database_holds_nothing_sent_without_consent_and_time(complete, unguarded):
    for values in ({"state": "sent"}, {"state": "sent", "sent_at": complete.started_at, "consented_at": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Application.objects.filter(pk=complete.pk).update(**values)


# Withdrawing


def test_an_application_is_withdrawn_with_a_letter_and_can_be_sent_again(me, page, sent, now, during_call, unguarded):
    assert me.get(page("withdraw")).status_code == 200
    assert now().is_sent
    me.post(page("withdraw"), GO)
    assert now().state == State.WITHDRAWN
    assert "Your application is withdrawn" in words(me.get(page("receipt")))
    during_call.shift(60)
    me.post(page("check"), GO)
    assert now().state == State.SENT
    assert now().sendings == 2
    assert receipts().count() == 2
    assert Message.objects.filter(kind="withdrawn").count() == 1
    acts = Entry.objects.filter(act__in=["application sent", "application withdrawn"]).order_by("number").values_list("act", flat=True)
    assert list(acts) == ["application sent", "application withdrawn", "application sent"]


def test_withdrawing_twice_is_withdrawing_once(sent, unguarded):
    withdraw(sent, by=sent.person)
    withdraw(sent, by=sent.person)
    assert Message.objects.filter(kind="withdrawn").count() == 1
    assert Entry.objects.filter(act="application withdrawn").count() == 1


def test_each_sending_and_each_withdrawal_has_its_own_letter(sent, unguarded):
    for _again in range(2):
        withdraw(sent, by=sent.person)
        send(sent, by=sent.person)
    assert receipts().count() == 3
    assert Message.objects.filter(kind="withdrawn").count() == 2


def test_a_draft_cannot_be_withdrawn(me, page, draft, now):
    with pytest.raises(WrongMove):
        withdraw(draft, by=draft.person)
    assert "was not sent, so there is nothing to withdraw" in words(me.post(page("withdraw"), GO, follow=True))
    assert now().is_draft


def test_a_withdrawn_application_goes_through_another_network_if_its_person_likes(me, page, sent, now, cult, call):
    withdraw(sent, by=sent.person)
    doors = {"network": cult.pk} | dict.fromkeys(call.eligibility.values_list("key", flat=True), "yes")
    assert me.post(page("doors"), doors).status_code == 302
    assert now().network == cult


def test_what_a_withdrawn_application_lost_is_asked_for_before_it_is_sent_again(sent, motivation):
    withdraw(sent, by=sent.person)
    write_answer(sent, question=motivation, text="", seen=None, language="lv", by=sent.person)
    with pytest.raises(Incomplete):
        send(sent, by=sent.person)


# One a person, several a house


def test_a_person_has_one_application_in_a_call(draft, cult):
    second = Application(call=draft.call, person=draft.person, network=cult, language="lv")
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save()
    with pytest.raises(ValidationError) as error:
        second.validate_constraints()
    assert "You already have an application in this call." in error.value.messages


def test_several_people_of_a_house_are_told_without_names(me, page, sent, call, alcc, cult, now, unguarded):
    house = now().house
    house.networks.add(cult)
    colleague = factories.UserFactory(name="Pēteris Ozols")
    theirs = factories.fill(factories.draft(call=call, network=cult, person=colleague), house=house)
    assert others_of_house(sent) == 0  # a draft blocks nobody and is seen by nobody
    send(theirs, by=colleague)
    assert (others_of_house(sent), others_of_house(theirs)) == (1, 1)
    for name in ("check", "receipt"):
        shown = words(me.get(page(name)))
        assert "Somebody else of your house has sent an application too" in shown
        for secret in ("Ozols", colleague.email, theirs.reference):
            assert secret not in shown
    letter = receipts().get(person=colleague).body
    assert "var izraudzīties tikai vienu cilvēku" in letter  # in the language of the application
    assert "Ķēniņa" not in letter
    withdraw(theirs, by=colleague)
    assert others_of_house(sent) == 0


def test_the_same_house_in_another_call_counts_not(sent, now, unguarded):
    turin = load_call(json.loads(CALL.read_text()) | {"slug": "turin"})
    other = factories.fill(factories.draft(call=turin, network=sent.network), house=now().house)
    send(other, by=other.person)
    assert others_of_house(sent) == 0


def test_consent_is_asked_once_and_kept_through_withdrawal(sent, now, during_call):
    first = now().consented_at
    withdraw(sent, by=sent.person)
    during_call.shift(60)
    agree(sent, by=sent.person)
    assert now().consented_at == first


def test_the_first_of_a_house_is_told_once_when_a_second_sends(sent, call, cult, now, unguarded):
    house = now().house
    house.networks.add(cult)
    theirs = factories.fill(factories.draft(call=call, network=cult, person=factories.UserFactory(name="Pēteris Ozols")), house=house)
    assert not Message.objects.filter(kind="shared_house").exists()
    for _again in range(2):
        send(theirs, by=theirs.person)
        withdraw(theirs, by=theirs.person)
    letter = Message.objects.get(kind="shared_house")
    assert letter.person == sent.person
    for secret in ("Ozols", theirs.person.email, theirs.reference):
        assert secret not in letter.subject + letter.body


def test_consent_is_taken_back_as_easily_as_it_was_given_and_withdraws_what_was_sent(me, page, sent, now):
    response = me.post(page("consent"), {"disagree": "1"})
    assert response.status_code == 302
    assert (now().state, now().consented_at) == ("withdrawn", None)
    assert "consent" in [task.key for task in missing(now())]


def test_a_house_that_one_types_and_another_chooses_is_the_same_house(sent, call, cult, now):
    house = now().house
    colleague = factories.UserFactory()
    theirs = factories.fill(factories.draft(call=call, network=cult, person=colleague))
    values = {"house": None, "typed_house": f"  {house.name.upper()}! ", "municipality": house.municipality}
    save_page(theirs, values=values, by=colleague)
    send(theirs, by=colleague)
    assert others_of_house(sent) == 1


def test_an_extension_is_told_once_to_everybody_with_an_open_draft(call, draft, cult, coordinator, unguarded):
    send(factories.fill(factories.draft(call=call, network=cult)), by=Application.objects.exclude(pk=draft.pk).get().person)
    moments = {key: getattr(call, key) for key in MOMENTS} | {"deadline": call.deadline + timedelta(days=3)}
    dates = {entry.key: (entry.starts, entry.ends) for entry in call.dates.all()}
    edit_dates(call, moments=moments, dates=dates, reason={"en": "More time was asked for."}, version=call.version, by=coordinator)
    told = Message.objects.filter(kind="extension")
    assert [message.person for message in told] == [draft.person]
    assert "More time was asked for." in told.get().body
