"""The doors of a call: open to anybody, closed to nobody."""

import json

import pytest
from django.test import Client

from applications.application import Application, State
from fulcrum.audit.models import Entry
from fulcrum.calls.models import Network
from fulcrum.calls.services import load_call
from tests import factories
from tests.applications.reading import anchors, chosen, words
from tests.conftest import CALL

APPLY, BEGIN, START = (f"/en/calls/make-it-happen/apply/{step}" for step in ("", "begin/", "start/"))


@pytest.fixture
def yes(call, alcc):
    """What somebody says who may apply."""
    return {"network": alcc.pk} | dict.fromkeys(call.eligibility.values_list("key", flat=True), "yes")


def test_the_doors_ask_everybody_for_network_and_conditions(client, call):
    response = client.get(APPLY)
    shown = words(response)
    assert response.status_code == 200
    for network in call.networks.all():
        assert f"{network.name} – {network.area}" in shown
    for condition in call.eligibility.all():
        assert str(condition.title) in shown


def test_what_was_said_without_an_account_waits_in_the_session_alone(client, yes, alcc, unguarded):
    response = client.post(APPLY, yes, follow=True)
    assert response.redirect_chain == [(BEGIN, 302)]
    assert f"You apply through {alcc.name}" in words(response)
    assert f"?next={BEGIN.replace('/', '%2F')}" in response.content.decode()
    assert not Application.objects.exists()


def test_a_no_leads_to_a_person_and_not_to_a_wall(client, call, yes, alcc):
    condition = call.eligibility.get(key="follows_english")
    alcc.contact_name, alcc.contact_email = "Anda Liepa", "anda@example.org"
    alcc.save()
    response = client.post(APPLY, yes | {"follows_english": "no"}, follow=True)
    shown = words(response)
    assert response.status_code == 200
    assert str(condition.title) in shown
    assert str(condition.if_no).split(".")[0] in shown
    assert "Anda Liepa: anda@example.org" in shown
    assert "Continue with your email address" in shown


def test_a_network_without_a_contact_of_its_own_sends_people_to_the_contact_of_the_call(client, call, yes):
    assert call.contact_email in words(client.post(APPLY, yes | {"works_there": "no"}, follow=True))


def test_a_no_starts_an_application_all_the_same(me_without_draft, yes, unguarded):
    me_without_draft.post(APPLY, yes | {"dates_free": "no"})
    me_without_draft.post(START)
    assert Application.objects.get().eligibility["dates_free"] is False


@pytest.fixture
def me_without_draft(as_, candidate):
    return as_(candidate)


def test_a_gap_at_the_doors_is_named_and_what_was_chosen_stays(client, call, yes, alcc):
    del yes["works_there"]
    response = client.post(APPLY, yes)
    assert response.status_code == 422
    assert f"Choose yes or no: {call.eligibility.get(key='works_there').title}" in words(response)
    assert chosen(response, "network") == [str(alcc.pk)]
    assert chosen(response, "dates_free") == ["yes"]
    assert len(anchors(response)) == 1
    assert f'id="{anchors(response)[0]}"' in response.content.decode()


@pytest.mark.parametrize("network", ["", "nobody", "99999999999999999999999", "1\0"])
def test_a_network_that_the_call_has_not_is_refused(client, yes, network):
    response = client.post(APPLY, yes | {"network": network})
    assert response.status_code == 422


def test_a_network_outside_this_call_is_refused(client, yes, call):
    outside = Network.objects.create(slug="outside", name="Outside", area="Nowhere", language="en")
    response = client.post(APPLY, yes | {"network": outside.pk})
    assert response.status_code == 422
    assert "Choose one of the networks of this call." in words(response)


def test_nobody_begins_without_passing_the_doors(client, call):
    assert client.get(BEGIN).headers["Location"] == APPLY


def test_the_doors_of_one_call_do_not_open_another(client, yes, call):
    content = json.loads(CALL.read_text()) | {"slug": "turin"}
    load_call(content)
    client.post(APPLY, yes)
    assert client.get("/en/calls/turin/apply/begin/").headers["Location"] == "/en/calls/turin/apply/"


def test_only_a_post_starts_an_application(me_without_draft, yes, unguarded):
    me_without_draft.post(APPLY, yes)
    assert me_without_draft.get(START).status_code == 405
    assert me_without_draft.head(START).status_code == 405
    assert not Application.objects.exists()
    assert me_without_draft.post(START).status_code == 302
    assert Application.objects.count() == 1


def test_the_start_takes_what_was_said_at_the_doors_and_forgets_it_there(me_without_draft, yes, alcc, candidate, unguarded):
    me_without_draft.post(APPLY, yes)
    response = me_without_draft.post(START)
    made = Application.objects.get()
    assert response.headers["Location"] == f"/en/applications/{made.reference}/"
    assert (made.network, made.person, made.state, made.language, made.name) == (alcc, candidate, State.DRAFT, "en", candidate.name)
    assert set(made.eligibility.values()) == {True}
    assert "doors" not in me_without_draft.session
    assert Entry.objects.filter(act="application started", by=candidate).count() == 1


def test_what_was_said_survives_signing_in(client, yes, candidate, unguarded):
    client.post(APPLY, yes)
    factories.sign_in(client, candidate)
    assert client.get(BEGIN).status_code == 200
    client.post(START)
    assert Application.objects.get().person == candidate


def test_nobody_starts_without_signing_in(client, yes, unguarded):
    client.post(APPLY, yes)
    assert client.post(START).headers["Location"].endswith(f"?next={START}")
    assert not Application.objects.exists()


def test_whoever_started_already_comes_to_their_own_application(me, page, yes, unguarded):
    assert me.get(APPLY).headers["Location"] == page()
    me.post(START)
    assert Application.objects.count() == 1


def test_starting_in_two_windows_makes_one_application(as_, candidate, yes, unguarded):
    here, there = as_(candidate), factories.sign_in(Client(), candidate)
    for window in (here, there):
        window.post(APPLY, yes)
    first, second = here.post(START), there.post(START)
    assert first.headers["Location"] == second.headers["Location"]
    assert Application.objects.count() == 1
    assert Entry.objects.filter(act="application started").count() == 1


def test_a_call_that_is_not_open_yet_says_when_it_opens(client, call, during_call):
    during_call.move_to(call.opens_at.replace(hour=0))
    shown = words(client.get(APPLY))
    assert "The call is not open yet" in shown
    assert "Tuesday 2 April 2024, 09:00 in Brussels" in shown


def test_a_start_after_the_deadline_is_refused_with_the_deadline(me_without_draft, yes, after_deadline, unguarded):
    me_without_draft.post(APPLY, yes)
    after_deadline()
    response = me_without_draft.post(START)
    assert response.status_code == 409
    assert "Applications were taken up to Tuesday 7 May 2024, 23:59 in Brussels" in words(response)
    assert not Application.objects.exists()


def test_the_doors_of_a_draft_can_be_changed(me, page, yes, now, cult):
    response = me.post(page("doors"), yes | {"network": cult.pk, "house_agrees": "no"})
    assert response.status_code == 302
    assert now().network == cult
    assert now().eligibility["house_agrees"] is False


def test_the_doors_closed_after_the_deadline_change_nothing(me, page, yes, now, cult, alcc, after_deadline):
    after_deadline()
    assert me.post(page("doors"), yes | {"network": cult.pk}).status_code == 409
    assert now().network == alcc
