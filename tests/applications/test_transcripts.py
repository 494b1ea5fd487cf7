"""Transcripts: made by a model where there is one, corrected by candidate and staff in versions, and shown as captions."""

import sys

import pytest
from django.test import Client
from django.utils import timezone

from applications.models import Transcript, TranscriptVersion
from applications.recordings.cues import Cue, cues_of, lines_of, webvtt
from applications.recordings.transcripts import correct, transcribe, transcribe_due, unwritten
from applications.services import Conflict, NotAllowed, NotInTime
from applications.services import send as send_application
from fulcrum.audit.models import Entry
from fulcrum.files.models import StoredFile
from fulcrum.files.services import discard
from fulcrum.work.models import Job
from tests import factories

LINES = "0:00 Es strādāju kultūras centrā.\n0:03 Mēs atveram durvis visiem."


@pytest.fixture
def recorded(complete, unguarded):
    """A complete draft whose motivation is a checked recording of eight seconds."""
    answer = complete.answers.get(question__key="motivation")
    made = {"web_size": 9, "seconds": 8, "job": Job.DONE, "check_state": "passed"}
    answer.file = StoredFile.objects.create(owner=complete.person, kind="audio", given_name="a.m4a", size=9, **made)
    answer.channel = "audio"
    answer.save()
    return answer


@pytest.fixture
def page(recorded):
    """The transcript's page for somebody; with words it is posted."""

    def of(person, **words):
        client = factories.sign_in(Client(), person)
        url = f"/en/applications/{recorded.application.reference}/answers/motivation/recording/transcript/"
        return client.post(url, words) if words else client.get(url)

    return of


@pytest.fixture
def model(tmp_path, monkeypatch, settings):
    """A folder for a model, and a tiny module in place of faster_whisper that the real code loads in its child process."""
    settings.TRANSCRIPT_MODEL = str(tmp_path / "model")
    (tmp_path / "model").mkdir()
    (tmp_path / "faster_whisper.py").write_text(
        "import os\n"
        "from types import SimpleNamespace as Segment\n"
        "class WhisperModel:\n"
        "    def __init__(self, path, *, local_files_only, **words):\n"
        "        assert local_files_only and os.path.isdir(path) and os.environ['HF_HUB_OFFLINE'] == '1'\n"
        "    def transcribe(self, path, *, language, **words):\n"
        "        return iter([Segment(start=0.0, end=2.5, text=f' Runā {language}.'), Segment(start=2.5, end=3, text=' ')]), None\n"
    )
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={tmp_path} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))


# Lines and captions


def test_lines_with_times_are_passages_and_lines_again():
    cues = cues_of(LINES, 8)
    assert cues == [Cue(0, 3, "Es strādāju kultūras centrā."), Cue(3, 8, "Mēs atveram durvis visiem.")]
    assert lines_of(cues) == LINES


def test_lines_without_times_share_the_recording_by_their_length():
    assert cues_of("Viens.\n\nDivi.\nCik.", 16) == [Cue(0, 6.4, "Viens."), Cue(6.4, 11.73, "Divi."), Cue(11.73, 16.0, "Cik.")]


@pytest.mark.parametrize("line", ["0:99 late", "9:00 beyond the end", "0:01 back", "1:2 no time", "12 chairs"])
def test_a_time_that_makes_no_sense_is_no_time(line):
    cues = cues_of(f"0:02 One.\n{line}", 8)
    assert [cue.start for cue in cues] == sorted(cue.start for cue in cues)
    assert 2 < cues[1].start < cues[1].end <= 8


def test_captions_hold_no_markup_and_no_second_block():
    text = webvtt([Cue(0, 2.5, "<b>A</b> & B\n\n00:00.000 --> 00:09.000\nC")])
    assert text == "WEBVTT\n\n00:00:00.000 --> 00:00:02.500\n&lt;b&gt;A&lt;/b&gt; &amp; B 00:00.000 --&gt; 00:09.000 C\n"


# People


def test_the_candidate_writes_a_transcript_and_finds_it_in_the_player_and_as_captions(page, recorded):
    person = recorded.application.person
    assert page(person, lines=LINES, seen="0").status_code == 302
    shown = page(person).content.decode()
    assert "Mēs atveram durvis visiem." in shown
    assert '<track kind="captions"' in shown
    client = factories.sign_in(Client(), person)
    captions = client.get(f"/en/applications/{recorded.application.reference}/answers/motivation/recording/captions/")
    assert captions["Content-Type"] == "text/vtt; charset=utf-8"
    assert b"".join(captions.streaming_content).decode().startswith("WEBVTT\n\n00:00:00.000 --> 00:00:03.000\nEs str")


