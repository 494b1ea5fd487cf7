from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "fulcrum.people"
    label = "people"

    def ready(self) -> None:
        from fulcrum.people.mydata import rooms

        rooms.register()
