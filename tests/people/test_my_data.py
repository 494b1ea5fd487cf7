"""My data: everything that is held, in one file; erased on demand, but for what must stay, without a name."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.test import Client

from applications.answers.models import Answer
from applications.application import Application
from applications.deadlines.services import extend_for
from applications.needs.models import Needs
from applications.needs.services import say_needs
from applications.services import save_page, withdraw
from fulcrum.audit.models import Entry
from fulcrum.audit.services import broken_chains
from fulcrum.files.models import StoredFile
from fulcrum.files.uploads.models import Upload
from fulcrum.guard.privacy import our_models, registry
from fulcrum.guard.querysets import everything
from fulcrum.mail.models import Message
from fulcrum.mail.services import deliver_due
from fulcrum.people.models import User
from fulcrum.people.mydata.held import all_held, fate, makers, path_about, rows_about
from fulcrum.people.mydata.services import StillStaff, erase, parcel
from fulcrum.work.invariants import broken
from selection.models import Nomination, Outcome, Place, Score
from selection.shortlists.models import Shortlist
from tests import factories
from tests.applications.reading import words
from tests.conftest import OPEN
from tests.selection import making

MARK = "Zaķumuiža"  # stands in everything that the person says
SOUND = b"ID3" + b"\x00" * 4000


@pytest.fixture
def person(candidate):
    User.objects.filter(pk=candidate.pk).update(name=f"Inga {MARK}", email="inga.zakumuiza@example.org")
    candidate.refresh_from_db()
    return candidate


@pytest.fixture
def own(person, complete, lead, call, alcc, client, unguarded):
    """A draft with everything in it that somebody can say, a recording, needs, more time and letters."""
    values = {name: f"{name} {MARK}" for name in ("name", "phone", "role", "mandate")}
    application = save_page(complete, values=values, by=person)
    Answer.objects.filter(application=application).update(text=f"Mana {MARK}.")
    say_needs(application, access=f"Rampa {MARK}.", by=person)
    extend_for(call, person, network=alcc, until=call.deadline + timedelta(days=1), reason=f"Reason {MARK}.", by=lead)
    url = f"/en/applications/{application.reference}/answers/motivation/audio/upload/"
    factories.sign_in(client, person).post(url, {"recording": SimpleUploadedFile(f"{MARK}.mp3", SOUND)})
    deliver_due()
    return application


def found(needle):
    """Every column of every table in which these words stand."""
    places = set()
    with everything("a test looks"):
        for model in apps.get_models():
            for field in model._meta.concrete_fields:
                if isinstance(field, models.CharField | models.TextField | models.JSONField):
                    for value in model._default_manager.values_list(field.attname, flat=True):
                        if needle.lower() in json.dumps(value, ensure_ascii=False, default=str).lower():
                            places.add(f"{model._meta.label}.{field.name}")
    return places


# The registry


def test_each_personal_field_is_given_out_to_whom_it_leads_to():
    without = [
        f"{model._meta.label}.{name}"
        for model, name, _entry in registry()
        if path_about(model) is None and not makers(model) and rows_about(model, User(pk=1, email="a@example.org")) is None
    ]
    assert without == [], "say in the `mydata` of the room how these rows lead to a person: `leads(...)`"


def test_each_personal_field_is_erased_or_stays_for_a_reason_that_somebody_gave():
    without = [f"{model._meta.label}.{name}" for model, name, _entry in registry() if not fate(model, name)]
    assert without == [], "say in the `mydata` of the room what becomes of these: `erases(...)` with an eraser, or `keeps(..., why)`"


def test_a_model_that_says_nothing_is_noticed(monkeypatch):
    from fulcrum.people.mydata import held

    monkeypatch.setattr(held, "_kept", {})
    assert {f"{model._meta.label}.{name}" for model, name, _entry in registry() if not fate(model, name)} >= {"selection.Outcome.kind"}


# The copy


@pytest.fixture
def box(person, own):
    return zipfile.ZipFile(io.BytesIO(b"".join(parcel(person))))


def test_the_copy_holds_all_that_somebody_said_and_their_recordings_byte_for_byte(box, own, unguarded):
    data = json.loads(box.read("data.json"))["about you"]
    assert data["people.User"][0]["email"] == "inga.zakumuiza@example.org"
    assert data["applications.Application"][0]["mandate"] == f"mandate {MARK}"
    assert data["applications.Needs"][0]["access"] == f"Rampa {MARK}."
    assert data["applications.PersonalExtension"][0]["reason"] == f"Reason {MARK}."
    assert f"Mana {MARK}." in {answer["text"] for answer in data["applications.Answer"]}
    stored = StoredFile.objects.get()
    assert data["files.StoredFile"][0]["given_name"] == f"{MARK}.mp3"
    assert box.read(f"recordings/{stored.pk}.mp3") == SOUND
    assert box.testzip() is None


def test_the_copy_says_nothing_of_anybody_else(box, own, lead, call, cult):
    text = box.read("data.json").decode()
    assert lead.email not in text
    assert f'"by": {lead.pk}' not in text


def test_the_copy_of_staff_names_what_they_did_and_not_about_whom(own, lead):
    held = all_held(lead)
    assert [entry["as"] for entry in held["done by you"]["applications.PersonalExtension"]] == ["by"]
    assert MARK not in json.dumps(held, ensure_ascii=False)


def test_a_code_is_in_no_copy(person, own):
    from fulcrum.mail.services import write

    write("login_code", key="code", address=person.email, language="en", secret=True, code="ABC-DEF")
    assert "login_code" not in json.dumps(all_held(person))


def test_scores_are_in_the_copy_once_the_answers_are_told_and_not_before(sent, call, lead, alcc, unguarded):
    from selection.assessments.services import score

    score(sent, scores={criterion.key: (1, "So.") for criterion in call.criteria.all()}, finished=True, by=lead)
    assert "selection.Score" not in all_held(sent.person)["about you"]
    from selection.models import Slate

    Slate.objects.create(call=call, opened_at=call.deadline, final_at=call.deadline, released_at=call.deadline, answer_by=call.results_by)
    scores = all_held(sent.person)["about you"]["selection.Score"]
    assert {entry["reason"] for entry in scores} == {"So."}


def test_the_download_is_streamed_on_record_and_asks_for_a_fresh_sign_in(as_, person, own):
    browser = as_(person)
    response = browser.post("/en/account/data/download/")
    assert response.streaming
    assert response["Content-Disposition"] == 'attachment; filename="my-data.zip"'
    assert zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))).namelist()[0] == "data.json"
    assert Entry.objects.filter(act="own data given out", by=person.pk).count() == 1
    assert as_(person, fresh=False).post("/en/account/data/download/").status_code == 302


# Erasure


def test_a_draft_goes_wholly_with_files_letters_and_needs(person, own, unguarded, django_capture_on_commit_callbacks):
    path = StoredFile.objects.get().path
    assert path.exists()
    coming = {"owner": person, "given_name": MARK, "target": "x", "language": "lv", "expires_at": OPEN + timedelta(days=7)}
    Upload.objects.create(**coming, metadata=MARK)
    with django_capture_on_commit_callbacks(execute=True):
        erase(person)
    assert not path.exists()
    assert found(MARK) == set()
    assert found("inga.zakumuiza") == set()
    assert not Application.objects.exists()
    assert not Needs.objects.exists()
    assert not Message.objects.filter(person=person).exists()
    assert broken_chains() == []


def test_whoever_is_erased_is_signed_out_everywhere_and_can_not_come_back(person, own):
    elsewhere = factories.sign_in(Client(), person)
    erase(person)
    person.refresh_from_db()
    assert (person.name, person.is_active) == ("", False)
    assert elsewhere.get("/en/account/").status_code == 302
    assert User.objects.known_by("inga.zakumuiza@example.org").pk != person.pk


def test_twice_is_once_and_it_is_on_record(person, own):
    erase(person)
    erase(person)
    assert Entry.objects.filter(act="person erased", by=person.pk).count() == 1


def test_a_sent_application_is_withdrawn_from_a_running_selection_and_leaves_its_list(call, alcc, during_call, unguarded):
    making.candidates(call, alcc, 2)
    own = making.listed(call, alcc)
    first = Place.objects.filter(shortlist=own).order_by("rank").first().application
    Shortlist.objects.filter(pk=own.pk).update(put_forward_at=call.deadline)
    during_call.move_to(call.deadline + timedelta(days=1))
    erase(first.person)
    assert not Application.objects.filter(pk=first.pk).exists()
    assert not Place.objects.filter(application=first.pk).exists()
    assert Shortlist.objects.get(pk=own.pk).put_forward_at is None
    assert Entry.objects.filter(act="application withdrawn", by=first.person.pk).exists()
    assert [sentence for sentence in broken() if "lists" in sentence] == []


def test_what_was_withdrawn_goes_wholly_too(sent, unguarded):
    withdraw(sent, by=sent.person)
    erase(sent.person)
    assert not Application.objects.exists()


def test_once_the_lists_are_opened_the_row_stays_without_a_name(person, own, call, alcc, coordinator, unguarded):
    from applications.services import send
    from selection.models import Slate, SlateVersion

    send(own, by=person)
    slate = Slate.objects.create(call=call, opened_at=call.deadline, opened_by=coordinator)
    version = SlateVersion.objects.create(slate=slate, number=1, made_by=coordinator)
    Nomination.objects.create(version=version, network=alcc, rank=1, of=3, application=own, house=own.house_key, reason=f"{MARK}.")
    erase(person)
    kept = Application.objects.get(pk=own.pk)
    assert kept.is_sent
    assert (kept.name, kept.phone, kept.role, kept.mandate, kept.gender, kept.eligibility) == ("", "", "", "", "", {})
    assert kept.house is not None
    assert not Answer.objects.filter(application=own).exists()
    assert found(MARK) == set()
    assert [sentence for sentence in broken() if "receipt" in sentence] == []


def test_figures_of_the_selection_stay_and_words_go():
    assert fate(Score, "value") != "erased"
    assert fate(Outcome, "kind") != "erased"
    assert fate(Score, "reason") == "erased"


def test_staff_give_their_role_back_first(lead, as_):
    with pytest.raises(StillStaff):
        erase(lead)
    page = as_(lead).get("/en/account/data/erase/")
    assert "You have a role in a call." in words(page)
    assert as_(lead).post("/en/account/data/erase/", {"sure": "on"}).status_code == 422
    lead.refresh_from_db()
    assert lead.is_active


# The pages


def test_the_page_says_before_what_goes_what_stays_and_why(as_, person, own):
    shown = words(as_(person).get("/en/account/data/erase/"))
    assert f"Application {own.reference} to “Make it happen” is erased wholly, with its recordings and letters." in shown
    assert "What stays, and why" in shown


def test_a_sent_application_is_warned_of(as_, sent):
    shown = words(as_(sent.person).get("/en/account/data/erase/"))
    assert f"Application {sent.reference} to “Make it happen” is withdrawn first" in shown


def test_nothing_is_erased_without_the_tick_or_a_fresh_sign_in(as_, person, own, unguarded):
    refused = as_(person).post("/en/account/data/erase/")
    assert refused.status_code == 422
    assert "<title>Error: " in refused.content.decode()
    assert as_(person, fresh=False).post("/en/account/data/erase/", {"sure": "on"}).status_code == 302
    assert Application.objects.filter(pk=own.pk).exists()


def test_the_deed_ends_on_a_page_that_says_so(as_, person, own, unguarded):
    browser = as_(person)
    response = browser.post("/en/account/data/erase/", {"sure": "on"})
    assert "Your data is erased" in words(response)
    assert browser.get("/en/account/").status_code == 302
    assert not Application.objects.exists()


def test_the_account_leads_to_the_page(as_, person):
    assert "/en/account/data/" in as_(person).get("/en/account/").content.decode()
    assert as_(person).get("/en/account/data/").status_code == 200


def test_every_model_that_leads_to_a_person_is_walked():
    assert {model._meta.label for model in our_models() if path_about(model)} >= {
        "applications.Answer",
        "applications.Needs",
        "programme.Certificate",
        "programme.Mark",
        "selection.Score",
        "files.StoredFile",
    }
