import errno
import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import SkipFile, StopUpload, TemporaryFileUploadHandler

RESERVE = 512 * 1024 * 1024  # this much of the disk stays free for everything else


class StreamToDisk(TemporaryFileUploadHandler):
    """Files go to disk as they arrive, only from somebody signed in, only on a page that takes one, and never more than there is room for.

    What it refused stands in `request.upload_refused`: "too_large" or "no_room".
    """

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None) -> None:
        self.room = 0
        if self.request is not None and "_auth_user_id" in self.request.session and self.request.path.endswith("/upload/"):
            self.room = settings.UPLOAD_MAX_BYTES
        self.folder = Path(settings.FILE_UPLOAD_TEMP_DIR)
        self.full = shutil.disk_usage(self.folder).free - content_length < RESERVE
        self.taken = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        if not self.room:
            raise SkipFile
        if self.full:
            self._refuse("no_room")
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.taken += len(raw_data)
        if self.taken > self.room:
            self._refuse("too_large")
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            self._refuse("no_room")

    def _refuse(self, why: str) -> None:
        self.request.upload_refused = why  # type: ignore[union-attr]
        raise StopUpload(connection_reset=False)
