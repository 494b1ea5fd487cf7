"""What docs/privacy.md says of personal data is what the models register."""

from fulcrum.guard.privacy import registry
from fulcrum.people.management.commands.privacy_table import table
from tests.environment import ROOT


def test_the_page_on_privacy_holds_the_registry_as_it_is():
    page = (ROOT / "docs/privacy.md").read_text()
    assert table() in page, "print it anew: manage.py privacy_table"


def test_the_table_has_a_row_for_each_personal_field():
    assert len(table().splitlines()) == len(registry()) + 2
    assert "| `applications.Needs.access` |" in table()
