"""Guarded tables answer only who asks as somebody, however the question is put."""

import re
from collections import Counter

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, OuterRef, Prefetch, Subquery

from applications.answers.models import Answer
from applications.application import Application
from applications.needs.models import Money, Needs, Summary
from fulcrum.calls.models import Call, Question
from fulcrum.files.models import StoredFile
from fulcrum.guard.querysets import Guarded, GuardedQuery, Unscoped, everything
from fulcrum.mail.models import Message
from programme.attendance.models import Fixed
from programme.models import Certificate, Mark, Seat
from tests import factories

# Every place that looks past the guard. A new one changes a count here, and somebody looks at it.
PAST_THE_GUARD = {
    "everything(": {
        "applications/answers/asking.py": 1,  # invariant
        "applications/doubles/services.py": 3,  # applications of a merged house, of a typed one, and the sweep of mergers
        "applications/directors/services.py": 2,  # the page of a link, retention
        "applications/needs/services.py": 2,  # whether somebody's needs are still needed, and the end of all that are not
        "applications/mydata.py": 2,  # erasure
        "applications/recordings/services.py": 1,  # invariant
        "applications/deadlines/reminders.py": 3,  # when reminders are due, for which drafts, and each under its lock
        "applications/deadlines/services.py": 2,  # until when a network still waits, and a reference that somebody told
        "applications/assistance/services.py": 1,  # one application for each person and call, when a network starts one
        "applications/retention.py": 3,
        "applications/recordings/transcripts.py": 7,  # what passed, the work on it, its sweep, a version after the last, invariant
        "applications/services.py": 6,  # others of a house, counted and told without names; an extension told, and how many would be; invariant
        "fulcrum/demo/editions.py": 10,  # calls of the demonstration are moved in time, and the others vote, accept and attend
        "fulcrum/demo/services.py": 3,
        "fulcrum/demo/views.py": 1,
        "fulcrum/files/services.py": 6,  # quota of one person, the check, its sweep, retention, invariant
        "fulcrum/files/uploads/services.py": 1,  # an upload by its token, which is looked at next
        "fulcrum/files/uploads/tidying.py": 4,  # the sweep, retention, invariant, files without a row
        "fulcrum/guard/querysets.py": 3,  # its definition and two constraints
        "fulcrum/mail/services.py": 6,  # delivery, its sweep, sending again, invariant, retention, whether a key was used
        "programme/attendance/services.py": 1,  # a changed unit is told to each participant
        "programme/certificates/services.py": 4,  # numbers over all calls, drawing, its sweep, invariant
        "fulcrum/people/mydata/held.py": 2,  # a person's own data: what is held, what would stay
        "fulcrum/people/mydata/rooms.py": 3,  # a person's own recordings; erasure
        "programme/mydata.py": 1,  # a person's own certificates
        "programme/retention.py": 3,
        "programme/seats/houses.py": 1,  # a merged house
        "programme/seats/services.py": 7,  # the release, the rule of replacement, reserves twice, the lock of a call's seats, invariant
        "selection/assessments/services.py": 2,  # a conflict is declared, retention
        "selection/mydata.py": 1,  # erasure
        "selection/houses.py": 1,  # a merged house
        "selection/outcomes/services.py": 6,  # letters counted, one shown, the release under its lock, invariant
        "selection/shortlists/services.py": 12,  # a list under its lock, a withdrawal, ready or not, opened or not, invariant, retention
        "selection/slates/services.py": 9,  # the slate under its lock: opening, swap, freeze, votes, final; invariant
    },
    "_base_manager": {"fulcrum/work/models.py": 4},  # the lease, by primary key
    ".raw(": {},
    "cursor(": {},
    ".extra(": {},
}
GUARDED = [model for model in apps.get_models() if issubclass(model, Guarded)]

