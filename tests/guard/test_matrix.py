"""The matrix: every URL, for everybody, on an object of their own and on somebody else's.

A URL without a line in TABLE fails the build. Words of the table: a status, or where a redirect leads
("login" the door, "factor" the enrolment of a second factor, "fresh" a new sign-in, "proof" the second factor once more).
"""

import io
import json
import time
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from types import SimpleNamespace
from typing import NamedTuple

import pytest
import time_machine
from allauth.account.internal.flows.login import _AUTHENTICATION_METHODS_USER_SESSION_KEY
from allauth.account.internal.userkit import user_id_to_str
from django.core import signing
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.client import ClientHandler
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils import timezone

from applications import services as applying
from applications.answers.models import Answer
from applications.assistance import services as helping
from applications.assistance.models import Assent
from applications.assistance.typing import SALT
from applications.directors import services as directing
from applications.models import Transcript
from applications.needs.services import say_money, say_needs
from fulcrum.calls.services import dump_call, load_call
from fulcrum.files.models import StoredFile, Upload
from fulcrum.guard.querysets import everything
from fulcrum.guard.urls import all_urls
from fulcrum.mail.models import Letter, Message
from fulcrum.people.models import Role
from fulcrum.work.models import Job
from programme.models import Certificate, Seat
from selection.assessments import services as assessing
from selection.models import Nomination, Outcome, Recusal, Shortlist, Slate
from selection.shortlists import services as ranking
from selection.slates import services as deciding
from tests import factories
from tests.conftest import CALL

ROLES = "visitor owner candidate assessor other_network lead access_officer coordinator other_call no_factor".split()
VISITOR, CANDIDATES = ["visitor"], ["owner", "candidate"]
STAFF = ["assessor", "other_network", "lead", "access_officer", "coordinator", "other_call"]


class Row(NamedTuple):
    get: dict[str, object]
    post: dict[str, object]
    args: tuple[str, ...] = ()


def _row(args, get, post, **words):
    """Everybody gets `get` and `post`, but those in `words`; staff without a second factor are led to its enrolment."""
    both = [dict.fromkeys(ROLES, usual) | words | {"no_factor": "factor"} for usual in (get, post)]
    return Row(*both, tuple(args.split()))


def anyone(get, post, args="", **other):
    return _row(args, get, post, **other)


def hidden(args=""):
    """A page that a site without demonstration, or with a real mail server, does not have."""
    return _row(args, 404, 404)


def signed_in(get, post, args=""):
    return _row(args, get, post, visitor="login")


def owner(get, post, args="reference"):
    """The candidate's own; for everybody else, staff of the network included, there is no such page."""
    row = _row(args, get, post, visitor="login", **dict.fromkeys(["candidate", *STAFF], 404))
    return only_post(row) if get == 405 else row


def staff(get, post, args=""):
    return _row(args, get, post, visitor="login", **dict.fromkeys(CANDIDATES, 403))


def coordinator(get, post, args="slug", foreign=404):
    row = _row(
        args,
        get,
        post,
        visitor="login",
        other_call=foreign,
        **dict.fromkeys([*CANDIDATES, "assessor", "other_network", "lead", "access_officer"], 403),
    )
    return only_post(row) if get == 405 else row


def reader(get, post, args="slug reference", foreign=404):
    """Who reads for the network; `foreign` is what a reader of another one gets."""
    others = dict.fromkeys([*CANDIDATES, "access_officer", "coordinator", "other_call"], 403)
    row = _row(args, get, post, visitor="login", other_network=foreign, **others)
    return only_post(row) if get == 405 else row


def officer(get, post, args="slug reference"):
    """Who reads needs for the network."""
    readers = ["assessor", "other_network", "lead", "coordinator", "other_call"]
    row = _row(args, get, post, visitor="login", **dict.fromkeys([*CANDIDATES, *readers], 403))
    return only_post(row) if get == 405 else row


def lead(get, post, args="slug network"):
    others = dict.fromkeys([*CANDIDATES, "assessor", "other_network", "access_officer", "coordinator", "other_call"], 403)
    row = _row(args, get, post, visitor="login", **others)
    return only_post(row) if get == 405 else row


