"""No page asks more as the call grows: a ceiling of queries for each, and the same queries and rows for few and for many."""

from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fulcrum.calls.models import Call
from fulcrum.mail.models import Message
from fulcrum.people.models import Role
from fulcrum.work.models import Job
from tests import factories
from tests.benchmarks.counting import counted

BYTES = 100_000  # of HTML, for any page
HOUSES, ROLES, LETTERS, CALLS = (3, 60), (3, 60), (3, 120), (1, 15)  # small and large

PUBLIC = {
    "/en/": 8,
    "/et/": 8,
    "/en/calls/": 3,
    "/en/calls/{call}/": 8,
    "/en/calls/{call}/questions/": 5,  # the whole form: networks, conditions of applying, texts, questions
    "/en/calls/{call}/apply/": 5,
    "/en/privacy/": 3,
    "/en/accessibility/": 2,
    "/en/sign-in/": 1,
    "/.well-known/security.txt": 1,
    "/healthz": 0,
}
CANDIDATE = {
    "/en/": 11,
    "/en/applications/": 6,
    "/en/account/": 5,
    "{own}/": 14,
    "{own}/doors/": 8,
    "{own}/about/": 7,
    "{own}/house/": 8,
    "{own}/house/?q=kult": 8,
    "{own}/house/other/": 6,
    "{own}/facts/": 7,
    "{own}/answers/motivation/": 8,
    "{own}/answers/motivation/?channel=audio": 8,
    "{own}/answers/motivation/?channel=video": 8,
    "{own}/needs/": 10,
    "{own}/money/": 10,
    "{own}/consent/": 8,
    "{own}/check/": 15,
    "{own}/withdraw/": 6,
}
SENT = {"{own}/receipt/": 10, "{own}/check/": 15, "{own}/": 14}
WORK = {
    "/en/work/": 10,  # with what waits in selection and programme
    "/en/work/{call}/texts/": 10,
    "/en/work/{call}/texts/who_can_apply/": 8,
    "/en/work/{call}/dates/": 8,
    "/en/work/{call}/people/": 10,
    "/en/work/letters/": 9,
    "/en/account/": 6,
    "/en/account/second-factor/": 8,
}


class Cost(NamedTuple):
    queries: int
    rows: int
    size: int


def cost(client: Any, path: str, status: int = 200) -> Cost:
    """What one page costs, without anything kept from an earlier one."""
    caches["pages"].clear()
    with counted() as count, CaptureQueriesContext(connection) as captured:
        response = client.get(path)
    assert response.status_code == status, path
    assert count.queries >= len(captured), "a query went past the counter"
    return Cost(len(captured), count.rows, len(response.content))


def fits(client: Any, path: str, ceiling: int) -> None:
    found = cost(client, path, 302 if path.endswith("/applications/") else 200)
    assert found.queries <= ceiling, f"{path} asks {found.queries} queries"
    assert found.size < BYTES, f"{path} is {found.size} bytes"


@pytest.mark.parametrize(("path", "ceiling"), PUBLIC.items())
def test_a_public_page_keeps_under_its_ceiling(client, call, path, ceiling):
    fits(client, path.format(call=call.slug), ceiling)


def test_the_public_page_asks_one_query_once_it_is_kept(client, call, django_assert_max_num_queries):
    client.get("/et/")
    with django_assert_max_num_queries(1):
        assert client.get("/et/").status_code == 200


@pytest.mark.parametrize(("path", "ceiling"), CANDIDATE.items())
def test_a_page_of_a_candidate_keeps_under_its_ceiling(as_, complete, path, ceiling):
    fits(as_(complete.person), path.format(own=f"/en/applications/{complete.reference}"), ceiling)


@pytest.mark.parametrize(("path", "ceiling"), SENT.items())
def test_a_page_of_a_sent_application_keeps_under_its_ceiling(as_, sent, path, ceiling):
    fits(as_(sent.person), path.format(own=f"/en/applications/{sent.reference}"), ceiling)


@pytest.mark.parametrize(("path", "ceiling"), WORK.items())
def test_a_page_of_staff_keeps_under_its_ceiling(as_, call, coordinator, path, ceiling):
    fits(as_(coordinator), path.format(call=call.slug), ceiling)


def test_every_answer_at_its_limit_is_a_page_of_ordinary_size(as_, complete, unguarded):
    complete.answers.update(text="vārds " * 300)
    for path in ("check/", "", "answers/motivation/"):
        assert cost(as_(complete.person), f"/en/applications/{complete.reference}/{path}").size < BYTES


def letters(call: Call, number: int) -> None:
    Message.objects.bulk_create(
        Message(
            key=f"letter {i}",
            kind="receipt",
            call=call,
            address=f"person{i}@example.org",
            language="en",
            subject=f"Letter {i}",
            body="x" * 5000,
            job=Job.WAITING if i % 3 else Job.FAILED,
        )
        for i in range(Message.objects.count(), number)
    )


def roles(call: Call, number: int) -> None:
    networks = list(call.networks.all())
    for i in range(Role.objects.count(), number):
        factories.staff(call=call, role=Role.Kind.ASSESSOR, network=networks[i % len(networks)])


def calls(call: Call, number: int) -> None:
    for i in range(Call.objects.count(), number):
        Call.objects.create(
            **{field.name: getattr(call, field.name) for field in Call._meta.fields if field.name not in ("id", "slug", "ends_at")},
            slug=f"call-{i}",
            ends_at=timezone.now() + timedelta(days=400),
        )


def houses(call: Call, number: int) -> None:
    alcc = call.networks.get(slug="alcc")
    for _house in range(alcc.houses.count(), number):
        factories.HouseFactory(networks=[alcc])


LISTS = [
    ("/en/work/letters/", letters, LETTERS, 50),
    ("/en/work/letters/?show=troubled", letters, LETTERS, 50),
    ("/en/work/{call}/people/", roles, ROLES, 50),
    ("/en/calls/", calls, CALLS, 20),
]


@pytest.mark.parametrize(("path", "grow", "sizes", "shown"), LISTS, ids=[entry[0] for entry in LISTS])
def test_a_list_costs_the_same_queries_for_few_and_for_many(as_, call, coordinator, unguarded, path, grow, sizes, shown):
    client = as_(coordinator)
    small, large = (_grown(client, call, path.format(call=call.slug), grow, size) for size in sizes)
    assert large.queries == small.queries
    assert large.rows - small.rows <= min(sizes[1], shown) - min(sizes[0], shown)
    assert large.size < BYTES


@pytest.mark.parametrize("words", ["", "?q=kult"], ids=["all", "searched"])
def test_choosing_a_house_costs_the_same_queries_for_few_and_for_many(as_, call, draft, unguarded, words):
    client = as_(draft.person)
    path = f"/en/applications/{draft.reference}/house/{words}"
    small, large = (_grown(client, call, path, houses, size) for size in HOUSES)
    assert large.queries == small.queries
    assert large.rows - small.rows <= 20 - HOUSES[0]
    assert large.size < BYTES


def test_other_applications_cost_a_candidate_nothing(as_, call, alcc, complete, unguarded):
    client, path = as_(complete.person), f"/en/applications/{complete.reference}/check/"
    before = cost(client, path)
    for _other in range(12):
        factories.fill(factories.draft(call=call, network=alcc), house=complete.house)
    assert cost(client, path)[:2] == before[:2]


def _grown(client: Any, call: Call, path: str, grow: Any, size: int) -> Cost:
    grow(call, size)
    return cost(client, path)
