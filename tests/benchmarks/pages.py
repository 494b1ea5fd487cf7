"""What each page costs, measured on a real server: `make bench`.

Starts the site as it runs in production, with its worker inside, on a database of its own that holds the real call with a
thousand applications, and another edition of it in which one network selects from a thousand; asks for each page as the
right person; prints queries, rows, bytes and processor time. Ends with 1 when a bar is missed.
"""

import http.client
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
APPLICATIONS = 1000
ROUNDS, A_ROUND, WARM_UP = 5, 40, 20  # 200 requests a page are measured
BARS = {  # times an empty page
    "public page": 4.0,
    "check: one whole application": 150.0,
    "work: applications, 50 of 1,000": 25.0,
    "work: board": 40.0,
}
MEMORY_BAR = 200.0  # megabytes


@dataclass
class Page:
    name: str
    path: str
    cookie: str = ""
    status: int = 200
    queries: int = 0
    rows: int = 0
    size: int = 0
    rounds: list[float] = field(default_factory=list)

    @property
    def milliseconds(self) -> float:
        return median(self.rounds)


@contextmanager
def database(folder: Path) -> Iterator[str]:
    """The address of a database that lives as long as the block: PostgreSQL, or SQLite where there is none."""
    import psycopg2

    host, port, user = (os.environ.get(name, default) for name, default in (("PGHOST", "127.0.0.1"), ("PGPORT", "5432"), ("PGUSER", "postgres")))
    name = f"fulcrum_bench_{os.getpid()}"
    try:
        server = psycopg2.connect(host=host, port=port, user=user, dbname="postgres", connect_timeout=5)
    except psycopg2.OperationalError:
        print("There is no PostgreSQL to measure on, so these are the figures of SQLite.")
        yield f"sqlite:///{folder / 'bench.sqlite3'}"
        return
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    try:
        yield f"postgres://{user}@{host}:{port}/{name}" if not host.startswith("/") else f"postgres://{user}@/{name}?host={host}"
    finally:
        with server.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        server.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def prepare(folder: Path, address: str, port: int) -> None:
    """The environment of the site, for this process and for the server."""
    for name in ("static", "assets", "fonts"):
        (folder / name).symlink_to(ROOT / "var" / name)
    for name in ("MEDIA_DIR", "CELERY_BROKER_URL", "EMBEDDED_WORKER", "EMAIL_URL", "WEB_PROCESSES", "WEB_THREADS"):
        os.environ.pop(name, None)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "tests.benchmarks.settings",
        "DATABASE_URL": address,
        "VAR_DIR": str(folder),
        "BIND": f"127.0.0.1:{port}",
        "SITE_URL": f"http://localhost:{port}",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "FIELD_KEYS": secrets.token_urlsafe(48),
        "DEMO": "0",
        "DEBUG": "0",
        "LOG_LEVEL": "ERROR",
    }
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("createcachetable")


def load_pages() -> tuple[list[Page], Any]:
    """Every page with whoever may open it, and the drafts of those who write and send at once."""
    from django.conf import settings
    from django.test import Client

    from fulcrum.people.models import User
    from tests import factories
    from tests.benchmarks import candidates, crowd

    call = crowd.load(APPLICATIONS)
    complete = crowd.whole_application(call, address="inga@example.org", send=False)
    sent = crowd.whole_application(call, address="anna@example.org", send=True)
    lead, read = crowd.in_selection(call, APPLICATIONS)

    def cookie(person: Any) -> str:
        client = factories.sign_in(Client(), person)
        return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"

    candidate, sender, staff = cookie(complete.person), cookie(sent.person), cookie(User.objects.get(email="coordinator@example.org"))
    reader = cookie(lead)
    own, work, select = f"/en/applications/{complete.reference}", f"/en/work/{call.slug}", f"/en/work/{read.call.slug}"
    pages = [
        Page("empty", "/empty/"),
        Page("empty, signed in", "/empty/", candidate),
        Page("public page", "/en/"),
        Page("public page, signed in", "/en/", candidate),
        Page("calls", "/en/calls/"),
        Page("questions", f"/en/calls/{call.slug}/questions/"),
        Page("privacy", "/en/privacy/"),
        Page("sign-in", "/en/sign-in/"),
        Page("doors", f"/en/calls/{call.slug}/apply/"),
        Page("task list", f"{own}/", candidate),
        Page("about", f"{own}/about/", candidate),
        Page("house", f"{own}/house/", candidate),
        Page("house, searched", f"{own}/house/?q=kult", candidate),
        Page("facts", f"{own}/facts/", candidate),
        Page("answer in text", f"{own}/answers/motivation/?channel=text", candidate),
        Page("needs", f"{own}/needs/", candidate),
        Page("check: one whole application", f"{own}/check/", candidate),
        Page("receipt", f"/en/applications/{sent.reference}/receipt/", sender),
        Page("account", "/en/account/", candidate),
        Page("work: overview", "/en/work/", staff),
        Page("work: texts", f"{work}/texts/", staff),
        Page("work: one text", f"{work}/texts/who_can_apply/", staff),
        Page("work: dates", f"{work}/dates/", staff),
        Page("work: people and roles", f"{work}/people/", staff),
        Page("work: letters", "/en/work/letters/", staff),
        Page("work: applications, 50 of 1,000", f"{select}/applications/", reader),
        Page("work: one application to score", f"{select}/applications/{read.reference}/", reader),
        Page("work: board", f"{select}/board/", reader),
    ]
    return pages, candidates.drafts(call)


