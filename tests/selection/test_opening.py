"""The opening: until every network is ready nobody sees more than that; then all lists stand on the board together."""

from datetime import timedelta

import pytest

from fulcrum.audit.models import Entry
from fulcrum.calls.services import dump_call, load_call
from fulcrum.mail.models import Message
from fulcrum.people.services import take_role
from selection.models import Nomination, Place, Slate, SlateVersion
from selection.shortlists.services import NotAllowed, NotInTime, Opened, is_opened, readiness, take_back
from selection.slates.services import NotReady, open_lists
from tests import factories
from tests.applications.reading import words
from tests.selection import making


@pytest.fixture
def ready(closed, call):
    """Every network has put its list forward."""
    return making.all_ready(call)


@pytest.fixture
def all_but_one(closed, call, alcc):
    """Every network but ALCC has put its list forward."""
    making.listed(call, alcc)
    return [making.put_forward(call, part.network) for part in call.partnerships.select_related("network") if part.network != alcc]


def letters():
    return Message.objects.filter(kind="lists_opened")


def test_lists_are_not_opened_while_one_network_is_not_ready(all_but_one, call, alcc, coordinator, unguarded):
    with pytest.raises(NotReady) as refused:
        open_lists(call, by=coordinator)
    assert refused.value.networks == [alcc]
    assert not Slate.objects.exists()
    assert not letters().exists()


def test_lists_are_not_opened_before_the_deadline_even_when_all_are_ready(ready, call, coordinator, browser, address, during_call, unguarded):
    during_call.move_to(call.deadline - timedelta(seconds=1))
    with pytest.raises(NotInTime):
        open_lists(call, by=coordinator)
    page = browser(coordinator).post(address("board", "open"))
    assert page.status_code == 409
    assert "Applications still come in." in words(page)
    assert not Slate.objects.exists()


def test_the_page_names_the_networks_that_are_missing(all_but_one, alcc, coordinator, browser, address, unguarded):
    page = browser(coordinator).post(address("board", "open"))
    assert page.status_code == 409
    assert f"Still missing: {alcc.name}." in words(page)
    assert not Slate.objects.exists()


def test_a_network_that_has_not_even_begun_a_list_is_not_ready(closed, call, coordinator):
    with pytest.raises(NotReady) as refused:
        open_lists(call, by=coordinator)
    assert len(refused.value.networks) == call.networks.count()


def test_a_list_that_is_taken_back_is_not_ready_any_more(ready, call, alcc, coordinator):
    own = next(shortlist for shortlist in ready if shortlist.network == alcc)
    take_back(own, by=making.lead_of(call, alcc))
    with pytest.raises(NotReady) as refused:
        open_lists(call, by=coordinator)
    assert refused.value.networks == [alcc]


@pytest.mark.parametrize("who", ["lead", "coordinator"])
def test_before_the_opening_partners_see_who_is_ready_and_nothing_more(all_but_one, call, cult, alcc, browser, address, unguarded, who):
    person = making.lead_of(call, alcc) if who == "lead" else making.coordinator_of(call)
    page = browser(person).get(address("board"))
    text = words(page)
    for network, is_ready in readiness(call):
        assert f"{network.name} : {'ready' if is_ready else 'not ready'}" in text
    assert "Ready: 7 of 8 networks" in text
    for row in Place.objects.select_related("application__house"):
        for told in (row.application.name, row.application.reference, row.application.house.name, row.reason):
            assert told not in page.content.decode()


@pytest.mark.parametrize("who", ["lead", "coordinator"])
def test_before_the_opening_no_page_of_the_board_tells_of_a_list(all_but_one, call, cult, alcc, browser, address, unguarded, who):
    other = Place.objects.filter(shortlist__network=cult).select_related("application").first().application
    window = browser(making.lead_of(call, alcc) if who == "lead" else making.coordinator_of(call))
    refused = 404 if who == "lead" else 403
    assert window.get(address("board", "people", other.reference)).status_code == 404
    assert window.get(address("lists", "cult")).status_code == refused
    assert window.get(address("applications", other.reference)).status_code == refused
    assert window.get(address("board", "swap", "cult")).status_code == refused
    for path in ("freeze", "final", "vote/alcc", "vote/cult"):
        assert window.post(address("board", path), {"version": 1, "vote": "yes"}).status_code in (403, 404)


def test_the_coordinator_can_open_once_all_are_ready_and_a_lead_never(ready, call, alcc, coordinator, browser, address):
    path = address("board", "open")
    assert path in browser(coordinator).get(address("board")).content.decode()
    lead = browser(making.lead_of(call, alcc))
    assert path not in lead.get(address("board")).content.decode()
    assert lead.post(path).status_code == 403
    assert not is_opened(call)
    assert browser(coordinator).post(path).headers["Location"] == address("board")
    assert is_opened(call)


