"""A certificate is issued once, frozen, drawn by a worker, and verified by whoever holds its code."""

import hashlib
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fulcrum.audit.models import Entry
from fulcrum.calls.models import Call
from fulcrum.calls.services import Outdated, dump_call, load_call, name_signatory
from fulcrum.guard.querysets import everything
from fulcrum.people.todos import todos_of
from programme.certificates import services
from programme.certificates.drawing import Undrawable
from programme.certificates.models import Certificate
from programme.certificates.services import (
    AlreadyIssued,
    NoSignatory,
    NotAllowed,
    Unprintable,
    altered_certificates,
    check_name,
    draw_certificate,
    draw_due,
    issue,
)
from programme.retention import forget_certificates
from programme.seat import Seat
from programme.seats.services import accept
from tests.applications.reading import typed_into, words
from tests.programme.conftest import AFTER, letters

PDF = b"%PDF-1.7 a stand-in for the drawing, which has tests of its own"


@pytest.fixture(autouse=True)
def drawn(monkeypatch):
    """What was drawn, in place of the slow drawing; letters outside ASCII and Latvian can't be printed."""
    sheets = []
    monkeypatch.setattr(services, "draw", lambda sheet, *, moment: sheets.append((sheet, moment)) or PDF)
    return sheets


@pytest.fixture
def signed(call, coordinator):
    """The call, with somebody who signs."""
    return name_signatory(
        call, name="Anna Bērziņa", role={"en": "For the FULCRUM partners", "lv": "FULCRUM partneru vārdā"}, version=call.version, by=coordinator
    )


@pytest.fixture
def finished(released, attend, at, signed):
    """Two participants who completed and checked their names, when every unit is over."""
    seats = []
    for application in released.selected["alcc"][:2]:
        seat = accept(Seat.objects.of_person(application.person).get(), by=application.person)
        attend(seat, absent=["half-day-5"], made_up=["lab-2"])
        seats.append(check_name(seat, name=f"{application.name} Ķēniņa", by=application.person))
    at(AFTER)
    return seats


@pytest.fixture
def certificates():
    """The certificates as they stand now."""

    def find(**which):
        with everything("a test looks"):
            return list(Certificate.objects.filter(**which).select_related("seat__application__person").order_by("number"))

    return find


@pytest.fixture
def issued(finished, call, coordinator, certificates):
    """Two certificates, drawn."""
    issue(call, by=coordinator)
    draw_due()
    return certificates()


def path_of(call, page=""):
    return f"/en/work/{call.slug}/certificates/{page}"


# Issuing


def test_a_certificate_says_what_was_done_word_for_word(finished, call, coordinator, certificates):
    assert issue(call, by=coordinator) == 2
    first = certificates()[0]
    assert first.number == "FULCRUM-2025-001"
    assert re.fullmatch(r"([2-9A-HJKMNP-Z]{6}-){3}[2-9A-HJKMNP-Z]{6}", first.code)
    assert (first.name, first.house_name) == (finished[0].printed_name, finished[0].application.house.name)
    assert str(first.hours) == "39.5"
    assert first.content == {
        "language": "en",
        "title": "Certificate of completion",
        "name": first.name,
        "house": first.house_name,
        "sentence": "has completed the training programme",
        "programme": "Make it happen: community building and audience development for the future",
        "parts": [
            ["Training Academy, Vienna", "4 of 5 half-days, 18 September 2024 to 20 September 2024"],
            ["Learning Labs", "2 of 3 labs, 1 made up for, 14 November 2024 to 11 March 2025"],
            ["Own work at the house", "16 hours"],
        ],
        "hours": "39.5 hours in all",
        "number_label": "Certificate number",
        "number": "FULCRUM-2025-001",
        "issued": "Issued on 1 April 2025",
        "signatory_name": "Anna Bērziņa",
        "signatory_role": "For the FULCRUM partners",
        "verify": "Whoever holds this code can verify the certificate:",
        "verify_url": f"http://localhost:8000/verify/{first.code}",
        "code": first.code,
        "cofunded": "Co-funded by the European Union",
        "disclaimer": first.content["disclaimer"],
    }
    assert first.content["disclaimer"].startswith("Views and opinions")


