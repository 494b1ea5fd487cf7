from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "fulcrum.demo"
    label = "demo"
