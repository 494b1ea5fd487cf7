"""Who takes what was uploaded. Later rooms register their targets here, since this one knows none of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fulcrum.files.models import StoredFile
from fulcrum.files.uploads.models import Upload


class Refusal(Exception):
    """The answer is a status and a sentence for the person; `headers` go with it."""

    def __init__(self, status: int, sentence: Any = "", **headers: Any) -> None:
        super().__init__(status)
        self.status, self.sentence = status, sentence
        self.headers = {name.replace("_", "-"): str(value) for name, value in headers.items()}


@dataclass(frozen=True)
class Target:
    """One kind of place for a recording, known by what its `target` looks like.

    `may_begin(user, target)` raises Refusal unless this person may put a recording there now, and returns the recording that
    it would replace, if any: that one does not count in the person's quota.
    `kind(target)` is "audio" or "video".
    `finish(upload, stored)` takes the whole file over in the deciding transaction; it raises Refusal, and then the bytes go.
    `page(upload)` is the page to go to afterwards.
    """

    takes: Callable[[str], Any]
    may_begin: Callable[[Any, str], StoredFile | None]
    kind: Callable[[str], str]
    finish: Callable[[Upload, StoredFile], None]
    page: Callable[[Upload], str]


targets: list[Target] = []


def target_of(name: str) -> Target:
    """Who takes uploads to `name`. Raises Refusal."""
    for target in targets:
        if target.takes(name):
            return target
    raise Refusal(404)
