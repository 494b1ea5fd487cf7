"""The joint board: who stands where, what the balance says, and how a network swaps in its own list."""

import re
from datetime import timedelta

import pytest

from applications.answers.services import write_answer
from applications.application import Application
from applications.needs.services import say_needs
from fulcrum.audit.models import Entry
from fulcrum.calls.places import Municipality
from selection.assessments.services import declare_conflict
from selection.models import Approval, Nomination, Place, SlateVersion
from selection.shortlists.services import HouseTaken, NotAllowed, ReasonMissing
from selection.slates.board import board_of, exchanges
from selection.slates.services import Final, HouseTwice, VersionOver, approve, freeze, make_final, swap
from tests import factories
from tests.applications.reading import typed_into, words
from tests.selection import making


@pytest.fixture
def slate(closed, call):
    """The lists are opened; version 1 is open for swaps."""
    return making.opened(call)


@pytest.fixture
def lead(slate, call, alcc):
    """The lead of ALCC, as they are after the opening."""
    return making.fresh(making.lead_of(call, alcc))


@pytest.fixture
def window(browser, lead):
    """The browser of the lead of ALCC."""
    return browser(lead)


@pytest.fixture
def held(slate, unguarded):
    """The applications of a network in the current version, in the order of their ranks."""

    def find(network) -> list[Application]:
        rows = Nomination.objects.filter(version=making.version_of(slate), network=network)
        return [row.application for row in rows.select_related("application").order_by("rank")]

    return find


@pytest.fixture
def alike(slate, unguarded):
    """Everybody is a woman of a small rural house, but for the fields that are given for some."""

    def make(*others: tuple[Application, dict]) -> None:
        Application.objects.update(gender="woman", size="small")
        Municipality.objects.update(degree=3)
        for application, values in others:
            degree = values.pop("degree", None)
            Application.objects.filter(pk=application.pk).update(**values)
            if degree:
                Municipality.objects.filter(pk=application.house.municipality_id).update(degree=degree)

    return make


def exchange(page, out, into):
    """The choice of a swap on the page, in words."""
    (found,) = [label for label in re.findall(r"<label.*?</label>", page.content.decode(), re.DOTALL) if f"{out.reference}:{into.reference}" in label]
    return words(type("label", (), {"content": found.encode()}))


def line(page, network):
    """The row of a network, as elements."""
    (found,) = [row for row in re.findall(r"<tr>.*?</tr>", page.content.decode(), re.DOTALL) if f"<b>{network.name}</b>" in row]
    return found


# The page


@pytest.mark.parametrize("who", ["lead", "coordinator"])
def test_each_network_stands_in_a_line_with_its_places_and_then_its_reserves(slate, call, alcc, browser, address, unguarded, who):
    page = browser(making.lead_of(call, alcc) if who == "lead" else making.coordinator_of(call)).get(address("board"))
    assert page.status_code == 200
    for part in call.partnerships.select_related("network"):
        row = line(page, part.network)
        ranked = Nomination.objects.filter(version__slate=slate, network=part.network).order_by("rank").select_related("application")
        assert re.findall(rf"{address('board', 'people')}([A-Z0-9]+)/", row) == [entry.application.reference for entry in ranked]
        places, reserves = row.split('class="board__reserves"')
        assert [entry.application.name in places for entry in ranked] == [True] * 3 + [False] * 2
        assert [entry.application.name in reserves for entry in ranked] == [False] * 3 + [True] * 2


@pytest.mark.parametrize(
    ("by", "kinds"), [("gender", {"woman", "man"}), ("origin", {"rural", "town", "city"}), ("size", {"small", "medium", "large"})]
)
def test_the_board_is_coloured_by_the_dimension_that_is_chosen(window, call, address, by, kinds):
    page = window.get(address("board"), {"by": by}).content.decode()
    (switch,) = re.findall(r'<nav class="segments".*?</nav>', page, re.DOTALL)
    cells = re.findall(r'class="cell k-(\w+)', page)
    assert len(cells) == 24
    assert set(cells) <= kinds
    assert re.findall(r'by=(\w+)" aria-current="true"', switch) == [by]


def test_what_makes_no_sense_in_the_address_colours_by_gender(window, address):
    assert '<a href="?by=gender" aria-current="true">' in window.get(address("board"), {"by": "<score>"}).content.decode()


