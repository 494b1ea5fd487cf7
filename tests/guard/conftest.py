import pytest


@pytest.fixture(autouse=True)
def _static_files_are_looked_up_when_asked_for(settings):
    """A new client would else read the whole folder of static files."""
    settings.WHITENOISE_AUTOREFRESH = True
