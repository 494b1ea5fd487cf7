"""The call as data: dates, texts, partner networks, questions, criteria and rules. A later call is a copy with other values."""

from datetime import datetime
from functools import cached_property
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy
from i18nfield.fields import I18nCharField, I18nTextField

from fulcrum.calls.conditions import CHANNELS
from fulcrum.guard.privacy import Personal

MOMENT_FIELDS = ("opens_at", "deadline", "results_by", "ends_at")


class CallQuerySet(models.QuerySet):
    def newest_first(self) -> Self:
        return self.order_by("-deadline")

    def for_page(self) -> Self:
        """With just what tells whether the kept public page still holds, and its head."""
        return self.only("slug", "short_name", "lead", "version", "timezone", *MOMENT_FIELDS)


class Call(models.Model):
    """One edition of the training call."""

    class Phase(models.TextChoices):
        ANNOUNCED = "announced", _("Announced")
        OPEN = "open", _("Open for applications")
        SELECTION = "selection", _("Selection")
        PROGRAMME = "programme", _("Programme")
        ENDED = "ended", _("Ended")

    slug = models.SlugField(unique=True)
    name = I18nCharField(max_length=200)
    short_name = I18nCharField(max_length=60)
    lead = I18nTextField()
    timezone = models.CharField(max_length=60)
    opens_at = models.DateTimeField()
    deadline = models.DateTimeField()
    results_by = models.DateTimeField()
    ends_at = models.DateTimeField()
    contact_name = models.CharField(max_length=120)
    contact_email = models.EmailField()
    contact_phone = models.CharField(max_length=40)
    targets = models.JSONField()
    size_rule = models.JSONField()
    approval_rule = models.JSONField()
    completion_rule = models.JSONField()
    signatory_name = models.CharField(max_length=120, blank=True)
    signatory_role = I18nCharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)
    networks: Any = models.ManyToManyField("Network", through="Partnership", related_name="calls")

    objects = CallQuerySet.as_manager()
    impersonal = (
        "slug name short_name lead timezone opens_at deadline results_by ends_at contact_name contact_email contact_phone "
        "targets size_rule approval_rule completion_rule signatory_name signatory_role version"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_at__lt=F("deadline"), deadline__lte=F("results_by"), results_by__lte=F("ends_at")),
                name="dates_of_a_call_in_order",
                violation_error_message=_("The dates must follow each other: opening, deadline, results, end of the call."),
            )
        ]

    def __str__(self) -> str:
        return str(self.short_name)

    def get_absolute_url(self) -> str:
        return reverse("call", args=[self.slug])

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def city(self) -> str:
        """The city that names the call's time zone, in English: a translated name is in `zone_name`."""
        return self.timezone.rsplit("/", 1)[-1].replace("_", " ")

    def phase_at(self, moment: datetime) -> "Call.Phase":
        """The phase at a moment. The deadline itself is the first moment that is too late, by the server's clock."""
        for until, phase in (
            (self.opens_at, self.Phase.ANNOUNCED),
            (self.deadline, self.Phase.OPEN),
            (self.results_by, self.Phase.SELECTION),
            (self.ends_at, self.Phase.PROGRAMME),
        ):
            if moment < until:
                return phase
        return self.Phase.ENDED

    @property
    def phase(self) -> "Call.Phase":
        return self.phase_at(timezone.now())

    @property
    def is_open(self) -> bool:
        return self.phase == self.Phase.OPEN

    @property
    def days_left(self) -> int:
        """Whole days until the deadline, counted in the call's zone; 0 on the last day and after it."""
        return self.days_until(self.deadline)

    def days_until(self, moment: datetime) -> int:
        """Whole days until a moment, counted in the call's zone; 0 on its day and after it."""
        today, last = (at.astimezone(self.zone).date() for at in (timezone.now(), moment))
        return max((last - today).days, 0)

    @cached_property
    def partners(self) -> list["Partnership"]:
        """Its networks with their places, in its order: one query, however often a page asks."""
        return list(self.partnerships.select_related("network"))

    @cached_property
    def extended(self) -> "Extension | None":
        return self.extensions.order_by("-pk").first()

    def text(self, key: str) -> Any:
        """The text of the call with this key, in seven languages; empty when the call has none."""
        return self.texts_by_key.get(key, "")

    @cached_property
    def texts_by_key(self) -> dict[str, Any]:
        """Every text of the call by its key: one query, however many a page shows."""
        return {text.key: text.body for text in self.texts.all()}