def helper(get, post, args="slug", foreign=200):
    """Who helps the candidates of a network; `foreign` is what a helper of another one gets."""
    return _row(args, get, post, visitor="login", other_network=foreign, **dict.fromkeys([*CANDIDATES, "coordinator", "other_call"], 403))


def partner(get, post, args="slug"):
    """Leads of the call and its coordinator."""
    return _row(args, get, post, visitor="login", other_call=404, **dict.fromkeys([*CANDIDATES, "assessor", "other_network", "access_officer"], 403))


def artefact(get, post=405):
    """Its candidate and the readers of its network; for everybody else there is no such thing."""
    nobody = dict.fromkeys(["candidate", "other_network", "access_officer", "coordinator", "other_call"], 404)
    return _row("reference question", get, post, visitor="login", **nobody)


def only_post(row):
    return row._replace(get=dict.fromkeys(ROLES, 405) | {"no_factor": "factor"})


def safe(row):
    """A page that is only read."""
    return row._replace(post=dict.fromkeys(ROLES, 405) | {"no_factor": "factor"})


def for_enrolment(row, get, post):
    """One of the few pages that staff without a second factor reach."""
    return row._replace(get=row.get | {"no_factor": get}, post=row.post | {"no_factor": post})


TABLE = {
    # pages for everybody
    "root": anyone(302, 302),
    "healthz": for_enrolment(anyone(200, 200), 200, 200),
    "readyz": for_enrolment(anyone(200, 200), 200, 200),
    "security_txt": anyone(200, 200),
    "styleguide": anyone(200, 200),
    "styleguide_staff": anyone(200, 200),
    "home": anyone(200, 200),
    "calls": anyone(200, 200),
    "call": anyone(200, 200, "slug"),
    "call_questions": anyone(200, 200, "slug"),
    "call_questions_pdf": safe(anyone(200, 405, "slug")),
    "privacy": anyone(200, 200),
    "accessibility": anyone(200, 200),
    # recordings that arrive in pieces: begun by whoever is signed in, reached by their owner, or by whoever shows their token
    "uploads": _row("", 405, 412, visitor=401)._replace(get=dict.fromkeys(ROLES, 405) | {"no_factor": "factor"}),
    "upload": _row("upload", 404, 404, owner=405),
    # this site is no demonstration and sends its mail
    "demonstration": hidden(),
    "switch_person": for_enrolment(only_post(hidden()), 405, 404),
    "move_call": for_enrolment(only_post(hidden()), 405, 404),
    "mailbox": hidden(),
    "letter": hidden("letter"),
    "letter_html": hidden("letter"),
    # the door
    "account_login": _row("", 302, 302, visitor=200)._replace(post=dict.fromkeys(ROLES, 302) | {"visitor": 422, "no_factor": "factor"}),
    "account_request_login_code": _row("", 302, 302, visitor=200)._replace(post=dict.fromkeys(ROLES, 302) | {"visitor": 422, "no_factor": "factor"}),
    "account_signup": _row("", 302, 302, visitor=200)._replace(post=dict.fromkeys(ROLES, 302) | {"visitor": 422, "no_factor": "factor"}),
    "account_confirm_login_code": anyone(302, 302, visitor="login"),
    "mfa_login_webauthn": anyone(302, 302, visitor="login"),
    "mfa_authenticate": anyone(302, 302, visitor="login"),
    "sign_in_again": for_enrolment(anyone(200, "login"), 200, "login"),
    "account_inactive": anyone(200, 405),
    "account_logout": for_enrolment(anyone(200, 302, visitor=302), 200, 302),
    # one's own account
    "account": signed_in(200, 422),
    "change_address": signed_in(200, 422),
    "confirm_address": anyone(200, 302, "token", visitor="login")._replace(
        get=dict.fromkeys(ROLES, 200) | {"no_factor": "factor"},
    ),
    "my_data": safe(signed_in(200, 405)),
    "download_my_data": signed_in(405, 200),
    "erase_my_data": signed_in(200, 422),
    "account_reauthenticate": for_enrolment(_row("", "proof", "proof", visitor="login", owner=403, candidate=403), 403, 403),
    # second factors: of staff, who have just shown theirs
    "mfa_index": for_enrolment(staff(200, 405), 200, 405),
    "mfa_reauthenticate": for_enrolment(staff(200, 422), 403, 403),
    "mfa_activate_totp": for_enrolment(staff(302, 302), 200, 422),
    "mfa_deactivate_totp": staff(200, "factor"),
    "mfa_view_recovery_codes": for_enrolment(staff(404, 405), 404, 405),
    "mfa_generate_recovery_codes": for_enrolment(staff(200, 302), 200, 422),
    "mfa_download_recovery_codes": for_enrolment(staff(404, 404), 404, 404),
    "mfa_list_webauthn": for_enrolment(staff(200, 405), 200, 405),
    "mfa_add_webauthn": for_enrolment(staff(200, 422), 200, 422),
    "mfa_reauthenticate_webauthn": for_enrolment(staff("proof", "proof"), 403, 403),
    "mfa_remove_webauthn": staff(404, 404, "passkey"),
    "mfa_edit_webauthn": staff(404, 404, "passkey"),
    # the work of staff
    "staff_home": staff(200, 200),
    "team": coordinator(200, 422),
    "take_role": coordinator(405, 302, "slug role"),
    "reset_second_factor": coordinator(200, 422, "slug person"),
    "call_texts": coordinator(200, 200),
    "call_text": coordinator(200, 422, "slug text"),
    "call_dates": coordinator(200, 422),
    "form_questions": coordinator(200, 200),
    "form_question": coordinator(200, 422, "slug question"),
    "move_question": coordinator(405, 302, "slug question"),
    # duplicates: leads and the coordinator; two houses of the lead's network, and one application with a typed house
    "doubles": safe(partner(200, 405)),
    "house_pair": partner(200, 422, "slug house double"),
    "people_apart": only_post(partner(405, 302, "slug one_person other_person")),
    "typed_pair": only_post(
        _row(
            "slug typed house",
            *(405, 302),
            **{"visitor": "login", "coordinator": 404, "other_call": 404},
            **dict.fromkeys([*CANDIDATES, "assessor", "other_network", "access_officer"], 403),
        )
    ),
    "outbox": coordinator(200, 200, "", foreign=200),
    "send_again": coordinator(405, 302, "message"),
    # applying
    "apply": anyone(200, 422, "slug", owner=302),
    "find_house": safe(anyone(200, 405, "slug")),
    "begin": anyone(302, 302, "slug"),
    "start": only_post(signed_in(405, 302, "slug")),
    "my_applications": signed_in(200, 200),
    "application": owner(200, 200),
    "application_doors": owner(200, 422),
    "application_about": owner(200, 422),
    "application_director": owner(200, 422),
    "director": anyone(200, 422, "director"),
    "application_house": owner(200, 422),
    "application_other_house": owner(200, 422),
    "application_facts": owner(200, 422),
    "application_answer": owner(200, 422, "reference question"),
    "remove_recording": owner(405, 302, "reference question"),
    "answer_language": owner(405, 302, "reference question channel"),
    "upload_recording": owner(405, 422, "reference question channel")._replace(  # of a visitor nothing is read at all
        post=owner(405, 422).post | {"visitor": 403}
    ),
    "application_needs": owner(200, 422),
    "erase_needs": owner(405, 302),
    "answer_summary": owner(405, 302),
    "application_money": owner(200, 422),
    "erase_money": owner(405, 302),
    # needs, of the network's own candidates
    "needs_list": officer(200, 200, "slug"),
    "needs_of": officer(200, 200),
    "write_summary": officer(405, 422),
    "needs_passed_on": coordinator(200, 200),
    "application_consent": owner(200, 422),
    "application_check": owner(200, 302),
    "application_changes": safe(owner(200, 405)),
    "application_receipt": owner(200, 200),
    "application_copy": _row(
        "reference", 200, 405, visitor="login", candidate=404, other_network=404, access_officer=404, coordinator=404, other_call=404
    )._replace(post=dict.fromkeys(ROLES, 405) | {"no_factor": "factor"}),
    "withdraw_application": owner(200, 302),
    # asking a person: the owner has, and the access officer helps
    "help": safe(anyone(200, 405, "slug", owner=302)),
    "ask_for_help": _row("slug network", 200, 422, visitor="login", owner=302),
    "help_request": owner(200, 422, "request"),
    "appointment_file": safe(_row("request", 200, 405, visitor="login", **dict.fromkeys({"candidate", *STAFF} - {"access_officer"}, 404))),
    "help_requests": safe(helper(200, 405)),
    "start_for": helper(200, 422, foreign=200)._replace(post=helper(200, 422, foreign=422).post),
    "help_case": helper(200, 302, "slug request", foreign=404),
    "application_confirm": owner(200, 302),
    "confirm_link": safe(owner(302, 405, "yes_token")),
    "upload_yes": only_post(_row("reference", 405, 404, visitor=403)),
    "play_yes": safe(owner(200, 405, "reference confirmation")),
    "more_time": _row(
        "slug", 200, 422, visitor="login", other_call=404, **dict.fromkeys([*CANDIDATES, "assessor", "other_network", "access_officer"], 403)
    ),
    # selecting: the lists are opened, and the networks vote
    "review_list": reader(200, 200, "slug", foreign=200),
    "review": reader(200, 409),
    "mark_read": reader(405, 302),
    "declare_conflict": reader(405, 302),
    "lift_conflict": lead(405, 302, "slug reference conflict"),
    "ineligible": reader(405, 422),
    "place": reader(405, 422),
    "shortlist": reader(200, 200, "slug network"),
    "put_forward": lead(405, 302),
    "take_back": lead(405, 409),
    "rank": lead(405, 409, "slug network reference"),
    "board": partner(200, 200),
    "brief": partner(200, 302, "slug reference"),
    "open_lists": coordinator(405, 409),
    "swap": lead(200, 409),
    "freeze": coordinator(405, 409),
    "vote": lead(405, 422),
    "final": coordinator(200, 409),
    "outcomes": coordinator(200, 409),
    "outcome": signed_in(404, 404, "reference"),  # nobody is told yet
    # taking part: the owner has a seat and a certificate
    "seat": owner(200, 422),
    "my_programme": safe(owner(200, 405, "slug")),
    "calendar": safe(owner(200, 405, "slug")),
    "unit_calendar": safe(owner(200, 405, "slug unit")),
    "certificate_name": owner(200, 422, "slug"),
    "certificate_pdf": safe(owner(200, 405, "slug")),
    "verify": safe(anyone(200, 405, "code")),
    "verify_in_language": safe(anyone(200, 405, "code")),
    "seats": coordinator(200, 200),
    "lapse_seat": coordinator(405, 302, "slug seat"),
    "offer_seat": coordinator(404, 404, "slug network vacant"),
    "programme": coordinator(200, 200),
    "unit": coordinator(200, 422, "slug unit"),
    "attendance": coordinator(200, 422, "slug unit"),
    "certificates": coordinator(200, 422),
    "issue_certificates": coordinator(405, 302),
    # of a recording: what was given is its candidate's alone, what was made of it is for the network too
    "play_recording": safe(artefact(200)),
    "original_recording": safe(owner(200, 405, "reference question")),
    "recording_poster": safe(artefact(200)),
    "recording_waveform": safe(artefact(200)),
    "captions": safe(artefact(200)),
    "transcript": artefact(200, 422),
}
# candidates with one application are led to it
TABLE["my_applications"] = TABLE["my_applications"]._replace(
    get=TABLE["my_applications"].get | {"owner": 302}, post=TABLE["my_applications"].post | {"owner": 302}
)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Two calls with their people and sent applications in selection, made once for all cells and taken back after the last."""
    with django_db_blocker.unblock(), time_machine.travel(datetime(2024, 4, 20, 10, tzinfo=UTC), tick=False), transaction.atomic():
        cache.clear()
        call = load_call(json.loads(CALL.read_text()))
        other = load_call(dump_call(call) | {"slug": "another-call"})
        alcc, cult = call.networks.get(slug="alcc"), call.networks.get(slug="cult")
        people = {
            "owner": factories.UserFactory(name="Inga"),
            "candidate": factories.UserFactory(),
            "assessor": factories.staff(call=call, role="assessor", network=alcc),
            "other_network": factories.staff(call=call, role="assessor", network=cult),
            "lead": factories.staff(call=call, role="lead", network=alcc),
            "access_officer": factories.staff(call=call, role="access_officer", network=alcc),
            "coordinator": factories.staff(call=call, role="coordinator"),
            "other_call": factories.staff(call=other, role="coordinator"),
            "no_factor": factories.staff(call=call, role="coordinator"),
        }
        people["no_factor"].authenticator_set.all().delete()
        application = factories.fill(factories.draft(call=call, network=alcc, person=people["owner"]))
        with everything("a test looks"):
            made = {"web_size": 9, "poster_size": 9, "peaks": [9], "seconds": 3, "job": Job.DONE, "check_state": "passed"}
            stored = StoredFile.objects.create(owner=people["owner"], kind="audio", given_name="a.m4a", size=9, media_type="audio/mp4", **made)
            transcript = Transcript.objects.create(file=stored, language="lv", job=Job.DONE)
            transcript.current = transcript.versions.create(number=1, source="automatic", cues=[[0, 3, "Mana atbilde."]])
            transcript.save()
            Answer.objects.filter(application=application, question__key="motivation").update(file=stored, channel="audio")
            applying.send(application, by=people["owner"])
            say_needs(application, access="A ramp.", by=people["owner"])
            say_money(application, support="The train in advance.", by=people["owner"])
            heard = StoredFile.objects.create(owner=people["owner"], kind="audio", given_name="b.m4a", size=9, media_type="audio/mp4", **made)
            yes = Assent.objects.create(application=application, at=timezone.now(), by=people["access_officer"], said=True, file=heard)
            message = Message.objects.first()
            Message.objects.filter(pk=message.pk).update(job=Job.FAILED)
        request = helping.ask(call, network=alcc, language="en", way="video", times="Any.", by=people["owner"])
        helping.take(request, by=people["access_officer"])
        helping.propose(request, starts_at=call.deadline, minutes=45, where="Riga", by=people["access_officer"])
        _select(call, alcc, people, application)
        seat = _take_part(call, alcc, people, application)
        upload = Upload.objects.create(
            owner=people["owner"], size=9, target=f"{application.reference}/motivation/audio", expires_at=timezone.now() + timedelta(1)
        )
        letter = Letter.objects.create(message_id="<1>", to="a@example.org", subject="One", text="One", html="<p>One</p>")
        asked = directing.ask_director(application, name="Ilze", address="ilze@example.org", language="lv", by=people["owner"])
        house = factories.HouseFactory(networks=[alcc])
        double = factories.HouseFactory(networks=[alcc], municipality=house.municipality, name=f"{house.name} KC")
        things = {
            "one_person": people["owner"].pk,
            "other_person": people["candidate"].pk,
            "house": house.pk,
            "double": double.pk,
            "typed": _typed(call, alcc, house.municipality).reference,
            "slug": call.slug,
            "text": "who_can_apply",
            "reference": application.reference,
            "network": alcc.slug,
            "conflict": Recusal.objects.visible_to(people["lead"]).get().pk,
            "request": request.pk,
            "confirmation": yes.pk,
            "yes_token": signing.dumps([application.pk, "0"], salt=SALT),
            "seat": seat.pk,
            "vacant": 2,
            "unit": "lab-1",
            "code": seat.certificate.code,
            "question": "motivation",
            "channel": "audio",
            "letter": letter.pk,
            "upload": upload.token,
            "message": message.pk,
            "person": people["lead"].pk,
            "role": Role.objects.get(person=people["lead"]).pk,
            "passkey": people["lead"].authenticator_set.first().pk,
            "director": directing.token_of(asked),
            "token": signing.dumps([people["candidate"].pk, people["candidate"].email, "new@example.org"], salt="address"),
        }
        clients = {"visitor": Client()} | {name: factories.sign_in(Client(), person) for name, person in people.items()}
        for name in STAFF:  # who manages second factors has just shown one
            session = clients[name].session
            session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time(), "reauthenticated": True}]
            session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = user_id_to_str(people[name])
            session.save()
        cookies = {name: client.cookies for name, client in clients.items()}
        yield SimpleNamespace(
            call=call,
            other=other,
            people=people,
            application=application,
            things=things,
            cookies=cookies,
            alcc=alcc,
            handler=ClientHandler(enforce_csrf_checks=False),
        )
        transaction.set_rollback(True)


def _typed(call, alcc, place):
    """A sent application with a typed house."""
    application = factories.fill(factories.draft(call=call, network=alcc))
    applying.save_page(application, values={"house": None, "typed_house": "Typed", "municipality": place}, by=application.person)
    return applying.send(application, by=application.person)


def _select(call, alcc, people, application):
    """Two applications of the network scored and on its list, a colleague's conflict, all lists opened, the first version frozen."""
    second = factories.fill(factories.draft(call=call, network=alcc))
    applying.send(second, by=second.person)
    scores = {criterion.key: (1, "So.") for criterion in call.criteria.all()}
    colleague = factories.staff(call=call, role="assessor", network=alcc)
    for entry in (application, second):
        assessing.score(entry, scores=scores, finished=True, by=people["assessor"])
        ranking.place(entry, reason="So.", by=people["lead"])
    assessing.declare_conflict(application, by=colleague)
    with everything("a test looks"):
        for network in call.networks.all():  # though the deadline is ahead
            Shortlist.objects.update_or_create(call=call, network=network, defaults={"put_forward_at": timezone.now()})
    with time_machine.travel(call.deadline, tick=False):
        slate = deciding.open_lists(call, by=people["coordinator"])
    deciding.freeze(slate, version=1, by=people["coordinator"])


