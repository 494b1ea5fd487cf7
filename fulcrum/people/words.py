"""Sentences that allauth says itself, for our catalogue: LOCALE_PATHS win over the catalogues of a library."""

from django.utils.translation import gettext_noop as _

SAID_BY_ALLAUTH = (
    _("Incorrect code."),
    _("Too many failed login attempts. Try again later."),
    _("Be patient, you are sending too many requests."),
    _("You cannot activate two-factor authentication until you have verified your email address."),
)
