import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from tests.processes import alone


@pytest.fixture
def at_once():
    """Runs a function in many threads that start together; returns what they returned and what they raised."""

    def run(act: Callable[[int], Any], *, threads: int = 50) -> tuple[list[Any], list[BaseException]]:
        start, lock = threading.Barrier(threads), threading.Lock()
        returned: list[Any] = []
        raised: list[BaseException] = []

        def one(number: int) -> None:
            try:
                start.wait(30)
                result = act(number)
                with lock:
                    returned.append(result)
            except BaseException as error:
                with lock:
                    raised.append(error)
            finally:
                connection.close()

        crowd = [threading.Thread(target=one, args=(number,)) for number in range(threads)]
        with alone():
            for thread in crowd:
                thread.start()
            for thread in crowd:
                thread.join(60)
        assert not any(thread.is_alive() for thread in crowd)
        return returned, raised

    return run
