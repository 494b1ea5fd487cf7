"""A helper types for a candidate: who may open what, whose hand each line shows, and whose yes it needs before it is sent."""

import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from applications.answers.models import Answer
from applications.answers.services import write_answer
from applications.application import Application
from applications.assistance import services as helping
from applications.assistance.models import Assent, HelpRequest, Typed
from applications.assistance.typing import NothingTyped, ask_to_confirm, confirm, digest, waiting
from applications.copy import copy_of
from applications.needs.models import Needs
from applications.needs.services import say_needs
from applications.progress import missing
from applications.services import Conflict, Incomplete, NotAllowed, agree, change_doors, disagree, save_page, send, withdraw
from fulcrum.audit.models import Entry
from fulcrum.files.models import StoredFile
from fulcrum.mail.models import Message
from fulcrum.people.models import User
from fulcrum.people.services import take_role
from tests import factories
from tests.applications.reading import words

TYPED = {"name": "Inga", "role": "vadītāja", "mandate": "Es lemju.", "gender": "woman"}
NEVER = ("needs", "consent", "receipt", "withdraw")


def browser(person):
    return factories.sign_in(Client(), person)


def fresh(person):
    return User.objects.get(pk=person.pk)


@pytest.fixture
def helper(call, alcc):
    return factories.staff(call=call, role="assessor", network=alcc, person=factories.UserFactory(name="Ilze Helper"))


@pytest.fixture
def request_(call, alcc, candidate, helper):
    asked = helping.ask(call, network=alcc, by=candidate, language="lv", way="video", times="Any.", may_type=True)
    return helping.take(asked, by=helper)


@pytest.fixture
def url(draft):
    return lambda page="": f"/en/applications/{draft.reference}/{page}"


@pytest.fixture
def typed(complete, request_, helper):
    """A complete draft in which the helper wrote one answer."""
    question = complete.call.questions.get(key="motivation")
    write_answer(complete, question=question, text="Kā viņa teica.", seen=None, language="lv", by=helper)
    return complete


def seen_by(application):
    return digest(application, waiting(application))


def stands(application):
    return Application.objects.of_person(application.person).get(pk=application.pk)


# What a helper opens


def test_a_helper_opens_the_pages_of_the_form_under_a_banner(draft, request_, helper, url):
    window = browser(helper)
    for page in ("", "doors/", "about/", "house/", "house/other/", "facts/", "answers/motivation/", "check/", "confirm/"):
        answer = window.get(url(page))
        assert answer.status_code == 200, page
        assert "You are typing for Inga Ķēniņa" in words(answer), page


@pytest.mark.parametrize("page", NEVER)
def test_a_helper_never_opens_needs_consent_or_what_comes_of_sending(complete, request_, helper, url, page):
    window = browser(helper)
    assert window.get(url(f"{page}/")).status_code == 404
    assert window.post(url(f"{page}/"), {"agree": "on", "text": "x"}).status_code == 404


def test_a_helper_never_sends_and_is_offered_nothing_of_it(typed, helper, url):
    window = browser(helper)
    assert window.post(url("check/")).status_code == 404
    assert "Send your application" not in words(window.get(url("check/")))
    for act in (send, agree, disagree, withdraw):
        with pytest.raises(NotAllowed):
            act(typed, by=helper)
    with pytest.raises(NotAllowed):
        say_needs(typed, access="x", by=helper)


def test_a_helper_is_not_told_whether_there_are_needs(typed, helper, url):
    window = browser(helper)
    before = [window.get(url(page)).content for page in ("", "check/", "about/")]
    say_needs(typed, access="Bērnu pieskatīšana.", by=typed.person)
    after = [window.get(url(page)).content for page in ("", "check/", "about/")]
    tokens = re.compile(rb'csrfmiddlewaretoken" value="\w+"|X-CSRFToken": "\w+"|"X-CSRFToken&quot;: &quot;\w+')
    assert [tokens.sub(b"", page) for page in before] == [tokens.sub(b"", page) for page in after]
    assert not Needs.objects.visible_to(helper).exists()


