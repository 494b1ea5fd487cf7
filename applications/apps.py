from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "applications"

    def ready(self) -> None:
        from applications.recordings.services import stray_recordings
        from fulcrum.work.invariants import invariant

        invariant(stray_recordings)
