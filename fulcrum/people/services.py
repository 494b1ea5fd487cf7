"""Verbs on people: giving and taking roles, ending sessions, helping somebody who lost a second factor."""

import uuid
from contextlib import suppress
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, ProtectedError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from fulcrum.audit.services import record
from fulcrum.mail.services import write
from fulcrum.people.models import Role, User
from fulcrum.work.retention import retention

SCORES_OR_READS = {Role.Kind.ASSESSOR, Role.Kind.LEAD, Role.Kind.ACCESS_OFFICER}  # of one network, the third never beside the others


class LastCoordinator(Exception):
    """A call keeps at least one coordinator."""


class BesideAnother(ValidationError):
    """Reading needs beside another role in the call is given knowingly, or not at all."""


@transaction.atomic
def give_role(person: User, *, role: str, call: Any, network: Any = None, knowingly: bool = False, by: User | None) -> Role:
    """Give a person a role. Adds the role and an audit entry, and writes to the person.

    Raises ValidationError when the person has it already, the role lacks its network, or the person would read the needs of
    those whom they score; BesideAnother when an access officer would hold another role in the call and it is not given `knowingly`.
    """
    given = Role(person=person, role=role, call=call, network=network, given_by=by)
    given.full_clean(exclude=["person", "given_by"])
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)  # two roles that exclude each other are not given at once
    beside = _beside(given)
    if beside and not knowingly:
        raise BesideAnother(_("This person has another role in this call. Say that you give both knowingly."))
    try:
        with transaction.atomic():
            given.save()
    except IntegrityError as error:
        raise ValidationError(_("This person already has this role.")) from error
    record("role given", by=by, call=call, subject=given, fields=[role, "beside another role"] if beside else [role])
    if by:
        with override(person.language):
            words = {"role": given, "network": network, "link": settings.SITE_URL + reverse("staff_home")}
        write("role_given", key=f"role given {given.pk}", address=person.email, language=person.language, person=person, call=call, **words)
    return given


def _beside(given: Role) -> bool:
    """Whether this role would put needs into the hands of somebody who holds another role in the call.

    Raises ValidationError when it would put them before somebody who scores in the same network.
    """
    officer = Role.Kind.ACCESS_OFFICER
    others = [other for other in Role.objects.of(given.person).in_force().filter(call=given.call) if officer in (given.role, other.role)]
    others = [other for other in others if other.role != given.role]
    if any(other.network_id == given.network_id and SCORES_OR_READS.issuperset((other.role, given.role)) for other in others):
        raise ValidationError(_("Whoever reads and scores applications of a network never reads the needs of its candidates. Choose somebody else."))
    return bool(others)


@transaction.atomic
def take_role(given: Role, *, by: User) -> None:
    """Take a role back and end the person's sessions. Writes an audit entry. Raises LastCoordinator. Twice is once."""
    if given.role == Role.Kind.COORDINATOR:
        others = Role.objects.select_for_update(of=("self",)).in_force().filter(role=given.role, call=given.call).exclude(pk=given.pk)
        if not others.exists():
            raise LastCoordinator
    if Role.objects.filter(pk=given.pk, ended_at=None).update(ended_at=timezone.now()):
        end_sessions(given.person)
        record("role taken", by=by, call=given.call, subject=given, fields=[given.role])


def end_sessions(person: User) -> None:
    """Every session of the person ends at its next request."""
    User.objects.filter(pk=person.pk).update(sessions_since=F("sessions_since") + 1)


@transaction.atomic
def reset_second_factor(person: User, *, reason: str, call: Any, by: User) -> None:
    """Remove the second factors of somebody who lost theirs, end their sessions, write to them and to the record."""
    Authenticator.objects.filter(user=person).delete()
    end_sessions(person)
    entry = record("second factor reset", by=by, call=call, subject=person, reason=reason)
    key = f"second factor reset {entry.pk}"
    write("second_factor_reset", key=key, address=person.email, language=person.language, person=person, call=call, by=by, reason=reason)


class AddressTaken(Exception):
    """Another person uses this address."""


def ask_for_address(person: User, *, address: str) -> None:
    """Send a link to the new address that changes it once followed and confirmed; valid for an hour. Changes nothing yet.

    An address that somebody else uses gets a letter without a link: the page says the same in both cases.
    """
    token = signing.dumps([person.pk, person.email, address], salt="address")
    link = settings.SITE_URL + reverse("confirm_address", args=[token])
    kind = "address_taken" if User.objects.filter(email=address).exists() else "address_confirm"
    key = f"{kind} {uuid.uuid4()}"
    write(kind, key=key, address=address, language=person.language, person=person, secret=True, link=link)


def read_address_token(token: str) -> tuple[User, str]:
    """The person and the new address that a link stands for. Raises BadSignature, also for one that was used or is an hour old."""
    pk, former, address = signing.loads(token, salt="address", max_age=3600)
    person = User.objects.get(pk=pk)
    if person.email != former:
        raise signing.BadSignature("used")
    return person, address


@transaction.atomic
def change_address(person: User, *, address: str) -> None:
    """Change the address somebody signs in with, end their other sessions, and tell the former address. Raises AddressTaken."""
    former = person.email
    try:
        with transaction.atomic():
            User.objects.filter(pk=person.pk).update(email=address)
    except IntegrityError as error:
        raise AddressTaken from error
    EmailAddress.objects.filter(user=person).delete()  # allauth follows the person's row
    end_sessions(person)
    entry = record("address changed", by=person, subject=person, fields=["email"])
    write("address_changed", key=f"address changed {entry.pk}", address=former, language=person.language, person=person)


@retention("people who asked for a code and never came")
def forget_unused_addresses() -> int:
    """Remove people who never signed in within a week of being made, and hold no role. Returns how many."""
    removed = 0
    for person in User.objects.filter(last_login=None, joined_at__lt=timezone.now() - timedelta(days=7), roles=None):
        with suppress(ProtectedError):  # something of theirs stands on record, such as an application
            removed += person.delete()[1]["people.User"]
    return removed
