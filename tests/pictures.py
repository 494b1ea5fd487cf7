"""The pictures of README.md, taken from a demonstration of its own: `make pictures`."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from tests.benchmarks.pages import ROOT, free_port

IMAGES = ROOT / "docs" / "images"
DESKTOP, TALL, PHONE = {"width": 1200, "height": 760}, {"width": 1440, "height": 1120}, {"width": 390, "height": 760}
LIMIT = 600_000  # bytes of all of them


@contextmanager
def demonstration() -> Iterator[tuple[str, Path]]:
    """The address of a demonstration while the block runs, and the folder with who is who."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("static", "assets", "fonts"):
            (Path(folder) / name).symlink_to(ROOT / "var" / name)
        port = free_port()
        site = f"http://localhost:{port}"
        others = ("DATABASE_URL", "CELERY_BROKER_URL", "MEDIA_DIR", "EMAIL_URL")
        surroundings = {name: value for name, value in os.environ.items() if name not in others}
        surroundings |= {"VAR_DIR": folder, "SITE_URL": site, "BIND": f"127.0.0.1:{port}", "DEMO": "1", "DEBUG": "0"}
        for command in ("migrate --verbosity 0", "createcachetable", f"demo --json {folder}/people.json"):
            subprocess.run([sys.executable, "manage.py", *command.split()], cwd=ROOT, env=surroundings, check=True)
        running = subprocess.Popen([sys.executable, "-m", "gunicorn"], cwd=ROOT, env=surroundings)
        try:
            wait_for(f"{site}/healthz")
            yield site, Path(folder)
        finally:
            running.terminate()
            running.wait(timeout=30)


def wait_for(address: str) -> None:
    for _try in range(100):
        try:
            urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    sys.exit("The demonstration does not answer.")


def be(site: str, page: Any, person: int | str) -> None:
    """Let the page's browser be this person, by id or address."""
    post(site, page, "person", {"person": str(person)})


def post(site: str, page: Any, deed: str, words: dict[str, str]) -> None:
    page.goto(f"{site}/demo/")
    token = page.locator("input[name=csrfmiddlewaretoken]").first.get_attribute("value")
    page.request.post(f"{site}/demo/{deed}/", form={"csrfmiddlewaretoken": token, **words}, headers={"Origin": site})


def candidate(site: str, page: Any, folder: Path) -> str:
    """Be the candidate whose draft holds most; returns the address of the draft, in English."""
    drafts = [entry for entry in json.loads((folder / "people.json").read_text())["candidates"] if entry["state"] == "draft"]
    written = {entry["email"]: len(entry["answers"]) for entry in json.loads((ROOT / "fulcrum/demo/data/people.json").read_text())["candidates"]}
    chosen = max(drafts, key=lambda entry: written[entry["email"]])
    be(site, page, chosen["id"])
    return f"{site}/en/applications/{chosen['application']}/"


def selecting(site: str, page: Any) -> None:
    """A network's list, an application beside its scores, the board as it is opened, and the last look."""
    call = f"{site}/en/work/make-it-happen-2"
    post(site, page, "move", {"call": "make-it-happen-2", "to": "lists"})
    be(site, page, "zanete.berzina@alcc.example")
    page.goto(f"{call}/lists/alcc/")
    take(page, "list")
    page.goto(f"{call}/applications/?sort=score")
    page.locator("tbody th a").first.click()
    take(page, "review")
    be(site, page, "hanne.verstraeten@cult.example")
    page.goto(f"{call}/board/")
    page.locator("form[action$='/open/'] button").click()
    page.goto(f"{call}/board/")
    page.set_viewport_size(TALL)
    take(page, "board")
    page.set_viewport_size(DESKTOP)
    page.locator("form[action$='/freeze/'] button").click()
    post(site, page, "move", {"call": "make-it-happen-2", "to": "votes"})
    page.goto(f"{call}/board/final/")
    page.locator("main form.cluster button").first.click()
    page.goto(f"{call}/outcomes/")
    take(page, "answers")


def taking_part(site: str, page: Any) -> None:
    """Who was there, and what a participant finds on a phone."""
    page.goto(f"{site}/en/work/make-it-happen-1/programme/")
    page.evaluate("document.querySelector('.grid-attendance').scrollIntoView()")
    take(page, "programme")
    people = json.loads((ROOT / "fulcrum/demo/data/editions.json").read_text())["running"]
    be(site, page, next(entry["email"] for entry in people if entry["network"] == "alcc"))
    page.set_viewport_size(PHONE)
    page.goto(f"{site}/lv/programme/make-it-happen-1/")
    take(page, "participant")


def take(page: Any, name: str) -> None:
    page.evaluate("document.fonts.ready")
    shrink(page.screenshot(), IMAGES / f"{name}.png")


def shrink(png: bytes, target: Path) -> None:
    """The picture with a palette of its own, a third of the size."""
    import io

    import av
    from av.filter import Graph

    with av.open(io.BytesIO(png)) as source:
        frame = next(source.decode(video=0))
    graph = Graph()
    entry = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1))
    split, colours, mapped, end = graph.add("split"), graph.add("palettegen"), graph.add("paletteuse", "dither=none"), graph.add("buffersink")
    entry.link_to(split)
    split.link_to(mapped, 0, 0)
    split.link_to(colours, 1, 0)
    colours.link_to(mapped, 0, 1)
    mapped.link_to(end)
    graph.configure()
    frame.pts, frame.time_base = 0, Fraction(1)
    entry.push(frame)
    entry.push(None)
    small = end.pull()
    with av.open(str(target), "w", format="image2", options={"update": "1"}) as out:
        stream = out.add_stream("png", rate=1, options={"compression_level": "9"})
        stream.width, stream.height, stream.pix_fmt = small.width, small.height, "pal8"
        out.mux(stream.encode(small))
        out.mux(stream.encode(None))


def main() -> int:
    from playwright.sync_api import sync_playwright

    IMAGES.mkdir(parents=True, exist_ok=True)
    with demonstration() as (site, folder), sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        visitor = browser.new_page(viewport=DESKTOP, locale="et-EE", reduced_motion="reduce")
        visitor.goto(f"{site}/et/")
        take(visitor, "call")
        page = browser.new_page(viewport=DESKTOP, locale="en-GB", reduced_motion="reduce")
        draft = candidate(site, page, folder)
        page.goto(f"{draft}answers/motivation/?channel=text")
        take(page, "answer")
        page.set_viewport_size(PHONE)
        page.goto(draft)
        take(page, "tasks")
        page.set_viewport_size(DESKTOP)
        selecting(site, page)
        taking_part(site, page)
        browser.close()
    total = sum(path.stat().st_size for path in IMAGES.glob("*.png"))
    print(f"The pictures are {total // 1000} kB in all.")
    return total > LIMIT


if __name__ == "__main__":
    sys.exit(main())
