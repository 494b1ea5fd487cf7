"""The resumable upload server against a probe of the protocol: the real server, alone and behind the shipped proxy."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as configured

from tests.files.live import credentials

PROBE = Path(__file__).with_name("tus_probe.py")
NOT_OURS = {"X01", "D04"}  # concatenation is not offered; the greatest file is larger than a probe sends
EXPIRY = 20

pytestmark = pytest.mark.django_db(transaction=True)


def probe(port: int, candidates, folder: Path, *more: str) -> dict:
    """What the probe found, test by test."""
    first, other = candidates
    report = folder / "probe.json"
    command = [sys.executable, str(PROBE), f"http://localhost:{port}/uploads/", "--strict", "--anon", "--json", str(report), *more]
    for option, draft in (("-H", first), ("--alt-H", other)):
        for name, value in credentials(draft.person).items():
            command += [option, f"{name}: {value}"]
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
