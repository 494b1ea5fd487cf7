"""Verbs on people: giving and taking roles, ending sessions, helping somebody who lost a second factor."""

from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from fulcrum.audit.services import record
from fulcrum.mail.services import write
from fulcrum.people.models import Role, User
from fulcrum.work.retention import retention


class LastCoordinator(Exception):
    """A call keeps at least one coordinator."""


@transaction.atomic
def give_role(person: User, *, role: str, call: Any, network: Any = None, by: User | None) -> Role:
    """Give a person a role. Adds the role and an audit entry, and writes to the person.

    Raises ValidationError when the person has it already or the role lacks its network.
    """
    given = Role(person=person, role=role, call=call, network=network, given_by=by)
    given.full_clean(exclude=["person", "given_by"])
    try:
        with transaction.atomic():
            given.save()
    except IntegrityError as error:
        raise ValidationError(Role._meta.constraints[0].violation_error_message) from error
    record("role given", by=by, call=call, subject=given, fields=[role])
    if by:
        words = {"role": given, "network": network, "by": by}
        write("role_given", key=f"role given {given.pk}", address=person.email, language=person.language, person=person, call=call, **words)
    return given


@transaction.atomic
def take_role(given: Role, *, by: User) -> None:
    """Take a role back and end the person's sessions. Writes an audit entry. Raises LastCoordinator. Twice is once."""
    if given.role == Role.Kind.COORDINATOR:
        others = Role.objects.select_for_update().in_force().filter(role=given.role, call=given.call).exclude(pk=given.pk)
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


@retention("people who asked for a code and never came")
def forget_unused_addresses() -> int:
    """Remove people who never signed in within a week of being made, and hold no role. Returns how many."""
    stale = User.objects.filter(last_login=None, joined_at__lt=timezone.now() - timedelta(days=7), roles=None)
    return stale.delete()[1].get("people.User", 0)
