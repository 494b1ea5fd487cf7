from typing import Any

from django.core.management.base import BaseCommand

from fulcrum.guard.privacy import registry


class Command(BaseCommand):
    help = "Prints the table of personal fields that docs/privacy.md holds, from what each model registers."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(table())


def table() -> str:
    """Every personal field as a row in Markdown: model and field, purpose, readers, how long, whether encrypted."""
    rows = [
        ("`" + f"{model._meta.label}.{name}" + "`", entry.purpose, entry.readers, entry.until, "yes" if entry.encrypted else "")
        for model, name, entry in registry()
    ]
    head = ("field", "purpose", "who reads it", "kept until", "encrypted")
    return "\n".join(" | ".join(("", *row, "")).strip() for row in [head, tuple("---" for _column in head), *sorted(rows)])
