"""Counts the queries that a piece of code asks, and the rows that it fetches."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection


@dataclass
class Count:
    queries: int = 0
    rows: int = 0


class _Cursor:
    """A driver's cursor that counts what passes through it."""

    def __init__(self, cursor: Any, count: Count) -> None:
        self._cursor, self._count = cursor, count

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def execute(self, *args: Any) -> Any:
        self._count.queries += 1
        return self._cursor.execute(*args)

    def executemany(self, *args: Any) -> Any:
        self._count.queries += 1
        return self._cursor.executemany(*args)

    def fetchone(self) -> Any:
        row = self._cursor.fetchone()
        self._count.rows += row is not None
        return row

    def fetchmany(self, *args: Any) -> Any:
        rows = self._cursor.fetchmany(*args)
        self._count.rows += len(rows)
        return rows

    def fetchall(self) -> Any:
        rows = self._cursor.fetchall()
        self._count.rows += len(rows)
        return rows

    def __iter__(self) -> Iterator[Any]:
        for row in self._cursor:
            self._count.rows += 1
            yield row


@contextmanager
def counted() -> Iterator[Count]:
    """Queries and rows of this thread's connection inside the block."""
    count = Count()
    before = connection.create_cursor
    connection.create_cursor = lambda *args, **kwargs: _Cursor(before(*args, **kwargs), count)  # type: ignore[method-assign]
    try:
        yield count
    finally:
        del connection.create_cursor
