from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "fulcrum.files"
    label = "files"