def test_it_speaks_the_language_of_the_application(finished, call, coordinator, certificates):
    type(finished[0].application).objects.of_person(finished[0].application.person).update(language="lv")
    issue(call, by=coordinator)
    content = certificates()[0].content
    assert (content["language"], content["signatory_role"]) == ("lv", "FULCRUM partneru vārdā")
    assert content["parts"][0][0].endswith("Vīne")
    assert "39,5" in content["hours"]


def test_issuing_twice_is_issuing_once(finished, call, coordinator, certificates):
    assert [issue(call, by=coordinator), issue(call, by=coordinator)] == [2, 0]
    assert len(certificates()) == 2
    assert Entry.objects.filter(act="certificate issued").count() == 2


def test_numbers_are_counted_on(finished, released, attend, call, coordinator, certificates):
    issue(call, by=coordinator)
    Certificate.objects.visible_to(coordinator).filter(number__endswith="2").update(number="FULCRUM-2025-1000")
    third = released.selected["alcc"][2]
    with everything("a test looks"):
        Seat.objects.filter(application=third).update(state="accepted", answered_at=AFTER, printed_name="Inga", name_checked_at=AFTER)
    attend(Seat.objects.of_person(third.person).get())
    issue(call, by=coordinator)
    assert {certificate.number for certificate in certificates()} == {"FULCRUM-2025-001", "FULCRUM-2025-1000", "FULCRUM-2025-1001"}


def test_who_has_not_completed_or_not_checked_the_name_gets_none(released, finished, attend, call, coordinator, certificates):
    Seat.objects.of_person(finished[0].application.person).update(printed_name="", name_checked_at=None)
    attend(finished[1], only=["half-day-4"], absent=["half-day-4"])
    assert issue(call, by=coordinator) == 0
    assert certificates() == []


def test_nothing_is_issued_before_it_is_said_who_signs(finished, call, coordinator, certificates):
    Call.objects.filter(pk=call.pk).update(signatory_name="")
    with pytest.raises(NoSignatory):
        issue(call, by=coordinator)
    assert certificates() == []


def test_only_the_coordinator_of_the_call_issues(finished, call, lead, certificates):
    for other in (lead, finished[0].application.person):
        with pytest.raises(NotAllowed):
            issue(call, by=other)
    assert certificates() == []


def test_what_is_frozen_does_not_follow_the_call(issued, call, coordinator, certificates):
    before = issued[0].content
    call.refresh_from_db()
    name_signatory(call, name="Somebody else", role={"en": "x"}, version=call.version, by=coordinator)
    assert issue(call, by=coordinator) == 0
    assert certificates()[0].content == before


# Drawing


def test_a_certificate_is_drawn_once_and_its_holder_gets_a_letter(issued, drawn):
    assert all(certificate.is_issued and bytes(certificate.pdf) == PDF for certificate in issued)
    assert issued[0].sha256 == hashlib.sha256(PDF).hexdigest()
    assert [letter.address for letter in letters("certificate_ready")] == [row.seat.application.person.email for row in issued]
    assert f"/verify/{issued[0].code}" in letters("certificate_ready")[0].body
    for certificate in issued:
        draw_certificate(certificate.pk)
    assert draw_due() == 0
    assert len(drawn) == len(letters("certificate_ready")) == 2
    sheet, moment = drawn[0]
    assert (sheet.name, sheet.parts[2], moment) == (issued[0].name, ("Own work at the house", "16 hours"), issued[0].issued_at)


