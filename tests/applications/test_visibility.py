"""Who sees an application: its person; staff of its network once it is sent; nobody else."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from applications.answers.models import Answer
from applications.answers.services import write_answer
from applications.application import Application
from applications.needs.models import Needs
from applications.needs.services import say_needs
from applications.services import NotAllowed, agree, save_page, send, withdraw
from fulcrum.guard.querysets import Unscoped
from fulcrum.people.models import User
from tests import factories

PAGES = ("", "doors", "about", "house", "house/other", "facts", "answers/motivation", "needs", "consent", "check", "receipt", "withdraw")


@pytest.fixture
def others(call, alcc, cult):
    """Everybody who is not the candidate, by what they are."""
    return {
        "another candidate": factories.UserFactory(),
        "lead of the network": factories.staff(call=call, role="lead", network=alcc),
        "assessor of the network": factories.staff(call=call, role="assessor", network=alcc),
        "lead of another network": factories.staff(call=call, role="lead", network=cult),
        "coordinator": factories.staff(call=call, role="coordinator"),
    }


def browser(person):
    return factories.sign_in(Client(), person)


def test_a_draft_is_seen_by_nobody_but_its_person(complete, others):
    assert list(Application.objects.visible_to(complete.person)) == [complete]
    for what, person in others.items():
        assert not Application.objects.visible_to(person).exists(), what
        assert not Answer.objects.visible_to(person).exists(), what


def test_a_sent_application_is_seen_by_staff_of_its_network_alone(sent, others):
    sees = {what for what, person in others.items() if Application.objects.visible_to(person).exists()}
    assert sees == {"lead of the network", "assessor of the network"}
    reads = {what for what, person in others.items() if Answer.objects.visible_to(person).exists()}
    assert reads == sees


def test_a_withdrawn_application_is_read_by_nobody_any_more(sent, others):
    withdraw(sent, by=sent.person)
    for what, person in others.items():
        assert not Application.objects.visible_to(person).exists(), what
    assert Application.objects.visible_to(sent.person).exists()


def test_needs_are_seen_by_nobody_but_the_person_even_when_sent(sent, others):
    say_needs(sent, other="Bērnu pieskatīšana.", by=sent.person)
    assert Needs.objects.visible_to(sent.person).count() == 1
    for what, person in others.items():
        assert not Needs.objects.visible_to(person).exists(), what


def test_staff_who_lost_their_role_see_nothing(sent, others):
    lead = others["lead of the network"]
    lead.roles.update(ended_at=sent.sent_at)
    assert not Application.objects.visible_to(User.objects.get(pk=lead.pk)).exists()


def test_nobody_signed_in_sees_nothing(sent):
    assert not Application.objects.visible_to(AnonymousUser()).exists()


def test_a_question_that_nobody_scoped_is_not_answered(sent):
    with pytest.raises(Unscoped):
        Application.objects.count()
    with pytest.raises(Unscoped):
        Answer.objects.filter(application=sent).first()
    with pytest.raises(Unscoped):
        Needs.objects.filter(application=sent).update(consent_version=2)


@pytest.mark.parametrize("state", ["draft", "sent"])
def test_the_pages_of_a_candidate_are_not_found_by_anybody_else(complete, others, state):
    if state == "sent":
        send(complete, by=complete.person)
    for what, person in others.items():
        window = browser(person)
        for name in PAGES:
            response = window.get(f"/en/applications/{complete.reference}/{name}/".replace("//", "/"))
            assert response.status_code == 404, (what, name)


def test_nobody_else_changes_an_application(complete, others, unguarded):
    for what, person in others.items():
        window = browser(person)
        for name, values in (("about", {"name": "X", "role": "X", "mandate": "X", "gender": "man"}), ("check", {"-": "-"}), ("withdraw", {"-": "-"})):
            assert window.post(f"/en/applications/{complete.reference}/{name}/", values).status_code == 404, (what, name)
    kept = Application.objects.get(pk=complete.pk)
    assert kept.is_draft
    assert kept.name == complete.name


def test_the_verbs_hold_without_the_pages(complete, others, motivation):
    for person in others.values():
        for act in (
            lambda person=person: save_page(complete, values={"name": "X"}, by=person),
            lambda person=person: write_answer(complete, question=motivation, text="X", seen=None, language="en", by=person),
            lambda person=person: say_needs(complete, other="X", by=person),
            lambda person=person: agree(complete, by=person),
            lambda person=person: send(complete, by=person),
            lambda person=person: withdraw(complete, by=person),
        ):
            with pytest.raises(NotAllowed):
                act()


def test_whoever_is_signed_out_is_led_to_the_door(draft):
    for name in PAGES:
        response = Client().get(f"/en/applications/{draft.reference}/{name}/".replace("//", "/"))
        assert response.status_code == 302, name
        assert "next=" in response.headers["Location"], name


def test_what_the_candidate_sees_is_kept_by_no_cache(me, page):
    assert me.get(page("about")).headers["Cache-Control"] == "no-store"


def test_an_unknown_reference_is_not_found(me):
    assert me.get("/en/applications/AAAAAAA/").status_code == 404