def test_a_cell_says_all_that_its_colour_says_in_words_whatever_it_is_coloured_by(window, slate, alcc, held, alike, address):
    one, two, *_others = held(alcc)
    alike((one, {"gender": "man", "size": "large", "degree": 1}), (two, {"gender": "", "size": ""}))
    for by in ("gender", "origin", "size"):
        cells = [
            words(type("cell", (), {"content": cell.encode()}))
            for cell in re.findall(r"<td>.*?</td>", line(window.get(address("board"), {"by": by}), alcc))
        ]
        assert cells[0] == f"{one.name} {one.house.name}, {one.house.municipality.name} Man City Large"
        assert cells[1] == f"{two.name} {two.house.name}, {two.house.municipality.name} Not said Rural area Not classified"


def test_a_place_that_no_application_could_fill_is_nobody(closed, call, alcc, browser, address):
    making.listed(call, alcc, 2)
    making.opened(call)
    page = browser(making.lead_of(call, alcc)).get(address("board"))
    assert words(page).count("Nobody") == 1
    assert line(page, alcc).count('class="cell k-') == 2


def test_the_balance_is_that_of_the_people_on_places_alone(window, slate, call, alcc, held, alike, address):
    one, *_places, reserve = held(alcc)
    alike((one, {"gender": "man"}), (reserve, {"gender": "man"}))
    text = words(window.get(address("board")))
    assert "Women 23, at least 10" in text
    assert "Men 1, at least 10" in text
    assert "Gender Out of range by 9" in text


def test_the_balance_says_so_when_it_is_in_range(window, slate, call, alike, unguarded, address):
    men = Nomination.objects.on_places().filter(version__slate=slate).select_related("application")[:12]
    alike(*[(row.application, {"gender": "man"}) for row in men])
    text = words(window.get(address("board")))
    assert re.search(r"Gender In range [\d ]*Women 12, at least 10 Men 12, at least 10", text)
    assert re.search(r"Origin Out of range by 10 ", text)


def test_those_who_read_without_leading_and_candidates_see_no_board(slate, call, alcc, held, browser, address):
    for person in (making.assessor_of(call, alcc), held(alcc)[0].person, factories.UserFactory()):
        assert browser(person).get(address("board")).status_code == 403


# The brief


def test_the_brief_says_who_it_is_and_why_the_network_puts_them_forward(window, cult, held, address):
    somebody = held(cult)[0]
    text = words(window.get(address("board", "people", somebody.reference)))
    for told in (somebody.name, somebody.role, somebody.mandate, somebody.house.name, f"{cult.name}, place 1", f"Reason for {somebody.name}."):
        assert told in text
    assert f"{cult.name}, reserve 2" in words(window.get(address("board", "people", held(cult)[4].reference)))


def test_the_brief_tells_no_score_no_answer_no_need_and_no_way_to_reach_the_person(closed, call, cult, browser, address, unguarded, during_call):
    own = making.listed(call, cult)
    somebody = making.on_list(own)[0]
    making.score(somebody, making.lead_of(call, cult), reasons={"ambassador": "A reason of the assessor."})
    during_call.move_to(call.deadline - timedelta(days=1))
    write_answer(somebody, question=call.questions.get(key="motivation"), text="A said answer.", seen=None, language="en", by=somebody.person)
    say_needs(somebody, other="A lift.", by=somebody.person)
    Application.objects.filter(pk=somebody.pk).update(phone="+32 2 555 55 55")
    during_call.move_to(closed)
    making.opened(call)
    for person in (making.lead_of(call, call.networks.get(slug="alcc")), making.lead_of(call, cult), making.coordinator_of(call)):
        page = browser(person).get(address("board", "people", somebody.reference))
        assert somebody.name in words(page)
        for secret in ("A reason of the assessor.", "A said answer.", "A lift.", "+32 2 555", somebody.person.email):
            assert secret not in page.content.decode()


def test_only_those_on_a_list_have_a_brief(window, call, cult, alcc, address):
    for network in (cult, alcc):
        assert window.get(address("board", "people", making.candidate(call, network).reference)).status_code == 404


# Swapping


def test_a_swap_says_what_it_would_do_to_the_balance(window, alcc, held, alike, address):
    *places, first, second = held(alcc)
    alike((first, {"gender": "man", "degree": 1}))
    page = window.get(address("board", "swap", "alcc"))
    assert exchange(page, places[0], first).endswith("Out of range by 30 Women 24 → 23 Men 0 → 1 Rural 24 → 23 Urban 0 → 1")
    assert exchange(page, places[0], second).endswith("Out of range by 32")


