import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def _static_files_are_looked_up_when_asked_for(settings):
    """A new client would else read the whole folder of static files."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def _tests_speak_english():
    """The language of a request outlives it in its thread; the next test starts anew."""
    translation.activate("en")
