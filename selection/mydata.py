"""What the room of selection gives out of a person, and what it does when one is erased."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy

from applications.application import Application
from applications.mydata import on_record
from fulcrum.guard.querysets import everything
from fulcrum.people.models import User
from fulcrum.people.mydata.held import erases, keeps, shows_only
from fulcrum.people.mydata.services import erasers
from selection.assessments.models import Ineligibility, Score
from selection.shortlists.models import Place
from selection.shortlists.services import is_opened
from selection.slate import Nomination


def _told(path: str) -> Any:
    """Nothing of a selection is given out before its answers are."""
    return lambda person: Q(**{f"{path}__call__slate__released_at__isnull": False})


def decided(application: Application) -> bool:
    """The lists are opened with it: from then on the selection is on record."""
    return is_opened(application.call)


def empty_reasons(person: User) -> None:
    """What was written about the person goes; figures, ranks and outcomes stay."""
    with everything("erasure"):
        for model in (Place, Nomination, Ineligibility):
            model.objects.filter(application__person=person).update(reason="–")
        Score.objects.filter(assessment__application__person=person).update(reason="")


def register() -> None:
    for label, path in {
        "Assessment": "application",
        "Score": "assessment__application",
        "Ineligibility": "application",
        "Place": "application",
        "Nomination": "application",
        "Outcome": "application",
    }.items():
        shows_only(f"selection.{label}", _told(path))
    erases("selection.Score.reason", "selection.Ineligibility.reason", "selection.Place.reason", "selection.Nomination.reason")
    figures = (gettext_lazy("Scores, ranks and the result"), gettext_lazy("Figures stay for the record of the selection, without your name."))
    keeps("selection.Score.value", *figures)
    keeps("selection.Outcome", *figures)
    on_record.append(decided)
    erasers.append(empty_reasons)