def test_swaps_that_mend_most_come_first(lead, slate, alcc, held, alike):
    *places, first, second = held(alcc)
    alike((second, {"gender": "man"}))
    found = exchanges(slate, alcc, lead)
    assert [entry.into.application for entry in found] == [second] * 3 + [first] * 3
    assert [entry.out.application for entry in found[:3]] == places
    assert [entry.after < entry.before for entry in found] == [True] * 3 + [False] * 3


def test_a_swap_that_mends_all_says_that_the_balance_is_in_range(window, call, alcc, held, alike, address):
    call.targets = {"gender": {"man": [1, None]}}
    call.save(update_fields=["targets"])
    *places, first, _second = held(alcc)
    alike((first, {"gender": "man"}))
    assert "Balance in range Men 0 → 1" in exchange(window.get(address("board", "swap", "alcc")), places[0], first)


def test_a_swap_makes_a_new_version_with_its_reason_and_leaves_the_one_before(window, slate, alcc, held, address, unguarded):
    *places, first, second = held(alcc)
    before = list(Nomination.objects.order_by("pk").values())
    answer = window.post(
        address("board", "swap", "alcc"), {"version": 1, "exchange": f"{places[2].reference}:{second.reference}", "reason": "For the balance."}
    )
    assert answer.headers["Location"] == address("board")
    assert held(alcc) == [*places[:2], second, first, places[2]]
    made = making.version_of(slate)
    assert (made.number, made.network, made.reason, made.frozen_at) == (2, alcc, "For the balance.", None)
    assert list(Nomination.objects.filter(version__number=1).order_by("pk").values()) == before
    assert Nomination.objects.filter(version=made).count() == len(before)
    assert Entry.objects.filter(act="swapped").count() == 1
    text = words(window.get(address("board")))
    assert "Version 2" in text
    assert f"Swap in the list of {alcc.name}" in text
    assert "For the balance." in text
    assert "Came in by a swap" in line(window.get(address("board")), alcc)


def test_a_swap_and_the_one_back_leave_nobody_marked_as_come_in(window, lead, slate, alcc, held, address):
    out, into = held(alcc)[0], held(alcc)[3]
    swap(slate, network=alcc, out=out, into=into, reason="There.", version=1, by=lead)
    swap(slate, network=alcc, out=into, into=out, reason="Back.", version=2, by=lead)
    assert "Came in by a swap" not in words(window.get(address("board")))


def test_the_list_that_the_network_put_forward_stays_as_it_was(lead, slate, alcc, held, unguarded):
    before = list(Place.objects.order_by("pk").values())
    swap(slate, network=alcc, out=held(alcc)[0], into=held(alcc)[3], reason="There.", version=1, by=lead)
    assert list(Place.objects.order_by("pk").values()) == before


def test_votes_of_a_version_that_was_swapped_away_stay_visible_and_count_no_more(closed, call, alcc, cult, browser, address, unguarded):
    slate = making.frozen(call)
    making.vote(slate, cult, "no", reason="Too few men.")
    making.vote(slate, alcc)
    lead = making.fresh(making.lead_of(call, alcc))
    ranked = [row.application for row in Nomination.objects.filter(version__number=1, network=alcc).order_by("rank")]
    swap(slate, network=alcc, out=ranked[0], into=ranked[3], reason="A man more.", version=1, by=lead)
    window = browser(lead)
    text = words(window.get(address("board")))
    assert "These votes count no more:" in text
    assert f"{alcc.name}: Yes" in text
    assert f"{cult.name}: No" in text
    assert "says no" not in text
    assert "Open for swaps." in text
    assert board_of(type(slate).objects.get(), lead).standing.votes == {}
    freeze(slate, version=2, by=making.coordinator_of(call))
    board = board_of(type(slate).objects.get(), lead)
    assert (board.standing.yes, board.standing.no, board.standing.open) == (0, 0, 8)
    assert Approval.objects.count() == 2


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"exchange": "", "reason": "So."}, "Choose a swap."),
        ({"exchange": "AAAAAAA:BBBBBBB", "reason": "So."}, "Select a valid choice."),
        ({"reason": ""}, "Say why, in a sentence: the partners read it."),
        ({"reason": " \n "}, "Say why, in a sentence: the partners read it."),
    ],
)
def test_a_swap_without_a_choice_or_a_reason_is_refused_and_what_was_typed_stays(window, slate, alcc, held, address, unguarded, data, said):
    usual = {"version": 1, "exchange": f"{held(alcc)[0].reference}:{held(alcc)[3].reference}"}
    page = window.post(address("board", "swap", "alcc"), usual | data)
    assert page.status_code == 422
    assert said in words(page)
    assert "<title>Error:" in page.content.decode()
    assert SlateVersion.objects.count() == 1
    if data["reason"].strip():
        assert typed_into(page, "reason") == data["reason"]
    else:
        assert re.search(rf'value="{usual["exchange"]}" checked', page.content.decode())


