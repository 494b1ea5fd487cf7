"""What of a recording is handed out: a file, or a few bytes that the database holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_CHUNK = 256 * 1024


@dataclass(frozen=True)
class Artefact:
    """Bytes with a length and a type: at a path, or at hand."""

    source: Path | bytes
    size: int
    media_type: str

    @classmethod
    def of(cls, content: str, media_type: str) -> "Artefact":
        """A text as an artefact, in UTF-8."""
        source = content.encode()
        return cls(source, len(source), media_type)

    def part(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` to `end`, both included, in chunks."""
        if isinstance(self.source, bytes):
            yield self.source[start : end + 1]
            return
        with open(self.source, "rb") as file:
            file.seek(start)
            left = end - start + 1
            while left and (chunk := file.read(min(_CHUNK, left))):
                left -= len(chunk)
                yield chunk
