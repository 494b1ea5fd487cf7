"""Four recordings at once through the real server: `python -m tests.benchmarks.uploads [MEBIBYTES]`, each of 1024 by default.

Prints the memory of the process that answers, and how fast it was beside writing as much to the same disk and syncing it; then
how long 100 MiB take over a line that breaks 26 times.
"""

import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests import environment  # noqa: F401 - a folder of its own, before Django reads it

os.environ["DJANGO_SETTINGS_MODULE"] = "fulcrum.settings"

import django

django.setup()

from django.apps import apps  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from tests.files import server  # noqa: E402
from tests.files.live import Line, drafts, most_memory, worker_of, zeros  # noqa: E402
from tests.processes import surroundings  # noqa: E402
from tests.waiting import until  # noqa: E402

MIB = 1024 * 1024
LINES, MOST, SLOWEST = 4, 150 * MIB, 45


def raw(folder: Path, size: int) -> float:
    """Seconds that it takes to write as many files of this size at once, and to sync them."""

    def write(number: int) -> None:
        with open(folder / f"raw{number}", "wb", buffering=0) as file:
            for piece in zeros(size):
                file.write(piece)
            os.fsync(file.fileno())

    began = time.monotonic()
    with ThreadPoolExecutor(LINES) as crowd:
        list(crowd.map(write, range(LINES)))
    took = time.monotonic() - began
    for number in range(LINES):
        (folder / f"raw{number}").unlink()
    return took


def broken(line: Line, target: str, size: int = 100 * MIB, breaks: int = 26) -> float:
    """Seconds that an upload takes whose line breaks so often, each time with something on its way."""
    path, here, began = line.begin(size, target), 0, time.monotonic()
    for _break in range(breaks):
        piece = size // (breaks + 1)
        line.begin_to_add(path, here, size - here, b"\0" * piece).close()
        here = until(lambda least=here + piece // 2: (now := line.offset(path)) >= least and now)
    assert line.add(path, here, zeros(size - here), size - here).status == 204
    return time.monotonic() - began


def main(size: int) -> int:
    settings.MIGRATION_MODULES = {config.label: None for config in apps.get_app_configs()}
    call_command("migrate", run_syncdb=True, verbosity=0)
    call_command("createcachetable")
    people = drafts(LINES)
    with tempfile.TemporaryDirectory(dir=settings.VAR) as name:
        folder, port = Path(name), server.free_port()
        plain = raw(folder, size)
        server.gunicorn(folder, port=port, surroundings=surroundings())
        try:
            lines = [Line(port, draft.person) for draft in people]
            paths = [line.begin(size, f"{draft.reference}/motivation/video") for line, draft in zip(lines, people, strict=True)]
            worker = worker_of(folder)
            before, began = most_memory(worker), time.monotonic()
            with ThreadPoolExecutor(LINES) as crowd:
                sent = list(crowd.map(lambda pair: pair[0].add(pair[1], 0, zeros(size), size).status, zip(lines, paths, strict=True)))
            took, after = time.monotonic() - began, most_memory(worker)
            slow = broken(lines[0], f"{people[0].reference}/motivation/video")
        finally:
            server.kill(folder)
    whole = LINES * size / MIB
    print(f"{LINES} uploads of {size // MIB} MiB at once: {sent}")
    print(f"memory   {before / MIB:.0f} MiB before, {after / MIB:.0f} MiB at most (bar {MOST // MIB})")
    print(f"speed    {whole / took:.0f} MiB/s; raw writes with fsync {whole / plain:.0f} MiB/s; ratio {plain / took:.2f}")
    print(f"breaks   100 MiB over a line that broke 26 times took {slow:.1f} s (bar {SLOWEST})")
    return int(set(sent) != {204} or after > MOST or slow > SLOWEST)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1] if len(sys.argv) > 1 else 1024) * MIB))
