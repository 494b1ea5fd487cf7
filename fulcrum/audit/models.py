"""The record of a call: who did what, when and why. Entries are added, never changed, and each seals the one before."""

import hashlib
import json
from typing import Any, NoReturn

from django.conf import settings
from django.db import models


class Fixed(RuntimeError):
    """The record can't be changed."""


class EntryQuerySet(models.QuerySet):
    def update(self, **kwargs: Any) -> NoReturn:
        raise Fixed("An audit entry can't be changed.")

    def delete(self) -> NoReturn:
        raise Fixed("An audit entry can't be removed.")

    def of(self, call: Any) -> "EntryQuerySet":
        return self.filter(call=call)


class Chain(models.Model):
    """The end of one chain; its row is locked while an entry is added."""

    name = models.CharField(max_length=40, primary_key=True)
    length = models.PositiveIntegerField(default=0)
    seal = models.CharField(max_length=64, blank=True)

    impersonal = "name length seal"


class Entry(models.Model):
    """One act: ids and names of fields only, never what was in them."""

    chain = models.CharField(max_length=40)
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    act = models.CharField(max_length=60)
    call = models.ForeignKey("calls.Call", null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    subject = models.CharField(max_length=80, blank=True)
    fields = models.JSONField(default=list)
    reason = models.CharField(max_length=500, blank=True)
    seal = models.CharField(max_length=64)

    impersonal = "chain number at by act call subject fields reason seal"
    objects = EntryQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "number"], name="one_entry_a_number")]
        indexes = [models.Index(fields=["call", "-number"], name="entry_of_call")]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise Fixed("An audit entry can't be changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise Fixed("An audit entry can't be removed.")

    def sealed(self, before: str) -> str:
        """The SHA-256, in hex, over this entry's content and the seal of the one before it."""
        content = [before, self.chain, self.number, self.at.isoformat(), self.by_id, self.act, self.call_id, self.subject, self.fields, self.reason]
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
