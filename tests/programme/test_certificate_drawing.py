"""The certificate as PDF: one page that archives keep, screen readers read, and anybody can check."""

import io
import json
from dataclasses import asdict, replace
from datetime import UTC, datetime

import pikepdf
import pypdfium2
import pytest
import segno
from django.utils.translation import gettext, override
from hypothesis import given, settings
from hypothesis import strategies as st

from programme.certificates.drawing import Sheet, Undrawable, draw, missing_letters

MOMENT = datetime(2025, 4, 24, 10, tzinfo=UTC)
NAMES = [
    "Žanete Ķēniņa-Bērziņa",
    "Õnne Mägi",
    "Anke Groß",
    "Ελένη Παπαδοπούλου",
    "Олена Шевченко",
    "Ștefan Țurcanu",
    "Łukasz Żółć",
]
WORDS = {
    "en": ("Certificate", "has completed the training programme", "Issued on 24 April 2025"),
    "nl": ("Certificaat", "heeft het opleidingsprogramma voltooid", "Uitgereikt op 24 april 2025"),
    "fr": ("Certificat", "a suivi jusqu’au bout le programme de formation", "Délivré le 24 avril 2025"),
    "de": ("Zertifikat", "hat das Fortbildungsprogramm abgeschlossen", "Ausgestellt am 24. April 2025"),
    "it": ("Certificato", "ha completato il programma di formazione", "Rilasciato il 24 aprile 2025"),
    "et": ("Tunnistus", "on läbinud koolitusprogrammi", "Väljastatud 24. aprillil 2025"),
    "lv": ("Apliecība", "ir pabeidzis mācību programmu", "Izsniegta 2025. gada 24. aprīlī"),
}
LONG = "Veranstaltungsgesellschaftsdirektion für Gemeinschaftsbildung und Publikumsentwicklung in soziokulturellen Zentren, Neustadt"


def sheet(language="en", **changes):
    title, sentence, issued = WORDS[language]
    with override(language):
        cofunded = gettext("Co-funded by the European Union")
    made = Sheet(
        language=language,
        title=title,
        name="Žanete Ķēniņa-Bērziņa",
        house="Kuldīgas Kultūras centrs, Kuldīga",
        sentence=sentence,
        programme="Make it happen: community building and audience development for the future",
        parts=[
            ("Training Academy, Vienna, 18 to 20 September 2024", "5 half-days, 20 hours"),
            ("Learning Labs, online, November 2024 to March 2025", "3 labs, 7.5 hours"),
            ("Own work", "16 hours"),
        ],
        hours="43.5 hours in all",
        number_label="Certificate no.",
        number="2024-017",
        issued=issued,
        signatory_name="Lotte Peeters",
        signatory_role="Coordinator, for the partners",
        verify="Check here that this certificate is genuine.",
        verify_url="https://fulcrum.example/verify/7K4M-9QXA",
        code="7K4M-9QXA",
        cofunded=cofunded,
        disclaimer="Views and opinions expressed here are those of their authors only. " * 4,
    )
    return replace(made, **changes)


@pytest.fixture(scope="module")
def drawn():
    return draw(sheet(), moment=MOMENT)


@pytest.fixture(scope="module")
def opened(drawn):
    return pikepdf.open(io.BytesIO(drawn))


def pages(pdf):
    return len(pypdfium2.PdfDocument(pdf))


def text_of(pdf):
    """All text of the one page, line ends as spaces."""
    return " ".join(pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_bounded().split())


def structure(element):
    """Each element of the structure tree, in reading order."""
    for child in element.get("/K", []) if isinstance(element.get("/K"), pikepdf.Array) else [element.get("/K")]:
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield child
            yield from structure(child)


def test_qpdf_finds_nothing_wrong(opened):
    assert opened.check_pdf_syntax() == []


def test_it_claims_to_be_archivable_and_accessible(opened):
    with opened.open_metadata() as metadata:
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"], metadata["pdfuaid:part"]) == ("3", "A", "1")


def test_title_language_and_date_are_those_of_the_sheet():
    with pikepdf.open(io.BytesIO(draw(sheet("lv"), moment=MOMENT))) as pdf:
        assert "Žanete Ķēniņa-Bērziņa" in str(pdf.docinfo.Title)
        assert pdf.Root.Lang == "lv"
        assert pdf.docinfo.CreationDate == "D:20250424100000Z"


def test_a_screen_reader_meets_the_headings_and_hears_what_the_pictures_are(opened):
    elements = list(structure(opened.Root.StructTreeRoot))
    assert [element.S for element in elements if str(element.S).startswith("/H")] == ["/H1", "/H2"]
    spoken = [str(element.Alt) for element in elements if element.S == "/Figure"]
    assert spoken == ["FULCRUM", "QR: https://fulcrum.example/verify/7K4M-9QXA", "Emblem of the European Union"]


def test_the_emblem_is_described_in_the_language_of_the_sheet():
    with pikepdf.open(io.BytesIO(draw(sheet("de"), moment=MOMENT))) as pdf:
        assert "Emblem der Europäischen Union" in [str(element.get("/Alt", "")) for element in structure(pdf.Root.StructTreeRoot)]


@pytest.mark.parametrize("language", WORDS)
def test_names_of_europe_are_printed_letter_by_letter_in_every_language(language):
    for name in NAMES:
        made = sheet(language, name=name)
        pdf = draw(made, moment=MOMENT)
        printed = text_of(pdf)
        assert pages(pdf) == 1
        assert name in printed
        for words in (made.title, made.sentence, made.issued, made.cofunded, made.house, made.code, made.verify_url):
            assert words in printed


