"""Verbs of the call: load it, copy it out, change its texts and dates."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from i18nfield.fields import I18nCharField, I18nTextField
from i18nfield.strings import LazyI18nString

from fulcrum.audit.services import record
from fulcrum.calls.conditions import check_questions
from fulcrum.calls.models import MOMENT_FIELDS as MOMENTS
from fulcrum.calls.models import Call, CallDate, CallText, CallVersion, Criterion, Extension, Network, Partnership
from fulcrum.calls.units import Unit

LANGUAGES = [code for code, _name in settings.LANGUAGES]
QUESTION_FIELDS = ("key", "position", "title", "short", "hint", "required", "max_words", "max_minutes", "purpose", "readers", "channels", "condition")
RULES = ("targets", "size_rule", "approval_rule", "completion_rule")


told_of_extensions: list[Callable[[Call, Extension], None]] = []  # rooms that tell their people, in the deciding transaction
would_be_told: list[Callable[[Call], int]] = []  # how many people each room would tell


class Outdated(Exception):
    """Somebody else changed the call since the page was opened; `call` is how it stands now."""

    def __init__(self, call: Call) -> None:
        super().__init__(f"call {call.pk} is at version {call.version}")
        self.call = call


def text_fields(model: type[models.Model]) -> list[str]:
    """The names of a model's fields that hold a text in seven languages."""
    return [field.name for field in model._meta.fields if isinstance(field, I18nCharField | I18nTextField)]


@transaction.atomic
def load_call(content: dict[str, Any], *, by: Any = None) -> Call:
    """Make a call from the content of a call file: the call, its networks, texts, dates, questions, criteria and rules.

    Moments without a zone are in the call's. Networks that exist by their slug are kept as they are. Writes version 1
    and an audit entry. Raises ValidationError when the content lacks something or a call of that slug exists.
    """
    try:
        call = _load(content)
    except KeyError as error:
        raise ValidationError(_("The call file lacks «%(key)s».") % {"key": error.args[0]}) from error
    keep_version(call, by=by)
    record("call loaded", by=by, call=call, subject=call)
    return call


def moved(content: dict[str, Any], offset: timedelta) -> dict[str, Any]:
    """The content of a call file with every date moved by the same offset."""

    def shifted(entry: dict[str, Any], parts: tuple[str, ...], kind: type[date]) -> dict[str, Any]:
        return entry | {part: (kind.fromisoformat(entry[part]) + offset).isoformat() for part in parts}

    return shifted(content, MOMENTS, datetime) | {
        "dates": [shifted(entry, ("starts", "ends"), date) for entry in content["dates"]],
        "units": [shifted(entry, ("starts_at", "ends_at"), datetime) for entry in content["units"]],
    }


def _load(content: dict[str, Any]) -> Call:
    zone = ZoneInfo(content["timezone"])
    contact = content["contact"]
    call = Call(
        **{key: content[key] for key in ("slug", "timezone", "signatory_name", *RULES)},
        **{key: LazyI18nString(content[key]) for key in text_fields(Call)},
        **{key: _moment(content[key], zone) for key in MOMENTS},
        contact_name=contact["name"],
        contact_email=contact["email"],
        contact_phone=contact["phone"],
    )
    call.full_clean()
    call.save()
    for entry in content["networks"]:
        own = entry.get("contact", {})
        network, _made = Network.objects.get_or_create(
            slug=entry["slug"],
            defaults={key: entry[key] for key in ("name", "countries", "language")}
            | {"area": LazyI18nString(entry["area"])}
            | {f"contact_{key}": own.get(key, "") for key in ("name", "email", "phone")},
        )
        Partnership.objects.create(call=call, network=network, places=entry["places"], position=entry["position"])
    for position, entry in enumerate(content["eligibility"], 1):
        call.eligibility.create(position=position, **_known(call.eligibility.model, entry))
    for key, body in content["texts"].items():
        call.texts.create(key=key, body=LazyI18nString(body))
    for entry in content["dates"]:
        call.dates.create(**_known(CallDate, entry))
    for entry in content["units"]:
        values = _known(Unit, entry)
        unit_zone = ZoneInfo(entry["timezone"])
        call.units.create(**values | {part: _moment(entry[part], unit_zone) for part in ("starts_at", "ends_at")})
    for entry in content["criteria"]:
        criterion = call.criteria.create(**_known(Criterion, entry))
        for value in entry["values"]:
            criterion.values.create(value=value["value"], text=LazyI18nString(value["text"]))
    criteria = {criterion.key: criterion for criterion in call.criteria.all()}
    for entry in content["questions"]:
        values = _known(call.questions.model, entry)
        values["criterion"] = criteria[entry["criterion"]] if entry.get("criterion") else None
        call.questions.create(**values)
    check_questions(call)
    if extension := content.get("extension"):
        earlier = extension.get("earlier")
        call.extensions.create(earlier=_moment(earlier, zone) if earlier else None, later=call.deadline, reason=LazyI18nString(extension["reason"]))
    return call