def test_staff_of_the_network_correct_it_and_both_versions_stay(page, recorded, lead, unguarded):
    person = recorded.application.person
    correct(recorded, lines=LINES, seen=0, by=person)
    send_application(recorded.application, by=person)
    assert page(lead, lines="0:00 Labots.", seen="1").status_code == 302
    versions = list(TranscriptVersion.objects.order_by("number").values_list("number", "source", "by"))
    assert versions == [(1, "candidate", person.pk), (2, "staff", lead.pk)]
    assert Transcript.objects.get().current.number == 2
    assert Entry.objects.filter(act="transcript written", by_id=lead.pk).count() == 1
    assert "Es strādāju" in page(person).content.decode()


def test_who_corrects_a_version_that_is_not_the_last_sees_both(page, recorded):
    person = recorded.application.person
    correct(recorded, lines="0:00 Pirmais.", seen=0, by=person)
    response = page(person, lines="0:00 Otrais.", seen="0")
    assert response.status_code == 409
    text = response.content.decode()
    assert "Pirmais." in text
    assert "Otrais." in text
    assert 'name="seen" value="1"' in text
    assert page(person, lines="0:00 Otrais.", seen="1").status_code == 302


def test_an_empty_transcript_is_an_error_with_a_way_to_the_field(page, recorded):
    response = page(recorded.application.person, lines=" ", seen="0")
    assert response.status_code == 422
    assert "<title>Error: " in response.content.decode()
    assert 'href="#id_lines"' in response.content.decode()


def test_after_the_deadline_the_candidate_changes_nothing_and_what_was_typed_is_shown(page, recorded, during_call, unguarded):
    during_call.move_to(recorded.application.call.deadline)
    response = page(recorded.application.person, lines="0:00 Par vēlu.", seen="0")
    assert response.status_code == 409
    assert "Par vēlu." in response.content.decode()
    with pytest.raises(NotInTime):
        correct(recorded, lines=LINES, seen=0, by=recorded.application.person)
    assert not TranscriptVersion.objects.exists()


def test_nobody_else_writes_one(recorded, lead, assessor, coordinator):
    for person in (lead, assessor, coordinator, factories.UserFactory()):  # it is a draft
        with pytest.raises(NotAllowed):
            correct(recorded, lines=LINES, seen=0, by=person)


def test_a_correction_of_what_was_sent_is_seen_as_a_change(recorded):
    application = send_application(recorded.application, by=recorded.application.person)
    correct(recorded, lines=LINES, seen=0, by=application.person)
    assert Entry.objects.filter(act="application changed").last().fields == ["answer motivation"]


def test_removing_the_recording_removes_its_transcript(recorded, unguarded):
    correct(recorded, lines=LINES, seen=0, by=recorded.application.person)
    discard(recorded.file)
    assert not Transcript.objects.exists()
    assert not TranscriptVersion.objects.exists()


# The model


def test_the_model_writes_it_down_in_the_language_of_the_answer_marked_as_unchecked(recorded, model, page, unguarded):
    row = Transcript.objects.create(file=recorded.file, language=recorded.language)
    transcribe(row.pk)
    version = TranscriptVersion.objects.get()
    assert (version.source, version.by, version.cues) == ("automatic", None, [[0.0, 2.5, "Runā lv."]])
    assert "Transcript (automatic, unchecked)" in page(recorded.application.person).content.decode()
    assert transcribe_due() == 0


def test_what_a_person_wrote_before_the_model_came_to_it_stays(recorded, model, unguarded):
    row = Transcript.objects.create(file=recorded.file, language="lv")
    correct(recorded, lines=LINES, seen=0, by=recorded.application.person)
    transcribe(row.pk)
    assert TranscriptVersion.objects.get().source == "candidate"


def test_without_a_model_nothing_is_asked_for(recorded, unguarded):
    from applications.recordings.transcripts import transcript_wanted

    transcript_wanted(recorded.file)
    assert not Transcript.objects.exists()


def test_what_passed_is_asked_for_once_where_there_is_a_model(recorded, model, unguarded):
    from applications.recordings.transcripts import transcript_wanted

    transcript_wanted(recorded.file)
    transcript_wanted(recorded.file)
    assert Transcript.objects.get().job == Job.WAITING


def test_a_model_that_is_not_there_or_not_installed_puts_it_off_and_fetches_nothing(recorded, settings, tmp_path, unguarded):
    row = Transcript.objects.create(file=recorded.file, language="lv")
    for folder in (tmp_path / "none", tmp_path):
        settings.TRANSCRIPT_MODEL = str(folder)
        Transcript.objects.update(due_at=timezone.now(), job=Job.WAITING)
        transcribe(row.pk)
        row.refresh_from_db()
        assert row.job == Job.WAITING
        assert row.trouble == "Crashed"
    Transcript.objects.update(job=Job.FAILED)
    assert unwritten() == [f"recordings: transcript {row.pk} could not be made."]


def test_conflict_names_the_version_that_stands(recorded):
    first = correct(recorded, lines=LINES, seen=0, by=recorded.application.person)
    with pytest.raises(Conflict) as conflict:
        correct(recorded, lines="x", seen=0, by=recorded.application.person)
    assert conflict.value.now == first