def _take_part(call, alcc, people, application):
    """The candidate on a seat, with a certificate, as rows: the programme lies far behind what the clock says."""
    now = timezone.now()
    values = {"house": application.house_key, "offered_at": now, "answer_by": now, "answered_at": now, "printed_name": "Inga", "name_checked_at": now}
    seat = Seat.objects.create(call=call, network=alcc, number=1, of=3, application=application, state="accepted", **values)
    words = {"name": "Inga", "house_name": application.house_name, "hours": 40, "rule_version": 1, "language": "en", "content": {}}
    done = {"job": Job.DONE, "pdf": b"%PDF-", "sha256": "0" * 64, "issued_at": now, "issued_by": people["coordinator"]}
    Certificate.objects.create(seat=seat, number="FULCRUM-2024-001", **words, **done)
    return seat


@pytest.fixture
def as_role(world, db, settings):
    """Clients by role; what they do is taken back. Letters leave this site, as they do where others can reach it."""
    settings.LOCAL_MAIL = False

    def client(role):
        client = Client()
        client.handler = world.handler  # its middleware is loaded once
        client.cookies = SimpleCookie({name: morsel.value for name, morsel in world.cookies[role].items()})
        return client

    return client


def address(name, world):
    return reverse(name, args=[world.things[thing] for thing in TABLE[name].args])