@pytest.mark.parametrize("why", ["not allowed", "taken back", "another helper", "given back", "finished", "role gone", "sent"])
def test_nobody_types_without_leave(complete, request_, helper, url, why, lead):
    person = helper
    if why in ("not allowed", "taken back"):
        helping.let_type(request_, allowed=False, by=complete.person)
    elif why == "another helper":
        person = lead
    elif why == "given back":
        helping.give_back(request_, by=helper)
    elif why == "finished":
        helping.finish(request_, by=helper)
    elif why == "role gone":
        take_role(helper.roles.get(), by=lead)
        person = fresh(helper)
    else:
        send(complete, by=complete.person)
    assert browser(person).get(url("about/")).status_code == 404
    with pytest.raises(NotAllowed):
        save_page(complete, values={"name": "X"}, by=person)
    assert not Application.objects.typed_by(person).exists()


def test_who_asked_without_letting_anybody_type_is_opened_by_nobody(complete, helper, call, alcc, url):
    helping.take(helping.ask(call, network=alcc, by=complete.person, language="lv", way="video", times="Any."), by=helper)
    assert browser(helper).get(url()).status_code == 404
    assert not Application.objects.visible_to(helper).exists()
    assert not Answer.objects.visible_to(helper).exists()


# Whose hand


def test_a_page_and_a_quiet_save_by_a_helper_stand_line_by_line(draft, request_, helper, url):
    window = browser(helper)
    window.post(url("about/"), TYPED | {"later": "1"})
    quiet = window.post(url("answers/motivation/"), {"text": "Kā viņa teica."}, headers={"X-Requested-With": "autosave"})
    assert quiet.status_code == 204
    rows = {row.field: row.helper for row in Typed.objects.of(draft)}
    assert rows == dict.fromkeys(["name", "role", "mandate", "gender", "answer motivation"], helper)
    assert stands(draft).role == "vadītāja"


def test_what_the_candidate_changes_themselves_is_theirs(typed, helper):
    save_page(typed, values={"role": "direktore", "mandate": "Viss."}, by=helper)
    save_page(typed, values={"role": "vadītāja"}, by=typed.person)
    assert {row.field for row in Typed.objects.of(typed)} == {"mandate", "answer motivation"}


def test_the_copy_says_who_typed_each_line_and_when_it_was_confirmed(typed, helper, url, as_):
    me = as_(typed.person)
    page = words(me.get(url("check/")))
    assert page.count("Typed by Ilze Helper on behalf of the candidate") == 1
    assert "not confirmed yet" in page
    confirm(typed, seen=seen_by(typed), by=typed.person)
    assert "confirmed on Saturday 20 April 2024" in words(me.get(url("check/")))
    lines = {line.label: line.typed for _title, section in copy_of(typed, "en") for line in section}
    assert [label for label, hand in lines.items() if hand] == [str(typed.call.questions.get(key="motivation").title)]


def test_a_recording_that_a_helper_uploads_belongs_to_the_candidate(draft, request_, helper, url, call, unguarded):
    sound = SimpleUploadedFile("a.mp3", b"ID3" + b"x" * 99, "audio/mpeg")
    window = browser(helper)
    assert window.post(url("answers/motivation/audio/upload/"), {"recording": sound}).status_code == 302
    assert StoredFile.objects.get().owner == draft.person
    assert Typed.objects.get().field == "answer motivation"


# The yes


def test_what_was_typed_is_not_sent_before_the_candidate_has_said_yes(typed, url, as_):
    assert [task.key for task in missing(typed)] == ["confirm"]
    with pytest.raises(Incomplete):
        send(typed, by=typed.person)
    me = as_(typed.person)
    assert "Confirm what was typed for you" in words(me.get(url()))
    form = me.get(url("confirm/")).content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', form)[1]
    me.post(url("confirm/"), {"seen": seen})
    assert send(typed, by=typed.person).is_sent
    assert Entry.objects.filter(act="what was typed is confirmed").count() == 1


def test_nobody_is_asked_to_confirm_what_they_typed_themselves(complete, url, as_):
    assert missing(complete) == []
    assert "typed for you" not in words(as_(complete.person).get(url()))


def test_a_yes_is_for_what_stands_and_a_later_change_needs_another(typed, helper):
    confirm(typed, seen=seen_by(typed), by=typed.person)
    write_answer(typed, question=typed.call.questions.get(key="motivation"), text="Vēl kaut kas.", seen=None, language="lv", by=helper)
    with pytest.raises(Incomplete):
        send(typed, by=typed.person)


