"""People: one row a person, known by an address; their roles; nothing of a password."""

import hashlib
import hmac
from functools import cached_property
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fulcrum.guard.privacy import Personal


class UserManager(BaseUserManager["User"]):
    def known_by(self, address: str, **defaults: Any) -> "User":
        """The person with this address; made when nobody has it yet."""
        return self.get_or_create(email=address.strip().lower(), defaults=defaults)[0]

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    email = models.EmailField(_("Email address"), unique=True, error_messages={"unique": _("Somebody else uses this address.")})
    name = models.CharField(_("Name"), max_length=120, blank=True)
    language = models.CharField(_("Language"), max_length=2, choices=settings.LANGUAGES, default="en")
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now)
    sessions_since = models.PositiveIntegerField(default=0)

    USERNAME_FIELD = EMAIL_FIELD = "email"
    objects = UserManager()
    impersonal = "password last_login is_active joined_at sessions_since language"
    personal = {
        "email": Personal("signing in and letters", "the person; staff of the network they apply through", "two years after the call"),
        "name": Personal("addressing the person", "the person; staff of the network they apply through", "two years after the call"),
    }

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(email=Lower("email")), name="addresses_are_lower_case")]

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.lower()
        if not self.password:
            self.set_unusable_password()
        super().save(*args, **kwargs)

    def get_session_auth_hash(self) -> str:
        """Sessions hold as long as this does: raising `sessions_since` ends them all."""
        key = settings.SECRET_KEY.encode()
        return hmac.new(key, f"session {self.pk} {self.sessions_since}".encode(), hashlib.sha256).hexdigest()

    def get_session_auth_fallback_hash(self) -> list[str]:
        return []

    @cached_property
    def roles_now(self) -> list["Role"]:
        """The roles this person holds now, with network and call: one query a request."""
        return list(Role.objects.of(self).in_force().select_related("call", "network"))

    def holds(self, *roles: str, call: Any = None, network: Any = None) -> bool:
        """Whether the person holds one of `roles`, in this call and for this network where they are given."""
        return any(
            role.role in roles and (call is None or role.call_id == call.pk) and (network is None or role.network_id == network.pk)
            for role in self.roles_now
        )

    def calls_as(self, *roles: str) -> list[int]:
        """The ids of the calls in which the person holds one of `roles`."""
        return [role.call_id for role in self.roles_now if role.role in roles]


class RoleQuerySet(models.QuerySet):
    def of(self, user: Any) -> Self:
        return self.filter(person=user)

    def in_force(self) -> Self:
        """Given, not taken back, and in a call that has not ended."""
        return self.filter(ended_at=None, call__ends_at__gt=timezone.now())


class Role(models.Model):
    """What a person may do in a call, for a network or for all. A role that was taken back stays on record."""

    class Kind(models.TextChoices):
        ASSESSOR = "assessor", _("Assessor")
        LEAD = "lead", _("Network lead")
        ACCESS_OFFICER = "access_officer", _("Access officer")
        COORDINATOR = "coordinator", _("Coordinator")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(_("Role"), max_length=14, choices=Kind)
    call = models.ForeignKey("calls.Call", on_delete=models.CASCADE, related_name="roles")
    network = models.ForeignKey("calls.Network", null=True, blank=True, on_delete=models.PROTECT, related_name="roles")
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    given_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = RoleQuerySet.as_manager()
    impersonal = "role call network given_at ended_at"
    personal = {
        "person": Personal("rights", "coordinator", "with the record of the call"),
        "given_by": Personal("accountability", "coordinator", "with the record of the call"),
    }

    class Meta:
        ordering = ["network__name", "role", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "role", "call", "network"],
                condition=Q(ended_at=None),
                name="one_network_role_a_person",
                violation_error_message=_("This person already has this role."),
            ),
            models.UniqueConstraint(
                fields=["person", "role", "call"],
                condition=Q(ended_at=None, network=None),
                name="one_call_role_a_person",
                violation_error_message=_("This person already has this role."),
            ),
            models.CheckConstraint(
                condition=Q(role="coordinator", network=None) | ~Q(role="coordinator") & Q(network__isnull=False),
                name="a_network_role_names_its_network",
                violation_error_message=_("Choose a network for this role; a coordinator has none."),
            ),
        ]
