"""The verbs of a certificate: the name is checked, it is issued once, and it is drawn."""

import hashlib
import logging
from typing import Any

from django.db import transaction
from django.db.models.functions import Length
from django.utils import timezone

from fulcrum.audit.services import record
from fulcrum.calls.models import Call
from fulcrum.guard.querysets import everything
from fulcrum.mail.services import write
from fulcrum.work.models import Job
from fulcrum.work.services import sweeps, wake
from programme.certificates.drawing import Sheet, Undrawable, draw, missing_letters
from programme.certificates.models import Certificate
from programme.certificates.wording import content_of
from programme.ledger.ledger import rule_in_force
from programme.participants.participants import participants
from programme.seat import Seat

log = logging.getLogger(__name__)


class NotAllowed(Exception):
    """The seat is somebody else's, or the call is coordinated by somebody else."""


class NoSignatory(Exception):
    """Nobody is named yet who signs the certificates of this call."""


class AlreadyIssued(Exception):
    """The certificate stands; what is printed on it can't change any more."""


class Unprintable(Exception):
    """The name holds `letters` that no font of ours has."""

    def __init__(self, letters: str) -> None:
        super().__init__(f"{len(letters)} letters")
        self.letters = letters


@transaction.atomic
def check_name(seat: Seat, *, name: str, by: Any) -> Seat:
    """Set the name as it will be printed, confirmed by the participant. Writes an audit entry.

    Returns the seat as it stands then. Raises NotAllowed, Unprintable, and AlreadyIssued once there is a certificate.
    """
    if letters := missing_letters(name):
        raise Unprintable(letters)
    now: Seat | None = (
        Seat.objects.of_person(by).accepted().select_related("call").select_for_update(of=("self",), no_key=True).filter(pk=seat.pk).first()
    )
    if now is None:
        raise NotAllowed
    if Certificate.objects.visible_to(by).filter(seat=now).exists():
        raise AlreadyIssued
    now.printed_name, now.name_checked_at = name, timezone.now()
    now.save(update_fields=["printed_name", "name_checked_at"])
    record("name on the certificate checked", by=by, call=now.call, subject=now, fields=["printed_name"])
    return now


@transaction.atomic
def issue(call: Call, *, by: Any) -> int:
    """Issue a certificate to everybody who completed, whose name was checked, and who has none. By the coordinator.

    Adds the frozen rows and an audit entry for each, and wakes a worker that draws them. Returns how many were issued;
    asked again it issues none twice. Raises NotAllowed, and NoSignatory when nobody is named who signs.
    """
    if not by.holds("coordinator", call=call):
        raise NotAllowed
    # numbers are counted on over all calls, so that issuing waits for issuing
    locked = {row.pk: row for row in Call.objects.select_for_update(no_key=True).order_by("pk")}
    now = locked[call.pk]
    if not now.signatory_name:
        raise NoSignatory
    version, rule = rule_in_force(now)
    moment = timezone.now()
    year = moment.astimezone(now.zone).year
    last = _last_number(year)
    ready = [participant for participant in participants(now, by) if participant.is_ready]
    seats = _locked([participant.seat for participant in ready], by)
    ready = [participant for participant in ready if participant.seat.pk in seats]
    for count, participant in enumerate(ready, last + 1):
        seat = seats[participant.seat.pk]
        certificate = Certificate(
            seat=seat,
            number=f"FULCRUM-{year}-{count:03d}",
            name=seat.printed_name,
            house_name=seat.application.house_name,
            hours=participant.ledger.hours,
            rule_version=version,
            language=seat.application.language,
            issued_at=moment,
            issued_by=by,
        )
        certificate.content = content_of(certificate, call=now, path=participant.path, rule=rule)
        certificate.save(force_insert=True)
        record("certificate issued", by=by, call=now, subject=certificate)
        wake("certificates.draw", certificate.pk)
    return len(ready)


def _locked(seats: list[Seat], by: Any) -> dict[int, Seat]:
    """The seats as they stand, locked, so that no name changes while it is frozen; without those given up meanwhile."""
    now = Seat.objects.visible_to(by).accepted().with_person().select_for_update(of=("self",), no_key=True).order_by("pk")
    return {seat.pk: seat for seat in now.filter(pk__in=[seat.pk for seat in seats])}


def _last_number(year: int) -> int:
    with everything("numbers are counted on over all calls"):
        numbers = Certificate.objects.filter(number__startswith=f"FULCRUM-{year}-").order_by(Length("number").desc(), "-number")
        last = numbers.values_list("number", flat=True).first()
    return int(last.rpartition("-")[2]) if last else 0


def draw_certificate(pk: int) -> None:
    """Draw an issued certificate as PDF, keep it byte for byte, and write to its holder, once. Safe to repeat.

    What no font can print is set aside as failed; any other trouble is put off.
    """
    with everything("certificates are drawn for all"):
        certificate: Certificate | None = Certificate.objects.lease(pk)
    if certificate is None:
        return
    parts = [(what, amount) for what, amount in certificate.content["parts"]]
    try:
        pdf = draw(Sheet(**certificate.content | {"parts": parts}), moment=certificate.issued_at)
    except Undrawable as error:
        certificate.set_aside(Job.FAILED, "letters that no font holds" if error.letters else "it does not fit on the page")
        return
    except Exception as error:
        log.exception("certificate %s", certificate.pk)
        certificate.put_off(type(error).__name__)
        return
    with transaction.atomic():
        if certificate.finish(pdf=pdf, sha256=hashlib.sha256(pdf).hexdigest()):
            _tell_holder(certificate)


def _tell_holder(certificate: Certificate) -> None:
    application = certificate.seat.application
    write(
        "certificate_ready",
        key=f"certificate {certificate.pk}",
        address=application.person.email,
        language=certificate.language,
        person=application.person,
        call=certificate.seat.call,
        application=application,
        certificate=certificate,
    )


@sweeps
def draw_due() -> int:
    """Draw every certificate that nobody was woken for. Returns how many were tried."""
    with everything("certificates are drawn for all"):
        due = list(Certificate.objects.due().order_by("due_at").values_list("pk", flat=True)[:50])
    for pk in due:
        draw_certificate(pk)
    return len(due)


def altered_certificates() -> list[str]:
    """Invariant: each certificate is the bytes that were drawn, and none waits for a person in vain."""
    found = []
    with everything("invariant"):
        for certificate in Certificate.objects.filter(job=Job.DONE).order_by("pk").only("pk", "pdf", "sha256").iterator(chunk_size=20):
            if hashlib.sha256(certificate.pdf or b"").hexdigest() != certificate.sha256:
                found.append(f"certificates: {certificate.pk} is not what was drawn.")
        failed = list(Certificate.objects.filter(job=Job.FAILED).order_by("pk").values_list("pk", flat=True))
    return found + [f"certificates: {pk} could not be drawn." for pk in failed]
