"""The whole form can be read before starting: as a page, and as a document made from the same definition."""

import io

import pikepdf
import pypdfium2
import pytest
from django.conf import settings
from django.test import Client

from applications.application import Application
from applications.houses.forms import FactsForm
from applications.questions.outline import outline
from fulcrum.calls.models import Call
from tests.applications.reading import words

LANGUAGES = [code for code, _name in settings.LANGUAGES]


def printed(response):
    """All text of a PDF, line ends as spaces."""
    document = pypdfium2.PdfDocument(response.content)
    text = " ".join(page.get_textpage().get_text_bounded() for page in document)
    document.close()
    return " ".join(text.replace("\N{ZERO WIDTH SPACE}", "").split())


def whole_page(call, language="en"):
    return words(Client().get(f"/{language}/calls/{call.slug}/questions/"))


def test_every_page_of_the_form_stands_on_it_with_its_fields(call):
    shown = whole_page(call)
    for said in (
        "Can you follow a conversation in English",
        "cult! – Flanders and Brussels",
        "Your name",
        "Phone (optional)",
        "Rather not say",
        "Municipality or postcode",
        "Why would you like to take part in this training?",
        "Up to 300 words in writing; Up to 3 minutes by voice or film",
        "Say what you need to take part (optional)",
        "Access (optional)",
        "Which support would help you?",
        "I expressly agree",
        "I agree that the network I choose",
    ):
        assert said in shown, said


def test_each_question_says_what_it_is_for_and_who_reads_it(call):
    shown = whole_page(call)
    assert "What it is for: It is scored: is your house ready" in shown
    assert shown.count("Who reads it: Your answers are read by the staff of the network you choose.") == 6


def test_a_condition_is_said_in_words(call):
    def said(condition):
        Call.objects.update(version=call.version + 1)
        call.refresh_from_db()
        call.questions.filter(key="chances").update(condition=condition)
        return whole_page(call)

    assert "Asked only if you answer the question “Why would you like to take part in this training?”." in said({"answered": "motivation"})
    assert "Asked only if you apply through: cult!, ALCC." in said({"network": ["alcc", "cult"]})
    assert "Asked only if the size of your house is: Small." in said({"size": ["small"]})
    assert "Asked only if you say no to “Does your house agree" in said({"eligibility": {"house_agrees": False}})


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_and_document_say_the_same_in_every_language(call, language):
    shown = whole_page(call, language)
    answer = Client().get(f"/{language}/calls/{call.slug}/questions.pdf")
    document = printed(answer)
    assert answer["Content-Type"] == "application/pdf"
    for question in call.questions.all():
        title = question.title.data[language]
        assert " ".join(title.split()) in shown
        assert " ".join(title.split()) in document
        assert " ".join(question.purpose.data[language].split()) in document


def test_the_document_is_archivable_and_accessible_and_in_its_language(call):
    answer = Client().get(f"/lv/calls/{call.slug}/questions.pdf")
    with pikepdf.open(io.BytesIO(answer.content)) as pdf, pdf.open_metadata() as metadata:
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"], metadata["pdfuaid:part"]) == ("3", "A", "1")
        assert pdf.Root.Lang == "lv"


def test_the_form_on_the_page_is_the_form_that_is_filled_in(call):
    labels = [entry.label for part in outline(call) for entry in part.entries]
    form = FactsForm(instance=Application(call=call))
    assert {str(field.label) for field in form.fields.values()} <= set(labels)


def test_a_changed_call_is_drawn_anew_and_an_unchanged_one_is_kept(call, django_assert_max_num_queries):
    address = f"/en/calls/{call.slug}/questions.pdf"
    Client().get(address)
    call.questions.filter(key="motivation").update(title={"en": "Why now?"})
    with django_assert_max_num_queries(1):
        assert "Why now?" not in printed(Client().get(address))
    Call.objects.update(version=2)
    call.versions.update(number=2)
    assert "Why now?" in printed(Client().get(address))