def test_a_swap_on_a_version_that_is_over_is_refused_with_the_effects_counted_anew_and_the_words_kept(
    window, lead, slate, alcc, cult, call, held, address, unguarded
):
    other = making.fresh(making.lead_of(call, cult))
    swap(slate, network=cult, out=held(cult)[0], into=held(cult)[3], reason="Ours.", version=1, by=other)
    chosen = f"{held(alcc)[0].reference}:{held(alcc)[3].reference}"
    page = window.post(address("board", "swap", "alcc"), {"version": 1, "exchange": chosen, "reason": "Typed with care."})
    assert page.status_code == 409
    assert "The slate has changed since you opened this page." in words(page)
    assert typed_into(page, "reason") == "Typed with care."
    assert 'name="version" value="2"' in page.content.decode()
    assert SlateVersion.objects.count() == 2


def test_a_lead_swaps_in_the_list_of_their_own_network_only(window, lead, slate, call, alcc, cult, held, browser, address, unguarded):
    assert window.get(address("board", "swap", "cult")).status_code == 404
    for person in (making.assessor_of(call, alcc), making.coordinator_of(call)):
        assert browser(person).get(address("board", "swap", "alcc")).status_code == 403
    for by in (lead, making.fresh(making.assessor_of(call, cult)), making.fresh(making.coordinator_of(call))):
        with pytest.raises(NotAllowed):
            swap(slate, network=cult, out=held(cult)[0], into=held(cult)[3], reason="So.", version=1, by=by)
    assert SlateVersion.objects.count() == 1


def test_a_swap_is_of_one_place_and_one_reserve_of_that_very_list(lead, slate, call, alcc, cult, held, unguarded):
    *places, first, second = held(alcc)
    foreign = held(cult)[3]
    outsider = making.candidate(call, alcc)
    for out, into in [
        (places[0], places[1]),
        (first, second),
        (first, places[0]),
        (places[0], foreign),
        (places[0], outsider),
        (held(cult)[0], first),
    ]:
        with pytest.raises(VersionOver):
            swap(slate, network=alcc, out=out, into=into, reason="So.", version=1, by=lead)
    with pytest.raises(ReasonMissing):
        swap(slate, network=alcc, out=places[0], into=first, reason="  ", version=1, by=lead)
    with pytest.raises(VersionOver):
        swap(slate, network=alcc, out=places[0], into=first, reason="So.", version=2, by=lead)
    assert SlateVersion.objects.count() == 1


def test_nobody_swaps_once_the_selection_is_final(closed, call, alcc, browser, address, unguarded):
    slate = making.final(call)
    lead = making.fresh(making.lead_of(call, alcc))
    ranked = [row.application for row in Nomination.objects.filter(network=alcc).order_by("rank")]
    with pytest.raises(Final):
        swap(slate, network=alcc, out=ranked[0], into=ranked[3], reason="So.", version=1, by=lead)
    window = browser(lead)
    assert address("board", "swap", "alcc") not in window.get(address("board")).content.decode()
    assert window.get(address("board", "swap", "alcc")).status_code == 409
    with pytest.raises(Final):
        freeze(slate, version=1, by=making.coordinator_of(call))


def test_a_reserve_of_a_house_that_holds_another_place_is_not_offered_and_not_taken(lead, slate, alcc, held, unguarded):
    *places, first, second = held(alcc)
    rows = Nomination.objects.filter(network=alcc)
    rows.filter(application=first).update(house=rows.get(application=places[0]).house)
    offered = {(entry.out.application, entry.into.application) for entry in exchanges(slate, alcc, lead)}
    assert offered == {(places[0], first)} | {(out, second) for out in places}
    with pytest.raises(HouseTaken):
        swap(slate, network=alcc, out=places[1], into=first, reason="So.", version=1, by=lead)
    swap(slate, network=alcc, out=places[0], into=first, reason="Of one house.", version=1, by=lead)


def test_a_network_without_reserves_has_nothing_to_swap(closed, call, alcc, browser, address):
    making.listed(call, alcc, 3)
    making.opened(call)
    page = browser(making.lead_of(call, alcc)).get(address("board", "swap", "alcc"))
    assert "There is no reserve to swap with" in words(page)
    assert "<form" not in page.content.decode().split("<main")[1].split("</main>")[0]


