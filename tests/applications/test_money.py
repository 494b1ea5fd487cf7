"""Money, what is passed on, and when needs go: as the person sees it."""

from datetime import timedelta

import pytest
from django.db import connection

from applications.needs.models import Money, Needs, Summary
from applications.needs.reading import write_summary
from applications.needs.services import may_say, say_money, say_needs
from applications.retention import forget_needs
from applications.services import NotAllowed, NotInTime, send, withdraw
from fulcrum.audit.models import Entry
from tests import factories
from tests.applications.reading import typed_into, words

TYPED = {"support": "Vilciens iepriekš", "amount": "ap 300", "purpose": "Ceļš", "agree": "on"}


@pytest.fixture
def asked(complete):
    """Money is asked for, and needs are said."""
    say_needs(complete, care="Bērns", by=complete.person)
    return say_money(complete, support="Vilciens iepriekš", amount="ap 300", by=complete.person)


def test_money_is_asked_for_under_a_consent_of_its_own_and_kept_encrypted(me, page, call, unguarded):
    assert me.post(page("money"), TYPED | {"agree": ""}).status_code == 422
    assert not Money.objects.exists()
    assert me.post(page("money"), TYPED).status_code == 302
    money = Money.objects.get()
    assert (money.support, money.amount, money.purpose, money.consent_version) == ("Vilciens iepriekš", "ap 300", "Ceļš", call.version)
    assert not Needs.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT support, amount, purpose FROM applications_money")
        held = " ".join(cursor.fetchone())
    assert not [text for text in ("Vilciens", "ap 300", "Ceļš") if text in held]


@pytest.mark.parametrize(("name", "gone", "stays"), [("needs", Needs, Money), ("money", Money, Needs)])
def test_each_consent_is_taken_back_by_itself(me, page, asked, unguarded, name, gone, stays):
    answer = me.post(page(f"{name}/erase"), follow=True)
    assert "erased everywhere" in words(answer)
    assert not gone.objects.exists()
    assert stays.objects.exists()
    assert Entry.objects.get(act="needs erased").fields == [name]


def test_a_page_with_nothing_in_it_is_refused_and_says_that_it_is_optional(me, page):
    for name, fields in (("needs", ("access", "care")), ("money", ("support",))):
        answer = me.post(page(name), {"agree": "on"})
        assert answer.status_code == 422
        assert "it is optional" in words(answer)
        assert typed_into(answer, fields[0]) == ""


def test_the_two_windows_of_somebody_are_shown_side_by_side(me, page, asked):
    seen = {"revision": me.get(page("money")).context["revision"]}
    assert me.post(page("money"), TYPED | seen | {"support": "Pirmais"}).status_code == 302
    answer = me.post(page("money"), TYPED | seen | {"support": "Otrais"})
    assert answer.status_code == 409
    assert "Pirmais" in words(answer)
    assert typed_into(answer, "support") == "Otrais"
    now = {"revision": answer.context["revision"]}
    assert me.post(page("money"), TYPED | now | {"support": "Otrais"}).status_code == 302


def test_fifty_identical_posts_are_one_change_and_one_entry(me, page):
    for _again in range(3):
        me.post(page("money"), TYPED)
    assert Entry.objects.filter(act="money said").count() == 1


def test_a_draft_says_needs_until_the_deadline_and_what_was_sent_until_it_is_over(complete, during_call, call):
    during_call.move_to(call.deadline)
    assert not may_say(complete)
    with pytest.raises(NotInTime):
        say_needs(complete, care="Bērns", by=complete.person)


def test_after_the_deadline_needs_are_still_said_by_who_has_sent(me, page, complete, after_deadline, unguarded):
    send(complete, by=complete.person)
    after_deadline()
    assert me.post(page("money"), TYPED).status_code == 302
    assert Money.objects.exists()


def test_too_late_what_was_typed_is_shown_and_not_kept(me, page, draft, after_deadline, unguarded):
    after_deadline()
    answer = me.post(page("money"), TYPED)
    assert answer.status_code == 409
    assert "Vilciens iepriekš" in words(answer)
    assert not Money.objects.exists()
    assert "takes nothing new" in words(me.get(page("money")))


def test_withdrawing_the_application_erases_all_of_it(complete, asked, unguarded):
    withdraw(send(complete, by=complete.person), by=complete.person)
    assert not Needs.objects.exists()
    assert not Money.objects.exists()
    assert Entry.objects.get(act="application withdrawn").fields == ["money", "needs"]


def test_needs_of_what_was_never_sent_go_when_the_results_come(complete, asked, during_call, call, unguarded):
    during_call.move_to(call.results_by - timedelta(seconds=1))
    assert forget_needs() == 0
    during_call.move_to(call.results_by)
    assert forget_needs() == 2


def test_a_summary_waits_for_the_person_and_goes_with_their_no(me, page, complete, asked, call, alcc, monkeypatch, unguarded):
    send(complete, by=complete.person)
    officer = factories.staff(call=call, role="access_officer", network=alcc)
    monkeypatch.setattr("applications.needs.reading.is_taking_part", lambda application: True)
    write_summary(complete, text="needs step-free access", by=officer)
    shown = words(me.get(page("needs")))
    assert "needs step-free access" in shown
    assert "Decide whether we may pass on what you need" in words(me.get(page()))
    assert me.post(page("needs/summary"), {"text": "something else"}).status_code == 302
    assert Summary.objects.get().agreed_at is None
    me.post(page("needs/summary"), {"text": "needs step-free access"})
    assert Summary.objects.get().consent_version == call.version
    me.post(page("needs/summary"), {"refuse": "1"})
    assert not Summary.objects.exists()


@pytest.mark.parametrize("name", ["needs", "money"])
def test_either_consent_taken_back_takes_the_summary_with_it(me, page, complete, asked, call, alcc, monkeypatch, unguarded, name):
    send(complete, by=complete.person)
    officer = factories.staff(call=call, role="access_officer", network=alcc)
    monkeypatch.setattr("applications.needs.reading.is_taking_part", lambda application: True)
    write_summary(complete, text="needs step-free access", by=officer)
    me.post(page(f"{name}/erase"))
    assert not Summary.objects.exists()


def test_nobody_says_needs_for_somebody_else(complete):
    other = factories.UserFactory()
    for say in (lambda: say_needs(complete, care="X", by=other), lambda: say_money(complete, support="X", by=other)):
        with pytest.raises(NotAllowed):
            say()


def test_the_page_names_the_access_officer_of_the_network_and_else_its_contact(me, page, call, alcc, cult):
    assert call.contact_email in words(me.get(page("needs")))
    there, elsewhere = (factories.staff(call=call, role="access_officer", network=network) for network in (alcc, cult))
    shown = words(me.get(page("money")))
    assert there.email in shown
    assert elsewhere.email not in shown
