"""The real web server for tests, in processes of its own: `python -m tests.files.server FOLDER` kills it as a crash would and starts it again."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(folder: Path, command: list[str] | None = None, environment: dict[str, str] | None = None, *, port: int = 0) -> None:
    """Start what `command` names, or what ran in this folder before, and wait until it listens."""
    file = folder / "server.json"
    if command:
        file.write_text(json.dumps([command, environment, port]))
    command, environment, port = json.loads(file.read_text())
    with open(folder / "server.log", "a") as log:
        running = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
    (folder / "server.pid").write_text(str(running.pid))
    for _look in range(600):
        if running.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            if _answers(port):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError((folder / "server.log").read_text()[-2000:])


def _answers(port: int) -> bool:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    line.request("GET", "/healthz")
    return line.getresponse().status < 500


def kill(folder: Path) -> None:
    """End it at once, with every process that it started."""
    try:
        os.killpg(int((folder / "server.pid").read_text()), signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError):
        pass


def gunicorn(folder: Path, *, port: int, surroundings: dict[str, str], **settings: Any) -> None:
    """The site under the web server that `make run` starts."""
    own = {"BIND": f"127.0.0.1:{port}", "SITE_URL": f"http://localhost:{port}", "EMBEDDED_WORKER": "0", "MEDIA_DIR": str(folder / "media")}
    environment = os.environ | surroundings | own | {name: str(value) for name, value in settings.items()}
    start(folder, [sys.executable, "-m", "gunicorn"], environment, port=port)


if __name__ == "__main__":
    kill(Path(sys.argv[1]))
    start(Path(sys.argv[1]))
