"""A PDF is made anew from pictures of its pages: no text, no script, no earlier revision, nothing under a box."""

import io

import pypdfium2 as pdfium
import pytest
from PIL import Image

from testimony.media.boxes import Box
from testimony.media.documents import MAX_PAGES, preview_page, redact_pdf
from testimony.media.faults import Fault, MediaRefused
from tests.media.samples import pdf_of, scanned_pdf, telling_pdf, with_an_earlier_revision

LEFT_HALF = Box(0, 0, 0.5, 1)


def text_of(content: bytes) -> str:
    document = pdfium.PdfDocument(content)
    return "".join(page.get_textpage().get_text_range() for page in document)


def picture_of(content: bytes, number: int = 0) -> Image.Image:
    drawn: Image.Image = pdfium.PdfDocument(content)[number].render(scale=1).to_pil()
    return drawn.convert("RGB")


@pytest.mark.parametrize("content", [telling_pdf(), with_an_earlier_revision()])
def test_nothing_but_pictures_of_pages_is_in_the_copy(content: bytes) -> None:
    for sign in (b"Tadfest", b"/JavaScript", b"/EmbeddedFile", b"/Metadata", b"/CreationDate", b"/ID"):
        assert sign in content

    made = redact_pdf(content, [])

    assert text_of(made) == "" and made.count(b"%%EOF") == 1 and made.startswith(b"%PDF-1.7\n")
    for sign in (
        b"Tadfest",
        b"/JavaScript",
        b"/EmbeddedFile",
        b"/Metadata",
        b"/CreationDate",
        b"/ID",
        b"/Font",
    ):
        assert sign not in made
    for sign in (b"/Info", b"/Producer", b"/Annots", b"/OpenAction", b"/Names", b"/AcroForm"):
        assert sign not in made


def test_the_pages_look_as_they_did_and_keep_their_size() -> None:
    before, after = picture_of(telling_pdf()), picture_of(redact_pdf(telling_pdf(), []))

    assert after.size == before.size
    assert min(after.convert("L").crop((40, 110, 400, 150)).tobytes()) < 60


def test_a_box_covers_its_page_and_no_other() -> None:
    made = redact_pdf(scanned_pdf(3), [Box(0, 0, 1, 1, page=2)])

    blank = [picture_of(made, number).getextrema() == ((0, 0), (0, 0), (0, 0)) for number in range(3)]
    assert blank == [False, True, False]


def test_the_words_under_a_box_are_of_one_colour() -> None:
    made = redact_pdf(telling_pdf(), [LEFT_HALF])

    left = picture_of(made).crop((0, 0, 290, 842))
    assert left.getextrema() == ((0, 0), (0, 0), (0, 0))


def test_a_copy_of_the_same_is_the_same_to_the_byte() -> None:
    assert redact_pdf(telling_pdf(), [LEFT_HALF]) == redact_pdf(telling_pdf(), [LEFT_HALF])


def test_a_preview_is_of_one_page_and_says_how_many_there_are() -> None:
    shown, pages = preview_page(scanned_pdf(3), 3)

    assert pages == 3 and Image.open(io.BytesIO(shown)).format == "JPEG"


@pytest.mark.parametrize("number", [0, 4])
def test_a_page_that_is_not_there_has_no_preview(number: int) -> None:
    with pytest.raises(MediaRefused) as refused:
        preview_page(scanned_pdf(3), number)

    assert refused.value.fault is Fault.OUTSIDE


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"%PDF-1.7\nnothing more", Fault.NOT_READABLE),
        (telling_pdf()[:300], Fault.NOT_READABLE),
        (
            pdf_of(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"),
            Fault.NOT_READABLE,
        ),
        (scanned_pdf(MAX_PAGES + 1), Fault.TOO_LARGE),
    ],
)
def test_what_cannot_be_drawn_within_limits_is_refused_with_a_word(content: bytes, fault: Fault) -> None:
    with pytest.raises(MediaRefused) as refused:
        redact_pdf(content, [])

    assert refused.value.fault is fault


def test_a_box_on_a_page_that_is_not_there_is_refused() -> None:
    with pytest.raises(MediaRefused) as refused:
        redact_pdf(scanned_pdf(2), [Box(0, 0, 1, 1, page=3)])

    assert refused.value.fault is Fault.OUTSIDE


def test_a_page_of_a_hundred_metres_is_drawn_small() -> None:
    picture = Image.open(io.BytesIO(preview_page(telling_pdf(b"300000 300000"), 1)[0]))

    assert max(picture.size) <= 1600
