"""What stands on a certificate, in the words of its language."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from fulcrum.calls.models import Call
from fulcrum.calls.units import Unit
from fulcrum.ui.templatetags.texts import day
from programme.attendance.models import Mark
from programme.certificates.models import Certificate
from programme.ledger.ledger import Rule
from programme.participants.participants import Step


def content_of(certificate: Certificate, *, call: Call, path: Iterable[Step], rule: Rule) -> dict[str, Any]:
    """The fields of the Sheet, word for word, in the certificate's language."""
    with override(certificate.language):
        return {
            "language": certificate.language,
            "title": _("Certificate of completion"),
            "name": certificate.name,
            "house": certificate.house_name,
            "sentence": _("has completed the training programme"),
            "programme": str(call.name),
            "parts": parts_of(list(path), rule),
            "hours": _("%(hours)s hours in all") % {"hours": written(certificate.hours)},
            "number_label": _("Certificate number"),
            "number": certificate.number,
            "issued": _("Issued on %(day)s") % {"day": day(certificate.issued_at.astimezone(call.zone))},
            "signatory_name": call.signatory_name,
            "signatory_role": str(call.signatory_role),
            "verify": _("Whoever holds this code can verify the certificate:"),
            "verify_url": settings.SITE_URL + reverse("verify", args=[certificate.code]),
            "code": certificate.code,
            "cofunded": _("Co-funded by the European Union"),
            "disclaimer": render_to_string("components/disclaimer.html").strip(),
        }


def parts_of(path: list[Step], rule: Rule) -> list[tuple[str, str]]:
    """What was attended, and how much of it; a kind of unit that the call lacks is left out."""
    academy = [step for step in path if step.unit.kind == Unit.Kind.HALF_DAY]
    labs = [step for step in path if step.unit.kind == Unit.Kind.LAB]
    found = []
    if academy:
        attended = sum(1 for step in academy if step.presence == Mark.Presence.PRESENT)
        said = ngettext("%(attended)d of %(number)d half-day", "%(attended)d of %(number)d half-days", len(academy))
        where = _("Training Academy, %(place)s") % {"place": academy[0].unit.place}
        found.append((where, f"{said % {'attended': attended, 'number': len(academy)}}, {_days(academy)}"))
    if labs:
        attended = sum(1 for step in labs if step.presence == Mark.Presence.PRESENT)
        made_up = sum(1 for step in labs if step.presence == Mark.Presence.MADE_UP)
        said = ngettext("%(attended)d of %(number)d lab", "%(attended)d of %(number)d labs", len(labs)) % {"attended": attended, "number": len(labs)}
        if made_up:
            said += ", " + ngettext("%(number)d made up for", "%(number)d made up for", made_up) % {"number": made_up}
        found.append((_("Learning Labs"), f"{said}, {_days(labs)}"))
    if own_work := Decimal(str(rule["hours"]["own_work"])):
        found.append((_("Own work at the house"), _("%(hours)s hours") % {"hours": written(own_work)}))
    return found


def written(hours: Decimal) -> str:
    """Hours as the language writes them, without a needless decimal."""
    return number_format(hours, 0 if hours == hours.to_integral_value() else 1)


def _days(steps: list[Step]) -> str:
    first, last = (day(step.unit.starts_at.astimezone(step.unit.zone)) for step in (steps[0], steps[-1]))
    return first if first == last else _("%(first)s to %(last)s") % {"first": first, "last": last}
