"""Municipalities and houses: what a house's origin derives from."""

import re
import unicodedata
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_countries import countries


class Origin(models.TextChoices):
    """The three classes of Eurostat's degree of urbanisation; "urban" is city and town."""

    CITY = "city", _("City")
    TOWN = "town", _("Town or suburb")
    RURAL = "rural", _("Rural area")


ORIGINS = {1: Origin.CITY, 2: Origin.TOWN, 3: Origin.RURAL}
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d"})


_WORDS = re.compile(r"[a-z0-9]+")


def plain(text: str) -> str:
    """A name as it is searched and compared: lower case, without accents and punctuation ("Rīga" is "riga")."""
    if text.isascii():  # most names are, and a table has a hundred thousand
        return " ".join(_WORDS.findall(text.lower()))
    letters = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    letters = "".join(letter if letter.isalnum() else " " for letter in letters if not unicodedata.combining(letter))
    return " ".join(letters.split())


def country_code(code: str) -> str:
    """The ISO code of a country that Eurostat writes in its own way: EL is GR, UK is GB."""
    return {"EL": "GR", "UK": "GB"}.get(code, code)


class MunicipalityQuerySet(models.QuerySet):
    def named(self, words: str) -> Self:
        """Those with a name, in any language on record, of which a word begins as searched; accents and case make no difference."""
        searched = plain(words)
        return self.filter(Q(search__contains=f"|{searched}") | Q(search__contains=f" {searched}")) if searched else self.none()

    def at_postcode(self, country: str, postcode: str) -> Self:
        """Those that a postcode covers: one, or several when it is ambiguous."""
        code = "".join(letter for letter in postcode.upper() if letter.isalnum()).removeprefix(country)
        return self.filter(postcodes__country=country, postcodes__code=code).distinct()


class Municipality(models.Model):
    """A municipality with its degree of urbanisation. Source: Eurostat, correspondence table LAU - NUTS 2016, 2019."""

    country = models.CharField(max_length=2)
    lau_code = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    other_name = models.CharField(max_length=120, blank=True)
    region = models.CharField(max_length=5, blank=True)
    population = models.PositiveIntegerField(null=True)
    degree = models.PositiveSmallIntegerField(null=True)
    repeats = models.BooleanField(default=False)
    search = models.CharField(max_length=300)

    objects = MunicipalityQuerySet.as_manager()
    impersonal = "country lau_code name other_name region population degree repeats search"

    class Meta:
        ordering = ["name", "region"]
        constraints = [models.UniqueConstraint(fields=["country", "lau_code"], name="one_municipality_a_code")]

    def __str__(self) -> str:
        name = f"{self.name} / {self.other_name}" if self.other_name else self.name
        return f"{name} ({self.region})" if self.repeats else name

    @property
    def origin(self) -> Origin | None:
        return ORIGINS.get(self.degree or 0)

    @property
    def country_name(self) -> str:
        return countries.name(self.country)


class Postcode(models.Model):
    """A postcode of a country, and the municipalities it lies in."""

    country = models.CharField(max_length=2)
    code = models.CharField(max_length=10)
    municipality = models.ForeignKey(Municipality, on_delete=models.CASCADE, related_name="postcodes")

    impersonal = "country code municipality"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["country", "code", "municipality"], name="one_row_a_postcode")]


class HouseQuerySet(models.QuerySet):
    def of_call(self, call: Any) -> Self:
        """Members of the networks of a call."""
        return self.filter(networks__in=call.networks.all()).distinct()

    def members_of(self, network: Any) -> Self:
        return self.filter(networks=network)

    def named(self, words: str) -> Self:
        """Those whose name or municipality contains every word."""
        queryset = self
        for word in plain(words).split():
            queryset = queryset.filter(Q(search__contains=word) | Q(municipality__search__contains=word))
        return queryset


class House(models.Model):
    """A cultural house that a network counts among its members; one that was merged points to the house it is now, and is nobody's member."""

    name = models.CharField(max_length=160)
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="houses")
    postcode = models.CharField(max_length=10, blank=True)
    networks = models.ManyToManyField("calls.Network", related_name="houses")
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")
    search = models.CharField(max_length=200, editable=False)

    objects = HouseQuerySet.as_manager()
    impersonal = "name municipality postcode merged_into search"

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["search", "municipality"], name="one_house_a_name_and_municipality")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search = plain(self.name)
        super().save(*args, **kwargs)