def test_what_no_font_holds_is_set_aside_and_told_to_nobody(finished, call, coordinator, certificates, monkeypatch):
    def refuse(sheet, *, moment):
        raise Undrawable("no font", letters="漢")

    monkeypatch.setattr(services, "draw", refuse)
    issue(call, by=coordinator)
    draw_due()
    assert {(row.job, row.trouble, row.pdf) for row in certificates()} == {("failed", "letters that no font holds", None)}
    assert letters("certificate_ready") == []
    assert altered_certificates() == [f"certificates: {row.pk} could not be drawn." for row in certificates()]


def test_other_trouble_is_put_off_and_tried_again(finished, call, coordinator, certificates, monkeypatch, at, drawn):
    issue(call, by=coordinator)
    whole = services.draw

    def break_down(sheet, *, moment):
        raise FileNotFoundError

    monkeypatch.setattr(services, "draw", break_down)
    draw_due()
    assert {(row.job, row.trouble) for row in certificates()} == {("waiting", "FileNotFoundError")}
    monkeypatch.setattr(services, "draw", whole)
    assert draw_due() == 0
    at(AFTER, minutes=1)
    assert draw_due() == 2


def test_a_certificate_of_other_bytes_is_found(issued, certificates):
    assert altered_certificates() == []
    with everything("a test looks"):
        Certificate.objects.filter(pk=issued[0].pk).update(pdf=PDF + b" ")
    assert altered_certificates() == [f"certificates: {issued[0].pk} is not what was drawn."]


def test_certificates_are_kept_for_ten_years(issued, at, certificates):
    at(AFTER, days=3649)
    assert forget_certificates() == 0
    at(AFTER, days=3651)
    assert forget_certificates() == 2
    assert certificates() == []


# The name


def test_a_participant_checks_the_name_as_it_is_printed(browser, accepted, holder, call, seat_of):
    client, path = browser(holder), f"/en/programme/{call.slug}/name/"
    assert typed_into(client.get(path), "name") == accepted.application.name
    client.post(path, {"name": "  Inga   Ķēniņa-Ozola "})
    assert seat_of(accepted.application).printed_name == "Inga Ķēniņa-Ozola"
    assert "Your name will be printed like this: Inga Ķēniņa-Ozola" in words(client.get(f"/en/programme/{call.slug}/"))


def test_letters_that_can_not_be_printed_are_named_and_what_was_typed_stays(browser, accepted, holder, call, seat_of):
    client, path = browser(holder), f"/en/programme/{call.slug}/name/"
    response = client.post(path, {"name": "Inga 漢字"})
    assert response.status_code == 422
    assert "We have no font for these letters: 漢 字." in words(response)
    assert typed_into(response, "name") == "Inga 漢字"
    assert seat_of(accepted.application).name_checked_at is None
    with pytest.raises(Unprintable):
        check_name(accepted, name="Inga 漢字", by=holder)


def test_a_name_that_is_issued_stays(issued, browser, call, seat_of):
    seat = seat_of(issued[0].seat.application)
    with pytest.raises(AlreadyIssued):
        check_name(seat, name="Other", by=seat.application.person)
    response = browser(seat.application.person).post(f"/en/programme/{call.slug}/name/", {"name": "Other"}, follow=True)
    assert "what is printed on it stays" in words(response)
    assert seat_of(seat.application).printed_name == issued[0].name


def test_nobody_checks_the_name_of_somebody_else(accepted, coordinator, lead):
    for other in (coordinator, lead):
        with pytest.raises(NotAllowed):
            check_name(accepted, name="Other", by=other)


# The coordinator's page


def test_the_page_says_who_is_ready_and_what_others_lack(browser, finished, released, call, coordinator, attend, at):
    third = released.selected["alcc"][2]
    with everything("a test looks"):
        Seat.objects.filter(application=third).update(state="accepted", answered_at=AFTER)
    attend(Seat.objects.of_person(third.person).get(), absent=["lab-3"])
    shown = words(browser(coordinator).get(path_of(call)))
    for said in ("2 can be issued.", "Issue 2 certificates", "Learning Lab 3 was missed", "Not checked yet", finished[0].printed_name):
        assert said in shown
    assert "Issue 2 certificates" in [todo.text for todo in todos_of(coordinator)]


