"""The surroundings of the tests, set before Django reads them: a folder of their own for each worker, and nothing of the operator's."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var" / "tests" / os.environ.get("PYTEST_XDIST_WORKER", "alone")
VAR.mkdir(parents=True, exist_ok=True)
for name in ("static", "assets"):  # what `make prepared` built
    if not (VAR / name).exists():
        (VAR / name).symlink_to(ROOT / "var" / name)
os.environ |= {"VAR_DIR": str(VAR), "SITE_URL": "http://localhost:8000", "DEMO": "0", "DEBUG": "0", "LOG_LEVEL": "ERROR", "EMAIL_URL": ""}
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # the browser's driver runs a loop in the thread of the test
