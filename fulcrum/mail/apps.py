from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "fulcrum.mail"
    label = "mail"