def test_hours_that_nobody_noted_are_pointed_out_before_they_are_frozen(browser, released, finished, call, coordinator, attend):
    third = released.selected["alcc"][2]
    with everything("a test looks"):
        Seat.objects.filter(application=third).update(state="accepted", answered_at=AFTER, printed_name="Inga", name_checked_at=AFTER)
    attend(Seat.objects.of_person(third.person).get(), only=[f"half-day-{i}" for i in range(1, 5)] + ["lab-1", "lab-2", "lab-3"])
    assert "For 1 presence of those who completed it is not noted yet" in words(browser(coordinator).get(path_of(call)))


def test_the_button_issues_them(browser, finished, call, coordinator, certificates):
    client = browser(coordinator)
    response = client.post(path_of(call, "issue/"), follow=True)
    assert "2 certificates are issued; they are being drawn." in words(response)
    assert "Being drawn" in words(response)
    draw_due()
    shown = words(client.get(path_of(call)))
    assert certificates()[0].code in shown
    assert "No certificate was ready" in words(client.post(path_of(call, "issue/"), follow=True))
    assert not [todo for todo in todos_of(coordinator) if "certificate" in todo.text]


def test_without_a_signatory_the_page_asks_for_one(browser, finished, call, coordinator, certificates):
    Call.objects.filter(pk=call.pk).update(signatory_name="")
    client = browser(coordinator)
    assert "Say first who signs" in words(client.post(path_of(call, "issue/"), follow=True))
    page = client.get(path_of(call))
    version = typed_into(page, "version")
    client.post(path_of(call), {"version": version, "name": "Anna Bērziņa", "role_en": "For the partners"})
    call.refresh_from_db()
    assert (call.signatory_name, call.signatory_role.data) == ("Anna Bērziņa", {"en": "For the partners"})
    assert Entry.objects.filter(act="signatory named").count() == 2
    response = client.post(path_of(call), {"version": version, "name": "Mine", "role_en": "For us"})
    assert response.status_code == 409
    assert typed_into(response, "name") == "Mine"
    assert "Anna Bērziņa" in words(response)


def test_an_older_version_names_nobody(call, coordinator):
    with pytest.raises(Outdated):
        name_signatory(call, name="x", role={"en": "x"}, version=call.version + 1, by=coordinator)


def test_lists_never_load_the_bytes(browser, issued, call, coordinator):
    client = browser(coordinator)
    for path in (path_of(call), f"/en/work/{call.slug}/programme/"):
        with CaptureQueriesContext(connection) as asked:
            client.get(path)
        assert not [query["sql"] for query in asked if '"pdf"' in query["sql"].split("FROM")[0]]


# The PDF


def test_the_holder_downloads_it_byte_for_byte(browser, issued, call):
    response = browser(issued[0].seat.application.person).get(f"/en/programme/{call.slug}/certificate.pdf")
    assert response.content == PDF
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == 'attachment; filename="FULCRUM-2025-001.pdf"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"


def test_somebody_elses_certificate_is_never_the_answer(browser, issued, released, call, coordinator, lead):
    second = browser(issued[1].seat.application.person)
    assert second.get(f"/en/programme/{call.slug}/certificate.pdf").headers["Content-Disposition"].endswith('002.pdf"')
    for other in (released.selected["alcc"][2].person, released.unlucky.person, coordinator, lead):
        assert browser(other).get(f"/en/programme/{call.slug}/certificate.pdf").status_code == 404


def test_a_code_is_shown_to_its_holder_and_the_coordinator_alone(browser, issued, released, call, lead):
    code = issued[0].code
    assert code in browser(issued[0].seat.application.person).get(f"/en/programme/{call.slug}/").content.decode()
    others = [issued[1].seat.application.person, released.selected["alcc"][2].person, lead]
    pages = [f"/en/programme/{call.slug}/", path_of(call), f"/en/work/{call.slug}/seats/", f"/en/work/{call.slug}/programme/", "/en/work/"]
    for other in others:
        client = browser(other)
        for page in pages:
            assert code not in client.get(page).content.decode()


