"""Sent, or not yet sent and what is missing: one sentence, the same on the page, in the document and in the letter."""

from applications.answers.services import write_answer
from applications.application import Application
from applications.services import withdraw
from applications.standing import sentence
from tests.applications.reading import words
from tests.applications.test_whole_form import printed


def test_a_draft_says_what_is_missing(complete, me, page, call):
    write_answer(complete, question=call.questions.get(key="motivation"), text="", seen=None, language="lv", by=complete.person)
    said = "Your application is not yet sent; this is missing: Say why you want to join."
    assert said in words(me.get(page("receipt")))
    assert said in printed(me.get(page().rstrip("/") + "/copy.pdf"))


def test_a_complete_draft_says_that_only_the_sending_is_left(complete, me, page):
    assert "nothing is missing, and only the sending is left" in words(me.get(page("receipt")))


def test_a_sent_application_says_the_same_on_page_in_document_and_in_letter(sent, me, page, letter_of):
    said = sentence(Application.objects.of_person(sent.person).with_page().get(), "lv")
    assert sent.reference in said
    for shown in (page(), page("receipt")):
        assert said in words(me.get(shown.replace("/en/", "/lv/")))
    assert said in printed(me.get(page().replace("/en/", "/lv/").rstrip("/") + "/copy.pdf"))
    assert said in letter_of(sent).text


def test_after_the_deadline_a_draft_was_not_sent(complete, me, page, after_deadline):
    after_deadline()
    assert "Your application was not sent; the deadline has passed" in words(me.get(page("receipt")))


def test_a_withdrawn_one_can_be_sent_again_until_the_deadline(sent, me, page):
    withdraw(sent, by=sent.person)
    assert "Your application is withdrawn, and nobody reads it; you can send it again" in words(me.get(page("receipt")))


def test_the_page_of_a_sent_application_shows_the_stage_it_is_in(sent, me, page, after_deadline, call, during_call):
    def now():
        return next(stage.what for stage in me.get(page()).context["stages"] if stage.state == "now")

    assert now() == "You can change it"
    after_deadline()
    assert now() == "It is read and decided"
    assert "By 22 May 2024" in words(me.get(page()))


def test_an_answer_that_is_late_says_so(sent, me, page, call, after_deadline):
    after_deadline((call.results_by - call.deadline).total_seconds() + 3600)
    assert "It takes longer than planned. Your network can tell you more." in words(me.get(page()))


def test_letters_that_no_font_holds_do_not_break_the_copy(complete, me, page, motivation):
    write_answer(complete, question=motivation, text="Labi 😀 中文 #eval(1) *x* $y$", seen=None, language="lv", by=complete.person)
    answer = me.get(page().rstrip("/") + "/copy.pdf")
    shown = printed(answer)
    assert answer.status_code == 200
    assert "Labi \N{REPLACEMENT CHARACTER} \N{REPLACEMENT CHARACTER} #eval(1) *x* $y$" in shown
    assert "stands for letters or pictures that cannot be printed here" in shown
