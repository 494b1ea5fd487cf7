"""What readers see at a glance: the list of their network's applications with filters, and what stands beside each."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db.models import Avg, Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.formats import number_format
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from applications.answers.models import Answer, Channel
from applications.application import Application
from applications.directors.models import Confirmation, Said
from applications.services import networks_of_same_house
from fulcrum.audit.models import Entry
from fulcrum.calls.models import Call
from fulcrum.calls.places import ORIGINS
from fulcrum.calls.rules import Size
from fulcrum.guard.text import LineField
from fulcrum.people.models import Role
from selection.assessments.models import Assessment, Recusal, Score, conflicted_networks
from selection.policy import READERS, networks_as
from selection.shortlists.models import Place

PAGE = 50
STANDINGS = [("", _("All")), ("open", _("Not on the list")), ("listed", _("On the list")), ("ineligible", _("Ineligible"))]
UNSCORED, READ, SCORED, CHANGED = "unscored", "read", "scored", "changed"


class FilterForm(forms.Form):
    """The filters of the list; they stand in the address, and what makes no sense there is left out."""

    q = LineField(label=_("Name or house"), required=False, max_length=80)
    state = forms.ChoiceField(
        label=_("My reading"),
        required=False,
        choices=[
            ("", _("All")),
            (UNSCORED, _("Not scored by me")),
            (READ, _("Read, not scored")),
            (SCORED, _("Scored by me")),
            (CHANGED, _("Changed since I read it")),
        ],
    )
    origin = forms.ChoiceField(
        label=_("Origin"), required=False, choices=[("", _("All")), ("3", _("Rural area")), ("2", _("Town or suburb")), ("1", _("City"))]
    )
    size = forms.ChoiceField(label=_("Size"), required=False, choices=[("", _("All")), *Size.choices])
    mode = forms.ChoiceField(label=_("Answers"), required=False, choices=[("", _("All")), ("audio", _("With audio")), ("video", _("With video"))])
    standing = forms.ChoiceField(label=_("Standing"), required=False, choices=STANDINGS)
    sort = forms.ChoiceField(
        label=_("Order"), required=False, choices=[("", _("As sent")), ("name", _("Name")), ("house", _("House")), ("score", _("Score"))]
    )

    def __init__(self, *args: Any, ranks: bool, **kwargs: Any) -> None:
        """Who may not see `ranks` is not told by a filter either."""
        super().__init__(*args, **kwargs)
        if not ranks:
            self.fields["standing"] = forms.ChoiceField(label=_("Standing"), required=False, choices=[STANDINGS[0], STANDINGS[-1]])

    @property
    def narrows(self) -> bool:
        """Whether anything but an order was chosen."""
        return bool(self.chosen.keys() - {"sort"})

    @property
    def chosen(self) -> dict[str, str]:
        """What was chosen and makes sense."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


def sees_ranks(user: Any, call: Call) -> bool:
    """Whether the user may know who is on the lists of the networks that they read for: nobody with a conflict in one."""
    return conflicted_networks(user, call).isdisjoint(network.pk for network in networks_as(user, call, *READERS))


def scored_by(user: Any) -> Exists:
    return Exists(Assessment.objects.by(user).done().filter(application=OuterRef("pk")))


def filtered(rows: QuerySet, user: Any, chosen: dict[str, str]) -> QuerySet:
    """Of the applications that the user reads, those that fit what was chosen, in its order.

    A score orders only where the user has scored: who has not yet is not told what others think.
    """
    own = Assessment.objects.by(user).filter(application=OuterRef("pk"))
    if words := chosen.get("q"):
        rows = rows.filter(Q(name__icontains=words) | Q(house__name__icontains=words) | Q(typed_house__icontains=words) | Q(reference__iexact=words))
    match chosen.get("state"):
        case "unscored":
            rows = rows.exclude(scored_by(user))
        case "read":
            rows = rows.filter(Exists(own.filter(done_at=None)))
        case "scored":
            rows = rows.filter(scored_by(user))
        case "changed":
            rows = rows.filter(Exists(own.filter(read_at__lt=OuterRef("changed_at"))))
    if degree := chosen.get("origin"):
        rows = rows.filter(Q(house__municipality__degree=degree) | Q(municipality__degree=degree))
    if size := chosen.get("size"):
        rows = rows.filter(size=size)
    if mode := chosen.get("mode"):
        rows = rows.filter(Exists(Answer.objects.beside().asked().filter(channel=mode)))
    match chosen.get("standing"):
        case "open":
            rows = rows.filter(place_on_list=None, ineligibility=None)
        case "listed":
            rows = rows.exclude(place_on_list=None)
        case "ineligible":
            rows = rows.exclude(ineligibility=None)
    match chosen.get("sort"):
        case "name":
            return rows.order_by("name", "pk")
        case "house":
            return rows.order_by("house__name", "typed_house", "pk")
        case "score":
            return by_score(rows, known_to=user)
    return rows.order_by("sent_at", "pk")


