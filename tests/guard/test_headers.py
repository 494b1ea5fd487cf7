"""What every answer carries around its content, errors and refusals included."""

import json
import os
import re
import subprocess
import sys

import pytest
from django.conf import settings as site
from django.core.management import call_command
from django.test import Client
from django.urls import path, reverse

from fulcrum.guard.predicates import anyone
from fulcrum.guard.views import policy
from tests import factories

CLOSED = (
    "accelerometer autoplay camera display-capture encrypted-media fullscreen geolocation gyroscope magnetometer microphone midi payment usb".split()
)


def directives(response) -> dict[str, list[str]]:
    """The policy of an answer, each directive with its sources."""
    parts = [part.split() for part in response["Content-Security-Policy"].split(";") if part.strip()]
    return {name: sources for name, *sources in parts}


def answers(client, call):
    """An answer of each kind, by what it is."""
    return {
        "200": client.get("/en/"),
        "302": client.get("/"),
        "302 to the door": client.get("/en/account/"),
        "404 of a file": client.get("/static/none.css"),
        "404 of a view": client.get("/en/calls/nothing/"),
        "404 of no view": client.get("/nothing/at/all"),
        "405": client.get(reverse("start", args=[call.slug])),
        "422": client.post(reverse("apply", args=[call.slug]), {"x": "1"}),
        "400 of a NUL": client.get("/en/?a=%00"),
        "400 of a host": client.get("/en/", headers={"host": "evil.example"}),
        "413": client.post("/en/", "x", content_type="text/plain", headers={"content-length": "99999999"}),
        "json": client.get("/healthz"),
        "text": client.get("/.well-known/security.txt"),
    }


@pytest.fixture
def forbidden(call, as_, candidate):
    response = as_(candidate).get("/en/work/")
    assert response.status_code == 403
    return response


@pytest.fixture
def all_answers(client, call, forbidden):
    found = answers(Client(), call) | {"403": forbidden}
    assert [response.status_code for response in found.values()] == [200, 302, 302, 404, 404, 404, 405, 422, 400, 400, 413, 200, 200, 403]
    return found


def test_every_answer_has_a_content_security_policy_that_lets_nothing_in_but_ours(all_answers):
    for kind, response in all_answers.items():
        policy = directives(response)
        assert policy["default-src"] == ["'none'"], kind
        assert policy["frame-ancestors"] == ["'none'"], kind
        assert policy["base-uri"] == ["'none'"], kind
        assert policy["require-trusted-types-for"] == ["'script'"], kind
        assert policy["script-src"] == policy["style-src"] == ["'self'"], kind
        assert policy["form-action"] == ["'self'"], kind
        assert not re.search(r"unsafe-|\*|https?:|data:|blob:", response["Content-Security-Policy"]), kind


def test_every_answer_is_neither_sniffed_nor_framed_nor_told_to_others(all_answers):
    missing = {
        (kind, name)
        for kind, response in all_answers.items()
        for name, value in {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "X-Frame-Options": "DENY",
        }.items()
        if response.headers.get(name) != value
    }
    assert missing == set()


@pytest.mark.parametrize("kind", ["400 of a NUL", "413"])
def test_early_refusals_carry_the_same_headers(client, call, kind):
    response = answers(client, call)[kind]
    assert response.headers.get("X-Content-Type-Options") == "nosniff"
    assert response.headers.get("Cross-Origin-Resource-Policy") == "same-origin"
    assert response.headers.get("Referrer-Policy") == "same-origin"


def test_a_head_has_the_length_of_the_page_and_no_body(client, call):
    whole, head = client.get("/en/privacy/"), client.head("/en/privacy/")
    assert head.headers["Content-Length"] == str(len(whole.content))
    assert head.content == b""


def test_no_page_opens_camera_microphone_or_place(all_answers):
    for kind, response in all_answers.items():
        closed = dict(part.strip().split("=", 1) for part in response["Permissions-Policy"].split(","))
        assert {name: closed[name] for name in CLOSED} == dict.fromkeys(CLOSED, "()"), kind


def test_pages_have_no_inline_script_style_or_handler(all_answers, as_, coordinator, draft):
    client = Client()
    pages = [response.content.decode() for response in all_answers.values() if not response.streaming]
    pages += [
        factories.sign_in(client, coordinator).get(url).content.decode()
        for url in ("/en/work/", "/en/work/letters/", "/en/account/second-factor/app/")
    ]
    pages += [factories.sign_in(client, draft.person).get(draft.get_absolute_url()).content.decode()]
    for page in pages:
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", page)
        assert "<style" not in page
        assert not re.search(r"<[^>]+\s(style|on[a-z]+)=", page)