def word(response):
    """What an answer is, in the words of the table."""
    if response.status_code != 302:
        return response.status_code
    path = response["Location"].split("?")[0]
    ends = {
        reverse("account_login"): "login",
        reverse("mfa_index"): "factor",
        reverse("sign_in_again"): "fresh",
        reverse("mfa_reauthenticate"): "proof",
    }
    return ends.get(path, 302)


def test_every_url_stands_in_the_table():
    assert sorted(TABLE) == sorted(url.name for url in all_urls())


def test_every_url_has_a_name_and_a_policy():
    assert [url.route for url in all_urls() if not (url.name and url.policy)] == []


@pytest.mark.parametrize("name", TABLE)
def test_a_get_is_answered_by_policy_and_changes_nothing(as_role, world, name):
    writes = []

    def watch(execute, sql, params, many, context):
        if sql.split(" ", 1)[0] in {"INSERT", "UPDATE", "DELETE"} and not any(table in sql for table in ('"django_session"', '"cache"')):
            writes.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        found = {role: word(as_role(role).get(address(name, world))) for role in ROLES}
    assert found == TABLE[name].get
    assert writes == []


@pytest.mark.parametrize("name", TABLE)
def test_a_post_is_answered_by_policy(as_role, world, name):
    found = {}
    for role in ROLES:
        with transaction.atomic():  # each role finds the same world
            found[role] = word(as_role(role).post(address(name, world), {"unasked": "1"}))
            transaction.set_rollback(True)
    assert found == TABLE[name].post