class CallVersion(models.Model):
    """The whole call as it stood after a change, in the form of a call file."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    impersonal = "call number content at"
    personal = {"by": Personal("accountability", "coordinator", "with the record of the call")}

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["call", "number"], name="one_call_version_a_number")]


class Extension(models.Model):
    """The deadline was moved for everybody: an event on record, with its reason."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="extensions")
    earlier = models.DateTimeField(null=True)
    later = models.DateTimeField()
    reason = I18nTextField()
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    impersonal = "call earlier later reason at"
    personal = {"by": Personal("accountability", "coordinator", "with the record of the call")}


TEXT_TITLES = {
    "what_you_get": _("What you get"),
    "who_can_apply": _("Who can apply"),
    "dates_intro": _("Dates"),
    "cost_and_time": _("Cost and time"),
    "language": _("Language"),
    "how_to_apply": _("How to apply"),
    "help": _("Help, and other ways to apply"),
    "how_we_choose": _("How we choose"),
    "one_per_house": _("One person of a house"),
    "after": _("What happens after"),
    "privacy": _("Privacy notice"),
    "consent": _("Consent to the use of data"),
    "needs_consent": _("Consent to the use of needs"),
    "needs_intro": _("What needs are for"),
    "money_consent": _("Consent to the use of what is said about money"),
    "money_intro": _("What support with money is for"),
    "before_you_start": _("Before you start"),
}


