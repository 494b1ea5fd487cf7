"""What of the programme goes when its time is over. Certificates are kept for ten years, so that they can be verified."""

from datetime import timedelta

from django.utils import timezone

from fulcrum.guard.querysets import everything
from fulcrum.work.retention import retention
from programme.attendance.models import Mark
from programme.certificates.models import Certificate
from programme.seat import Seat

YEAR = timedelta(days=365)


@retention("reasons and printed names of seats, two years after the call")
def forget_words_of_seats() -> int:
    """Empty why a seat was given back and the name that was printed. Returns how many seats were emptied."""
    with everything("retention"):
        old = Seat.objects.filter(call__ends_at__lt=timezone.now() - 2 * YEAR).exclude(reason="", printed_name="")
        return old.update(reason="", printed_name="", name_checked_at=None)


@retention("attendance, five years after the call")
def forget_attendance() -> int:
    """Remove the marks of who was where. Returns how many."""
    with everything("retention"):
        old = Mark.objects.filter(unit__call__ends_at__lt=timezone.now() - 5 * YEAR)
        return old._raw_delete(old.db)  # a mark is taken back by nobody, but its time is over


@retention("certificates that were issued ten years ago")
def forget_certificates() -> int:
    """Remove certificates that nobody verifies any more. Returns how many."""
    with everything("retention"):
        return Certificate.objects.filter(issued_at__lt=timezone.now() - 10 * YEAR).delete()[0]
