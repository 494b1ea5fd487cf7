"""The resumable upload server against a probe of the protocol: the real server, alone and behind the shipped proxy."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from fulcrum.calls.services import load_call
from fulcrum.demo.services import shifted
from tests import factories
from tests.conftest import CALL
from tests.files import server
from tests.processes import surroundings

PROBE = Path(__file__).with_name("tus_probe.py")
CSRF = "c" * 32
NOT_OURS = {"X01", "D04"}  # concatenation is not offered; the greatest file is larger than a probe sends
EXPIRY = 20

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def candidates():
    """Two drafts in a call that is open now."""
    cache.clear()
    call = load_call(shifted(json.loads(CALL.read_text()), timezone.now()))
    return [factories.draft(call=call, network=call.networks.get(slug="alcc")) for _each in range(2)]


@pytest.fixture
def site(tmp_path):
    """Starts the real server; returns its port."""

    def start(**settings) -> int:
        port = server.free_port()
        server.gunicorn(tmp_path, port=port, surroundings=surroundings(), **settings)
        return port

    yield start
    server.kill(tmp_path)


@pytest.fixture
def proxy(tmp_path):
    """Starts the shipped proxy before a port, on loopback and without a certificate; returns its port."""
    folder = tmp_path / "proxy"
    folder.mkdir()

    def start(behind: int) -> int:
        port = server.free_port()
        own = {
            "SITE_URL": f"http://localhost:{port}",
            "LISTEN": "127.0.0.1",
            "UPSTREAM": f"127.0.0.1:{behind}",
            "HEALTH": f"127.0.0.1:{server.free_port()}",
            "HOME": str(folder),
        }
        version = subprocess.run(["caddy", "version"], capture_output=True, text=True, check=True).stdout
        if re.match(r"v?2\.[0-6]\.", version):
            own["FORMS"] = "buffer_requests"
        command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(configured.BASE_DIR / "deploy/Caddyfile")]
        server.start(folder, command, os.environ | own, port=port)
        return port

    yield start
    server.kill(folder)


def credentials(draft) -> list[str]:
    """The headers of a candidate's browser."""
    client = factories.sign_in(Client(), draft.person)
    return [f"Cookie: session={client.cookies['session'].value}; csrf={CSRF}", f"X-CSRFToken: {CSRF}"]


def probe(port: int, candidates, folder: Path, *more: str) -> dict:
    """What the probe found, test by test."""
    first, other = candidates
    report = folder / "probe.json"
    command = [sys.executable, str(PROBE), f"http://localhost:{port}/uploads/", "--strict", "--anon", "--json", str(report), *more]
    for header in credentials(first):
        command += ["-H", header]
    for header in credentials(other):
        command += ["--alt-H", header]
    for word in ("filename=probe.mp4", "filetype=video/mp4", f"target={first.reference}/motivation/video"):
        command += ["--meta", word]
    command += ["--content-cmd", f"name={{id}}; sha256sum {folder}/media/$(printf %.2s $name)/$name"]
    command += ["--restart-cmd", f"{sys.executable} -m tests.files.server {folder}"]
    done = subprocess.run(command, cwd=configured.BASE_DIR, timeout=300)
    found = json.loads(report.read_text())
    return found | {"status": done.returncode}


def conforms(found: dict) -> None:
    assert [(test["id"], test["note"]) for test in found["tests"] if test["result"] == "FAIL"] == []
    assert {test["id"] for test in found["tests"] if test["result"] == "SKIP"} == NOT_OURS
    assert found["PASS"] == 53
    assert found["status"] == 0


def test_the_server_conforms_to_the_protocol(site, candidates, tmp_path):
    conforms(probe(site(UPLOAD_EXPIRY_SECONDS=EXPIRY), candidates, tmp_path, "--expiry", str(EXPIRY)))


@pytest.mark.skipif(not shutil.which("caddy"), reason="there is no caddy, and only root can install it (apt-get install caddy)")
def test_the_server_conforms_behind_the_shipped_proxy(site, proxy, candidates, tmp_path):
    behind = site(UPLOAD_EXPIRY_SECONDS=EXPIRY)
    conforms(probe(proxy(behind), candidates, tmp_path, "--expiry", str(EXPIRY)))
