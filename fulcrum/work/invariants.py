"""What must always hold, gathered from every room."""

from collections.abc import Callable, Iterable

Check = Callable[[], Iterable[str]]
_checks: list[Check] = []


def invariant(check: Check) -> Check:
    """Register a function that returns a sentence for everything it finds wrong. Sentences hold ids, never names."""
    _checks.append(check)
    return check


def broken() -> list[str]:
    """Every sentence of every room; empty when all holds."""
    return [sentence for check in _checks for sentence in check()]
