"""Draws a certificate: one landscape A4 page as PDF/A-3a and PDF/UA-1, with what it says attached as JSON. Knows no tables."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import segno
import typst
from django.utils.translation import gettext, override

from fulcrum.ui.documents import Undrawable, compile_pdf, missing_letters, one_line, texts_in

__all__ = ["Sheet", "Undrawable", "draw", "missing_letters"]

TEMPLATE = Path(__file__).with_name("certificate.typ")


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


def draw(sheet: Sheet, *, moment: datetime) -> bytes:
    """The certificate as PDF, dated `moment`; the same sheet and moment give the same bytes.

    Texts are printed in NFC, without control characters, each as one paragraph.
    Raises Undrawable for letters that no font holds and for texts too long for the page, ValueError for a moment
    without a zone, FileNotFoundError when the fonts were not copied (`make prepared`).
    """
    if moment.tzinfo is None:
        raise ValueError("The moment of a certificate needs a time zone.")
    printed = one_line(asdict(sheet))
    qr = segno.make(printed["verify_url"], error="m", micro=False)
    with override(sheet.language):
        emblem = gettext("Emblem of the European Union")
    added = {"moment": moment.astimezone(UTC).timetuple()[:6], "emblem": emblem, "qr": list(_runs(qr.matrix)), "modules": len(qr.matrix)}
    try:
        return compile_pdf(TEMPLATE, sheet=printed, added=added)
    except typst.TypstError as error:
        raise Undrawable(error.message, letters=missing_letters(" ".join(texts_in(printed)))) from error


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
