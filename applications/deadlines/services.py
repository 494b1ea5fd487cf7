"""The verbs of deadlines: more time for one person."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.application import Application
from applications.deadlines.models import PersonalExtension
from applications.deadlines.policy import networks_giving
from fulcrum.audit.services import record
from fulcrum.calls.models import Call, Network
from fulcrum.guard.querysets import everything
from fulcrum.mail.services import write
from fulcrum.people.models import User

# later rooms that refuse more time by a ValidationError, in the deciding transaction, with whatever lock makes their no last
asked_for_time: list[Callable[[Call, Network], None]] = []


class NotAllowed(Exception):
    """Only a lead of the network or the coordinator gives more time, and nobody to themselves."""


def may_start(call: Call, person: Any, network: Network | None = None) -> bool:
    """Whether a person may begin an application now: the call is open, or they have more time of their own, through `network` or any."""
    if call.is_open:
        return True
    if not person.is_authenticated or timezone.now() < call.opens_at:
        return False
    rows = PersonalExtension.objects.of_person(person).filter(call=call, until__gt=timezone.now())
    return (rows.filter(network=network) if network else rows).newest().exists()


def runs_until(call: Call, network: Network) -> datetime | None:
    """The last moment at which somebody may still send through a network by more time of their own; None when nobody may."""
    with everything("when, not who"):
        rows = PersonalExtension.objects.filter(call=call, network=network, until__gt=timezone.now()).newest()
        return rows.order_by("-until").values_list("until", flat=True).first()


def still_comes_in(call: Call, network: Network) -> datetime | None:
    """Until when applications of a network may still be sent, by the call's deadline or somebody's own; None when it is over."""
    return runs_until(call, network) or (call.deadline if timezone.now() < call.deadline else None)


def person_named(call: Call, *, who: str, networks: list[Network]) -> tuple[User, Network] | None:
    """The person whose application has this reference, and its network; None unless it is one of `networks`."""
    with everything("a reference that the person told"):
        rows = Application.objects.filter(call=call, network__in=networks, reference=who.upper()).select_related("person", "network")
        found = rows.first()
    return (found.person, found.network) if found else None


@transaction.atomic
def extend_for(call: Call, person: User, *, network: Network, until: datetime, reason: str, by: Any, named: str = "") -> PersonalExtension:
    """Let one person send through a network until a later moment than others; given again, the newest counts.

    Adds the extension, a letter to the person, which names no reason, and an audit entry. Whether the person has begun an
    application makes no difference. Returns the extension. Raises NotAllowed, and ValidationError for a moment that is past, not
    after the deadline or after the results, without a reason, and where a later room refuses: the network's list is put forward.
    """
    if network not in networks_giving(by, call) or by == person:
        raise NotAllowed
    now = Call.objects.get(pk=call.pk)
    if not max(now.deadline, timezone.now()) < until:
        raise ValidationError({"until": _("Give a moment that is still to come, and later than the deadline of the call.")})
    if until > now.results_by:
        raise ValidationError({"until": _("By then the results are told. Give an earlier moment.")})
    if not reason.strip():
        raise ValidationError({"reason": _("Say why this person has more time.")})
    for refuse in asked_for_time:
        refuse(now, network)
    values = {"named": named or person.email, "until": until, "reason": reason.strip(), "by": by}
    extension = PersonalExtension.objects.create(call=now, network=network, person=person, **values)
    _tell(extension)
    record("deadline extended for one", by=by, call=now, subject=extension)
    return extension


def _tell(extension: PersonalExtension) -> None:
    person, call = extension.person, extension.call
    begun = Application.objects.of_person(person).filter(call=call).first()
    language = begun.language if begun else person.language
    write(
        "more_time",
        key=f"more time {extension.pk}",
        address=person.email,
        language=language,
        person=person,
        call=call,
        application=begun,
        network=extension.network,
        until=extension.until,
    )