class CallText(models.Model):
    """One text of the call, in Markdown."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="texts")
    key = models.SlugField(max_length=40)
    body = I18nTextField()

    impersonal = "call key body"

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["call", "key"], name="one_text_a_key")]

    @property
    def title(self) -> str:
        """What the text is about, as staff know it; its key where a call has a text of its own."""
        return str(TEXT_TITLES.get(self.key, self.key.replace("_", " ").capitalize()))


class CallDate(models.Model):
    """A date of the programme, to the day or to the month."""

    class Precision(models.TextChoices):
        DAY = "day", _("Day")
        MONTH = "month", _("Month")

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="dates")
    key = models.SlugField(max_length=40)
    starts = models.DateField()
    ends = models.DateField()
    precision = models.CharField(max_length=5, choices=Precision)
    title = I18nCharField(max_length=200)
    note = I18nTextField(blank=True)

    impersonal = "call key starts ends precision title note"

    class Meta:
        ordering = ["starts", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["call", "key"], name="one_date_a_key"),
            models.CheckConstraint(
                condition=Q(starts__lte=F("ends")),
                name="a_date_ends_after_it_starts",
                violation_error_message=_("The end lies before the start."),
            ),
        ]


class Network(models.Model):
    """A partner organisation: its members, its language, and whom to ask there."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    area = I18nCharField(max_length=120)
    countries = models.JSONField(default=list)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    contact_name = models.CharField(max_length=120, blank=True)
    contact_email = models.EmailField(blank=True)
    contact_phone = models.CharField(max_length=40, blank=True)

    impersonal = "slug name area countries language contact_name contact_email contact_phone"

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Partnership(models.Model):
    """A network's part in a call: how many places it has."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="partnerships")
    network = models.ForeignKey(Network, on_delete=models.PROTECT, related_name="partnerships")
    places = models.PositiveSmallIntegerField()
    position = models.PositiveSmallIntegerField()

    impersonal = "call network places position"

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["call", "network"], name="one_part_a_network")]


class EligibilityQuestion(models.Model):
    """A condition of applying, asked before anything else; a "no" leads to a person, never to a wall. `ways` name what else may help."""

    class Way(models.TextChoices):
        NETWORK = "network", _("Another network")
        COLLEAGUE = "colleague", _("A colleague of your house")
        NEEDS = "needs", _("Help with care, travel or money")
        LANGUAGE = "language", _("Help with the language")
        DIRECTOR = "director", _("A letter to your director")

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="eligibility")
    key = models.SlugField(max_length=40)
    position = models.PositiveSmallIntegerField()
    title = I18nCharField(max_length=300)
    hint = I18nTextField(blank=True)
    if_no = I18nTextField()
    ways = models.JSONField(default=list, blank=True)

    impersonal = "call key position title hint if_no ways"

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["call", "key"], name="one_condition_a_key")]


class Criterion(models.Model):
    """What applications are judged by: scored, a bonus, or a priority that only decides between equals."""

    class Kind(models.TextChoices):
        SCORED = "scored", pgettext_lazy("criterion", "Scored")
        BONUS = "bonus", _("A plus")
        PRIORITY = "priority", _("Priority")

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="criteria")
    key = models.SlugField(max_length=40)
    kind = models.CharField(max_length=8, choices=Kind)
    position = models.PositiveSmallIntegerField()
    title = I18nCharField(max_length=300)
    hint = I18nTextField(blank=True)

    impersonal = "call key kind position title hint"

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["call", "key"], name="one_criterion_a_key")]


class CriterionValue(models.Model):
    """What one value of a criterion means, in a sentence."""

    criterion = models.ForeignKey(Criterion, on_delete=models.CASCADE, related_name="values")
    value = models.PositiveSmallIntegerField()
    text = I18nTextField()

    impersonal = "criterion value text"

    class Meta:
        ordering = ["value"]
        constraints = [models.UniqueConstraint(fields=["criterion", "value"], name="one_sentence_a_value")]


def every_channel() -> list[str]:
    return list(CHANNELS)


class Question(models.Model):
    """A question of the form, answered in the channels that it allows: in writing, by voice or on film."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="questions")
    key = models.SlugField(max_length=40)
    position = models.PositiveSmallIntegerField()
    title = I18nCharField(max_length=300)
    short = I18nCharField(max_length=120)
    hint = I18nTextField(blank=True)
    required = models.BooleanField()
    max_words = models.PositiveSmallIntegerField()
    max_minutes = models.PositiveSmallIntegerField()
    criterion = models.ForeignKey(Criterion, null=True, on_delete=models.PROTECT, related_name="questions")
    purpose = I18nTextField(blank=True)  # what the answer is for
    readers = I18nTextField(blank=True)  # who reads it
    channels = models.JSONField(default=every_channel)
    condition = models.JSONField(null=True, blank=True)  # see fulcrum.calls.conditions

    impersonal = "call key position title short hint required max_words max_minutes criterion purpose readers channels condition"

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["call", "key"], name="one_question_a_key")]

    def __str__(self) -> str:
        return str(self.title)

    @property
    def limits(self) -> str:
        """How long an answer may be in each of the ways to give it."""
        words, minutes = {"words": self.max_words}, {"minutes": self.max_minutes}
        spoken = {
            ("audio", "video"): ngettext("Up to %(minutes)d minute by voice or film", "Up to %(minutes)d minutes by voice or film", self.max_minutes),
            ("audio",): ngettext("Up to %(minutes)d minute by voice", "Up to %(minutes)d minutes by voice", self.max_minutes),
            ("video",): ngettext("Up to %(minutes)d minute on film", "Up to %(minutes)d minutes on film", self.max_minutes),
        }.get(tuple(channel for channel in CHANNELS if channel in self.channels and channel != "text"), "")
        written = ngettext("Up to %(words)d word in writing", "Up to %(words)d words in writing", self.max_words) if "text" in self.channels else ""
        return "; ".join(part % values for part, values in ((written, words), (spoken, minutes)) if part)


from fulcrum.calls.places import House, Municipality, Postcode  # noqa: E402, F401 - the app's models are gathered here
from fulcrum.calls.units import Unit  # noqa: E402, F401