def test_while_one_is_missing_the_page_has_no_button_to_open(all_but_one, coordinator, browser, address):
    assert address("board", "open") not in browser(coordinator).get(address("board")).content.decode()


def test_only_a_coordinator_of_this_call_opens(ready, call, alcc):
    other = load_call(dump_call(call) | {"slug": "another-call"})
    for person in (
        making.lead_of(call, alcc),
        making.assessor_of(call, alcc),
        factories.staff(call=other, role="coordinator"),
        factories.UserFactory(),
    ):
        with pytest.raises(NotAllowed):
            open_lists(call, by=making.fresh(person))
    assert not is_opened(call)


def test_lists_are_opened_once_however_often_it_is_asked(ready, call, coordinator, browser, address, unguarded):
    first = open_lists(call, by=coordinator)
    told = letters().count()
    assert open_lists(call, by=coordinator) == first
    assert browser(coordinator).post(address("board", "open")).status_code == 302
    assert (Slate.objects.count(), SlateVersion.objects.count(), letters().count()) == (1, 1, told)
    assert Entry.objects.filter(act="lists opened").count() == 1


def test_the_first_version_is_what_the_networks_put_forward(ready, call, coordinator, unguarded):
    slate = open_lists(call, by=coordinator)
    columns = ("rank", "of", "application", "house", "reason")
    listed = set(Place.objects.values_list("shortlist__network", *columns))
    assert set(Nomination.objects.values_list("network", *columns)) == listed
    assert len(listed) == 8 * (3 + making.RESERVES)
    version = SlateVersion.objects.get()
    assert (version.slate, version.number, version.made_by, version.network, version.frozen_at) == (slate, 1, coordinator, None, None)
    assert (slate.version, slate.opened_by, slate.is_final, slate.is_released) == (1, coordinator, False, False)


def test_a_list_can_not_be_taken_back_after_the_opening(ready, call, alcc, coordinator, browser, address, now):
    own = next(shortlist for shortlist in ready if shortlist.network == alcc)
    lead = making.lead_of(call, alcc)
    open_lists(call, by=coordinator)
    with pytest.raises(Opened):
        take_back(own, by=lead)
    page = browser(lead).post(address("lists", "alcc", "back"))
    assert page.status_code == 409
    assert "The lists are opened." in words(page)
    assert now(own).put_forward_at


def test_every_lead_is_told_once_in_their_language(ready, call, alcc, cult, coordinator, settings, unguarded):
    leads = {making.lead_of(call, part.network) for part in call.partnerships.select_related("network")}
    second = factories.staff(call=call, role="lead", network=alcc, person=factories.UserFactory(name="Jānis", language="lv"))
    of_two = factories.staff(call=call, role="lead", network=cult, person=making.lead_of(call, alcc))
    open_lists(call, by=coordinator)
    assert sorted(letters().values_list("address", flat=True)) == sorted(person.email for person in {*leads, second, of_two})
    latvian = letters().get(address=second.email)
    assert latvian.language == "lv"
    assert latvian.key.endswith(f" {second.pk}")
    assert f"]({settings.SITE_URL}/lv/work/{call.slug}/board/)" in latvian.body
    assert "Jānis" in latvian.body
    assert alcc.name in latvian.body


def test_nobody_but_the_leads_of_the_call_is_told(ready, call, alcc, cult, coordinator, unguarded):
    other = load_call(dump_call(call) | {"slug": "another-call"})
    untold = [coordinator, making.assessor_of(call, alcc), factories.staff(call=other, role="lead", network=alcc)]
    former = factories.staff(call=call, role="lead", network=cult)
    take_role(former.roles.get(), by=coordinator)
    open_lists(call, by=coordinator)
    assert not letters().filter(address__in=[person.email for person in [*untold, former]]).exists()


def test_the_letter_tells_of_nobody_on_a_list(ready, call, coordinator, unguarded):
    open_lists(call, by=coordinator)
    text = " ".join(letters().values_list("body", flat=True))
    assert not [row for row in Nomination.objects.select_related("application") if row.application.name in text or row.reason in text]


def test_once_opened_every_partner_sees_every_place_and_reserve(ready, call, alcc, coordinator, browser, address, unguarded):
    open_lists(call, by=coordinator)
    for person in (making.lead_of(call, alcc), coordinator):
        text = words(browser(person).get(address("board")))
        assert not [row.application.name for row in Nomination.objects.select_related("application") if row.application.name not in text]
