"""What of an application goes when its time is over, by the calendar of its call."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from applications.answers.models import Answer
from applications.application import Application
from applications.assistance.models import Assent, HelpRequest, Typed
from applications.deadlines.models import PersonalExtension
from applications.needs.services import erase_what_is_over
from applications.versions.models import Earlier
from fulcrum.files.models import StoredFile
from fulcrum.files.services import discard
from fulcrum.guard.querysets import everything
from fulcrum.people.models import User
from fulcrum.people.services import end_sessions
from fulcrum.work.retention import retention


@retention("needs that nobody has to know any more")
def forget_needs() -> int:
    """Remove needs, money and what was to be passed on where nobody arranges anything any more. Returns how many rows went."""
    return erase_what_is_over()


@retention("requests for help in calls that ended a year ago")
def forget_requests() -> int:
    """Remove who asked for help, and who helped, a year after the end of their call. Returns how many rows that were."""
    with everything("retention"):
        return HelpRequest.objects.filter(call__ends_at__lt=timezone.now() - timedelta(days=365)).delete()[0]


@retention("more time given to one person in calls that ended two years ago")
def forget_extensions() -> int:
    """Remove who had more time, and why, two years after the end of the call. Returns how many."""
    with everything("retention"):
        return PersonalExtension.objects.filter(call__ends_at__lt=timezone.now() - timedelta(days=730)).delete()[0]


@retention("answers and persons of calls that ended two years ago")
@transaction.atomic
def forget_answers() -> int:
    """Remove answers and recordings two years after the end of their call, and empty what names the person.

    The row stays, so that counts stay; who has no other application and no role is nobody any more, and signed out.
    Returns how many applications were emptied.
    """
    with everything("retention"):
        old = Application.objects.filter(call__ends_at__lt=timezone.now() - timedelta(days=730)).exclude(name="", eligibility={})
        ids = list(old.values_list("pk", flat=True))
        for stored in StoredFile.objects.filter(Q(answer__application__in=ids) | Q(assent__application__in=ids)):
            discard(stored)
        for model in (Answer, Earlier, Typed, Assent):
            model.objects.filter(application__in=ids).delete()
        empty = dict.fromkeys(("name", "phone", "role", "mandate", "gender", "own_view"), "")
        emptied = Application.objects.filter(pk__in=ids)
        staying = Application.objects.exclude(pk__in=ids).values("person")
        for person in User.objects.filter(pk__in=emptied.values("person"), roles=None).exclude(pk__in=staying):
            User.objects.filter(pk=person.pk).update(email=f"gone-{person.pk}@person.invalid", name="", is_active=False)
            end_sessions(person)
        return emptied.update(eligibility={}, **empty)
