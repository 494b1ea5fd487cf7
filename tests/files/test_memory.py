"""A large upload passes through the process without staying in it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as configured

from tests import factories
from tests.processes import surroundings

SCRIPT = Path(__file__).with_name("upload_large.py")


@pytest.mark.django_db(transaction=True)
def test_sixty_megabytes_grow_the_process_by_less_than_thirty(call, draft, client, tmp_path):
    factories.sign_in(client, draft.person)
    token = str(client.get(f"/en/applications/{draft.reference}/about/").context["csrf_token"])
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    path = f"/en/applications/{draft.reference}/answers/motivation/audio/upload/"
    done = subprocess.run(
        [sys.executable, str(SCRIPT), path, cookies, token],
        env=os.environ | surroundings() | {"MEDIA_DIR": str(tmp_path / "other media")},
        capture_output=True,
        text=True,
        cwd=configured.BASE_DIR,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["statuses"] == [302, 302]
    assert found["stored"] == 60 * 1024 * 1024
    assert found["grown"] < 30 * 1024 * 1024