def _known(model: type[models.Model], entry: dict[str, Any]) -> dict[str, Any]:
    texts = text_fields(model)
    names = [field.name for field in model._meta.fields if field.name in entry]
    return {name: LazyI18nString(entry[name]) if name in texts else entry[name] for name in names}


def _moment(value: str | datetime, zone: ZoneInfo) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def dump_call(call: Call) -> dict[str, Any]:
    """The call as the content of a call file: what `load_call` makes the same call of."""
    call = Call.objects.get(pk=call.pk)
    extension = call.extended
    content = {
        **_dumped(call, ("slug", "timezone", "signatory_name", *RULES, *text_fields(Call))),
        **{key: getattr(call, key).astimezone(call.zone).isoformat() for key in MOMENTS},
        "contact": {"name": call.contact_name, "email": call.contact_email, "phone": call.contact_phone},
        "networks": [
            _dumped(part.network, ("slug", "name", "area", "countries", "language"))
            | {"places": part.places, "position": part.position}
            | {"contact": {key: getattr(part.network, f"contact_{key}") for key in ("name", "email", "phone")}}
            for part in call.partnerships.select_related("network")
        ],
        "eligibility": [_dumped(entry, ("key", "title", "hint", "if_no", "ways")) for entry in call.eligibility.all()],
        "texts": {text.key: text.body.data for text in call.texts.all()},
        "dates": [_dumped(entry, ("key", "starts", "ends", "precision", "title", "note")) for entry in call.dates.all()],
        "units": [
            _dumped(unit, ("key", "kind", "number", "timezone", "place", "link"))
            | {part: getattr(unit, part).astimezone(unit.zone).isoformat() for part in ("starts_at", "ends_at")}
            for unit in call.units.all()
        ],
        "criteria": [
            _dumped(entry, ("key", "kind", "position", "title", "hint"))
            | {"values": [_dumped(value, ("value", "text")) for value in entry.values.all()]}
            for entry in call.criteria.prefetch_related("values")
        ],
        "questions": [
            _dumped(entry, QUESTION_FIELDS) | {"criterion": entry.criterion.key if entry.criterion else None}
            for entry in call.questions.select_related("criterion")
        ],
    }
    if extension:
        earlier = extension.earlier.astimezone(call.zone).isoformat() if extension.earlier else None
        content["extension"] = {"earlier": earlier, "reason": extension.reason.data}
    return content


