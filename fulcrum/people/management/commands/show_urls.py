import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from fulcrum.guard.urls import all_urls


class Command(BaseCommand):
    help = "Lists every URL of the site with its name and its policy; --json as a list of objects."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="as JSON: a list of objects with route, name and policy")

    def handle(self, *args: Any, **options: Any) -> None:
        urls = list(all_urls())
        if options["json"]:
            self.stdout.write(json.dumps([url._asdict() for url in urls], indent=1))
            return
        for url in urls:
            self.stdout.write(f"/{url.route:74} {url.name:30} {url.policy or 'NONE'}")
