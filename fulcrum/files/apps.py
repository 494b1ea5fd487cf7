from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "fulcrum.files"
    label = "files"

    def ready(self) -> None:
        from fulcrum.files.services import lost_files
        from fulcrum.files.uploads.tidying import uploads_that_disagree
        from fulcrum.work.invariants import invariant

        invariant(lost_files)
        invariant(uploads_that_disagree)
