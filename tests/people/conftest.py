import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from django.utils import translation

from fulcrum.mail.models import Letter
from fulcrum.mail.services import deliver_due

DOOR, CODE, FACTOR = "/en/sign-in/", "/en/sign-in/code/", "/en/sign-in/second-factor/"


@pytest.fixture(autouse=True)
def _static_files_are_looked_up_when_asked_for(settings):
    """A new client would else read the whole folder of static files."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def _tests_speak_english():
    """The language of a request outlives it in its thread; the next test starts anew."""
    translation.activate("en")


def letters_to(address):
    """What has arrived at an address, the newest first."""
    deliver_due()
    return list(Letter.objects.filter(to=address))


def code_for(address):
    """The code in the newest letter to an address."""
    return re.search(r"^\s*([A-Z0-9]{3,5}-?[A-Z0-9]{3,5})\s*$", letters_to(address)[0].text, re.MULTILINE)[1]


def ask_for_code(client, address, **extra):
    return client.post(DOOR, {"email": address}, **extra)


def sign_in_by_code(address, client=None):
    """A client that came in by the pages; its last answer in `client.answer`."""
    client = client or Client()
    ask_for_code(client, address)
    client.answer = client.post(CODE, {"code": code_for(address)})
    return client


def totp(secret, ahead=0):
    """What an authenticator app shows now, or `ahead` of thirty seconds later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + ahead))


def wrong(code):
    """Another code of the same form."""
    return code[:-1] + ("X" if code[-1] != "X" else "Y") if code[-1].isalpha() else code[:-1] + str((int(code[-1]) + 5) % 10)


def is_signed_in(client):
    return client.get("/en/account/").status_code == 200
