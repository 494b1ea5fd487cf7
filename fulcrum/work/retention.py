"""What each room removes when its time is over."""

from collections.abc import Callable

retentions: dict[str, Callable[[], int]] = {}


def retention(name: str) -> Callable[[Callable[[], int]], Callable[[], int]]:
    """Register a function that removes what is over and returns how many rows that were."""

    def register(function: Callable[[], int]) -> Callable[[], int]:
        retentions[name] = function
        return function

    return register
