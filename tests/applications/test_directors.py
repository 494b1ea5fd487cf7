"""The director of the house confirms by a mailed link: once, without an account, and without learning anything of the answers."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.urls import reverse

from applications import services as applying
from applications.answers.models import Answer
from applications.directors import services
from applications.directors.models import MOVES, Confirmation, Said
from fulcrum.audit.models import Entry
from fulcrum.mail.models import Letter, Message
from fulcrum.mail.services import deliver_due
from tests import factories
from tests.applications.reading import anchors, typed_into, words
from tests.selection import making

ILZE = {"name": "Ilze Ozola", "address": "Ilze@Example.org", "language": "lv"}


@pytest.fixture
def me(as_, complete):
    return as_(complete.person)


@pytest.fixture
def asking(complete):
    return reverse("application_director", args=[complete.reference])


@pytest.fixture
def asked(complete):
    """The director, asked, and the link of the letter."""
    return services.ask_director(complete, name="Ilze Ozola", address="ilze@example.org", language="lv", by=complete.person)


@pytest.fixture
def link(asked):
    return reverse("director", args=[services.token_of(asked)])


@pytest.fixture
def stands(complete, unguarded):
    return lambda: Confirmation.objects.of(complete).current().first()


def test_the_letter_goes_to_the_director_in_the_chosen_language_with_a_link_that_is_wiped(me, asking, complete, stands, unguarded):
    assert me.post(asking, ILZE).status_code == 302
    row = stands()
    assert (row.state, row.name, row.address, row.language, row.letters) == (Said.ASKED, "Ilze Ozola", "ilze@example.org", "lv", 1)
    deliver_due()
    letter = Letter.objects.get(to="ilze@example.org")
    assert f"/lv/director/{services.token_of(row)}/" in letter.text
    assert complete.name in letter.text
    assert Message.objects.get(kind="director_asked").body == ""
    assert Entry.objects.filter(act="director asked", by=complete.person).count() == 1


def test_the_page_says_who_applies_for_what_and_when_and_nothing_of_the_answers(client, complete, link, call, unguarded):
    Answer.objects.filter(application=complete, question__key="motivation").update(text="Canary of the answers")
    shown = words(client.get(link))
    for sentence in (complete.name, complete.house_name, str(call.short_name), complete.network.name, "18 September 2024", "five half-days"):
        assert sentence in shown
    for hidden in ("Canary of the answers", complete.mandate, complete.person.email, complete.role, complete.reference):
        assert hidden not in shown


@pytest.mark.parametrize(("said", "state", "act"), [("yes", Said.CONFIRMED, "director confirmed"), ("no", Said.REFUSED, "director refused")])
def test_the_answer_is_taken_once_and_told_to_the_candidate(client, complete, link, stands, said, state, act, unguarded):
    response = client.post(link, {"answer": said, "word": "Gladly, from autumn on."}, follow=True)
    assert "This link was used: you have answered" in words(response)
    assert (stands().state, stands().word) == (state, "Gladly, from autumn on.")
    for _again in range(3):
        client.post(link, {"answer": said, "word": "Something else."})
    assert stands().word == "Gladly, from autumn on."
    assert Entry.objects.filter(act=act, by=None).count() == 1
    assert Message.objects.filter(kind="director_answered", address=complete.person.email).count() == 1


def test_the_other_answer_later_is_refused_and_says_what_stands(client, link, stands):
    client.post(link, {"answer": "no"})
    response = client.post(link, {"answer": "yes"})
    assert response.status_code == 409
    assert "You answered that you do not agree." in words(response)
    assert stands().state == Said.REFUSED


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_looking_at_the_link_answers_nothing(client, link, stands, method):
    getattr(client, method)(f"{link}?answer=yes")
    assert stands().state == Said.ASKED


def test_a_post_without_an_answer_is_refused_and_keeps_the_word(client, link, stands):
    response = client.post(link, {"word": "A thought."})
    assert response.status_code == 422
    assert "<title>Error: " in response.content.decode()
    assert typed_into(response, "word") == "A thought."
    assert f'id="{anchors(response)[0]}"' in response.content.decode()
    assert stands().state == Said.ASKED


@pytest.mark.parametrize("token", ["x", "1:abc:def", "MQ:1rt:x"])
def test_a_link_that_is_not_ours_leads_nowhere(client, call, token):
    assert client.get(reverse("director", args=[token])).status_code == 404


def test_the_link_holds_until_fourteen_days_after_the_deadline(client, call, link, stands, during_call):
    during_call.move_to(call.deadline + timedelta(days=14, seconds=-1))
    assert client.get(link).status_code == 200
    during_call.move_to(call.deadline + timedelta(days=14))
    for response in (client.get(link), client.post(link, {"answer": "yes"})):
        assert response.status_code == 410
        assert "This link is over" in words(response)
    assert stands().state == Said.ASKED


def test_the_page_is_kept_by_no_cache_and_found_by_no_search(client, link):
    response = client.get(link)
    assert "no-store" in response["Cache-Control"]
    assert 'name="robots" content="noindex"' in response.content.decode()


def test_another_house_asks_anew_and_the_former_link_is_over(client, complete, link, asked, stands, unguarded):
    services.answer(services.asked_by_link(services.token_of(asked)), agrees=True)
    applying.save_page(complete, values={"house": factories.HouseFactory(networks=[complete.network])}, by=complete.person)
    assert stands() is None
    assert client.get(link).status_code == 410
    assert Confirmation.objects.get(pk=asked.pk).state == Said.OVER


def test_another_network_that_does_not_list_the_house_asks_anew_too(complete, asked, stands, cult):
    applying.change_doors(complete, network=cult, eligibility=complete.eligibility, by=complete.person)
    assert stands() is None


def test_the_same_house_typed_a_little_otherwise_asks_nobody_anew(complete, asked, stands, unguarded):
    typed = {"house": None, "typed_house": complete.house.name.upper(), "municipality": complete.house.municipality}
    applying.save_page(complete, values=typed, by=complete.person)
    assert stands() == asked


def test_another_director_takes_the_place_of_the_first(me, asking, client, asked, stands, complete, unguarded):
    link = reverse("director", args=[services.token_of(asked)])
    me.post(asking, {"name": "Jānis", "address": "janis@example.org", "language": "en"})
    assert stands().name == "Jānis"
    assert client.get(link).status_code == 410
    assert Confirmation.objects.of(complete).count() == 2


def test_the_letter_is_sent_again_a_few_times_and_no_more(me, asking, stands, unguarded):
    for _letter in range(services.LETTERS):
        cache.clear()
        assert me.post(asking, ILZE).status_code == 302
    cache.clear()
    refused = me.post(asking, {**ILZE, "address": "other@example.org"})
    assert refused.status_code == 422
    assert "Enough letters were written" in words(refused)
    assert Message.objects.filter(kind="director_asked").count() == services.LETTERS
    assert stands().letters == services.LETTERS


def test_many_letters_in_a_short_time_are_held_back(me, asking, unguarded):
    found = [me.post(asking, ILZE).status_code for _letter in range(4)]
    assert found == [302, 302, 302, 422]
    assert Message.objects.filter(kind="director_asked").count() == 3


def test_the_candidate_may_be_the_director_and_nobody_is_written_to(me, asking, stands, unguarded):
    for _twice in range(2):
        assert me.post(asking, {"is_own": "on", "address": "nonsense"}).status_code == 302
    assert (stands().state, stands().is_own) == (Said.CONFIRMED, True)
    assert not Message.objects.filter(kind="director_asked").exists()
    assert Entry.objects.filter(act="directs the house").count() == 1


def test_ones_own_address_is_not_that_of_a_director(me, asking, complete, stands):
    response = me.post(asking, {**ILZE, "address": complete.person.email})
    assert response.status_code == 422
    assert "tick the box above" in words(response)
    assert stands() is None


@pytest.mark.parametrize("name", ["name", "address", "language"])
def test_a_gap_is_named_and_what_was_typed_stays(me, asking, name, stands):
    response = me.post(asking, ILZE | {name: ""})
    assert response.status_code == 422
    assert anchors(response) == [f"id_{name}"]
    assert stands() is None


def test_nobody_is_asked_before_the_house_is_named(as_, draft):
    response = as_(draft.person).post(reverse("application_director", args=[draft.reference]), ILZE)
    assert response.status_code == 422
    assert "name your house first" in words(response)


def test_the_task_list_shows_how_it_stands_and_nothing_waits_for_it(me, complete, asked):
    tasks = reverse("application", args=[complete.reference])
    assert "Ask the director of your house A letter went to Ilze Ozola Not answered yet" in words(me.get(tasks))
    assert applying.send(complete, by=complete.person).is_sent
    services.answer(services.asked_by_link(services.token_of(asked)), agrees=True)
    assert "A letter went to Ilze Ozola Confirmed" in words(me.get(tasks))


def test_after_the_deadline_the_director_can_be_asked_for_a_fortnight(me, asking, stands, call, after_deadline):
    after_deadline()
    assert me.post(asking, ILZE).status_code == 302
    after_deadline(14 * 86400)
    assert me.post(asking, {**ILZE, "address": "late@example.org"}).status_code == 409
    assert stands().address == "ilze@example.org"


@pytest.mark.parametrize(
    ("agrees", "listed", "page"),
    [
        (None, "Director: open", "has not answered yet"),
        (True, "Director: confirmed", "confirmed the release time"),
        (False, "Director: does not agree", "does not agree"),
    ],
)
def test_staff_of_the_network_see_it_on_the_list_and_on_the_page(as_, call, sent, assessor, agrees, listed, page):
    row = services.ask_director(sent, name="Ilze", address="ilze@example.org", language="lv", by=sent.person)
    if agrees is not None:
        services.answer(services.asked_by_link(services.token_of(row)), agrees=agrees, word="So it is.")
    window = as_(factories.staff(call=call, role="assessor", network=sent.network))
    found = words(window.get(reverse("review_list", args=[call.slug])))
    assert listed in found
    assert ("Eligible?" in found) == (agrees is False)
    review = words(window.get(reverse("review", args=[call.slug, sent.reference])))
    assert page in review
    assert ("So it is." in review) == (agrees is not None)
    assert "ilze@example.org" not in review
    assert not Confirmation.objects.visible_to(assessor).exists()  # of another network


def test_the_list_asks_the_same_queries_with_and_without_directors(as_, call, alcc, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    applications = making.candidates(call, alcc, 12)
    window, url = as_(factories.staff(call=call, role="assessor", network=alcc)), reverse("review_list", args=[call.slug])
    window.get(url)
    with CaptureQueriesContext(connection) as before:
        window.get(url)
    for application in applications:
        services.ask_director(application, name="Ilze", address="ilze@example.org", language="lv", by=application.person)
    with CaptureQueriesContext(connection) as after:
        assert words(window.get(url)).count("Director: open") == 12
    assert len(after) == len(before)


def test_moves_that_no_table_names_are_refused_and_one_director_is_asked_at_a_time(complete, asked, unguarded):
    assert {state for state, to in MOVES.items() if not to} == {Said.OVER}
    with pytest.raises(IntegrityError), transaction.atomic():
        Confirmation.objects.create(application=complete)
    with pytest.raises(IntegrityError), transaction.atomic():
        Confirmation.objects.filter(pk=asked.pk).update(state=Said.CONFIRMED)


def test_names_and_addresses_of_directors_go_with_the_end_of_the_call(call, complete, asked, during_call, unguarded):
    deliver_due()
    during_call.move_to(call.ends_at + timedelta(days=1))
    assert services.forget_directors() == 1
    row = Confirmation.objects.get(pk=asked.pk)
    assert (row.name, row.address, row.state) == ("", "", Said.ASKED)
    assert not Message.objects.filter(kind="director_asked").exists()
    assert services.forget_directors() == 0
