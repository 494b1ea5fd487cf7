from typing import Any

from django.core.management.base import BaseCommand, CommandError

from fulcrum.work.invariants import broken


class Command(BaseCommand):
    help = "Checks what must always hold: states, files, mails, the audit chain. Exits with 1 and a sentence for each breach."

    def handle(self, *args: Any, **options: Any) -> None:
        if found := broken():
            raise CommandError("\n".join(found))
        self.stdout.write("Everything holds.")
