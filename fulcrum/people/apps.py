from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "fulcrum.people"
    label = "people"