def test_a_yes_to_a_page_that_has_changed_is_refused_and_the_page_shown_anew(typed, helper, url, as_):
    shown = seen_by(typed)
    write_answer(typed, question=typed.call.questions.get(key="motivation"), text="Vēl kaut kas.", seen=None, language="lv", by=helper)
    with pytest.raises(Conflict):
        confirm(typed, seen=shown, by=typed.person)
    answer = as_(typed.person).post(url("confirm/"), {"seen": shown})
    assert answer.status_code == 409
    assert "Vēl kaut kas." in words(answer)


def test_a_helper_can_not_say_yes(typed, helper, url):
    with pytest.raises(NotAllowed):
        confirm(typed, seen=seen_by(typed), by=helper)
    browser(helper).post(url("confirm/"), {"seen": seen_by(typed)})  # asks for the letter instead
    assert waiting(typed)


def test_the_letter_leads_to_a_page_with_a_button_once_signed_in(typed, helper, as_, url):
    window = browser(helper)
    for _time in range(2):
        window.post(url("confirm/"))
    (letter,) = Message._base_manager.filter(kind="confirm_typed")
    assert (letter.address, letter.language) == (typed.person.email, "lv")
    link = "/en/confirm/" + re.search(r"/lv/confirm/([^)]+)\)", letter.body)[1]
    assert Client().get(link).headers["Location"].startswith("/en/sign-in/")
    assert browser(factories.UserFactory()).get(link).status_code == 404
    assert window.get(link).status_code == 404
    me = as_(typed.person)
    page = me.get(link)
    assert "Kā viņa teica." in words(page)
    assert waiting(typed), "looking is no yes"
    seen = re.search(r'name="seen" value="(\w+)"', page.content.decode())[1]
    me.post(url("confirm/"), {"seen": seen})
    assert not waiting(typed)
    assert me.get(link).headers["Location"] == url()
    assert me.get(link[:-4] + "AAA/").status_code == 404


def test_the_link_shows_what_stands_now_when_something_was_changed_since(typed, helper, as_):
    ask_to_confirm(typed, by=helper)
    link = "/en/confirm/" + re.search(r"/lv/confirm/([^)]+)\)", Message._base_manager.get(kind="confirm_typed").body)[1]
    save_page(typed, values={"role": "direktore"}, by=helper)
    page = words(as_(typed.person).get(link))
    assert "Something was changed since" in page
    assert "direktore" in page


def test_the_link_is_over_with_the_deadline(typed, helper, as_, after_deadline):
    ask_to_confirm(typed, by=helper)
    link = "/en/confirm/" + re.search(r"/lv/confirm/([^)]+)\)", Message._base_manager.get(kind="confirm_typed").body)[1]
    me = as_(typed.person)
    after_deadline()
    assert me.get(link).status_code == 409


def test_no_letter_is_written_where_nothing_waits(complete, request_, helper):
    with pytest.raises(NothingTyped):
        ask_to_confirm(complete, by=helper)
    assert not Message._base_manager.filter(kind="confirm_typed").exists()


def test_a_recorded_yes_counts_unless_it_can_not_be_opened(typed, helper, url, unguarded):
    window = browser(helper)
    form = {"recording": SimpleUploadedFile("yes.mp3", b"ID3" + b"x" * 99, "audio/mpeg"), "seen": seen_by(typed)}
    assert window.post(url("confirm/upload/"), form).status_code == 302
    given = Assent.objects.get()
    assert (given.said, given.by, given.file.owner) == (True, helper, typed.person)
    assert missing(typed) == []
    StoredFile.objects.filter(pk=given.file_id).update(check_state="refused", refusal="broken")
    assert [task.key for task in missing(typed)] == ["confirm"]
    assert "does not count" in words(window.get(url("confirm/")))


@pytest.mark.parametrize(("name", "sentence"), [("a.txt", "This is no recording"), (None, "Choose a file first")])
def test_a_recorded_yes_that_is_none_is_refused_in_words(typed, helper, url, name, sentence, unguarded, settings):
    form = {"seen": seen_by(typed)} | ({"recording": SimpleUploadedFile(name, b"hello")} if name else {})
    answer = browser(helper).post(url("confirm/upload/"), form)
    assert answer.status_code == 422
    assert "<title>Error: " in answer.content.decode()
    assert sentence in words(answer)
    assert not StoredFile.objects.exists()
    assert [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()] == []


def test_a_recorded_yes_to_something_else_is_not_kept(typed, helper, url, unguarded, settings):
    form = {"recording": SimpleUploadedFile("yes.mp3", b"ID3" + b"x" * 99), "seen": "0"}
    assert browser(helper).post(url("confirm/upload/"), form).status_code == 409
    assert not StoredFile.objects.exists()
    assert [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()] == []


