import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from fulcrum.calls.models import Call
from fulcrum.demo.services import deliver_letters, load_demonstration, who_is_who


class Command(BaseCommand):
    help = "Loads the demonstration where there is no call yet; with --json OUT writes who is who and the ids of objects."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", type=Path, metavar="OUT", help="write people, applications and ids to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This site is no demonstration. Set DEMO=1; it only starts when SITE_URL is a loopback address.")
        if not Call.objects.exists():
            call = load_demonstration()
            deliver_letters()
            self.stdout.write(f"The demonstration is loaded; its deadline is {call.deadline.astimezone(call.zone):%A %-d %B, %H:%M}.")
        if options["json"]:
            options["json"].write_text(json.dumps(who_is_who(), ensure_ascii=False, indent=1))
