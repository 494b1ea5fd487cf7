from typing import Any

from django.db import transaction
from django.utils import timezone

from applications.application import Application
from applications.needs.models import Needs
from applications.services import lock
from fulcrum.audit.services import record


@transaction.atomic
def say_needs(application: Application, *, text: str, by: Any) -> Needs:
    """Keep what somebody needs to take part, under the consent given with it. Raises NotAllowed and NotInTime."""
    now = lock(application, by=by)
    needs = Needs.objects.of(now).first() or Needs(application=now)
    needs.text, needs.consented_at, needs.consent_version = text, timezone.now(), now.call.version
    needs.save()
    record("needs said", by=by, call=now.call, subject=now)
    return needs


@transaction.atomic
def withdraw_consent(application: Application, *, by: Any) -> None:
    """Erase the needs at once; this has no deadline. Writes an audit entry when there was something to erase."""
    if Needs.objects.of(application).delete()[0]:
        record("needs erased", by=by, call=application.call, subject=application)
