"""Draws a certificate: one landscape A4 page as PDF/A-3a and PDF/UA-1, with what it says attached as JSON. Knows no tables."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import segno
import typst
from django.conf import settings
from django.utils.translation import gettext, override

from fulcrum.guard.text import clean_text

TEMPLATE = Path(__file__).with_name("certificate.typ")
FAMILIES = {"Figtree", "Bricolage Grotesque", "Noto Sans"}
BARE = b'#set text(font: "Noto Sans")\n#sys.inputs.text'  # a font is named, since typst leaves out letters in silence where none is


@dataclass(frozen=True)
class Sheet:
    """Everything that is printed, already in words of `language`."""

    language: str
    title: str
    name: str
    house: str
    sentence: str
    programme: str
    parts: list[tuple[str, str]]  # what was attended or handed in, and how much of it
    hours: str
    number_label: str
    number: str
    issued: str
    signatory_name: str
    signatory_role: str
    verify: str
    verify_url: str
    code: str
    cofunded: str
    disclaimer: str


class Undrawable(ValueError):
    """A sheet that cannot become a page: `letters` are those that no font holds; it is empty when there is another reason."""

    def __init__(self, reason: str, *, letters: str = "") -> None:
        super().__init__(reason)
        self.letters = letters


def draw(sheet: Sheet, *, moment: datetime) -> bytes:
    """The certificate as PDF, dated `moment`; the same sheet and moment give the same bytes.

    Texts are printed in NFC, without control characters, each as one paragraph.
    Raises Undrawable for letters that no font holds and for texts too long for the page, ValueError for a moment
    without a zone, FileNotFoundError when the fonts were not copied (`make prepared`).
    """
    if moment.tzinfo is None:
        raise ValueError("The moment of a certificate needs a time zone.")
    printed = _one_line(asdict(sheet))
    qr = segno.make(printed["verify_url"], error="m", micro=False)
    with override(sheet.language):
        emblem = gettext("Emblem of the European Union")
    added = {"moment": moment.astimezone(UTC).timetuple()[:6], "emblem": emblem, "qr": list(_runs(qr.matrix)), "modules": len(qr.matrix)}
    inputs = {"sheet": json.dumps(printed, ensure_ascii=False, indent=1), "added": json.dumps(added)}
    try:
        return typst.compile(
            TEMPLATE,
            root=settings.BASE_DIR,
            font_paths=_fonts(),
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=["a-3a", "ua-1"],
            sys_inputs=inputs,
        )
    except typst.TypstError as error:
        raise Undrawable(error.message, letters=missing_letters(" ".join(_texts(printed)))) from error


def missing_letters(text: str) -> str:
    """The letters of a text that none of our fonts holds, each once and in their order; empty when all of it can be printed."""
    line = _one_line(text)
    return "" if _prints(line) else "".join(letter for letter in dict.fromkeys(line) if not _prints(letter))


def _prints(text: str) -> bool:
    """Whether a PDF/A can be made of a text: typst refuses where a shape is missing."""
    try:
        typst.compile(BARE, font_paths=_fonts(), ignore_system_fonts=True, format="pdf", pdf_standards=["a-3b"], sys_inputs={"text": text})
    except typst.TypstError:
        return False
    return True


@cache
def _fonts() -> typst.Fonts:
    """Our fonts and no others, read once."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[settings.PDF_FONTS])
    if lacking := FAMILIES.difference(fonts.families()):
        raise FileNotFoundError(f"{', '.join(sorted(lacking))} is not in {settings.PDF_FONTS}: `make prepared` copies the fonts.")
    return fonts


def _one_line(value: Any) -> Any:
    """The same value with each text in it cleaned, its white space as single spaces."""
    if isinstance(value, str):
        return " ".join(clean_text(value).split())
    if isinstance(value, dict):
        return {key: _one_line(entry) for key, entry in value.items()}
    return [_one_line(entry) for entry in value]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    else:
        for entry in value.values() if isinstance(value, dict) else value:
            yield from _texts(entry)


def _runs(matrix: Iterable[Iterable[int]]) -> Iterator[tuple[int, int, int]]:
    """The dark parts of a QR code, row by row: row, first module, one past the last."""
    for number, row in enumerate(matrix):
        start = None
        for column, dark in enumerate([*row, 0]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                yield number, start, column
                start = None