WAYS = {
    "iterating": lambda rows: list(rows),
    "a slice": lambda rows: list(rows[:1]),
    "exists": lambda rows: rows.exists(),
    "count": lambda rows: rows.count(),
    "len": lambda rows: len(rows),
    "first": lambda rows: rows.first(),
    "get": lambda rows: rows.get(pk=1),
    "earliest": lambda rows: rows.earliest("pk"),
    "aggregate": lambda rows: rows.aggregate(Count("pk")),
    "annotate": lambda rows: list(rows.annotate(number=Count("answers"))),
    "values": lambda rows: list(rows.values("pk")),
    "values_list": lambda rows: list(rows.values_list("name", flat=True)),
    "iterator": lambda rows: list(rows.iterator()),
    "in_bulk": lambda rows: rows.in_bulk([1]),
    "dates": lambda rows: list(rows.dates("started_at", "day")),
    "contains": lambda rows: rows.contains(Application(pk=1)),
    "explain": lambda rows: rows.explain(),
    "update": lambda rows: rows.update(name="x"),
    "delete": lambda rows: rows.delete(),
    "get_or_create": lambda rows: rows.get_or_create(reference="AAAAAAA"),
    "update_or_create": lambda rows: rows.update_or_create(reference="AAAAAAA"),
    "union": lambda rows: list(rows.union(Application.objects.all())),
    "or": lambda rows: list(rows | Application.objects.all()),
    "and": lambda rows: list(rows & Application.objects.all()),
    "xor": lambda rows: list(rows ^ Application.objects.all()),
    "a subquery in a filter": lambda rows: list(Call.objects.filter(pk__in=rows.values("call"))),
    "exists in a filter": lambda rows: list(Call.objects.filter(Exists(rows.filter(call=OuterRef("pk"))))),
    "a subquery in an annotation": lambda rows: list(Call.objects.annotate(name2=Subquery(rows.filter(call=OuterRef("pk")).values("name")[:1]))),
    "a prefetch": lambda rows: list(Call.objects.prefetch_related(Prefetch("applications", queryset=rows))),
    "filter, exclude, order": lambda rows: list(rows.filter(state="sent").exclude(name="").order_by("pk").distinct()),
    "words of the staff": lambda rows: list(rows.sent().with_page()),
    "select_for_update": lambda rows: rows.select_for_update().first(),
    "bool": lambda rows: bool(rows),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_question_that_nobody_scoped_is_refused(draft, way):
    with pytest.raises(Unscoped):
        WAYS[way](Application.objects.all())


OF_A_MANAGER = sorted(set(WAYS) - {"a slice", "iterating", "len", "or", "and", "xor", "bool", "delete", "a prefetch"})


@pytest.mark.parametrize("way", OF_A_MANAGER)
def test_the_default_manager_itself_is_refused_too(draft, way):
    with pytest.raises(Unscoped):
        WAYS[way](Application.objects)


def test_related_managers_of_unguarded_rows_are_guarded(draft, candidate):
    for rows in (draft.call.applications, candidate.applications, draft.network.applications, draft.answers):
        with pytest.raises(Unscoped):
            rows.count()


def test_a_prefetch_by_name_is_refused(draft):
    with pytest.raises(Unscoped):
        list(Call.objects.prefetch_related("applications"))


@pytest.mark.parametrize("model", GUARDED, ids=lambda model: model.__name__)
def test_no_guarded_table_is_emptied_or_changed_unscoped(db, model):
    with pytest.raises((Unscoped, Fixed)):  # marks are changed by nobody at all
        model.objects.all().delete()
    with pytest.raises((Unscoped, Fixed)):
        model.objects.all().update(pk=0)


def test_a_slice_of_what_is_seen_does_not_open_the_rest(draft, call, cult, candidate):
    factories.draft(call=call, network=cult)
    mine, all_rows = Application.objects.visible_to(candidate)[:5], Application.objects.all()
    for both in (lambda: mine | all_rows, lambda: all_rows | mine, lambda: mine ^ all_rows):
        with pytest.raises(Unscoped):
            list(both())


def test_one_scoped_half_does_not_open_the_other(draft, candidate):
    mine, all_rows = Application.objects.visible_to(candidate), Application.objects.all()
    for both in (mine | all_rows, all_rows | mine, mine.union(all_rows), all_rows.union(mine)):
        with pytest.raises(Unscoped):
            list(both)


def test_a_scoped_question_about_answers_scopes_the_applications_inside_it(draft, candidate):
    with pytest.raises(Unscoped):
        list(Answer.objects.visible_to(candidate).filter(application__in=Application.objects.all()))


@pytest.mark.parametrize(
    "words",
    [
        lambda user: Application.objects.visible_to(user),
        lambda user: Application.objects.visible_to(user).sent().order_by("pk").with_page(),
        lambda user: Application.objects.sent().filter(name__contains="").visible_to(user),
        lambda user: Application.objects.all().exclude(state="draft").visible_to(user).distinct()[:5],
        lambda user: Application.objects.visible_to(user) | Application.objects.visible_to(user).sent(),
        lambda user: Application.objects.visible_to(user).order_by().union(Application.objects.visible_to(user).order_by()),
        lambda user: Application.objects.filter(pk__in=Application.objects.visible_to(user)).visible_to(user),
        lambda user: Application.objects.of_person(user),
    ],
)
def test_a_scoped_question_is_answered_with_words_before_and_after(sent, candidate, words):
    assert list(words(candidate)) == [sent]


def test_counts_and_aggregates_of_a_scoped_question_hold_only_what_is_seen(sent, call, cult, candidate):
    factories.draft(call=call, network=cult)
    seen = Application.objects.visible_to(candidate)
    assert (seen.count(), seen.aggregate(number=Count("pk"))["number"], seen.exists(), len(seen.in_bulk())) == (1, 1, True, 1)


def test_updates_and_deletes_of_a_scoped_question_leave_other_rows_alone(draft, call, cult, candidate, unguarded):
    other = factories.draft(call=call, network=cult)
    assert Application.objects.visible_to(candidate).update(phone="1") == 1
    other.refresh_from_db()
    assert other.phone == ""
    Application.objects.visible_to(candidate).delete()
    assert list(Application.objects.all()) == [other]


def test_nobody_signed_in_sees_nothing(sent, client):
    from django.contrib.auth.models import AnonymousUser

    for model in GUARDED:
        assert not model.objects.visible_to(AnonymousUser()).exists()


def test_everything_opens_the_guard_and_closes_it_again(draft):
    with everything("a test looks"):
        assert Application.objects.count() == 1
    with pytest.raises(Unscoped):
        Application.objects.count()


def test_the_guard_closes_again_after_an_error_inside(draft):
    with pytest.raises(ZeroDivisionError), everything("a test looks"):
        1 / 0
    with pytest.raises(Unscoped):
        Application.objects.count()


def test_a_queryset_made_inside_everything_is_guarded_outside(draft):
    with everything("a test looks"):
        rows = Application.objects.filter(state="draft")
    with pytest.raises(Unscoped):
        list(rows)


@pytest.mark.parametrize("model", GUARDED, ids=lambda model: model.__name__)
def test_every_manager_of_a_guarded_model_is_guarded(model):
    assert model._meta.managers
    for manager in [model._default_manager, *model._meta.managers]:
        assert isinstance(manager.all().query, GuardedQuery), f"{model.__name__}.{manager.name} asks past the guard"


@pytest.mark.parametrize("model", GUARDED, ids=lambda model: model.__name__)
def test_every_guarded_model_says_who_may_read_it(model):
    assert model.visible_q.__func__ is not Guarded.visible_q.__func__


def test_tables_that_belong_to_somebody_are_guarded():
    assert {Application, Answer, Needs, Money, Summary, StoredFile, Message, Seat, Mark, Certificate} <= set(GUARDED)
    for model in apps.get_models():  # whatever hangs on an application belongs to its candidate
        if model in GUARDED or not model.__module__.startswith(("applications", "selection", "programme")):
            continue
        owners = [field.name for field in model._meta.fields if isinstance(field, models.ForeignKey) and field.related_model is Application]
        assert not owners, f"{model.__name__} hangs on an application and is not guarded"


def test_rows_that_are_no_persons_are_not_guarded(call):
    assert Question.objects.filter(call=call).exists()


def test_a_new_way_around_the_guard_needs_a_look():
    found = {needle: Counter() for needle in PAST_THE_GUARD}
    for package in ("fulcrum", "applications", "selection", "programme"):
        for path in sorted((settings.BASE_DIR / package).rglob("*.py")):
            if "migrations" in path.parts:
                continue
            text = path.read_text()
            for needle, counts in found.items():
                if number := len(re.findall(rf"(?<!\w){re.escape(needle)}" if needle[0].isalpha() else re.escape(needle), text)):
                    counts[str(path.relative_to(settings.BASE_DIR))] = number
    assert {needle: dict(counts) for needle, counts in found.items()} == PAST_THE_GUARD
