from typing import Any

from django.core.management.base import BaseCommand

from fulcrum.work.retention import retentions


class Command(BaseCommand):
    help = "Removes what is no longer needed, by the retention that each room states, and reports how much that was."

    def handle(self, *args: Any, **options: Any) -> None:
        for name, function in retentions.items():
            self.stdout.write(f"{name}: {function()}")