def by_score(rows: QuerySet, *, known_to: Any = None) -> QuerySet:
    """Best first: by the mean over assessors of their sums; the priority decides between those who score alike.

    Where a user is given, only scores of what they have scored themselves order; everything else follows as it was sent.
    """
    done = Assessment.objects.beside().done()
    if known_to is not None:
        done = done.filter(Exists(Assessment.objects.by(known_to).done().filter(application=OuterRef("application"))))
    means = done.values("application").annotate(mean=Avg("total"), most=Max("priority"))
    rows = rows.annotate(mean=Subquery(means.values("mean")), preferred=Subquery(means.values("most")))
    return rows.order_by(F("mean").desc(nulls_last=True), F("preferred").desc(nulls_last=True), "sent_at", "pk")


LISTED = (
    "pk reference name size eligibility changed_at typed_house house__name house__municipality__name house__municipality__degree "
    "municipality__name municipality__degree"
).split()
READINGS = {UNSCORED: ("todo", _("To read")), READ: ("doing", _("Read")), SCORED: ("done", _("Scored"))}  # colour and word of a tag


@dataclass
class Row:
    """One line of the list, in words."""

    pk: int
    reference: str
    name: str
    home: str  # house and municipality
    origin: str
    size: str
    state: str = UNSCORED
    reading: str = ""  # the state in a word
    colour: str = ""
    changed: bool = False
    mean: float | None = None
    score: str = "–"  # the mean, once the user has scored it, too
    done: str = "0"
    rank: Place | None = None
    standing: str = ""  # how it stands in the network, where there is something to say
    signal: str = ""
    director: str = ""  # what the director of the house said, once one was asked
    recordings: list[tuple[str, str]] = field(default_factory=list)  # kind, length in minutes and seconds


def listed(applications: QuerySet, *, ranks: bool) -> QuerySet:
    """What the list shows of each, as plain values: models of them and their houses cost several times as much."""
    of_list = {"rank": F("place_on_list__rank"), "of": F("place_on_list__of")} if ranks else {}
    said = Confirmation.objects.beside().current().values("state")[:1]
    return applications.values(*LISTED, unfit=F("ineligibility__pk"), director=Subquery(said), **of_list)


def rows_of(page: Iterable[dict[str, Any]], user: Any) -> list[Row]:
    """The lines of a page of what is `listed`, in three queries however many they are."""
    origins = {degree: str(origin.label) for degree, origin in ORIGINS.items()}
    sizes = {size.value: str(size.label) for size in Size}
    directors = {
        Said.ASKED.value: __("Director: open"),
        Said.CONFIRMED.value: __("Director: confirmed"),
        Said.REFUSED.value: __("Director: does not agree"),
    }
    found: dict[int, Row] = {}
    changed_at: dict[int, Any] = {}
    for entry in page:
        place = "house__municipality" if entry["house__name"] else "municipality"
        home, town = entry["house__name"] or entry["typed_house"], entry[f"{place}__name"]
        row = Row(
            entry["pk"],
            entry["reference"],
            entry["name"],
            f"{home}, {town}" if town else home,
            origins.get(entry[f"{place}__degree"], "–"),
            sizes.get(entry["size"], "–"),
            rank=Place(rank=entry["rank"], of=entry["of"]) if entry.get("rank") else None,
        )
        if entry["unfit"]:
            row.signal, row.standing = "problem", __("Ineligible")
        elif row.rank:
            row.signal, row.standing = "success", row.rank.words
        elif entry["typed_house"] or entry["director"] == Said.REFUSED or False in entry["eligibility"].values():
            row.signal, row.standing = "warning", __("Eligible?")  # no listed member, a director who refuses, or a condition answered with no
        row.director = directors.get(entry["director"], "")
        found[row.pk], changed_at[row.pk] = row, entry["changed_at"]
    own = Q(assessor=user)
    figures = (
        Assessment.objects.of_all(list(found))
        .values_list("application")
        .annotate(mean=Avg("total"), done=Count("done_at"), read=Max("read_at", filter=own), scored=Max("done_at", filter=own))
    )
    for pk, mean, done, read_at, scored_at in figures:
        row = found[pk]
        row.done = str(done)
        row.state = SCORED if scored_at else READ if read_at else UNSCORED
        row.changed = read_at is not None and read_at < changed_at[pk]
        if scored_at:
            row.mean, row.score = mean, number_format(round(mean, 1), 1)
    recorded = Answer.objects.of_all(list(found)).asked().exclude(channel=Channel.TEXT).exclude(file=None)
    for answer in recorded.values("application", "channel").annotate(seconds=Sum("file__seconds")).order_by("channel"):
        seconds = answer["seconds"] or 0
        found[answer["application"]].recordings.append((answer["channel"], f"{seconds // 60}:{seconds % 60:02d}"))
    words = {state: (colour, str(word)) for state, (colour, word) in READINGS.items()}
    for row in found.values():
        row.colour, row.reading = words[row.state]
    return list(found.values())