def test_what_somebody_signed_in_sees_is_kept_by_no_cache(call, as_, draft):
    client = as_(draft.person)
    for url in ("/en/", "/en/account/", draft.get_absolute_url(), f"{draft.get_absolute_url()}about/", "/en/calls/nothing/", "/en/work/", "/"):
        assert "no-store" in client.get(url)["Cache-Control"], url


def test_the_answer_to_a_form_is_kept_by_no_cache(client, call):
    assert "no-store" in client.post("/en/sign-in/", {"email": "a@example.org"})["Cache-Control"]


def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(client, call):
    client.get("/en/sign-in/")
    client.post("/en/sign-in/", {"email": "a@example.org"})
    assert {"session", "csrf"} <= set(client.cookies)
    for cookie in client.cookies.values():
        assert cookie["httponly"] is True, cookie.key
        assert cookie["samesite"] == "Lax", cookie.key
        assert not cookie["domain"], cookie.key
        assert cookie["path"] == "/", cookie.key


def settings_under(**environment) -> dict:
    """Settings as another installation would read them."""
    names = """SECURE SESSION_COOKIE_NAME CSRF_COOKIE_NAME SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE
        SECURE_HSTS_SECONDS SECURE_HSTS_INCLUDE_SUBDOMAINS SECURE_SSL_REDIRECT SECURE_PROXY_SSL_HEADER ALLOWED_HOSTS CSRF_TRUSTED_ORIGINS
        SESSION_COOKIE_HTTPONLY CSRF_COOKIE_HTTPONLY SESSION_COOKIE_SAMESITE DEBUG DEMO LOCAL_MAIL MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN""".split()
    code = f"import json; from django.conf import settings; print(json.dumps({{name: getattr(settings, name) for name in {names}}}))"
    kept = {key: os.environ[key] for key in ("PATH", "VAR_DIR")}
    environment = kept | {"DJANGO_SETTINGS_MODULE": "fulcrum.settings"} | environment
    done = subprocess.run([sys.executable, "-c", code], env=environment, cwd=site.BASE_DIR, capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


LIVE = {"SITE_URL": "https://call.example.org", "SECRET_KEY": "k" * 60, "FIELD_KEYS": "f" * 60, "EMAIL_URL": "smtp+tls://u:p@mail.example.org:587"}


def test_on_https_cookies_are_bound_to_the_host_and_the_site_to_https():
    found = settings_under(**LIVE)
    assert [found[f"{name}_COOKIE_NAME"] for name in ("SESSION", "CSRF")] == ["__Host-session", "__Host-csrf"]
    assert found["SESSION_COOKIE_SECURE"] is found["CSRF_COOKIE_SECURE"] is True
    assert found["SECURE_HSTS_SECONDS"] >= 365 * 24 * 3600
    assert found["SECURE_HSTS_INCLUDE_SUBDOMAINS"] is found["SECURE_SSL_REDIRECT"] is True
    assert found["ALLOWED_HOSTS"] == ["call.example.org"]
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://call.example.org"]
    assert [name for name in ("DEBUG", "DEMO", "LOCAL_MAIL", "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN") if found[name]] == []


@pytest.mark.parametrize("switch", ["DEMO", "DEBUG"])
@pytest.mark.parametrize("address", ["https://call.example.org", "http://192.168.1.5:8000", "http://localhost.example.org", "http://0.0.0.0:8000"])
def test_a_site_that_others_can_reach_does_not_start_as_a_demonstration(switch, address):
    with pytest.raises(RuntimeError, match="ImproperlyConfigured"):
        settings_under(**LIVE | {"SITE_URL": address, switch: "1"})


@pytest.mark.parametrize("missing", ["SECRET_KEY", "FIELD_KEYS", "EMAIL_URL"])
def test_a_live_site_does_not_start_without_its_keys_and_its_mail(missing):
    with pytest.raises(RuntimeError, match="ImproperlyConfigured"):
        settings_under(**{key: value for key, value in LIVE.items() if key != missing})


def test_the_deployment_check_is_clean_on_https():
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    environment = {key: os.environ[key] for key in ("PATH", "VAR_DIR")} | LIVE | {"SECRET_KEY": "Kx9-" + "aB3dE5fG7h" * 6}
    done = subprocess.run(command, env=environment, cwd=site.BASE_DIR, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_hsts_is_sent_over_https(client, call, settings):
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 31536000, True
    assert client.get("/en/", secure=True)["Strict-Transport-Security"].startswith("max-age=31536000; includeSubDomains")


# Refusals


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "testserver:80@evil.example", "[::2]", ""])
def test_an_unknown_host_is_refused(client, call, host):
    assert client.get("/en/", headers={"host": host or "."}).status_code == 400


@pytest.mark.parametrize("url", ["/en/?a=%00", "/en/?%00=a", "/en/calls/?page=1%00", "/en/%00/"])
def test_a_nul_in_the_address_is_a_400(client, call, url):
    response = client.get(url)
    assert response.status_code == 400
    assert "FULCRUM" in response.content.decode()