@pytest.mark.parametrize("name", [url.name for url in all_urls() if "(fresh sign-in)" in url.policy])
def test_what_asks_for_a_fresh_sign_in_does_not_take_an_old_one(as_role, world, name):
    role = "coordinator" if TABLE[name].get["coordinator"] != "fresh" else "owner"
    client = factories.sign_in(as_role(role), world.people[role], fresh=False)
    for answer in (client.get, client.post):
        assert word(answer(address(name, world))) == "fresh"


def test_a_role_of_another_call_can_not_be_taken_through_ones_own(as_role, world):
    foreign = Role.objects.get(person=world.people["other_call"])
    assert as_role("coordinator").post(reverse("take_role", args=[world.call.slug, foreign.pk])).status_code == 404
    foreign.refresh_from_db()
    assert foreign.ended_at is None


def test_a_second_factor_of_somebody_of_another_call_or_of_a_candidate_can_not_be_reset(as_role, world):
    for person in ("other_call", "candidate"):
        found = as_role("coordinator").post(reverse("reset_second_factor", args=[world.call.slug, world.people[person].pk]), {"reason": "x"})
        assert found.status_code == 404
    assert world.people["other_call"].authenticator_set.exists()


def test_a_coordinator_sees_and_sends_no_letter_of_another_call(as_role, world):
    page = as_role("other_call").get(reverse("outbox")).content.decode()
    assert world.people["owner"].email not in page
    assert world.people["owner"].email in as_role("coordinator").get(reverse("outbox")).content.decode()


