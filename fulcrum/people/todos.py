"""What waits for a person, gathered from every room for their first page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone


@dataclass(frozen=True)
class Todo:
    call: Any
    text: str  # a verb first
    url: str
    until: datetime | None = None

    @property
    def is_late(self) -> bool:
        return self.until is not None and self.until <= timezone.now()


Source = Callable[[Any], Iterable[Todo]]
_sources: list[Source] = []


def todos(source: Source) -> Source:
    """Register a function that returns what waits for a user. It asks only for what the user may see, in few queries."""
    _sources.append(source)
    return source


def todos_of(user: Any) -> list[Todo]:
    """What waits for the user in every room, the most urgent first; what has no date comes last."""
    found = [todo for source in _sources for todo in source(user)]
    return sorted(found, key=lambda todo: (todo.until is None, todo.until.timestamp() if todo.until else 0))
