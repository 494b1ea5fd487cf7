"""PDFs that last and that screen readers read: PDF/A-3a and PDF/UA-1, in our fonts. Knows no tables.

What people typed goes in as data and never as template text. `compile_pdf` draws any template; `draw_document` draws a
`Document`: headings, questions or labelled answers, running head, page numbers, the emblem at its end.
"""

import json
import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from fulcrum.guard.text import clean_text
from fulcrum.ui.markdown import render_plain

TEMPLATE = Path(__file__).with_name("document.typ")
FAMILIES = {"Figtree", "Bricolage Grotesque", "Noto Sans"}
BARE = b'#set text(font: "Noto Sans")\n#sys.inputs.text'  # a font is named, since typst leaves out letters in silence where none is
STANDS_FOR = "\N{REPLACEMENT CHARACTER}"  # where a letter is in no font of ours


class Undrawable(ValueError):
    """What cannot become a page: `letters` are those that no font holds; it is empty when there is another reason."""

    def __init__(self, reason: str, *, letters: str = "") -> None:
        super().__init__(reason)
        self.letters = letters


@dataclass(frozen=True)
class Entry:
    """A question with what is said about it, or a label with its answer."""

    label: str
    text: str = ""  # in paragraphs
    language: str = ""  # of the text, where it is another one than the document's
    choices: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # small print below


@dataclass(frozen=True)
class Part:
    title: str
    entries: list[Entry]
    text: str = ""


@dataclass(frozen=True)
class Document:
    """Everything that is printed, already in words of `language`."""

    language: str
    title: str
    subtitle: str
    head: str  # at the top of every page
    parts: list[Part]
    text: str = ""


def draw_document(document: Document, *, moment: datetime) -> bytes:
    """The document as PDF, dated `moment`; the same document and moment give the same bytes.

    A letter that no font of ours holds, such as a picture, is printed as a sign that stands for it, and a sentence says so.
    Raises Undrawable when nothing helps, FileNotFoundError when the fonts were not copied (`make prepared`).
    """
    with override(document.language):
        added = {
            "moment": moment.astimezone(UTC).timetuple()[:6],
            "emblem": _("Emblem of the European Union"),
            "cofunded": _("Co-funded by the European Union"),
            "disclaimer": render_to_string("components/disclaimer.html").strip(),
            "page": _("Page %(number)s of %(total)s") % {"number": "{n}", "total": "{m}"},
            "note": "",
        }
        printed, lacking = _printable(_cleaned(asdict(document)))
        if lacking:
            added["note"] = _("%(sign)s stands for letters or pictures that cannot be printed here. They are kept as they were typed.") % {
                "sign": STANDS_FOR
            }
    try:
        return compile_pdf(TEMPLATE, document=printed, added=added)
    except typst.TypstError as error:
        raise Undrawable(error.message) from error


def plain_text(markdown: Any) -> str:
    """A text of the call as a document prints it: paragraphs and lists, without marks."""
    return re.sub(r"^[-*] ", "• ", render_plain(str(markdown)), flags=re.MULTILINE)


def compile_pdf(template: Path, **inputs: Any) -> bytes:
    """A template of ours as PDF, with each input as JSON in `sys.inputs`. Raises typst.TypstError."""
    return typst.compile(
        template,
        root=settings.BASE_DIR,
        font_paths=fonts(),
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards=["a-3a", "ua-1"],
        sys_inputs={name: json.dumps(value, ensure_ascii=False, indent=1) for name, value in inputs.items()},
    )


@cache
def fonts() -> typst.Fonts:
    """Our fonts and no others, read once."""
    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[settings.PDF_FONTS])
    if lacking := FAMILIES.difference(found.families()):
        raise FileNotFoundError(f"{', '.join(sorted(lacking))} is not in {settings.PDF_FONTS}: `make prepared` copies the fonts.")
    return found


def missing_letters(text: str) -> str:
    """The letters of a text that none of our fonts holds, each once and in their order; empty when all of it can be printed."""
    line = one_line(text)
    return "" if _prints(line) else "".join(letter for letter in dict.fromkeys(line) if not _prints(letter))


def _prints(text: str) -> bool:
    """Whether a PDF/A can be made of a text: typst refuses where a shape is missing."""
    try:
        typst.compile(BARE, font_paths=fonts(), ignore_system_fonts=True, format="pdf", pdf_standards=["a-3b"], sys_inputs={"text": text})
    except typst.TypstError:
        return False
    return True


def one_line(value: Any) -> Any:
    """The same value with each text in it cleaned, its white space as single spaces."""
    if isinstance(value, str):
        return " ".join(clean_text(value).split())
    if isinstance(value, dict):
        return {key: one_line(entry) for key, entry in value.items()}
    return [one_line(entry) for entry in value]


def texts_in(value: Any) -> Iterator[str]:
    """Each text inside a value, in its order."""
    if isinstance(value, str):
        yield value
    else:
        for entry in value.values() if isinstance(value, dict) else value:
            yield from texts_in(entry)


def _cleaned(value: Any) -> Any:
    """The same value with each text in it cleaned, its lines kept."""
    if isinstance(value, str):
        return "\n".join(" ".join(line.split()) for line in clean_text(value).split("\n")).strip()
    if isinstance(value, dict):
        return {key: _cleaned(entry) for key, entry in value.items()}
    return [_cleaned(entry) for entry in value]


def _printable(value: Any) -> tuple[Any, bool]:
    """The same value with a sign in place of each run of letters that no font holds, and whether there was any."""
    lacking = "".join({letter for text in texts_in(value) for letter in text} - known_letters() - {"\n"})
    if not lacking:
        return value, False
    run = re.compile(f"[{re.escape(lacking)}]+")

    def replaced(entry: Any) -> Any:
        if isinstance(entry, str):
            return run.sub(STANDS_FOR, entry)
        if isinstance(entry, dict):
            return {key: replaced(part) for key, part in entry.items()}
        return [replaced(part) for part in entry]

    return replaced(value), True


@cache
def known_letters() -> frozenset[str]:
    """The letters that every weight of our widest font holds."""
    found = [frozenset(map(chr, _mapped(path.read_bytes()))) for path in sorted(Path(settings.PDF_FONTS).glob("NotoSans_*.ttf"))]
    return frozenset.intersection(*found) if found else frozenset()


def _mapped(font: bytes) -> Iterable[int]:
    """The code points that a TrueType font's table of letters (cmap, format 12) gives a shape."""
    tables = {font[at : at + 4]: struct.unpack_from(">I", font, at + 8)[0] for at in range(12, 12 + 16 * struct.unpack_from(">H", font, 4)[0], 16)}
    start = tables[b"cmap"]
    for number in range(struct.unpack_from(">H", font, start + 2)[0]):
        at = start + struct.unpack_from(">I", font, start + 8 + 8 * number)[0]
        if struct.unpack_from(">H", font, at)[0] == 12:
            for group in range(struct.unpack_from(">I", font, at + 12)[0]):
                first, last, _shape = struct.unpack_from(">III", font, at + 16 + 12 * group)
                yield from range(first, last + 1)
            return
