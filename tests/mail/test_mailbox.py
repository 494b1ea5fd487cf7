"""The mailbox of this machine: there on a site that keeps its letters, and nowhere else."""

import pytest

from fulcrum.mail.models import Letter
from fulcrum.mail.services import deliver_due, write


@pytest.fixture
def letter(call):
    write("login_code", key="k", address="a@example.org", language="en", secret=True, code="ABCD-EFGH")
    deliver_due()
    return Letter.objects.get()


def test_a_delivered_letter_can_be_read_here(client, letter):
    assert letter.subject in client.get("/mail/").content.decode()
    assert "ABCD-EFGH" in client.get(f"/mail/{letter.pk}/").content.decode()


@pytest.mark.parametrize("path", ["", "{pk}/", "{pk}/html/"])
def test_where_letters_leave_there_is_no_mailbox(client, letter, settings, path):
    settings.LOCAL_MAIL = False
    assert client.get(f"/mail/{path.format(pk=letter.pk)}").status_code == 404


def test_the_letter_as_a_mail_program_shows_it_runs_and_loads_nothing(client, letter):
    response = client.get(f"/mail/{letter.pk}/html/")
    policy = {name: sources for name, *sources in (part.split() for part in response["Content-Security-Policy"].split(";") if part.strip())}
    assert policy["default-src"] == ["'none'"]
    assert "allow-scripts" not in policy["sandbox"]
    assert "allow-same-origin" not in policy["sandbox"]
    assert policy["base-uri"] == policy["form-action"] == ["'none'"]
    assert "script-src" not in policy
    assert "unsafe" not in response["Content-Security-Policy"]
    assert "ABCD-EFGH" in response.content.decode()


def test_the_style_of_the_letter_is_let_in_by_its_hash_alone(client, letter):
    response = client.get(f"/mail/{letter.pk}/html/")
    assert " style=" not in response.content.decode()
    assert "style-src 'sha256-" in response["Content-Security-Policy"]


def test_a_hostile_letter_is_shown_as_text_on_the_page(client, letter):
    Letter.objects.update(subject="<script>alert(1)</script>", text="<script>alert(2)</script> javascript:alert(3)")
    page = client.get(f"/mail/{letter.pk}/").content.decode()
    assert "<script>alert" not in page
    assert 'href="javascript' not in page


def test_no_letter_is_a_404(client, call):
    assert client.get("/mail/999/").status_code == client.get("/mail/999/html/").status_code == 404