def test_networks_of_another_call_can_not_be_given_a_role_in_ones_own(as_role, world):
    only_there = world.alcc.__class__.objects.create(slug="elsewhere", name="Elsewhere", area="x", language="en")
    data = {"email": "x@example.org", "role": "lead", "network": only_there.pk}
    assert as_role("coordinator").post(reverse("team", args=[world.call.slug]), data).status_code == 422
    assert not Role.objects.filter(person__email="x@example.org").exists()


ARTEFACTS = ["play_recording", "original_recording", "recording_poster", "recording_waveform", "captions"]


@pytest.mark.parametrize("name", ARTEFACTS)
@pytest.mark.parametrize("asked", [None, "bytes=0-3", "bytes=99999-"])
@pytest.mark.parametrize("method", ["get", "head"])
def test_an_artefact_of_a_recording_is_handed_out_by_policy_whole_or_in_part(as_role, world, tmp_path, monkeypatch, name, asked, method):
    """On one's own and on somebody else's: a GET, a HEAD, a range of it, and a range beyond its end."""
    for path in ("path", "web_path", "poster_path"):
        monkeypatch.setattr(StoredFile, path, tmp_path / "bytes")
    (tmp_path / "bytes").write_bytes(b"123456789")
    status = {None: 200, "bytes=0-3": 206, "bytes=99999-": 416}[asked]
    for role in ROLES:
        response = getattr(as_role(role), method)(address(name, world), headers={"Range": asked} if asked else {})
        expected = TABLE[name].get[role]
        assert word(response) == (status if expected == 200 else expected), role
        if expected != 200:
            assert not response.streaming
            continue
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response["Content-Security-Policy"]
        if status != 416:
            assert response["Content-Type"].startswith(("audio/", "video/", "image/jpeg", "application/json", "text/vtt"))
            assert len(b"".join(response.streaming_content)) == (int(response["Content-Length"]) if method == "get" else 0)


