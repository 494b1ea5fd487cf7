from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "applications"

    def ready(self) -> None:
        from applications import retention  # noqa: F401 - registers what goes when its time is over
        from applications.recordings.services import stray_recordings
        from fulcrum.work.invariants import invariant

        invariant(stray_recordings)
