"""Texts and dates change in the open: with a version, a reason where people rely on them, and nothing lost between two who write."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from fulcrum.audit.models import Entry
from fulcrum.calls.models import Call
from fulcrum.calls.services import MOMENTS, Outdated, edit_dates, edit_text
from fulcrum.mail.models import Message
from tests import factories
from tests.calls.conftest import typed_dates, typed_text

KEY = "who_can_apply"


@pytest.fixture
def editor(as_, coordinator):
    return as_(coordinator)


def text_page(call):
    return reverse("call_text", args=[call.slug, KEY])


def dates_page(call):
    return reverse("call_dates", args=[call.slug])


def now(call):
    return Call.objects.get(pk=call.pk)


def arguments(call, **moments):
    """Everything that edit_dates asks for, with some moments changed."""
    return {
        "moments": {key: getattr(call, key) for key in MOMENTS} | moments,
        "dates": {entry.key: (entry.starts, entry.ends) for entry in call.dates.all()},
        "reason": {},
        "version": call.version,
    }


# Texts


def test_a_changed_text_stands_on_the_public_page_at_once(call, editor, client):
    assert "Only on Tuesdays" not in Client().get(f"/en/calls/{call.slug}/").content.decode()
    assert editor.post(text_page(call), typed_text(call, KEY, body_en="Only on **Tuesdays**")).status_code == 302
    page = Client().get(f"/en/calls/{call.slug}/").content.decode()
    assert "Only on <strong>Tuesdays</strong>" in page
    assert "Tuesdays" not in Client().get(f"/lv/calls/{call.slug}/").content.decode()


def test_a_change_makes_a_version_and_an_entry_that_names_languages_and_no_text(call, editor, coordinator):
    editor.post(text_page(call), typed_text(call, KEY, body_en="Only on Tuesdays", body_lv="Tikai otrdienās"))
    assert now(call).version == 2
    version = call.versions.get(number=2)
    assert version.by == coordinator
    assert version.content["texts"][KEY]["en"] == "Only on Tuesdays"
    assert call.versions.get(number=1).content["texts"][KEY]["en"] != "Only on Tuesdays"
    entry = Entry.objects.get(act="text changed")
    assert entry.fields == [f"{KEY} en", f"{KEY} lv"]
    assert "Tuesdays" not in str(vars(entry))


def test_saving_what_stands_there_already_makes_no_version(call, coordinator):
    body = call.texts.get(key=KEY).body.data
    edit_text(call, key=KEY, body=dict(body), version=1, by=coordinator)
    assert now(call).version == 1
    assert not Entry.objects.filter(act="text changed").exists()


def test_sending_the_page_as_it_was_opened_makes_no_version(call, editor):
    editor.post(text_page(call), typed_text(call, KEY))
    assert now(call).version == 1


def test_english_must_be_there_and_another_language_may_be_empty(call, editor):
    assert editor.post(text_page(call), typed_text(call, KEY, body_en=" ")).status_code == 422
    assert editor.post(text_page(call), typed_text(call, KEY, body_lv="")).status_code == 302
    assert "lv" not in now(call).texts.get(key=KEY).body.data


def test_two_who_write_at_once_lose_nothing_and_see_both(call, editor, coordinator):
    first = typed_text(call, KEY, body_en="First words")
    second = typed_text(call, KEY, body_en="Second words")
    assert editor.post(text_page(call), first).status_code == 302
    answer = editor.post(text_page(call), second)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "First words" in page
    assert "Second words" in page
    assert now(call).texts.get(key=KEY).body.data["en"] == "First words"
    assert 'name="version" value="2"' in page
    assert editor.post(text_page(call), second | {"version": 2}).status_code == 302
    assert now(call).texts.get(key=KEY).body.data["en"] == "Second words"
    assert now(call).version == 3


def test_an_outdated_change_changes_nothing(call, coordinator):
    edit_text(call, key=KEY, body={"en": "First"}, version=1, by=coordinator)
    with pytest.raises(Outdated) as outdated:
        edit_text(call, key=KEY, body={"en": "Second"}, version=1, by=coordinator)
    assert outdated.value.call.version == 2
    assert now(call).texts.get(key=KEY).body.data == {"en": "First"}
    assert call.versions.count() == 2


def test_a_hostile_text_is_harmless_on_the_public_page(call, editor):
    editor.post(text_page(call), typed_text(call, KEY, body_en="<script>alert(1)</script> [x](javascript:alert(2)) ![x](https://evil.example/p.png)"))
    page = Client().get("/en/").content.decode()
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert 'src="https://evil' not in page


# Dates


def test_a_deadline_that_moves_later_needs_a_reason_and_becomes_an_extension(call, editor, coordinator):
    changes = {"deadline": "2024-05-10T23:59"}
    refused = editor.post(dates_page(call), typed_dates(call, **changes))
    assert refused.status_code == 422
    assert "Say why the deadline moves" in refused.content.decode()
    before = call.deadline
    assert (
        editor.post(dates_page(call), typed_dates(call, **changes, reason_en="A storm closed **many** houses", reason_lv="Vētra")).status_code == 302
    )
    moved = now(call)
    assert moved.deadline == datetime(2024, 5, 10, 21, 59, tzinfo=UTC)
    assert (moved.extended.earlier, moved.extended.later, moved.extended.by) == (before, moved.deadline, coordinator)
    entry = Entry.objects.get(act="deadline extended")
    assert (entry.fields, entry.reason) == (["deadline"], "A storm closed **many** houses")


def test_an_extension_stands_on_the_public_page_in_the_readers_language(call, editor):
    editor.post(dates_page(call), typed_dates(call, deadline="2024-05-10T23:59", reason_en="A storm", reason_lv="Vētra"))
    english, latvian, german = (Client().get(f"/{code}/").content.decode() for code in ("en", "lv", "de"))
    assert "Friday 10 May 2024, until 23:59 in Brussels" in english
    assert "A storm" in english
    assert "Vētra" in latvian
    assert "A storm" in german


def test_a_deadline_never_moves_earlier_once_the_call_is_open(call, editor):
    answer = editor.post(dates_page(call), typed_dates(call, deadline="2024-05-06T23:59", reason_en="We are tired"))
    assert answer.status_code == 422
    assert "only moves to a later moment" in answer.content.decode()
    assert now(call).deadline == call.deadline
    assert not Entry.objects.filter(act="deadline extended").exists()


def test_before_the_opening_dates_move_both_ways_without_a_reason(call, coordinator, during_call):
    during_call.move_to(call.opens_at - timedelta(days=1))
    edit_dates(call, by=coordinator, **arguments(call, deadline=call.deadline - timedelta(days=2)))
    moved = now(call)
    assert moved.deadline == call.deadline - timedelta(days=2)
    assert moved.extensions.count() == call.extensions.count()
    assert Entry.objects.filter(act="dates changed").exists()


def test_a_deadline_that_has_passed_can_be_extended(call, coordinator, during_call):
    during_call.move_to(call.deadline + timedelta(hours=1))
    edit_dates(call, by=coordinator, **arguments(call, deadline=call.deadline + timedelta(days=1)) | {"reason": {"en": "The site was down"}})
    assert now(call).is_open


@pytest.mark.parametrize(
    "changes", [{"deadline": "2024-05-23T12:00", "reason_en": "x"}, {"results_by": "2024-05-07T12:00"}, {"ends_at": "2024-05-01T12:00"}]
)
def test_dates_that_do_not_follow_each_other_are_refused_with_a_sentence(call, editor, changes):
    answer = editor.post(dates_page(call), typed_dates(call, **changes))
    assert answer.status_code == 422
    assert "must follow each other" in answer.content.decode()
    assert now(call).version == 1


def test_saving_the_dates_as_they_are_changes_nothing(call, editor):
    assert editor.post(dates_page(call), typed_dates(call)).status_code == 302
    assert now(call).version == 1
    assert {key: getattr(now(call), key) for key in MOMENTS} == {key: getattr(call, key) for key in MOMENTS}


def test_a_part_of_the_programme_moves_and_does_not_end_before_it_starts(call, editor):
    entry = call.dates.first()
    day = date(2024, 6, 5)
    assert editor.post(dates_page(call), typed_dates(call, **{f"{entry.key}_starts": str(day), f"{entry.key}_ends": str(day)})).status_code == 302
    assert call.dates.get(key=entry.key).starts == day
    assert Entry.objects.get(act="dates changed").fields == [entry.key]
    bad = typed_dates(now(call), **{f"{entry.key}_starts": "2024-06-06", f"{entry.key}_ends": "2024-06-05"})
    assert editor.post(dates_page(call), bad).status_code == 422


def test_two_who_move_dates_at_once_see_both(call, editor):
    mine = typed_dates(call, results_by="2024-05-25T18:00")
    editor.post(dates_page(call), typed_dates(call, results_by="2024-05-24T18:00"))
    answer = editor.post(dates_page(call), mine)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "2024-05-25T18:00" in page
    assert "24" in page
    assert now(call).results_by == datetime(2024, 5, 24, 16, tzinfo=UTC)


@pytest.mark.parametrize("typed", ["", "tomorrow", "2024-13-01T00:00", "2024-05-07", "07/05/2024 23:59"])
def test_what_is_no_moment_is_refused_at_its_field(call, editor, typed):
    answer = editor.post(dates_page(call), typed_dates(call, deadline=typed))
    assert answer.status_code == 422
    assert now(call).version == 1


@pytest.mark.parametrize("typed", ["2024-05-25", "2024-05-25T12:00+05:00", "2024-05-25T12:00Z"])
def test_a_date_alone_or_an_hour_of_another_zone_is_no_moment(call, editor, typed):
    answer = editor.post(dates_page(call), typed_dates(call, results_by=typed))
    assert answer.status_code == 422
    assert "Type a date and an hour" in answer.content.decode()
    assert now(call).version == 1


def test_the_verb_itself_asks_for_the_reason(call, coordinator):
    with pytest.raises(ValidationError, match="Say why"):
        edit_dates(call, by=coordinator, **arguments(call, deadline=call.deadline + timedelta(days=1)))
    with pytest.raises(ValidationError, match="Say why"):
        edit_dates(call, by=coordinator, **arguments(call, deadline=call.deadline + timedelta(days=1)) | {"reason": {"lv": "Tikai latviski"}})


def test_an_extension_is_written_once_however_often_it_is_sent(call, editor):
    data = typed_dates(call, deadline="2024-05-10T23:59", reason_en="A storm")
    statuses = [editor.post(dates_page(call), data).status_code for _time in range(3)]
    assert statuses[0] == 302
    assert call.extensions.filter(later=datetime(2024, 5, 10, 21, 59, tzinfo=UTC)).count() == 1
    assert Entry.objects.filter(act="deadline extended").count() == 1


def test_a_lead_edits_nothing(call, as_, lead):
    client = as_(lead)
    for page, data in ((text_page(call), typed_text(call, KEY, body_en="x")), (dates_page(call), typed_dates(call, results_by="2024-05-25T18:00"))):
        assert client.post(page, data).status_code == 403
    assert now(call).version == 1
    assert factories.UserFactory().roles_now == []


# What hangs on the deadline


def extended(call, **changes):
    return typed_dates(call, deadline="2024-05-10T23:59", reason_en="A storm", **changes)


def test_the_results_and_what_begins_by_then_follow_the_deadline(call, editor):
    editor.post(dates_page(call), extended(call, along="on"))
    survey = call.dates.get(key="survey")
    assert now(call).results_by.astimezone(call.zone).isoformat() == "2024-05-25T18:00:00+02:00"
    assert (str(survey.starts), str(survey.ends)) == ("2024-05-25", "2024-07-03")
    assert str(call.dates.get(key="academy").starts) == "2024-09-18"


def test_what_was_set_otherwise_or_is_to_stay_stays(call, editor):
    editor.post(dates_page(call), extended(call, along="on", results_by="2024-05-30T18:00"))
    assert now(call).results_by.astimezone(call.zone).day == 30


def test_without_the_tick_nothing_follows(call, editor):
    editor.post(dates_page(call), extended(call))
    assert now(call).results_by == call.results_by


def test_the_preview_says_what_moves_and_how_many_are_told_and_changes_nothing(call, editor, draft):
    answer = editor.post(dates_page(call), extended(call, along="on", preview="1"))
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert "Nothing is saved yet." in shown
    assert "From now on: Friday 10 May 2024, 23:59 in Brussels" in shown
    assert "From now on: Saturday 25 May 2024, 18:00 in Brussels" in shown
    assert "1 person with an open draft gets a letter at once" in shown
    assert now(call).deadline == call.deadline
    assert not Message.objects.visible_to(draft.person).exists()


def test_the_pages_of_the_call_say_that_it_moved_and_from_what(call, editor, client, draft):
    said = "Before: Tuesday 7 May 2024, until 23:59 in Brussels."
    assert said not in client.get(call.get_absolute_url()).content.decode()
    editor.post(dates_page(call), extended(call))
    for path in (call.get_absolute_url(), f"/en/calls/{call.slug}/apply/"):
        assert said in Client().get(path).content.decode()
    own = factories.sign_in(Client(), draft.person)
    for path in ("", "about/", "check/"):
        assert said in own.get(f"/en/applications/{draft.reference}/{path}").content.decode()
