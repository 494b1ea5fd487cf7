"""The task list: what is done, what is open, what comes next."""

import pytest

from applications.answers.services import write_answer
from applications.progress import missing, progress
from applications.services import agree, save_page
from tests import factories
from tests.applications.reading import words


def states(application):
    listed = progress(application)
    return {task.key: task.state for task in [*listed.house, *listed.answers, *listed.sending]}


def test_a_new_draft_has_everything_before_it_but_the_doors(draft):
    assert states(draft) == {
        "doors": "done",
        "about": "doing",  # the name is known from the account
        "house": "todo",
        "facts": "todo",
        "director": "wait",  # nobody is asked before the house is named
        **dict.fromkeys(("motivation", "transformation", "ambassador", "position", "prior_knowledge", "chances"), "todo"),
        "needs": "todo",
        "money": "todo",
        "consent": "todo",
        "send": "wait",
    }
    assert (progress(draft).done, progress(draft).total) == (1, 10)


def test_only_sending_is_left_of_a_complete_draft(complete):
    listed = progress(complete)
    assert listed.left == 1
    assert listed.next.key == "send"
    assert not missing(complete)


def test_all_is_done_once_it_is_sent(sent):
    assert progress(sent).left == 0
    assert progress(sent).next is None


@pytest.mark.parametrize("field", ["name", "role", "mandate", "gender"])
def test_each_thing_about_the_person_is_needed(complete, field):
    save_page(complete, values={field: ""}, by=complete.person)
    complete.refresh_from_db()
    assert [task.key for task in missing(complete)] == ["about"]


def test_an_optional_answer_is_not_counted(complete, optional):
    before = progress(complete).total
    write_answer(complete, question=optional, text="Maz iespēju.", seen=None, language="lv", by=complete.person)
    assert states(complete)["chances"] == "done"
    assert progress(complete).total == before


def test_an_optional_answer_that_is_too_long_has_to_be_shortened_before_sending(complete, optional):
    write_answer(complete, question=optional, text="vārds " * 301, seen=None, language="lv", by=complete.person)
    assert [task.key for task in missing(complete)] == ["chances"]


def test_an_answer_of_exactly_the_limit_is_complete(draft, motivation):
    write_answer(draft, question=motivation, text="vārds " * 300, seen=None, language="lv", by=draft.person)
    assert states(draft)["motivation"] == "done"


def test_blank_space_is_no_answer(draft, motivation):
    write_answer(draft, question=motivation, text=" \n ", seen=None, language="lv", by=draft.person)
    assert states(draft)["motivation"] != "done"


def test_the_list_says_in_words_how_far_each_task_is(me, page, draft):
    shown = words(me.get(page()))
    assert "9 tasks to go" in shown
    for label in ("Completed", "In progress", "Not started", "Optional", "Cannot start yet"):
        assert label in shown


def test_the_last_task_opens_when_the_rest_is_done(me, page, complete):
    shown = me.get(page())
    assert f'href="{page("check")}"' in shown.content.decode()
    assert "1 task to go" in words(shown)


def test_a_saved_page_leads_to_the_next_open_task(me, page, draft):
    about = {"name": "Inga", "role": "vadītāja", "mandate": "Es lemju.", "gender": "woman"}
    assert me.post(page("about"), about).headers["Location"] == page("house")


def test_a_page_opened_from_the_check_leads_back_to_it(me, page, draft):
    about = {"name": "Inga", "role": "vadītāja", "mandate": "Es lemju.", "gender": "woman"}
    assert me.post(page("about") + "?from=check", about).headers["Location"] == page("check")


def test_a_single_application_opens_at_once(me, page):
    assert me.get("/en/applications/").headers["Location"] == page()


def test_whoever_has_none_is_shown_the_call(somebody):
    assert "You have no application yet" in words(somebody.get("/en/applications/"))


def test_consent_without_the_tick_is_no_consent(me, page, now):
    response = me.post(page("consent"), {"csrfmiddlewaretoken": "-"})
    assert response.status_code == 422
    assert "Without your consent nobody may read your application" in words(response)
    assert now().consented_at is None


def test_consent_is_kept_with_the_version_that_was_read(me, page, now, call):
    me.post(page("consent"), {"agree": "on"})
    assert now().consented_at
    assert now().consent_version == call.version


def test_consent_given_twice_keeps_its_first_moment(draft, during_call):
    first = agree(draft, by=draft.person).consented_at
    during_call.shift(60)
    assert agree(draft, by=draft.person).consented_at == first


def test_the_task_list_asks_the_database_as_often_for_an_empty_draft_as_for_a_full_one(me, page, draft, django_assert_max_num_queries):
    with django_assert_max_num_queries(14) as empty:
        me.get(page())
    factories.fill(draft)
    with django_assert_max_num_queries(len(empty)):
        me.get(page())