@contextmanager
def server(port: int) -> Iterator[int]:
    """The process id of the web process, while it answers."""
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "tests.benchmarks.server:application"]
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        for _try in range(150):
            try:
                ask(http.client.HTTPConnection("127.0.0.1", port, timeout=30), Page("", "/healthz"))
                break
            except OSError:
                if running.poll() is not None:
                    sys.exit("The server did not start.")
                time.sleep(0.2)
        else:
            sys.exit("The server does not answer.")
        yield int(Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()[0])
    finally:
        running.terminate()
        running.wait(timeout=30)


def ask(line: http.client.HTTPConnection, page: Page, **headers: str) -> http.client.HTTPResponse:
    line.request("GET", page.path, headers=headers | ({"Cookie": page.cookie} if page.cookie else {}))
    answer = line.getresponse()
    page.size = len(answer.read())
    if answer.status != page.status:
        sys.exit(f"{page.name or page.path} answered {answer.status} {answer.headers.get('Location', '')}")
    return answer


def processor_time(process: int) -> float:
    """Milliseconds that every thread of the process has had a processor."""
    total = 0
    for thread in Path(f"/proc/{process}/task").iterdir():
        try:
            total += int((thread / "schedstat").read_text().split()[0])
        except (OSError, IndexError):
            continue
    if total:
        return total / 1e6
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def memory(process: int) -> dict[str, float]:
    """Megabytes of the process, resident and in proportion."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    sizes = {name: int(value.split()[0]) / 1024 for name, _colon, value in (line.partition(":") for line in lines[1:])}
    return {"RSS": sizes["Rss"], "PSS": sizes["Pss"]}


def measure(pages: list[Page], process: int, port: int) -> None:
    """Counts first, then processor time without counting, in rounds, so that a busy machine disturbs all pages alike."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for page in pages:
        for _request in range(WARM_UP):
            ask(line, page)
        answer = ask(line, page, **{"X-Count": "1"})
        page.queries, page.rows = int(answer.headers["X-Queries"]), int(answer.headers["X-Rows"])
    for _round in range(ROUNDS):
        for page in pages:
            before = processor_time(process)
            for _request in range(A_ROUND):
                ask(line, page)
            page.rounds.append((processor_time(process) - before) / A_ROUND)


def report(pages: list[Page], sizes: dict[str, float]) -> list[str]:
    """Prints the table. Returns a sentence for each bar that is missed."""
    empty = pages[0].milliseconds
    print(f"\n{'page':32}{'queries':>9}{'rows':>7}{'bytes':>9}{'CPU ms':>9}{'times empty':>13}")
    for page in pages:
        print(f"{page.name:32}{page.queries:9}{page.rows:7}{page.size:9}{page.milliseconds:9.2f}{page.milliseconds / empty:13.1f}")
    print(f"\nMemory of the web process with its worker: {sizes['RSS']:.0f} MB resident, {sizes['PSS']:.0f} MB in proportion.")
    ratio = {page.name: page.milliseconds / empty for page in pages}
    missed = []
    for name, bar in BARS.items():
        if ratio[name] > bar:
            missed.append(f"«{name}» costs {ratio[name]:.1f} times an empty page; the bar is {bar:.0f}.")
    if sizes["RSS"] >= MEMORY_BAR:
        missed.append(f"The web process takes {sizes['RSS']:.0f} MB; the bar is {MEMORY_BAR:.0f}.")
    return missed


def main() -> int:
    os.chdir(ROOT)
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, database(Path(folder)) as address:
        prepare(Path(folder), address, port)
        pages, everybody = load_pages()
        from django.db import connections

        from tests.benchmarks import candidates

        connections.close_all()
        print(f"{APPLICATIONS} applications are loaded; {ROUNDS * A_ROUND} requests a page.")
        with server(port) as process:
            measure(pages, process, port)
            missed = report(pages, memory(process))
            candidates.measure(port, everybody)
    print("\n".join(missed) if missed else "Every bar is held.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
