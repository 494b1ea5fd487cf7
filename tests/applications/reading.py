"""Pages as a reader sees them."""

import html
import re
from typing import Any


def words(response: Any) -> str:
    """The text of a page, without its elements."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def typed_into(response: Any, name: str) -> str:
    """What stands in a text field of a page."""
    page = response.content.decode()
    area = re.search(rf'<textarea[^>]*name="{name}"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    line = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', page)
    found = area or line
    return html.unescape(found[1]).lstrip("\n") if found else ""


def chosen(response: Any, name: str) -> list[str]:
    """The values of a group of choices that are chosen."""
    inputs = re.findall(rf'<input[^>]*name="{name}"[^>]*>', response.content.decode())
    return [value[1] for entry in inputs if "checked" in entry and (value := re.search(r'value="([^"]*)"', entry))]


def anchors(response: Any) -> list[str]:
    """Where the sentences of the error summary lead."""
    summary = re.search(r'class="error-summary".*?</ul>', response.content.decode(), re.DOTALL)
    return re.findall(r'href="#?([^"]+)"', summary[0]) if summary else []
