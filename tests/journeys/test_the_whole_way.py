"""From a pile of applications to a certificate, as all its people, in two languages and at two widths."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from applications.application import Application
from fulcrum.demo.editions import others_accept, others_put_forward, others_vote, run_programme
from fulcrum.demo.services import move_to_deadline
from fulcrum.guard.querysets import everything
from fulcrum.mail.models import Letter
from fulcrum.mail.services import deliver_due
from programme.certificates.models import Certificate
from programme.certificates.services import draw_due
from selection.outcomes.models import Outcome
from selection.slate import Slate
from tests import factories

pytestmark = pytest.mark.browser
OF_A_NETWORK = 4
BANDS = (0, 1, 2)


@pytest.fixture
def pile(open_call):
    """The call just after its deadline: four applications in each network, its readers and its coordinator."""
    people = {"coordinator": factories.staff(call=open_call, role="coordinator", person=factories.UserFactory(name="Hanne Verstraeten"))}
    for part in open_call.partnerships.select_related("network"):
        slug = part.network.slug
        people[f"{slug} lead"] = factories.staff(call=open_call, role="lead", network=part.network)
        for number in range(OF_A_NETWORK):
            person = factories.UserFactory(name=f"Žanete Ķēniņa {slug} {number}")
            house = factories.HouseFactory(networks=[part.network])
            application = factories.fill(factories.draft(call=open_call, network=part.network, person=person), house=house)
            with everything("a test makes"):
                Application.objects.filter(pk=application.pk).update(gender=("woman", "man")[number % 2], staff=BANDS[number % 3])
            from applications.services import send

            send(application, by=person)
    people["assessor"] = factories.staff(call=open_call, role="assessor", network=open_call.networks.get(slug="alcc"))
    open_call.signatory_name = "Hanne Verstraeten"
    open_call.save()
    return move_to_deadline(open_call), people


@pytest.fixture
def being(window):
    """A window of somebody who has signed in."""

    def open_as(person, width, language, script=True):
        one = window(width, locale=language, script=script)
        session = factories.sign_in(Client(), person).cookies["session"]
        one.page.context.add_cookies([{"name": "session", "value": session.value, "url": one.site}])
        return one

    return open_as


def press(one, form, **buttons):
    """Press the button of the form that leads to `form`; by its name where it has several."""
    name = next(iter(buttons), "")
    selector = f"form[action$='{form}'] button" + (f"[name={name}]" if name else "")
    with one.page.expect_navigation():
        one.page.locator(selector).first.click()


def fill_scores(one):
    for fieldset in one.page.locator("fieldset.scale").all():
        fieldset.locator("input[type=radio]").nth(1).check(force=True)
        fieldset.locator("textarea").fill("Skaidrs un pamatots.")


@pytest.mark.parametrize(("width", "language"), [(1440, "en"), (390, "lv")])
def test_a_call_goes_from_its_applications_to_a_certificate(pile, being, window, width, language):
    call, people = pile

    def at(name, *args):
        with override(language):
            return reverse(name, args=args)

    # an assessor reads and scores
    one = being(people["assessor"], width, language)
    for path in (at("staff_home"), at("review_list", call.slug), at("review_list", call.slug) + "?sort=score&state=unscored"):
        one.go(path)
        one.look()
    one.page.locator("tbody th a").first.click()
    one.look()
    one.press(selector=".review__score button.btn")
    one.look()  # nothing chosen yet
    assert one.page.locator(".field__error").count() >= 6
    fill_scores(one)
    one.press(selector=".review__score button.btn")
    one.look()  # the next one

    # the lead ranks and puts forward
    one = being(people["alcc lead"], width, language)
    with everything("a test looks"):
        own = list(Application.objects.sent().filter(network__slug="alcc").order_by("pk"))
    for application in own:
        one.go(at("review", call.slug, application.reference))
        one.page.fill("#id_place-reason", "Gatavs, un vienīgais centrs savā apkaimē.")
        press(one, "/place/")
    one.look()
    press(one, f"/{own[1].reference}/", up="1")
    one.look()
    press(one, "/forward/")
    one.look()
    one.go(at("board", call.slug))
    one.look()  # states only
    assert own[0].name not in one.page.content()

    # the lists are opened, one is swapped, the version is frozen
    others_put_forward(call, people["alcc lead"])
    coordinator = being(people["coordinator"], width, language)
    coordinator.go(at("staff_home"))
    coordinator.look()
    coordinator.go(at("board", call.slug))
    coordinator.look()
    press(coordinator, "/open/")
    coordinator.look()
    one.go(at("swap", call.slug, "alcc"))
    one.look()
    one.press(selector="main form.panel button.btn")
    one.look()  # nothing chosen
    one.page.locator("input[name=exchange]").first.check(force=True)
    one.page.fill("#id_reason", "Līdzsvaram.")
    one.press(selector="main form.panel button.btn")
    one.look()
    for by in ("origin", "size"):
        one.go(f"{at('board', call.slug)}?by={by}")
        one.look()
    one.page.locator("a.cell").first.click()
    one.look()  # the brief
    coordinator.go(at("board", call.slug))
    press(coordinator, "/freeze/")
    coordinator.look()

    # the vote
    one.go(at("board", call.slug))
    one.page.locator("input[name=vote][value=no]").check(force=True)
    one.press(selector=".ballot button.btn")
    one.look()  # a no without a reason
    one.page.locator("input[name=vote][value=yes]").check(force=True)
    one.press(selector=".ballot button.btn")
    one.look()
    others_vote(call, people["alcc lead"])

    # final, and everybody is told
    coordinator.go(at("final", call.slug))
    coordinator.look()
    coordinator.press(selector="main form.cluster button.btn")
    coordinator.look()
    coordinator.press(selector="main aside form button.btn")
    coordinator.look()
    deliver_due()
    with everything("a test looks"):
        assert Slate.objects.get().is_released
        assert Outcome.objects.count() == 8 * OF_A_NETWORK
        selected = Outcome.objects.selected().filter(network__slug="alcc").select_related("application__person").order_by("rank").first()
        reserve = Outcome.objects.filter(kind="reserve", network__slug="alcc").select_related("application__person").first()
    assert Letter.objects.filter(to=selected.application.person.email).exists()

    # a reserve reads the answer; one who is selected takes the seat
    waiting = being(reserve.application.person, width, language)
    waiting.go(at("outcome", reserve.application.reference))
    waiting.look()
    person = selected.application.person
    participant = being(person, width, language)
    for path in (at("application", selected.application.reference), at("outcome", selected.application.reference)):
        participant.go(path)
        participant.look()
    participant.go(at("seat", selected.application.reference))
    participant.look()
    participant.press(selector="main button[name=answer][value=accept]")
    participant.look()
    participant.go(at("my_programme", call.slug))
    participant.look()
    coordinator.go(at("seats", call.slug))
    coordinator.look()

    # the programme, and the certificate
    others_accept(call, person)
    run_programme(call)
    for path in (at("staff_home"), at("programme", call.slug), at("attendance", call.slug, "lab-1"), at("unit", call.slug, "lab-1")):
        coordinator.go(path)
        coordinator.look()
    participant.go(at("certificate_name", call.slug))
    participant.page.locator("main input[type=text]").fill("Žanete 漢")
    participant.press()
    participant.look()  # letters that can't be printed
    participant.page.locator("main input[type=text]").fill("Žanete Ķēniņa")
    participant.press()
    participant.go(at("my_programme", call.slug))
    participant.look()
    coordinator.go(at("certificates", call.slug))
    coordinator.look()
    press(coordinator, "/issue/")
    draw_due()
    coordinator.go(at("certificates", call.slug))
    coordinator.look()
    participant.go(at("my_programme", call.slug))
    participant.look()
    answer = participant.page.request.get(participant.site + at("certificate_pdf", call.slug))
    assert answer.body().startswith(b"%PDF-")
    with everything("a test looks"):
        code = Certificate.objects.get(seat__application=selected.application).code
    visitor = window(width, locale=language)
    visitor.go(f"/verify/{code}")
    visitor.look()
    assert "Žanete Ķēniņa" in visitor.page.content()
    assert re.search(r"noindex", visitor.page.content())


def test_a_network_votes_and_swaps_without_javascript(pile, being):
    call, people = pile
    others_put_forward(call, people["coordinator"])
    coordinator = being(people["coordinator"], 1440, "en", script=False)
    coordinator.go(reverse("board", args=[call.slug]))
    press(coordinator, "/open/")
    lead = being(people["alcc lead"], 1440, "en", script=False)
    lead.go(reverse("swap", args=[call.slug, "alcc"]))
    lead.page.locator("input[name=exchange]").first.check(force=True)
    lead.page.fill("#id_reason", "For the balance.")
    lead.press("Swap")
    coordinator.go(reverse("board", args=[call.slug]))
    press(coordinator, "/freeze/")
    lead.go(reverse("board", args=[call.slug]))
    lead.page.locator("input[name=vote][value=yes]").check(force=True)
    lead.press("Vote on version 2")
    lead.look()
    assert lead.page.locator(".chip--yes").count() == 1
