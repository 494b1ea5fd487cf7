import json
from argparse import ArgumentParser
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from fulcrum.calls.models import Call, Network
from fulcrum.calls.opendata import load_houses, load_municipalities, load_postcodes
from fulcrum.calls.places import Municipality
from fulcrum.calls.services import load_call, moved


class Command(BaseCommand):
    help = "Makes a call from a file, and loads the open data on municipalities, postcodes and houses where it is missing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a call file, such as fulcrum/calls/data/make-it-happen.json")

        parser.add_argument("--deadline", type=date.fromisoformat, metavar="YYYY-MM-DD", help="the last day: moves every date by one offset")

        parser.add_argument("--municipalities", type=Path, metavar="CSV", help="a newer table of Eurostat's, in place of the shipped one")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            content = dict(json.loads(options["file"].read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise CommandError(f"{options['file']} can't be read as a call file: {error}") from error
        if Call.objects.filter(slug=content.get("slug")).exists():
            raise CommandError(f"There is a call «{content['slug']}» already. A later call needs a slug of its own.")
        if options["deadline"]:
            content = moved(content, options["deadline"] - datetime.fromisoformat(content["deadline"]).date())
        if not Municipality.objects.exists():
            self.stdout.write(f"{load_municipalities()} municipalities, {load_postcodes()} postcodes")
        if options["municipalities"]:
            self.stdout.write(f"{load_municipalities(options['municipalities'])} municipalities of the newer table")
        try:
            call = load_call(content)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        networks = {network.name: network for network in Network.objects.all()}
        if {"cult!", "ACC", "ALCC"} <= set(networks):
            self.stdout.write(f"{load_houses(networks)} houses")
        self.stdout.write(f"«{call.short_name}» is loaded: {call.phase.label}.")
        if call.phase == Call.Phase.ENDED:
            self.stderr.write("Its dates are over, so that no role is in force in it. --deadline moves them all.")
