from django.apps import AppConfig


class CallsConfig(AppConfig):
    name = "fulcrum.calls"
    label = "calls"
