import pytest
from django.utils import translation

from fulcrum.calls.forms import DatesForm
from fulcrum.calls.services import LANGUAGES


@pytest.fixture(autouse=True)
def _static_files_are_looked_up_when_asked_for(settings):
    """A new client would else read the whole folder of static files."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def _tests_speak_english():
    """The language of a request outlives it in its thread; the next test starts anew."""
    translation.activate("en")


def typed_dates(call, **changes):
    """What the page of dates sends when nothing but `changes` was typed, and no date is to follow another."""
    form = DatesForm(call=call)
    data = {}
    for field in form:
        value = field.value()
        if value not in (None, "") and value is not True:
            data[field.name] = value.strftime("%Y-%m-%dT%H:%M") if hasattr(value, "hour") else str(value)
    return data | changes


def typed_text(call, key, **changes):
    """What the page of a text sends when nothing but `changes` was typed."""
    text = call.texts.get(key=key)
    return {"version": call.version} | {f"body_{code}": text.body.data.get(code, "") for code in LANGUAGES} | changes
