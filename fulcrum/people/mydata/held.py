"""What is held of a person, by the registry of personal fields: which rows lead to them, what of it they get, and what becomes of it.

A room says in its own `mydata` what only it can know. A model that says nothing is exported all the same when its rows lead to a person.
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fulcrum.guard.privacy import our_models, registry
from fulcrum.guard.querysets import everything
from fulcrum.work.models import Work

Rule = Callable[[Any], Q]
ABOUT = ("person", "owner")  # a key to a person under this name says whom the row is about; under any other, who did something
LEFT_OUT = {"password", "sessions_since", *Work.WORK_FIELDS.split()}  # of no meaning to anybody but the machine

_leads: dict[str, Rule] = {}
_shown: dict[str, Rule] = {}
_erased: set[str] = set()
_kept: dict[str, tuple[Any, Any]] = {}
STAFF_ACTS = _("What you did as staff stays on record, under a number without a name.")


def leads(label: str, rule: Rule) -> None:
    """Say by which rule rows of a model are about a person, where no key leads there."""
    _leads[label] = rule


def shows_only(label: str, rule: Rule) -> None:
    """Of the rows of a model about a person, give out only those that `rule` allows now."""
    _shown[label] = rule


def erases(*labels: str) -> None:
    """Say that an eraser removes or empties these: a model, or one field of it as "app.Model.field"."""
    _erased.update(labels)


def keeps(label: str, what: Any, why: Any) -> None:
    """Say that a model, or one field of it, stays when its person is erased; `what` and `why` are sentences that the person reads."""
    _kept[label] = (what, why)


@cache
def path_about(model: type[models.Model]) -> str | None:
    """The keys that lead from a row to the person it is about, the shortest way; None where none does."""
    ways: list[tuple[type[models.Model], str]] = [(model, "")]
    seen = {model}
    user = apps.get_model(settings.AUTH_USER_MODEL)
    if model is user:
        return "pk"
    for here, path in ways:
        keys = [field for field in here._meta.fields if isinstance(field, models.ForeignKey)]
        for field in keys:
            if field.related_model is user and field.name in ABOUT:
                return f"{path}{field.name}"
        for field in keys:
            there: Any = field.related_model
            if there in our_models() and there is not user and there not in seen and there._meta.app_label != "calls":
                seen.add(there)
                ways.append((there, f"{path}{field.name}__"))
    return None


def rows_about(model: type[models.Model], person: Any) -> Any:
    """The rows of a model that are about a person; None when none of its rows can be."""
    rule = _leads.get(model._meta.label)
    path = path_about(model)
    if rule is None and path is None:
        return None
    return model._default_manager.filter(rule(person) if rule else Q(**{str(path): person.pk}))


def makers(model: type[models.Model]) -> list[str]:
    """The personal keys of a model that say who did something."""
    user = apps.get_model(settings.AUTH_USER_MODEL)
    personal: dict[str, Any] = getattr(model, "personal", {})
    keys = [field for field in model._meta.fields if isinstance(field, models.ForeignKey) and field.related_model is user]
    return [field.name for field in keys if field.name in personal and field.name not in ABOUT]


def personal_models() -> list[type[models.Model]]:
    return list(dict.fromkeys(model for model, _name, _entry in registry()))


def all_held(person: Any) -> dict[str, Any]:
    """Everything that is held of a person, ready for JSON: rows about them whole, and of what they did as staff which rows, not whom about."""
    about, done = {}, {}
    with everything("a person's own data"):
        for model in personal_models():
            label = model._meta.label
            rows = rows_about(model, person)
            if rows is not None:
                rows = rows.filter(_shown[label](person)) if label in _shown else rows
                if found := [_row(row, person) for row in rows.distinct().order_by("pk")]:
                    about[label] = found
            acts = [{"id": pk, "as": name} for name in makers(model) for pk in _pks(model, name, person)]
            if acts:
                done[label] = acts
    return {"about you": about, "done by you": done}


def _pks(model: type[models.Model], name: str, person: Any) -> list[Any]:
    return list(model._default_manager.filter(**{name: person.pk}).order_by("pk").values_list("pk", flat=True))


def _row(row: models.Model, person: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"id": row.pk}
    user = apps.get_model(settings.AUTH_USER_MODEL)
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if field.primary_key or field.name in LEFT_OUT or isinstance(field, models.BinaryField):
            continue
        if isinstance(field, models.ForeignKey) and field.related_model is user and value != person.pk:
            continue  # who else was there is theirs, not this person's
        if isinstance(field, models.ForeignKey) and value is not None and field.related_model._meta.app_label == "calls":
            value = f"{value} {getattr(row, field.name)}"
        found[field.name] = value if isinstance(value, str | int | float | bool | list | dict | None) else str(value)
    return found


def fate(model: type[models.Model], name: str) -> str:
    """What becomes of a personal field when its person is erased: "erased", or why it stays. Empty when nobody has said."""
    label, field = model._meta.label, model._meta.get_field(name)
    if label in _erased or f"{label}.{name}" in _erased:
        return "erased"
    for known in (f"{label}.{name}", label):
        if known in _kept:
            return str(_kept[known][1])
    if _goes_along(model):
        return "erased"
    if isinstance(field, models.ForeignKey) and field.related_model is apps.get_model(settings.AUTH_USER_MODEL):
        return str(STAFF_ACTS)
    return str(STAFF_ACTS) if path_about(model) is None and makers(model) else ""


def _goes_along(model: type[models.Model]) -> bool:
    """Whether it hangs on something that always goes: a recording, or an application within the room of applications."""
    for field in model._meta.fields:
        there: Any = field.related_model
        if not isinstance(field, models.ForeignKey) or field.remote_field.on_delete is not models.CASCADE:
            continue
        if there._meta.label == "files.StoredFile" or (there._meta.label == "applications.Application" and model._meta.app_label == "applications"):
            return True
        if there is not model and there in our_models() and there._meta.app_label in ("files", "applications") and _goes_along(there):
            return True
    return False


def staying(person: Any) -> Iterator[tuple[Any, Any]]:
    """What of this very person would stay after an erasure, and why."""
    said = set()
    with everything("a person's own data"):
        for label, (what, why) in _kept.items():
            model = apps.get_model(".".join(label.split(".")[:2]))
            rows = rows_about(model, person)
            if rows is not None and (what, why) not in said and rows.exists():
                said.add((what, why))
                yield what, why
