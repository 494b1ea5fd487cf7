from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from fulcrum.calls.models import Call
from fulcrum.people.models import Role, User
from fulcrum.people.services import give_role


class Command(BaseCommand):
    help = "Makes the person with this address a coordinator of the newest call, or of --call."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address")
        parser.add_argument("--call", help="the slug of the call")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            validate_email(options["address"])
        except ValidationError as error:
            raise CommandError(f"{options['address']} is no email address.") from error
        calls = Call.objects.newest_first()
        call = (calls.filter(slug=options["call"]) if options["call"] else calls).first()
        if call is None:
            raise CommandError("There is no such call. Load one first: manage.py load_call FILE")
        person = User.objects.known_by(options["address"])
        try:
            give_role(person, role=Role.Kind.COORDINATOR, call=call, by=None)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        if call.phase == Call.Phase.ENDED:
            self.stderr.write(f"«{call.short_name}» has ended, and every role with it. Load a call whose dates are not over.")
        self.stdout.write(f"{person.email} coordinates «{call.short_name}» and signs in with a code sent to that address.")
