from collections.abc import Iterable
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from fulcrum.audit.models import Chain, Entry


@transaction.atomic
def record(act: str, *, by: Any = None, call: Any = None, subject: models.Model | None = None, fields: Iterable[str] = (), reason: str = "") -> Entry:
    """Add an entry to the call's chain, or to the site's. Locks the end of the chain until the deciding transaction ends.

    `fields` are names of fields, `subject` is kept as its label and id: no content of anybody's ever enters the record.
    """
    name = f"call {call.pk}" if call else "site"
    Chain.objects.get_or_create(name=name)
    end = Chain.objects.select_for_update().get(name=name)
    entry = Entry(
        chain=name,
        number=end.length + 1,
        at=timezone.now(),
        by_id=getattr(by, "pk", None),
        act=act,
        call_id=getattr(call, "pk", None),
        subject=f"{subject._meta.label_lower} {subject.pk}" if subject else "",
        fields=sorted(fields),
        reason=reason[:500],
    )
    entry.seal = entry.sealed(end.seal)
    entry.save(force_insert=True)
    end.length, end.seal = entry.number, entry.seal
    end.save(update_fields=["length", "seal"])
    return entry


def broken_chains() -> list[str]:
    """What is wrong with the record, a sentence each: an entry that was changed, taken out or added from outside."""
    found = []
    for end in Chain.objects.order_by("name"):
        seal, number = "", 0
        for number, entry in enumerate(Entry.objects.filter(chain=end.name).order_by("number").iterator(), 1):
            if entry.number != number or entry.seal != entry.sealed(seal):
                found.append(f"audit: the chain «{end.name}» breaks at entry {entry.number}.")
                break
            seal = entry.seal
        else:
            before = end.length
            end.refresh_from_db()  # somebody may have added an entry while this one read
            if not before <= number <= end.length or (number == end.length and seal != end.seal):
                found.append(f"audit: the chain «{end.name}» ends before its entry {end.length}.")
    return found
