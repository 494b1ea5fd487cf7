from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Writes the strings of the sources into the catalogues; with --check only says what each language lacks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        from fulcrum.ui.messages import lacking, merge

        languages = [code for code, _name in settings.LANGUAGES if code != "en"]
        if options["check"]:
            missing = [f"{language}: {text!r}" for language in languages for text in lacking(language)]
            if missing:
                raise CommandError(f"{len(missing)} messages are missing:\n" + "\n".join(missing[:40]))
            self.stdout.write("Every message is there in every language.")
            return
        for language in languages:
            file = merge(language)
            Path(file.fpath).parent.mkdir(parents=True, exist_ok=True)
            file.save(file.fpath)
            self.stdout.write(f"{language}: {len(file)} messages, {len(file.untranslated_entries())} to translate")
