from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "fulcrum.ui"
    label = "ui"
