"""Every URL of the site with its policy, for the command that lists them and the test that no view is without."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.urls import URLPattern, URLResolver, get_resolver


class Url(NamedTuple):
    route: str
    name: str
    policy: str


def all_urls(patterns: list[Any] | None = None, prefix: str = "") -> Iterator[Url]:
    """The URLs below `patterns`, the whole site by default; `policy` is empty for a view that names none."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from all_urls(entry.url_patterns, route)
        elif isinstance(entry, URLPattern):
            yield Url(route, entry.name or "", getattr(entry.callback, "policy", ""))
