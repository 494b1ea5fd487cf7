"""What asks for a look at the eligibility of an application, for those who read it."""

from django.urls import reverse

from tests import factories
from tests.applications.reading import words
from tests.selection import making


def seen(as_, call, application):
    """The list and the page of the application, as a reader of its network sees them."""
    window = as_(factories.staff(call=call, role="assessor", network=application.network))
    pages = reverse("review_list", args=[call.slug]), reverse("review", args=[call.slug, application.reference])
    return [words(window.get(page)) for page in pages]


def test_a_condition_answered_with_no_is_named(as_, call, alcc):
    condition = call.eligibility.first()
    listed, page = seen(as_, call, making.candidate(call, alcc, eligibility={condition.key: False}))
    assert "Eligible?" in listed
    assert f"Answered no: {condition.title}" in page


def test_a_typed_house_is_no_listed_member(as_, call, alcc):
    listed, page = seen(as_, call, making.candidate(call, alcc, house=None, typed_house="Jaunais nams"))
    assert "Eligible?" in listed
    assert "it is not on the list of members" in page


def test_another_application_of_the_same_house_is_counted_without_a_name(as_, call, alcc, cult):
    one = making.candidate(call, alcc)
    other = making.candidate(call, cult, house=one.house, name="Canary Kanariņa")
    _listed, page = seen(as_, call, one)
    assert "1 other application names the same house" in page
    assert other.name not in page


def test_an_application_without_doubts_says_nothing_of_them(as_, call, alcc):
    listed, page = seen(as_, call, making.candidate(call, alcc))
    assert "Eligible?" not in listed
    assert "Look at the eligibility" not in page
