"""The record of a call: every entry seals the one before, and holds no content of anybody's."""

import io
from itertools import pairwise

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from applications import services as applying
from applications.needs.services import say_needs, withdraw_consent
from fulcrum.audit.models import Chain, Entry, Fixed
from fulcrum.audit.services import broken_chains, record


@pytest.fixture
def chain(call):
    """Five entries in the chain of the call."""
    for number in range(4):
        record(f"act {number}", call=call, fields=["b", "a"])
    return list(Entry.objects.filter(chain=f"call {call.pk}").order_by("number"))


def by_hand(sql, *values):
    """What somebody with a password of the database would do."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_entries_are_numbered_and_each_seals_the_one_before(chain):
    assert [entry.number for entry in chain] == [1, 2, 3, 4, 5]
    assert chain[0].sealed("") == chain[0].seal
    assert all(entry.sealed(before.seal) == entry.seal for before, entry in pairwise(chain))
    assert len({entry.seal for entry in chain}) == 5
    assert broken_chains() == []


def test_each_call_and_the_site_have_a_chain_of_their_own(chain, call):
    assert record("site act").number == 1
    assert record("call act", call=call).number == 6
    assert set(Chain.objects.values_list("name", flat=True)) == {"site", f"call {call.pk}"}


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        ("UPDATE audit_entry SET act = %s WHERE number = 3", ["another act"]),
        ("UPDATE audit_entry SET reason = %s WHERE number = 5", ["another reason"]),
        ("UPDATE audit_entry SET by_id = %s WHERE number = 1", [77]),
        ("UPDATE audit_entry SET call_id = %s WHERE number = 2", [77]),
        ("UPDATE audit_entry SET subject = %s WHERE number = 2", ["people.user 1"]),
        ("UPDATE audit_entry SET fields = %s WHERE number = 2", ['["a"]']),
        ("UPDATE audit_entry SET at = %s WHERE number = 2", ["2024-01-01 00:00:00"]),
        ("UPDATE audit_entry SET seal = %s WHERE number = 4", ["0" * 64]),
        ("DELETE FROM audit_entry WHERE number = %s", [1]),
        ("DELETE FROM audit_entry WHERE number = %s", [3]),
        ("DELETE FROM audit_entry WHERE number = %s", [5]),
        ("DELETE FROM audit_entry WHERE number > %s", [0]),
        ("UPDATE audit_entry SET number = number + 10 WHERE number >= %s", [4]),
        ("UPDATE audit_chain SET length = %s", [4]),
        ("UPDATE audit_chain SET seal = %s", ["0" * 64]),
        (
            "INSERT INTO audit_entry (chain, number, at, act, subject, fields, reason, seal) "
            "SELECT chain, 6, at, act, subject, fields, reason, seal FROM audit_entry WHERE number = %s",
            [5],
        ),
    ],
)
def test_what_was_changed_removed_or_put_in_from_outside_is_found(chain, sql, values):
    by_hand(sql, *values)
    found = broken_chains()
    assert len(found) == 1
    assert "audit: the chain" in found[0]


def test_the_invariants_command_ends_with_an_error_then(chain, capsys):
    call_command("invariants", stdout=io.StringIO())
    by_hand("UPDATE audit_entry SET act = 'x' WHERE number = 2")
    with pytest.raises(CommandError, match="breaks at entry 2") as error:
        call_command("invariants", stdout=io.StringIO())
    assert error.value.returncode == 1


def test_an_entry_put_between_two_calls_of_the_same_second_is_found(chain, call):
    last = chain[-1]
    forged = Entry(chain=last.chain, number=6, at=last.at, act="forged", call_id=call.pk)
    forged.seal = forged.sealed(last.seal)
    forged.save()
    assert broken_chains() == [f"audit: the chain «{last.chain}» ends before its entry 5."]


def test_entries_can_be_changed_and_removed_by_nobody_who_uses_the_models(chain):
    entry = chain[1]
    entry.act = "another"
    for attempt in (
        entry.save,
        entry.delete,
        lambda: Entry.objects.filter(pk=entry.pk).update(act="x"),
        lambda: Entry.objects.all().delete(),
        lambda: Entry.objects.filter(pk=entry.pk).delete(),
        lambda: Entry.objects.update_or_create(pk=entry.pk, defaults={"act": "x"}),
        lambda: Entry.objects.bulk_update([entry], ["act"]),
    ):
        with pytest.raises(Fixed), transaction.atomic():
            attempt()
    assert broken_chains() == []


def test_an_entry_is_taken_back_with_what_was_decided(call):
    before = Entry.objects.count()

    @transaction.atomic
    def decide():
        record("undone", call=call)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        decide()
    assert Entry.objects.count() == before
    assert broken_chains() == []


def test_the_record_outlives_the_person(call, candidate):
    record("something", by=candidate, call=call)
    pk = candidate.pk
    candidate.delete()
    assert Entry.objects.get(act="something").by_id == pk
    assert broken_chains() == []


def test_a_reason_and_its_letters_of_any_script_keep_the_seal(call):
    entry = record("something", call=call, reason="Ķēniņa 👩‍🦽 „x“ " * 40)
    assert len(entry.reason) == 500
    assert broken_chains() == []


def test_the_record_of_an_application_names_fields_and_ids_and_no_content(sent, call):
    person = sent.person
    now = applying.save_page(sent, values={"name": "Secret Name", "phone": "+371 secret", "mandate": "secret mandate"}, by=person)
    say_needs(now, other="secret needs", by=person)
    withdraw_consent(now, by=person)
    applying.withdraw(now, by=person)
    entries = list(Entry.objects.filter(call=call).order_by("number"))
    acts = [entry.act for entry in entries]
    assert acts[1:] == ["application started", "application sent", "application changed", "needs said", "needs erased", "application withdrawn"]
    changed = entries[acts.index("application changed")]
    assert changed.fields == ["mandate", "name", "phone"]
    assert changed.subject == f"applications.application {sent.pk}"
    text = " ".join(str(vars(entry)) for entry in entries)
    assert not any(word in text for word in ("secret", "Secret", "Inga", person.email, "+371"))
    assert broken_chains() == []


def test_an_act_that_changes_nothing_leaves_no_entry(sent):
    before = Entry.objects.count()
    applying.save_page(sent, values={"name": sent.name}, by=sent.person)
    applying.send(sent, by=sent.person)
    assert Entry.objects.count() == before
