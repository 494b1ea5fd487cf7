"""The surroundings of the tests, set before Django reads them: a folder of their own for each process, and nothing of the operator's."""

import atexit
import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var" / "tests" / str(os.getpid())
VAR.mkdir(parents=True, exist_ok=True)
atexit.register(shutil.rmtree, VAR, ignore_errors=True)
for name in ("static", "assets", "fonts"):  # what `make prepared` built
    (VAR / name).symlink_to(ROOT / "var" / name)
os.environ |= {"VAR_DIR": str(VAR), "SITE_URL": "http://localhost:8000", "DEMO": "0", "DEBUG": "0", "LOG_LEVEL": "ERROR", "EMAIL_URL": ""}
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # the browser's driver runs a loop in the thread of the test