@dataclass(frozen=True)
class Colleague:
    """Somebody who reads for the network, and how far they are with an application."""

    person: Any
    done: bool
    recused: Recusal | None
    total: int | None = None
    priority: int | None = None
    scores: list[Any] = field(default_factory=list)


def colleagues(application: Application, user: Any, *, reveal: bool) -> list[Colleague]:
    """Who has scored the application; what they scored only to who has scored it, too (`reveal`)."""
    roles = Role.objects.in_force().filter(call=application.call_id, network=application.network_id, role__in=READERS)
    people = {role.person_id: role.person for role in roles.select_related("person")}
    people.pop(application.person_id, None)
    done = {row.assessor_id: row for row in Assessment.objects.visible_to(user).done().filter(application=application).select_related("assessor")}
    people |= {pk: row.assessor for pk, row in done.items()}
    recused = {row.person_id: row for row in Recusal.objects.visible_to(user).filter(application=application).select_related("person")}
    scores: dict[int, list[Any]] = defaultdict(list)
    if reveal:
        for score in Score.objects.visible_to(user).filter(assessment__in=done.values()).select_related("criterion"):
            scores[score.assessment_id].append(score)
    found = []
    for pk, person in people.items():
        row = done.get(pk)
        shown = row if reveal else None
        found.append(
            Colleague(
                person,
                row is not None,
                recused.get(pk),
                shown.total if shown else None,
                shown.priority if shown else None,
                scores[shown.pk] if shown else [],
            )
        )
    return sorted(found, key=lambda entry: (entry.person != user, str(entry.person)))


def doubts(application: Application) -> list[str]:
    """What about the application asks for a look at its eligibility, in sentences; who else of the house applied stays unnamed."""
    found = [
        __("Answered no: %(condition)s") % {"condition": condition.title}
        for condition in application.call.eligibility.all()
        if application.eligibility.get(condition.key) is False
    ]
    if application.house_is_typed:
        found.append(__("The house was typed: it is not on the list of members."))
    if others := networks_of_same_house(application):
        names = sorted({network.name for network in others if network != application.network})
        through = [*([__("this network")] if application.network in others else []), *names]
        words = ngettext(
            "%(count)d other application names the same house, through %(networks)s. A house has at most one place.",
            "%(count)d other applications name the same house, through %(networks)s. A house has at most one place.",
            len(others),
        )
        found.append(words % {"count": len(others), "networks": ", ".join(through)})
    return found


def changes_since(application: Application, moment: Any) -> list[str]:
    """What of the application was changed after `moment`, in words, from the record."""
    entries = Entry.objects.filter(
        call=application.call_id, act="application changed", subject=f"{application._meta.label_lower} {application.pk}", at__gt=moment
    )
    names = {name for entry in entries.values_list("fields", flat=True) for name in entry}
    questions = {question.key: str(question.short) for question in application.call.questions.all()} if names else {}
    other = {"house": __("House"), "typed_house": __("House"), "municipality": __("Municipality"), "eligibility": __("Conditions")}
    found = []
    for name in sorted(names):
        if name.startswith("answer "):
            found.append(questions.get(name.removeprefix("answer "), name))
        else:
            found.append(str(other.get(name) or getattr(application._meta.get_field(name), "verbose_name", name)))
    return sorted(set(found))
