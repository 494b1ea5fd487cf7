"""A worker as a process of its own: delivers letters, until nothing is due or it is killed."""

import django

django.setup()

from fulcrum.mail.services import deliver_due  # noqa: E402

while deliver_due():
    pass