def test_before_it_is_drawn_there_is_no_file(browser, finished, call, coordinator, certificates):
    issue(call, by=coordinator)
    person = finished[0].application.person
    assert browser(person).get(f"/en/programme/{call.slug}/certificate.pdf").status_code == 404
    assert "is being drawn" in words(browser(person).get(f"/en/programme/{call.slug}/"))


# Verifying


@pytest.mark.parametrize("typed", ["{0}", "{1}", " {1} ", "{2}"], ids=["as printed", "small", "spaced", "without dashes"])
def test_whoever_holds_the_code_sees_what_stands_on_it(issued, client, typed):
    code = issued[0].code
    response = client.get(f"/verify/{typed.format(code, code.lower(), code.replace('-', ''))}")
    shown = words(response)
    assert response.status_code == 200
    for said in (
        issued[0].name,
        issued[0].house_name,
        "39.5",
        "FULCRUM-2025-001",
        "1 April 2025",
        "Anna Bērziņa",
        "Make it happen: community building",
    ):
        assert said in shown
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in response.content.decode()


def test_it_says_nothing_more(issued, client):
    shown = client.get(f"/verify/{issued[0].code}").content.decode()
    person = issued[0].seat.application
    for secret in (person.person.email, person.reference, issued[1].code, issued[1].name, issued[0].sha256):
        assert secret not in shown


def test_it_answers_in_the_language_of_the_browser_and_leads_to_the_others(issued, client):
    code = issued[0].code
    response = client.get(f"/verify/{code}", headers={"Accept-Language": "lv"})
    assert '<html lang="lv"' in response.content.decode()
    assert "2025. gada 1. aprīl" in words(response)
    assert f'href="/et/verification/{code}/"' in response.content.decode()
    in_estonian = client.get(f"/et/verification/{code}/")
    assert '<html lang="et"' in in_estonian.content.decode()
    assert f'href="/lv/verification/{code}/"' in in_estonian.content.decode()
    assert in_estonian.headers["X-Robots-Tag"] == "noindex"


def test_every_other_code_gets_one_and_the_same_answer(finished, call, coordinator, certificates):
    issue(call, by=coordinator)
    undrawn = certificates()[0].code
    codes = [undrawn, "AAAAAA-AAAAAA-AAAAAA-AAAAAA", "x", "%F0%9F%8E%89", "FULCRUM-2025-001", undrawn[:-1], "A" * 400, "' OR 1=1", "..", "-"]
    for prefix, end in (("/verify/", ""), ("/en/verification/", "/")):
        answers = set()
        for code in codes:
            response = Client().get(f"{prefix}{code}{end}")
            assert response.status_code == 404
            answers.add(re.sub(rb"code [0-9a-f]{8}", b"code", response.content))
        assert len(answers) == 1


def test_a_certificate_is_verified_after_the_person_is_forgotten(issued, client, call, at):
    from applications.retention import forget_answers
    from programme.retention import forget_words_of_seats

    at(call.ends_at, days=3 * 365)
    forget_words_of_seats()
    forget_answers()
    assert issued[0].name in words(client.get(f"/verify/{issued[0].code}"))


def test_another_calls_coordinator_sees_and_issues_nothing(browser, issued, call, coordinator):
    from tests import factories

    other = factories.staff(call=load_call(dump_call(call) | {"slug": "another-call"}), role="coordinator")
    client = browser(other)
    for page in ("certificates/", "programme/", "seats/", "programme/lab-1/", "programme/lab-1/attendance/"):
        assert client.get(f"/en/work/{call.slug}/{page}").status_code == 404
    assert client.post(path_of(call, "issue/")).status_code == 404
    assert issued[0].code not in client.get("/en/work/another-call/certificates/").content.decode()