def test_the_forms_of_the_board_need_no_script(closed, call, alcc, browser, address):
    making.frozen(call)
    window = browser(making.lead_of(call, alcc))
    for path in ("board", "board/swap/alcc"):
        main = window.get(address(*path.split("/"))).content.decode().split("<main")[1].split("</main>")[0]
        forms = re.findall(r"<form.*?</form>", main, re.DOTALL)
        assert forms
        for form in forms:
            assert re.match(r'<form method="post"', form)
            assert "<button" in form
            assert 'name="csrfmiddlewaretoken"' in form
            assert "hx-" not in form


# One house through two networks


@pytest.fixture
def doubled(slate, alcc, cult, held, unguarded):
    """The first place of cult! is of the house on the first place of ALCC."""
    of_alcc = Nomination.objects.get(network=alcc, rank=1)
    Nomination.objects.filter(network=cult, rank=1).update(house=of_alcc.house)
    return [of_alcc.application, held(cult)[0]]


def test_a_house_on_two_places_is_marked_at_both(doubled, window, alcc, cult, address):
    page = window.get(address("board"))
    for network in (alcc, cult):
        assert line(page, network).count("The same house holds another place") == 1
    assert page.content.decode().count("cell--problem") == 2


def test_a_house_on_a_place_and_among_reserves_is_not_twice(slate, window, alcc, cult, coordinator, address, unguarded):
    Nomination.objects.filter(network=cult, rank=4).update(house=Nomination.objects.get(network=alcc, rank=1).house)
    assert "cell--problem" not in window.get(address("board")).content.decode()
    assert freeze(slate, version=1, by=coordinator).frozen_at


def test_a_version_with_a_house_on_two_places_is_not_frozen(doubled, slate, coordinator, browser, address, unguarded):
    with pytest.raises(HouseTwice):
        freeze(slate, version=1, by=coordinator)
    page = browser(coordinator).post(address("board", "freeze"), {"version": 1})
    assert page.status_code == 409
    assert "Two places are of one house; they are marked below." in words(page)
    assert making.version_of(slate).frozen_at is None


def test_once_one_of_the_two_has_swapped_the_version_can_be_frozen(doubled, slate, lead, alcc, held, coordinator):
    swap(slate, network=alcc, out=held(alcc)[0], into=held(alcc)[3], reason="The other stays.", version=1, by=lead)
    assert freeze(slate, version=2, by=coordinator).frozen_at


# Somebody who has a conflict


@pytest.fixture
def recused(slate, call, alcc, held):
    """A second lead of ALCC, who declared a conflict with the first of its list; and who that is."""
    person = factories.staff(call=call, role="lead", network=alcc)
    somebody = held(alcc)[0]
    declare_conflict(somebody, by=making.fresh(person))
    return making.fresh(person), somebody


def test_who_declared_a_conflict_sees_nobody_of_that_network_since_a_gap_would_tell(recused, browser, alcc, cult, held, address):
    person, _somebody = recused
    window = browser(person)
    page = window.get(address("board"))
    for application in held(alcc):
        for told in (application.name, application.reference, application.house.name, f"Reason for {application.name}."):
            assert told not in page.content.decode()
        assert window.get(address("board", "people", application.reference)).status_code == 404
    assert "You don't see the people of this network" in words(type("row", (), {"content": line(page, alcc).encode()}))
    assert "You have declared a conflict in a network, or apply through it." in words(page)
    assert all(application.name in words(page) for application in held(cult))


def test_a_place_and_a_reserve_that_somebody_may_not_see_look_alike(slate, call, alcc, held, browser, address):
    pages = []
    for rank in (0, 4):
        person = factories.staff(call=call, role="lead", network=alcc)
        declare_conflict(held(alcc)[rank], by=making.fresh(person))
        pages.append(line(browser(person).get(address("board")), alcc))
    assert pages[0] == pages[1]


def test_who_declared_a_conflict_sees_figures_without_that_network(recused, call, alcc, held, alike, browser, address):
    person, somebody = recused
    alike((somebody, {"gender": "other"}), (held(alcc)[1], {"gender": "man"}))
    text = words(browser(person).get(address("board")))
    assert "Women 21, at least 10" in text
    assert "Men 0, at least 10" in text
    assert "Other 1" not in text
    assert "Other 1" in words(browser(making.lead_of(call, alcc)).get(address("board")))


