"""What the room of applications does when a person is erased."""

from collections.abc import Callable, Iterator
from typing import Any

from django.db import models, transaction
from django.db.models import ProtectedError, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.application import Application, State
from applications.assistance.models import HelpRequest
from applications.deadlines.models import PersonalExtension
from applications.services import told_of_withdrawal
from fulcrum.audit.services import record
from fulcrum.guard.querysets import everything
from fulcrum.people.models import User
from fulcrum.people.mydata.held import erases, keeps
from fulcrum.people.mydata.services import erasers, foretold, locks

on_record: list[Callable[[Application], bool]] = []  # later rooms that have decided on an application, so that its row must stay

EMPTY: dict[str, Any] = dict.fromkeys(("name", "phone", "role", "mandate", "gender", "own_view"), "") | {"eligibility": {}}


def _must_stay(application: Application) -> bool:
    return application.is_sent and any(stays(application) for stays in on_record)


def of_applications(person: User) -> Iterator[str]:
    """What would become of each application of this person."""
    for application in Application.objects.of_person(person).select_related("call").order_by("pk"):
        words = {"reference": application.reference, "call": application.call}
        if _must_stay(application):
            said = _("Application %(reference)s to “%(call)s”: your name and all you said and recorded are erased; the selection is on record.")
            yield said % words
        elif application.is_sent:
            said = _("Application %(reference)s to “%(call)s” is withdrawn first, and you cannot be selected. Then it is erased wholly.")
            yield said % words
        else:
            yield _("Application %(reference)s to “%(call)s” is erased wholly, with its recordings and letters.") % words


def lock_applications(person: User) -> None:
    with everything("erasure"):
        list(Application.objects.filter(person=person).select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk"))


def erase_applications(person: User) -> None:
    """Drafts and what was withdrawn go wholly, and so does what was sent once it is withdrawn; what is decided on stays without a name."""
    with everything("erasure"):
        rows = Application.objects.filter(person=person).select_related("call", "network", "house__municipality", "municipality", "person")
        for application in rows.order_by("pk"):
            if application.is_sent and not _must_stay(application):
                _withdraw(application, person)
            if application.is_sent or not _removed(application):
                _empty(application)
        PersonalExtension.objects.filter(person=person).update(named="", reason="")
        HelpRequest.objects.filter(person=person).delete()


def _withdraw(application: Application, by: User) -> None:
    """Take it out of a running selection, whatever the deadline."""
    application.state = State.WITHDRAWN
    application.save()
    for let_go in told_of_withdrawal:
        let_go(application)
    record("application withdrawn", by=by, call=application.call, subject=application)


def _removed(application: Application) -> bool:
    """Remove the application with all that hangs on it. Returns whether that is possible: a later room may hold on to it."""
    try:
        with transaction.atomic():
            Application.objects.filter(pk=application.pk).delete()
    except ProtectedError:
        return False
    return True


def _empty(application: Application) -> None:
    """Keep the row for the record, without anything that the person said or that names them."""
    for relation in Application._meta.related_objects:
        model = relation.related_model
        if model._meta.app_label == "applications" and relation.on_delete is models.CASCADE:  # type: ignore[union-attr]
            model._default_manager.filter(Q(**{relation.field.name: application})).delete()  # type: ignore[union-attr]
    Application.objects.filter(pk=application.pk).update(**EMPTY)


def register() -> None:
    erases("applications.Application", "applications.HelpRequest", "applications.PersonalExtension")
    keeps(
        "applications.Application.consented_at",
        gettext_lazy("An application that was decided on"),
        gettext_lazy("House, dates and result stay without your name: the partners and the funder must be able to follow the decision."),
    )
    locks.append(lock_applications)
    erasers.append(erase_applications)
    foretold.append(of_applications)
