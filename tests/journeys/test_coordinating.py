"""The pages of a coordinator, in two languages and at two widths, and what they refuse."""

import pytest
from django.urls import reverse
from django.utils.translation import override

from fulcrum.calls.models import Call
from fulcrum.mail.models import Letter
from fulcrum.mail.services import deliver_due
from tests import factories

pytestmark = pytest.mark.browser


@pytest.fixture
def signed_in(open_call, window, client):
    """A window in which the coordinator is signed in, with a second factor."""

    def open_signed_in(width, language):
        one = window(width, locale=language)
        person = factories.staff(call=open_call, role="coordinator", person=factories.UserFactory(email=f"coordinator.{width}@cult.example"))
        session = factories.sign_in(client, person).cookies["session"]
        one.page.context.add_cookies([{"name": "session", "value": session.value, "url": one.site}])
        return one

    return open_signed_in


@pytest.mark.parametrize(("width", "language"), [(1440, "en"), (390, "lv")])
def test_a_coordinator_walks_through_every_page(signed_in, open_call, width, language):
    one = signed_in(width, language)

    def at(name, *args):
        with override(language):
            return reverse(name, args=args)

    texts, help_text = at("call_texts", "make-it-happen"), at("call_text", "make-it-happen", "help")
    dates, people, letters = at("call_dates", "make-it-happen"), at("team", "make-it-happen"), at("outbox")
    for path in (at("staff_home"), texts, help_text, dates, letters):
        one.go(path)
        one.look()
    one.go(help_text)
    one.page.fill("textarea[name=body_en]", "")
    one.press()
    one.look()  # English is missing
    one.page.fill("textarea[name=body_en]", "Call us, and a person helps you.")
    one.press()
    assert Call.objects.get().text("help").data["en"] == "Call us, and a person helps you."
    one.go(dates)
    one.page.fill("input[name=deadline]", "2020-01-01T12:00")
    one.press()
    one.look()
    assert one.page.input_value("input[name=deadline]") == "2020-01-01T12:00"
    one.go(people)
    one.look()
    one.press(selector="main form.panel button.btn")
    one.look()
    one.page.fill("input[name=email]", "new.assessor@alcc.example")
    one.page.select_option("select[name=role]", "assessor")
    one.page.select_option("select[name=network]", label="ALCC")
    one.press(selector="main form.panel button.btn")
    one.look()
    deliver_due()
    assert Letter.objects.filter(to="new.assessor@alcc.example").exists()
    one.go(letters)
    one.look()
    one.go(f"/{language}/account/")
    one.look()
    one.go(f"/{language}/account/address/")
    one.press()
    one.look()


@pytest.mark.parametrize("language", ["en", "lv"])
def test_refusals_have_pages_of_ours(window, language):
    one = window(390, locale=language)
    one.go(f"/{language}/calls/nothing/")
    one.look()
    one.go(f"/{language}/?page=%00")
    one.look()
    one.complaints = [complaint for complaint in one.complaints if "404" not in complaint and "400" not in complaint]