def test_who_declared_a_conflict_reads_no_reason_that_could_name_somebody(recused, slate, call, alcc, cult, held, coordinator, browser, address):
    person, somebody = recused
    ours = making.fresh(making.lead_of(call, alcc))
    swap(slate, network=alcc, out=held(alcc)[1], into=held(alcc)[3], reason=f"{somebody.name} stays.", version=1, by=ours)
    freeze(slate, version=2, by=coordinator)
    approve(slate, network=cult, vote="no", reason=f"Not with {somebody.name}.", version=2, by=making.fresh(making.lead_of(call, cult)))
    page = words(browser(person).get(address("board")))
    assert f"{cult.name} says no:" in page
    assert somebody.name not in page
    assert somebody.name in words(browser(ours).get(address("board")))


def test_who_declared_a_conflict_is_not_told_of_a_house_that_is_there_twice(recused, call, alcc, cult, browser, address, unguarded):
    person, somebody = recused
    Nomination.objects.filter(network=cult, rank=1).update(house=Nomination.objects.get(application=somebody).house)
    assert "cell--problem" not in browser(person).get(address("board")).content.decode()
    assert "cell--problem" in browser(making.lead_of(call, alcc)).get(address("board")).content.decode()


def test_who_declared_a_conflict_neither_swaps_nor_votes_for_that_network(recused, slate, alcc, held, coordinator, browser, address, unguarded):
    person, _somebody = recused
    window = browser(person)
    assert address("board", "swap", "alcc") not in window.get(address("board")).content.decode()
    page = window.get(address("board", "swap", "alcc"))
    assert page.status_code == 409
    assert "You have a conflict in this network, so another lead swaps in its list and votes for it." in words(page)
    with pytest.raises(NotAllowed):
        swap(slate, network=alcc, out=held(alcc)[1], into=held(alcc)[3], reason="So.", version=1, by=person)
    freeze(slate, version=1, by=coordinator)
    assert address("board", "vote", "alcc") not in window.get(address("board")).content.decode()
    assert window.post(address("board", "vote", "alcc"), {"version": 1, "vote": "yes", "reason": ""}).status_code == 409
    with pytest.raises(NotAllowed):
        approve(slate, network=alcc, vote="yes", reason="", version=1, by=person)
    assert not Approval.objects.exists()


def test_a_conflict_in_one_network_leaves_its_people_out_of_the_effects_of_a_swap_in_another(recused, slate, call, alcc, cult, held, alike):
    person, somebody = recused
    factories.staff(call=call, role="lead", network=cult, person=person)
    alike((somebody, {"gender": "man"}), (held(cult)[3], {"gender": "man"}))
    found = {entry.value: entry.effects for entry in exchanges(slate, cult, making.fresh(person))}
    assert found[f"{held(cult)[0].reference}:{held(cult)[3].reference}"] == ["Women 21 → 20", "Men 0 → 1"]


@pytest.mark.parametrize("who", ["lead", "coordinator"])
def test_a_partner_who_recognises_somebody_declares_the_conflict_on_the_brief(slate, call, alcc, cult, held, browser, address, who):
    person = making.lead_of(call, alcc) if who == "lead" else making.coordinator_of(call)
    somebody, window = held(cult)[0], browser(person)
    brief = address("board", "people", somebody.reference)
    for _twice in range(2):
        window.post(brief)
    assert Entry.objects.filter(act="conflict declared").count() == 1
    assert window.get(brief).status_code == 404
    page = window.get(address("board"))
    assert not [application.name for application in held(cult) if application.name in words(page)]
    assert all(application.name in words(page) for application in held(alcc))


def test_who_applies_through_a_network_sees_nobody_of_it_either(slate, call, alcc, cult, held, browser, address, unguarded):
    lead = making.lead_of(call, alcc)
    mine = held(cult)[4]
    Application.objects.filter(pk=mine.pk).update(person=lead)
    page = browser(lead).get(address("board"))
    assert not [application.name for application in held(cult) if application.name in words(page)]
    assert browser(lead).get(address("board", "people", mine.reference)).status_code == 404


def test_the_final_page_shows_the_same_board(closed, call, coordinator, browser, address, unguarded):
    slate = making.approved(call)
    page = browser(coordinator).get(address("board", "final"))
    assert not [row for row in Nomination.objects.select_related("application") if row.application.name not in words(page)]
    make_final(slate, version=1, by=coordinator)
    assert "The selection is final." in words(browser(coordinator).get(address("board", "final")))
