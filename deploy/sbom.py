"""Writes what the software is made of as CycloneDX: `python deploy/sbom.py OUT`. Reads the two lists of pins, needs nothing."""

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)


def python_packages() -> list[dict[str, Any]]:
    """One component for each pin, with the hashes that its files may have."""
    text = (ROOT / "requirements/base.txt").read_text()
    pins = list(_PIN.finditer(text))
    found = []
    for pin, following in zip(pins, [*pins[1:], None], strict=True):
        name, version = pin.groups()
        block = text[pin.end() : following.start() if following else len(text)]
        hashes = [{"alg": "SHA-256", "content": value} for value in re.findall(r"--hash=sha256:([0-9a-f]{64})", block)]
        made = component(name, version, f"pkg:pypi/{name.lower().replace('_', '-')}@{version}")
        found.append(made | ({"hashes": hashes} if len(hashes) == 1 else {}))
    return found


def node_packages() -> list[dict[str, Any]]:
    """One component for each package of package-lock.json, with its licence."""
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    found = []
    for path, entry in packages.items():
        name = path.rpartition("node_modules/")[2]
        if not name or "version" not in entry:
            continue
        made = component(name, entry["version"], f"pkg:npm/{quote(name, safe='/')}@{entry['version']}")
        found.append(made | ({"licenses": [{"license": {"name": entry["license"]}}]} if entry.get("license") else {}))
    return found


def component(name: str, version: str, purl: str) -> dict[str, Any]:
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


def bill() -> dict[str, Any]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": project["name"], "version": project["version"]}},
        "components": sorted([*python_packages(), *node_packages()], key=lambda entry: entry["purl"]),
    }


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(bill(), indent=1) + "\n")
    print(f"{len(bill()['components'])} components are listed in {sys.argv[1]}.")