def test_a_recorded_yes_is_heard_by_the_person_and_the_helper_alone(typed, helper, url, lead, unguarded, as_):
    form = {"recording": SimpleUploadedFile("yes.mp3", b"ID3" + b"x" * 99), "seen": seen_by(typed)}
    browser(helper).post(url("confirm/upload/"), form)
    StoredFile.objects.update(check_state="passed", web_size=9)
    page = url(f"confirm/{Assent.objects.get().pk}/recording/")
    assert [browser(person).get(page).status_code for person in (helper, lead, factories.UserFactory())] == [200, 404, 404]
    assert as_(typed.person).get(page).status_code == 200


# Started by the network

STARTED = {"came_by": "paper", "name": "Anna Paper", "address": "Anna@Example.org", "language": "lv", "phone": "+371 1"}


def test_a_network_starts_an_application_for_somebody_who_writes_on_paper(call, alcc, helper, unguarded):
    window = browser(helper)
    answer = window.post(f"/en/work/{call.slug}/help/start/", STARTED | {"network": alcc.pk})
    request = HelpRequest.objects.get()
    assert answer.headers["Location"] == f"/en/work/{call.slug}/help/{request.pk}/"
    application = Application.objects.get()
    assert (application.person.email, application.name, application.network, application.language) == ("anna@example.org", "Anna Paper", alcc, "lv")
    assert {row.field for row in Typed.objects.all()} == {"name", "network"}
    letter = Message.objects.get(kind="started_for_you")
    assert (letter.address, letter.language) == ("anna@example.org", "lv")
    assert f"/lv/help/{request.pk}/" in letter.body
    assert application.get_absolute_url() in window.get(answer.headers["Location"]).content.decode()
    factories.fill(application)
    doors = dict.fromkeys(call.eligibility.values_list("key", flat=True), True)
    change_doors(application, network=alcc, eligibility=doors, by=helper)
    with pytest.raises(Incomplete):
        send(application, by=application.person)
    confirm(application, seen=seen_by(stands(application)), by=application.person)
    assert send(application, by=application.person).is_sent


def test_who_knows_nothing_of_it_takes_it_back_by_the_letter(call, alcc, helper, unguarded):
    browser(helper).post(f"/en/work/{call.slug}/help/start/", STARTED | {"network": alcc.pk})
    request = HelpRequest.objects.get()
    browser(request.person).post(f"/en/help/{request.pk}/", {"cancel": "1"})
    assert not Application.objects.typed_by(helper).exists()


def test_one_application_for_each_person_and_call_still_holds(draft, call, alcc, cult, assessor, helper, unguarded):
    for person, network in ((helper, alcc), (assessor, cult)):
        data = STARTED | {"network": network.pk, "address": draft.person.email.upper()}
        answer = browser(person).post(f"/en/work/{call.slug}/help/start/", data)
        assert answer.status_code == 422
        assert draft.reference not in answer.content.decode()
    assert Application.objects.count() == 1
    assert not HelpRequest.objects.exists()


def test_staff_start_nothing_through_another_network_nor_for_themselves(call, alcc, cult, helper, unguarded):
    for change in ({"network": cult.pk}, {"network": alcc.pk, "address": helper.email}, {"network": alcc.pk, "came_by": "online"}):
        assert browser(helper).post(f"/en/work/{call.slug}/help/start/", STARTED | change).status_code == 422
    with pytest.raises(NotAllowed):
        helping.start_for(call, network=cult, name="A", address="a@example.org", language="lv", came_by="paper", by=helper)
    assert not Application.objects.exists()


def test_who_asked_before_they_began_is_begun_for_by_their_helper(call, request_, candidate, helper):
    window = browser(helper)
    page = f"/en/work/{call.slug}/help/{request_.pk}/"
    answer = window.post(page, {"begin": "1"})
    begun = Application.objects.of_person(candidate).get()
    assert answer.headers["Location"] == begun.get_absolute_url()
    assert window.post(page, {"begin": "1"}).headers["Location"] == begun.get_absolute_url()


def test_nobody_begins_for_whom_has_not_let_them_type(call, request_, candidate, helper, unguarded):
    helping.let_type(request_, allowed=False, by=candidate)
    with pytest.raises(NotAllowed):
        helping.begin_for(request_, by=helper)
    assert not Application.objects.exists()
