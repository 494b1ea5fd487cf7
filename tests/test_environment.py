"""Each variable that the site reads is explained, and each explained one is read."""

import re

from tests.environment import ROOT

READ = re.compile(r"""\b(?:env(?:\.[a-z_]+)?|_key|os\.environ\.get)\(\s*["']([A-Z][A-Z_]+)["']""")
EXPLAINED = re.compile(r"^## \S.*\n(?:# )?([A-Z][A-Z_]+)=", re.MULTILINE)
COMPOSE = {"POSTGRES_PASSWORD"}  # read by docker-compose.yml alone


def read() -> set[str]:
    return {name for path in ("fulcrum/settings.py", "gunicorn.conf.py") for name in READ.findall((ROOT / path).read_text())}


def explained() -> list[str]:
    return EXPLAINED.findall((ROOT / ".env.example").read_text())


def test_every_variable_that_is_read_is_explained():
    assert len(read()) > 15
    assert read() - set(explained()) == set()


def test_every_variable_that_is_explained_is_read():
    assert set(explained()) - COMPOSE - read() == set()
    assert "${POSTGRES_PASSWORD" in (ROOT / "docker-compose.yml").read_text()


def test_each_variable_of_the_example_is_explained_once():
    lines = [line for line in (ROOT / ".env.example").read_text().splitlines() if re.match(r"(# )?[A-Z][A-Z_]+=", line)]
    assert len(lines) == len(explained()) == len(set(explained()))