@pytest.mark.parametrize("name", ARTEFACTS)
def test_nothing_of_a_recording_reaches_its_network_before_it_passed_the_check(as_role, world, name):
    with everything("a test looks"):
        StoredFile.objects.update(check_state="waiting")
    url = address(name, world)
    assert {as_role(role).get(url).status_code for role in ("assessor", "lead")} == {404}
    assert as_role("owner").get(url).status_code == 200
    assert as_role("assessor").get(address("transcript", world)).status_code == 404


def test_staff_see_nothing_of_a_draft(as_role, world):
    with everything("a test looks"):
        world.application.__class__.objects.update(state="draft")
    url = address("play_recording", world)
    assert {role: as_role(role).get(url).status_code for role in ("assessor", "lead", "coordinator")} == dict.fromkeys(
        ("assessor", "lead", "coordinator"), 404
    )


def test_an_answer_is_read_by_its_candidate_alone_once_it_is_told(as_role, world):
    with everything("a test looks"):
        now, given = timezone.now(), Nomination.objects.get(application=world.application)
        outcome = Outcome(application=world.application, call=world.call, network=world.alcc, kind="selected", rank=given.rank, of=given.of)
        outcome.house, outcome.decided_at = given.house, now
        outcome.save()
        Slate.objects.update(final_at=now, released_at=now, answer_by=now)
    found = {role: word(as_role(role).get(address("outcome", world))) for role in ROLES}
    assert found == owner(200, 200).get