def test_a_nul_in_a_form_is_refused_at_its_field(client, call):
    assert client.post("/en/sign-in/", {"email": "a\0@example.org"}).status_code == 422


@pytest.mark.parametrize("url", ["/en/", "/en/sign-in/", "/en/applications/AAAAAAA/about/"])
def test_a_body_that_is_too_large_is_refused_before_it_is_read(client, call, url):
    response = client.post(url, "x", content_type="text/plain", headers={"content-length": str(1024 * 1024 + 1)})
    assert response.status_code == 413
    assert "FULCRUM" in response.content.decode()


def test_a_recording_of_a_visitor_is_refused_before_it_is_read(client, call):
    url = reverse("upload_recording", args=["AAAAAAA", "motivation", "audio"])
    assert client.post(url, "x", content_type="text/plain", headers={"content-length": "2000000"}).status_code == 403


def test_too_many_fields_are_a_400(client, call):
    assert client.post("/en/sign-in/", {f"f{number}": "1" for number in range(600)}).status_code == 400


def test_a_form_without_its_token_is_refused_with_our_page(call):
    response = Client(enforce_csrf_checks=True).post("/en/sign-in/", {"email": "a@example.org"})
    page = response.content.decode()
    assert response.status_code == 403
    assert "FULCRUM" in page
    assert "load it again" in page


def test_a_form_with_its_token_is_taken(call):
    client = Client(enforce_csrf_checks=True)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get("/en/sign-in/").content.decode())[1]
    assert client.post("/en/sign-in/", {"email": "a@example.org", "csrfmiddlewaretoken": token}).status_code == 302


def test_error_pages_carry_an_id_and_no_data(client, call, as_, candidate):
    visitor = Client()
    pages = {
        404: visitor.get("/en/calls/secret-slug-1234/?token=secret-token"),
        403: as_(candidate).get("/en/work/?token=secret-token"),
        400: visitor.get("/en/?secret-token=%00"),
    }
    for status, response in pages.items():
        page = response.content.decode()
        assert response.status_code == status
        assert re.search(r"name the code [0-9a-f]{8}", page), status
        assert "secret-token" not in page
        assert "secret-slug" not in page.replace("/calls/secret-slug-1234/", ""), "only the links between languages repeat the path"
        assert candidate.email not in page


def test_two_errors_have_two_ids(client, call):
    ids = {re.search(r"code ([0-9a-f]{8})", client.get("/nothing").content.decode())[1] for _attempt in range(3)}
    assert len(ids) == 3


@policy(anyone)
def breaks(request):
    raise ValueError("secret of somebody@example.org")


urlpatterns = [path("breaks/", breaks, name="breaks")]
handler500 = "fulcrum.ui.errors.broken"


@pytest.mark.urls("tests.guard.test_headers")
def test_a_broken_page_has_an_id_and_no_data_and_so_has_its_log(db, caplog):
    response = Client(raise_request_exception=False).get("/breaks/?token=secret-token")
    page = response.content.decode()
    number = re.search(r"name the code ([0-9a-f]{8})", page)
    assert response.status_code == 500
    assert number
    assert not any(word in page for word in ("secret", "somebody@", "ValueError", "Traceback"))
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("fulcrum")]
    assert [message for message in ours if number[1] in message]
    assert directives(response)["default-src"] == ["'none'"]


def unnamed(request):
    raise AssertionError("never reached")


class Unnamed:
    urlpatterns = [path("unnamed/", unnamed, name="unnamed")]


def test_a_view_without_a_policy_is_never_reached(db, settings):
    settings.ROOT_URLCONF = Unnamed
    response = Client(raise_request_exception=False).get("/unnamed/")
    assert response.status_code == 500


# What machines ask


def test_healthz_answers_without_the_database(client):
    assert client.get("/healthz").json() == {"status": "ok"}


def test_readyz_says_what_works(client, db):
    assert client.get("/readyz").json() == {"database": "ok", "cache": "ok"}


def test_readyz_is_a_503_when_the_cache_is_down_and_names_no_secret(client, db, settings):
    settings.CACHES = {**site.CACHES, "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "no_such_table"}}
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (503, {"database": "ok", "cache": "down"})


def test_security_txt_names_a_contact_and_a_day_in_the_future(client, call):
    response = client.get("/.well-known/security.txt")
    lines = dict(line.split(": ", 1) for line in response.content.decode().strip().splitlines())
    assert response["Content-Type"].startswith("text/plain")
    assert lines["Contact"] == f"mailto:{call.contact_email}"
    assert "2024-04-20" < lines["Expires"][:10] < "2025-04-20"


def test_migrations_say_what_the_models_say(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
