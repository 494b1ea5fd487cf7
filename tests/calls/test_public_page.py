"""The page of the call, for everybody, in seven languages."""

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import reverse
from django.utils import translation

from fulcrum.calls.models import Call
from fulcrum.calls.services import edit_text
from fulcrum.ui.templatetags.texts import until

WEEKDAYS = {"en": "Tuesday", "nl": "dinsdag", "fr": "mardi", "de": "Dienstag", "it": "artedì", "et": "teisipäev", "lv": "trdien"}
CITIES = {"en": "Brussels", "nl": "Brussel", "fr": "Bruxelles", "de": "Brüssel", "it": "Bruxelles", "et": "Brüssel", "lv": "Brisel"}


@pytest.mark.parametrize("language", WEEKDAYS)
def test_the_page_names_the_deadline_with_weekday_hour_and_zone(client, call, language):
    page = client.get(f"/{language}/").content.decode()
    with translation.override(language):
        shown = until(call.deadline, call)
    assert shown in page
    assert WEEKDAYS[language].lower() in shown.lower()
    assert "23:59" in shown
    assert CITIES[language] in shown
    assert f'lang="{language}"' in page


@pytest.mark.parametrize("language", WEEKDAYS)
def test_the_page_says_whether_the_deadline_was_extended_and_why(client, call, language):
    reason = call.extended.reason.data[language]
    with translation.override(language):
        words = translation.gettext("Deadline extended")
    page = client.get(f"/{language}/").content.decode()
    assert words in page
    assert reason.replace("'", "&#x27;") in page
    call.extensions.all().delete()
    caches["pages"].clear()
    page = client.get(f"/{language}/").content.decode()
    assert words not in page
    assert reason.replace("'", "&#x27;") not in page


@pytest.mark.parametrize("language", WEEKDAYS)
def test_every_public_page_is_there_in_each_language(client, call, language):
    for path in (
        "",
        "calls/",
        f"calls/{call.slug}/",
        f"calls/{call.slug}/questions/",
        "privacy/",
        "accessibility/",
        "sign-in/",
        f"calls/{call.slug}/apply/",
    ):
        response = client.get(f"/{language}/{path}")
        assert response.status_code == 200, path
        assert f'lang="{language}"' in response.content.decode(), path


def test_the_address_without_a_language_leads_to_the_readers(client, call):
    assert client.get("/", headers={"accept-language": "lv,en;q=0.5"})["Location"] == "/lv/"
    assert client.get("/", headers={"accept-language": "pt"})["Location"] == "/en/"


def test_a_kept_page_follows_a_change_of_text(client, call, coordinator):
    client.get("/en/")
    edit_text(call, key="who_can_apply", body={"en": "Everybody who asks"}, version=1, by=coordinator)
    assert "Everybody who asks" in client.get("/en/").content.decode()


def test_a_page_is_kept_so_that_a_second_look_asks_the_database_little(client, call, django_assert_max_num_queries):
    client.get("/en/")
    with django_assert_max_num_queries(4):
        client.get("/en/")


def test_a_kept_page_follows_the_clock_past_the_deadline(client, call, during_call):
    apply_url = reverse("apply", args=[call.slug])
    assert apply_url in client.get("/en/").content.decode()
    during_call.move_to(call.deadline - timedelta(seconds=1))
    assert apply_url in client.get("/en/").content.decode()
    during_call.move_to(call.deadline)
    page = client.get("/en/").content.decode()
    assert apply_url not in page
    assert "The deadline has passed" in page


def test_a_kept_page_counts_the_days_anew_each_morning(client, call, during_call):
    assert '<b class="num">17</b>' in client.get("/en/").content.decode()
    during_call.shift(timedelta(days=1))
    assert '<b class="num">16</b>' in client.get("/en/").content.decode()


def test_a_kept_page_is_the_same_for_everybody_and_holds_nothing_of_anybody(client, as_, call, candidate):
    signed_in = as_(candidate).get("/en/").content.decode()
    client.logout()
    visitor = client.get("/en/").content.decode()
    assert candidate.email not in visitor
    assert "Inga" not in visitor
    assert "My account" in signed_in
    assert "My account" not in visitor


def test_before_the_opening_nobody_is_led_into_the_form(client, call, during_call):
    during_call.move_to(call.opens_at - timedelta(seconds=1))
    assert "Not open yet" in client.get("/en/").content.decode()
    assert client.post(reverse("apply", args=[call.slug]), {"x": "1"}).status_code == 200


def test_the_home_page_is_that_of_the_newest_call_and_says_so_when_there_is_none(client, db):
    assert client.get("/en/").status_code == 200
    assert not Call.objects.exists()


def test_an_unknown_call_is_a_404(client, call):
    assert client.get("/en/calls/nothing/").status_code == 404


def test_what_one_visitor_put_into_the_address_reaches_no_other(client, call):
    client.get("/en/?<b>from-somebody</b>")
    assert "from-somebody" not in Client().get("/en/").content.decode()
