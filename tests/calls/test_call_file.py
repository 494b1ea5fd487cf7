"""A call is a file: what is loaded can be dumped, and what is dumped can be loaded."""

import copy
import io
import json
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from fulcrum.audit.models import Entry
from fulcrum.calls.models import Call, CallDate, CallVersion, Network
from fulcrum.calls.places import Municipality
from fulcrum.calls.services import LANGUAGES, dump_call, load_call
from tests import factories
from tests.conftest import CALL


@pytest.fixture
def content():
    return json.loads(CALL.read_text())


def test_a_dumped_call_loads_as_the_same_call_under_another_slug(call):
    first = dump_call(call)
    second = dump_call(load_call(copy.deepcopy(first) | {"slug": "second"}))
    assert second.pop("slug") == "second"
    assert first.pop("slug") == "make-it-happen"
    assert second == first


def test_a_dump_is_a_file(call):
    assert json.loads(json.dumps(dump_call(call))) == dump_call(call)


def test_the_dump_holds_what_the_file_said(call, content):
    dumped = dump_call(call)
    for key in ("slug", "name", "lead", "timezone", "texts", "contact", "targets", "size_rule", "approval_rule", "completion_rule"):
        assert dumped[key] == content[key], key
    assert [entry["key"] for entry in dumped["questions"]] == [entry["key"] for entry in content["questions"]]
    assert {entry["slug"]: entry["places"] for entry in dumped["networks"]} == {entry["slug"]: entry["places"] for entry in content["networks"]}


def test_every_text_of_the_call_is_there_in_seven_languages(call):
    def lacking(value, path):
        if isinstance(value, dict) and "en" in value and set(value) <= set(LANGUAGES):
            return [f"{path}: {code}" for code in LANGUAGES if not value.get(code)]
        entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []
        return [found for key, entry in entries for found in lacking(entry, f"{path}/{key}")]

    assert lacking(dump_call(call), "") == []


def test_eight_networks_have_twenty_four_places(call):
    parts = list(call.partnerships.all())
    assert (len(parts), {part.places for part in parts}) == (8, {3})


def test_loading_writes_version_one_and_an_entry(call):
    version = CallVersion.objects.get(call=call)
    assert (version.number, version.content) == (1, dump_call(call))
    assert Entry.objects.get(act="call loaded").call == call


def test_a_moment_without_a_zone_is_in_the_zone_of_the_call(call):
    call.refresh_from_db()
    assert call.deadline.isoformat() == "2024-05-07T21:59:00+00:00"
    assert call.opens_at.astimezone(call.zone).isoformat() == "2024-04-02T09:00:00+02:00"


def test_a_network_that_exists_is_kept_as_it_is(call, content):
    Network.objects.filter(slug="cult").update(contact_name="Somebody")
    again = load_call(content | {"slug": "again"})
    assert again.networks.get(slug="cult").contact_name == "Somebody"
    assert Network.objects.count() == 8


@pytest.mark.parametrize(
    "key", ["slug", "timezone", "name", "deadline", "networks", "texts", "questions", "criteria", "dates", "contact", "size_rule"]
)
def test_a_file_that_lacks_something_says_what_and_leaves_nothing_behind(db, content, key):
    del content[key]
    with pytest.raises(ValidationError, match=key):
        load_call(content)
    assert not Call.objects.exists()
    assert not Network.objects.exists()


def test_a_slug_is_used_once(call, content):
    with pytest.raises(ValidationError):
        load_call(content)
    assert Call.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "value"),
    [("opens_at", "2024-05-08T00:00"), ("results_by", "2024-05-07T23:58"), ("ends_at", "2024-05-22T17:59"), ("deadline", "2024-04-02T09:00")],
)
def test_the_dates_of_a_call_follow_each_other(db, content, changed, value):
    with pytest.raises(ValidationError, match="follow each other"):
        load_call(content | {changed: value})


def test_the_database_itself_keeps_the_order_of_dates(call):
    with pytest.raises(IntegrityError), transaction.atomic():
        Call.objects.update(deadline=call.opens_at)
    with pytest.raises(IntegrityError), transaction.atomic():
        CallDate.objects.update(ends=call.opens_at.date() - timedelta(days=900))


def test_the_command_loads_a_call_once(db, tmp_path, content):
    factories.MunicipalityFactory()  # the open data is there
    content["networks"] = [entry for entry in content["networks"] if entry["name"] not in {"cult!", "ACC", "ALCC"}]  # those with houses on record
    file = tmp_path / "call.json"
    file.write_text(json.dumps(content))
    out = io.StringIO()
    call_command("load_call", str(file), stdout=out)
    assert "Make it happen" in out.getvalue()
    with pytest.raises(CommandError, match="already"):
        call_command("load_call", str(file), stdout=out)
    assert Call.objects.count() == 1


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "7", '"text"', "null"])
def test_the_command_says_when_a_file_is_no_call(db, tmp_path, text):
    factories.MunicipalityFactory()
    file = tmp_path / "call.json"
    file.write_text(text)
    with pytest.raises(CommandError):
        call_command("load_call", str(file), stdout=io.StringIO())


def test_the_command_says_when_there_is_no_such_file(db, tmp_path):
    with pytest.raises(CommandError, match="can't be read"):
        call_command("load_call", str(tmp_path / "none.json"))


def test_an_operator_loads_a_newer_table_of_municipalities(db, tmp_path):
    factories.MunicipalityFactory(country="LV", lau_code="0010000", name="Rīga", degree=2)
    table = tmp_path / "newer.csv"
    headings = "NUTS 3 CODE,LAU CODE,LAU NAME NATIONAL,LAU NAME LATIN,POPULATION,TOTAL AREA (m2),DEGURBA"
    table.write_text(f"{headings}\nLV006,0010000,Rīga,Riga,605802,303780000,1\n")
    content = json.loads(CALL.read_text())
    content["networks"] = [network for network in content["networks"] if network["slug"] == "encc"]  # the shipped houses are of the others
    file = tmp_path / "call.json"
    file.write_text(json.dumps(content))
    call_command("load_call", str(file), "--municipalities", str(table), stdout=io.StringIO(), stderr=io.StringIO())
    assert Municipality.objects.get(country="LV", lau_code="0010000").degree == 1