def _dumped(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        return value.data if isinstance(value, LazyI18nString) else value.isoformat() if isinstance(value, date) else value

    return {name: plain(getattr(row, name)) for name in names}


def keep_version(call: Call, *, by: Any) -> None:
    """Keep the whole call as it stands under its version number."""
    CallVersion.objects.create(call=call, number=call.version, content=dump_call(call), by=by)


def claim_next_version(call: Call, version: int) -> Call:
    """The call, locked, and counted on by one; raises Outdated when it is not at `version` any more."""
    # no key lock: rows that point to the call may be written meanwhile, and nobody waits for each other
    now = Call.objects.select_for_update(no_key=True).get(pk=call.pk)
    if now.version != version:
        raise Outdated(now)
    now.version += 1
    return now


@transaction.atomic
def edit_text(call: Call, *, key: str, body: dict[str, str], version: int, by: Any) -> Call:
    """Give a text of the call other words, in any of its languages. Writes a version and an audit entry.

    Returns the call as it stands then. Raises Outdated when the call is not at `version` any more.
    """
    now = claim_next_version(call, version)
    text = CallText.objects.get(call=now, key=key)
    changed = [language for language in LANGUAGES if text.body.data.get(language, "") != body.get(language, "")]
    if not changed:
        return call
    text.body = LazyI18nString(body)
    text.save()
    now.save()
    keep_version(now, by=by)
    record("text changed", by=by, call=now, subject=text, fields=[f"{key} {language}" for language in changed])
    return now


@transaction.atomic
def name_signatory(call: Call, *, name: str, role: dict[str, str], version: int, by: Any) -> Call:
    """Say who signs the certificates of the call, and in which role. Writes a version and an audit entry.

    Certificates that were issued stay as they are. Returns the call as it stands then. Raises Outdated when the call is not
    at `version` any more.
    """
    now = claim_next_version(call, version)
    before = {code: text for code, text in now.signatory_role.data.items() if text}
    changed = [field for field, same in (("signatory_name", name == now.signatory_name), ("signatory_role", role == before)) if not same]
    if not changed:
        return call
    now.signatory_name, now.signatory_role = name, LazyI18nString(role)
    now.full_clean()
    now.save()
    keep_version(now, by=by)
    record("signatory named", by=by, call=now, subject=now, fields=changed)
    return now


@transaction.atomic
def edit_dates(
    call: Call, *, moments: dict[str, datetime], dates: dict[str, tuple[date, date]], reason: dict[str, str], version: int, by: Any
) -> Call:
    """Move dates of the call. A deadline that is moved once the call is open is an extension, and needs a reason.

    Writes a version, an audit entry, and the extension, of which everybody with an open draft is told.
    Returns the call as it stands then. Raises Outdated, and ValidationError when dates don't follow each other, the call is
    open already, a deadline would come earlier, or the reason is missing.
    """
    now = claim_next_version(call, version)
    changed = [key for key in MOMENTS if moments[key] != getattr(now, key)]
    if "opens_at" in changed and timezone.now() >= now.opens_at:
        raise ValidationError({"opens_at": _("The call is open already; when it opened can't change any more.")})
    moved = "deadline" in changed and timezone.now() >= now.opens_at
    if moved and moments["deadline"] < now.deadline:
        raise ValidationError({"deadline": _("A deadline that people rely on only moves to a later moment.")})
    if moved and not reason.get("en"):
        raise ValidationError({"reason_en": _("Say why the deadline moves: it stands on the call's page.")})
    earlier = now.deadline
    for key in changed:
        setattr(now, key, moments[key])
    now.full_clean()
    for entry in now.dates.all():
        if (entry.starts, entry.ends) != dates[entry.key]:
            entry.starts, entry.ends = dates[entry.key]
            entry.full_clean()
            entry.save()
            changed.append(entry.key)
    if not changed:
        return call
    if moved:
        extension = Extension.objects.create(call=now, earlier=earlier, later=now.deadline, reason=LazyI18nString(reason), by=by)
        for tell in told_of_extensions:
            tell(now, extension)
    now.save()
    keep_version(now, by=by)
    record(
        "deadline extended" if moved else "dates changed", by=by, call=now, subject=now, fields=changed, reason=reason.get("en", "") if moved else ""
    )
    return now
