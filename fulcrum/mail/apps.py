from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "fulcrum.mail"
    label = "mail"

    def ready(self) -> None:
        from fulcrum.mail.services import stuck_letters
        from fulcrum.work.invariants import invariant

        invariant(stuck_letters)
