"""Addresses of static files, looked up once a process: a page asks for twenty of them."""

from functools import cache

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ManifestStorage(CompressedManifestStaticFilesStorage):
    @cache  # noqa: B019 - there is one storage a process
    def url(self, name: str, force: bool = False) -> str:
        return super().url(name, force)