def test_staff_of_a_call_find_nothing_of_its_selection_under_another_call(as_role, world):
    for name in ("review", "shortlist", "board", "brief", "swap", "final", "outcomes"):
        args = [world.things[thing] for thing in TABLE[name].args[1:]]
        found = {role: word(as_role(role).get(reverse(name, args=[world.other.slug, *args]))) for role in ("assessor", "lead", "coordinator")}
        assert set(found.values()) <= {403, 404}, name


def test_an_upload_by_somebody_else_stores_nothing(as_role, world):
    with everything("a test looks"):
        before = StoredFile.objects.count()
        for role, status in {"visitor": 403, "candidate": 404, "lead": 404, "no_factor": 302}.items():
            found = as_role(role).post(address("upload_recording", world), {"recording": SimpleUploadedFile("a.mp3", b"ID3" + b"x" * 99)})
            assert found.status_code == status
        assert StoredFile.objects.count() == before


def test_a_matrix_cell_of_an_ended_call_has_no_staff(as_role, world):
    with time_machine.travel(datetime(2025, 7, 2, tzinfo=UTC), tick=False):
        client = factories.sign_in(Client(), world.people["coordinator"])
        assert word(client.get(reverse("staff_home"))) == 403
        assert word(client.get(reverse("team", args=[world.call.slug]))) == 403


@pytest.mark.parametrize("name", ["demonstration", "mailbox", "letter", "letter_html"])
def test_the_pages_of_the_demonstration_open_only_where_the_site_says_so(as_role, world, settings, name):
    url = address(name, world)
    assert {role: as_role(role).get(url).status_code for role in ("visitor", "coordinator")} == {"visitor": 404, "coordinator": 404}
    settings.DEMO = settings.LOCAL_MAIL = True
    assert as_role("visitor").get(url).status_code == 200


@pytest.mark.parametrize(
    "name",
    "account_change_password account_set_password account_reset_password account_reset_password_done account_email account_confirm_email".split(),
)
def test_passwords_have_no_page(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


@pytest.mark.parametrize(
    "path", ["accounts/", "accounts/login/", "accounts/password/reset/", "admin/", "en/admin/", "en/account/password/", "en/account/email/"]
)
def test_pages_that_allauth_and_django_would_bring_do_not_exist(as_role, path):
    assert as_role("visitor").get(f"/{path}").status_code == 404


def test_no_route_is_a_pattern_that_swallows_others():
    assert not [url for url in all_urls() if "<path:" in url.route or ".*" in url.route]
    assert get_resolver()


def test_show_urls_lists_route_name_and_policy_of_each():
    out = io.StringIO()
    call_command("show_urls", stdout=out)
    lines = out.getvalue().splitlines()
    assert len(lines) == len(TABLE)
    assert any(line.split()[:3] == ["/healthz", "healthz", "anyone"] for line in lines)


def test_show_urls_gives_json_for_a_script():
    out = io.StringIO()
    call_command("show_urls", json=True, stdout=out)
    found = json.loads(out.getvalue())
    assert {"route": "healthz", "name": "healthz", "policy": "anyone"} in found
    assert {entry["name"] for entry in found} == set(TABLE)