def test_the_same_sheet_and_moment_give_the_same_bytes(drawn):
    assert draw(sheet(), moment=MOMENT) == drawn
    assert draw(sheet(), moment=MOMENT.replace(hour=11)) != drawn


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        draw(sheet(), moment=datetime(2025, 4, 24))


def test_letters_that_no_font_holds_are_named_instead_of_printed_as_boxes():
    with pytest.raises(Undrawable) as refused:
        draw(sheet(name="Mia 漢字漢 🎉"), moment=MOMENT)
    assert refused.value.letters == "漢字🎉"


def test_letters_of_every_text_are_looked_at():
    with pytest.raises(Undrawable) as refused:
        draw(sheet(parts=[("Academy", "二 hours")]), moment=MOMENT)
    assert refused.value.letters == "二"


@pytest.mark.parametrize("name", [*NAMES, "Zoë\u00a0D’Hondt", "A\u200bB", "", "Z\u030canete"])
def test_nothing_is_missing_of_a_name_that_can_be_printed(name):
    assert missing_letters(name) == ""


@given(st.text(max_size=40).map(lambda typed: f"A{typed}"))
@settings(max_examples=25, deadline=None)
def test_whatever_somebody_types_is_printed_or_refused_with_its_letters(name):
    if letters := missing_letters(name):
        with pytest.raises(Undrawable) as refused:
            draw(sheet(name=name), moment=MOMENT)
        assert refused.value.letters == letters
    else:
        assert pages(draw(sheet(name=name), moment=MOMENT)) == 1


def test_a_certificate_without_a_name_is_refused():
    with pytest.raises(Undrawable):
        draw(sheet(name=" "), moment=MOMENT)


@pytest.mark.parametrize("name", ["#set page(fill: red)", "*x* _y_ $x$", '#panic("x") `raw` <label> @ref', "// comment", "= Heading", "a\\b -- c"])
def test_markup_in_a_name_is_printed_as_it_was_typed(name):
    assert name in text_of(draw(sheet(name=name), moment=MOMENT))


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ("Maximiliana Wilhelmine " * 6)[:120]},
        {"name": "Ž" * 120},
        {"house": LONG, "sentence": LONG, "programme": LONG, "signatory_role": LONG, "verify": LONG, "issued": LONG, "cofunded": LONG},
        {"parts": [(LONG, LONG)] * 5, "hours": LONG},
        {"house": "x" * 200, "programme": "y" * 200, "parts": [("z" * 200, "z" * 60)] * 5},
        {"verify_url": "https://fulcrum.example/" + "a" * 120, "code": "c" * 40, "number": "n" * 60, "title": "t" * 80},
        {"disclaimer": LONG * 5},
        {"parts": [], "house": "", "number_label": "", "signatory_name": "", "signatory_role": ""},
    ],
)
def test_long_texts_stay_on_the_one_page_and_inside_it(changes):
    pdf = draw(sheet("de", **changes), moment=MOMENT)
    assert pages(pdf) == 1
    page = pypdfium2.PdfDocument(pdf)[0]
    letters = page.get_textpage()
    boxes = [letters.get_charbox(index) for index in range(letters.count_chars())]
    margin = 60  # points: 21 mm
    assert min(box[0] for box in boxes if any(box)) >= margin
    assert max(box[2] for box in boxes) <= page.get_width() - margin
    assert min(box[1] for box in boxes if any(box)) >= 25
    assert max(box[3] for box in boxes) <= page.get_height() - 40


def test_a_text_that_fits_on_no_page_is_refused_without_blaming_its_letters():
    with pytest.raises(Undrawable) as refused:
        draw(sheet(programme="word " * 3000), moment=MOMENT)
    assert refused.value.letters == ""


def test_every_font_is_inside_the_file(opened):
    fonts = opened.pages[0].Resources.Font
    assert len(fonts) >= 3
    for font in fonts.values():
        descriptor = font.DescendantFonts[0].FontDescriptor
        assert "/FontFile2" in descriptor or "/FontFile3" in descriptor


def test_it_is_small_enough_for_a_letter(drawn):
    assert len(drawn) < 150_000
    assert len(draw(sheet(name="Ελένη Шевченко Łukasz"), moment=MOMENT)) < 150_000


def test_what_it_says_is_attached_for_machines(opened):
    attached = opened.attachments["certificate.json"].get_file()
    assert attached.mime_type == "application/json"
    assert json.loads(attached.read_bytes()) == json.loads(json.dumps(asdict(sheet(disclaimer=sheet().disclaimer.strip()))))


def test_the_address_is_a_link(opened):
    assert [str(note.A.URI) for note in opened.pages[0].Annots if note.Subtype == "/Link"] == [sheet().verify_url]


def test_the_qr_code_says_the_address(drawn):
    expected = [[bool(module) for module in row] for row in segno.make(sheet().verify_url, error="m", micro=False).matrix]
    page = pypdfium2.PdfDocument(drawn)[0]
    bounds = [item.get_bounds() for item in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_PATH])]
    left, _, right, top = next(box for box in bounds if 60 < box[2] - box[0] < 75 and abs((box[2] - box[0]) - (box[3] - box[1])) < 0.1)
    scale = 6
    picture = page.render(scale=scale).to_pil().convert("L")
    step = (right - left) / len(expected)
    places = [(index + 0.5) * step for index in range(len(expected))]
    seen = [[picture.getpixel((int((left + x) * scale), int((page.get_height() - top + y) * scale))) < 128 for x in places] for y in places]
    assert seen == expected
