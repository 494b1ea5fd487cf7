"""Loads the open tables that origin derives from (attribution: fulcrum/calls/data/README.md)."""

import csv
import gzip
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import transaction

from fulcrum.calls.places import House, Municipality, Postcode, country_code, plain

DATA = Path(__file__).parent / "data"
# Newer tables of Eurostat carry these headings
_HEADINGS = {
    "NUTS 3 CODE": "nuts3_2016",
    "LAU CODE": "lau_code",
    "LAU NAME NATIONAL": "name",
    "LAU NAME LATIN": "name_latin",
    "POPULATION": "population",
    "DEGURBA": "degurba",
}


def rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a CSV file, plain or gzipped, with the headings of this house."""
    opener: Any = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield {_HEADINGS.get(name, name): value for name, value in row.items()}


def _shows_both(country: str, region: str, name: str) -> bool:
    """Brussels has two names; a name in another script is shown with its Latin form."""
    return (country == "BE" and region == "BE100") or not all(unicodedata.name(letter, "").startswith("LATIN") for letter in name if letter.isalpha())


@transaction.atomic
def load_municipalities(path: Path = DATA / "municipalities.csv.gz") -> int:
    """Load a table of municipalities; those that are there are updated, none is removed. Returns how many rows were read."""
    dutch = {row["lau_2019"]: row["name_nl"] for row in rows(DATA / "belgium.csv")}
    found = [(country_code(row.get("country") or row["nuts3_2016"][:2]), plain(row["name"]), row) for row in rows(path)]
    names = Counter((country, searched) for country, searched, _row in found)
    municipalities = []
    for country, searched, row in found:
        region, name, other = row["nuts3_2016"], row["name"], row.get("name_latin") or ""
        local = dutch.get(row["lau_code"], "") if country == "BE" else ""
        forms = dict.fromkeys([searched, *(plain(form) for form in (other, local) if form and form != name)])
        municipalities.append(
            Municipality(
                country=country,
                lau_code=row["lau_code"],
                name=name[:120],
                other_name=other[:120] if other != name and _shows_both(country, region, name) else "",
                region=region,
                population=int(float(row["population"])) if row["population"] else None,
                degree=int(row["degurba"]) if row["degurba"] else None,
                repeats=names[country, searched] > 1,
                search="".join(f"|{form}" for form in forms)[:300],
            )
        )
    fields = ["name", "other_name", "region", "population", "degree", "repeats", "search"]
    Municipality.objects.bulk_create(
        municipalities, batch_size=3000, update_conflicts=True, unique_fields=["country", "lau_code"], update_fields=fields
    )
    return len(municipalities)


@transaction.atomic
def load_postcodes() -> int:
    """Load the postcodes of AT, BE, EE, IT and LV. Returns how many rows were read."""
    ids = {(country, code): pk for country, code, pk in Municipality.objects.values_list("country", "lau_code", "pk")}
    links = {}
    read = 0
    for row in rows(DATA / "postcodes.csv"):
        read += 1
        country = country_code(row["country"])
        code = "".join(letter for letter in row["postcode"].upper() if letter.isalnum()).removeprefix(country)
        for lau in {row["lau_main"], *filter(None, row["lau_all"].split("|"))}:
            if pk := ids.get((country, lau)):
                links[country, code, pk] = Postcode(country=country, code=code, municipality_id=pk)
    Postcode.objects.bulk_create(links.values(), batch_size=3000, ignore_conflicts=True)
    return read


@transaction.atomic
def load_houses(networks: dict[str, Any]) -> int:
    """Load the cultural centres on record as members of their networks, given by name. Returns how many rows were read."""
    ids = {(country, code): pk for country, code, pk in Municipality.objects.values_list("country", "lau_code", "pk")}
    read = 0
    for row in rows(DATA / "houses.csv"):
        read += 1
        house, _ = House.objects.get_or_create(
            search=plain(row["house"]),
            municipality_id=ids[country_code(row["country"]), row["lau_2019"]],
            defaults={"name": row["house"], "postcode": row["postcode"]},
        )
        (house.merged_into or house).networks.add(networks[row["partner"]])
    return read
