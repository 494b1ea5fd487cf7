"""The parts that staff pages are made of, looked at in a browser."""

import pytest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1440, 1024, 390, 320])
def test_every_part_of_staff_pages_is_accessible_at_every_width(window, width):
    view = window(width)
    view.go("/styleguide/staff/?by=size")
    view.look()
