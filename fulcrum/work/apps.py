from django.apps import AppConfig


class WorkConfig(AppConfig):
    name = "fulcrum.work"
    label = "work"
