"""PDF made anew from pictures of its pages.

Each page is drawn, covered and encoded; the new file holds these pictures and nothing else.

    %PDF-1.7 · catalog · page tree · for each page: page, its drawing instruction, one JPEG · xref · trailer

No text, font, link, form, script, attachment, layer, earlier revision, identifier, date or producer is in it. What was
text is pixels: it cannot be searched or read aloud; that is the price.
"""

from collections.abc import Iterator, Sequence

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image

from testimony.media.boxes import Box, burn
from testimony.media.faults import Fault, MediaRefused
from testimony.media.images import PREVIEW_SIDE, encode_jpeg

MAX_PAGES = 300
DPI = 150
MAX_PAGE_PIXELS = 12_000_000
POINTS = 72
PDF = "application/pdf"

Size = tuple[int, int]
Drawn = tuple[bytes, Size, Size]
"""A page: its JPEG, its size in points and in pixels."""

TOOL = f"testimony.media.documents/1 pypdfium2/{pdfium.version.PYPDFIUM_INFO}"


def redact_pdf(content: bytes, boxes: Sequence[Box]) -> bytes:
    """A PDF of pictures, boxes burnt in. Raises MediaRefused."""
    document = _opened(content)
    try:
        if any(box.page > len(document) for box in boxes):
            raise MediaRefused(Fault.OUTSIDE)
        pages = [_page(document, number, boxes) for number in range(1, len(document) + 1)]
        return b"".join(_written(pages))
    finally:
        document.close()


def preview_page(content: bytes, number: int) -> tuple[bytes, int]:
    """A JPEG of one page to draw boxes on, and how many pages there are. Raises MediaRefused."""
    document = _opened(content)
    try:
        if not 1 <= number <= len(document):
            raise MediaRefused(Fault.OUTSIDE)
        picture, _ = _drawn(document, number)
        picture.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
        return encode_jpeg(picture), len(document)
    finally:
        document.close()


def draw_page(content: bytes, number: int) -> Image.Image:
    """One page, from 1, as it goes into a copy. Raises MediaRefused."""
    document = _opened(content)
    try:
        if not 1 <= number <= len(document):
            raise MediaRefused(Fault.OUTSIDE)
        return _drawn(document, number)[0]
    finally:
        document.close()


def _opened(content: bytes) -> pdfium.PdfDocument:
    try:
        document = pdfium.PdfDocument(content)
        pages = len(document)
    except pdfium.PdfiumError as error:
        locked = getattr(error, "err_code", None) in (pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY)
        raise MediaRefused(Fault.LOCKED if locked else Fault.NOT_READABLE) from None
    if not 1 <= pages <= MAX_PAGES:
        document.close()
        raise MediaRefused(Fault.TOO_LARGE if pages else Fault.NOT_READABLE)
    return document


def _page(document: pdfium.PdfDocument, number: int, boxes: Sequence[Box]) -> Drawn:
    picture, points = _drawn(document, number)
    burn(picture, [box for box in boxes if box.page == number])
    return encode_jpeg(picture), points, picture.size


def _drawn(document: pdfium.PdfDocument, number: int) -> tuple[Image.Image, Size]:
    """A page as it is printed, without the fields of forms that a reader would fill in. Size in whole points."""
    try:
        page = document[number - 1]
        width, height = page.get_size()
        if not (0 < width < float("inf") and 0 < height < float("inf")):
            raise MediaRefused(Fault.NOT_READABLE)
        scale = min(DPI / POINTS, (MAX_PAGE_PIXELS / (width * height)) ** 0.5)
        # A page of a thousand metres by a hair would still be one pixel wide and all limits long.
        if max(width, height) * scale > MAX_PAGE_PIXELS / 100:
            raise MediaRefused(Fault.TOO_LARGE)
        picture = page.render(scale=scale).to_pil().convert("RGB")
        page.close()
    except pdfium.PdfiumError:
        raise MediaRefused(Fault.NOT_READABLE) from None
    return picture, (max(round(width), 1), max(round(height), 1))


def _written(pages: Sequence[Drawn]) -> Iterator[bytes]:
    """The file, object by object: 1 the catalog, 2 the page tree, then three for each page."""
    places, at = [], 0
    header = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
    yield header
    at += len(header)
    for number, body in enumerate(_objects(pages), start=1):
        places.append(at)
        whole = b"%d 0 obj\n%b\nendobj\n" % (number, body)
        yield whole
        at += len(whole)
    entries = b"".join(b"%010d 00000 n \n" % place for place in places)
    yield b"xref\n0 %d\n0000000000 65535 f \n%b" % (len(places) + 1, entries)
    yield b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, at)


def _objects(pages: Sequence[Drawn]) -> Iterator[bytes]:
    kids = b" ".join(b"%d 0 R" % (3 + 3 * index) for index in range(len(pages)))
    yield b"<< /Type /Catalog /Pages 2 0 R >>"
    yield b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, len(pages))
    for index, (jpeg, (width, height), (columns, rows)) in enumerate(pages):
        first = 3 + 3 * index
        yield (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents %d 0 R "
            b"/Resources << /XObject << /P %d 0 R >> >> >>" % (width, height, first + 1, first + 2)
        )
        drawing = b"q %d 0 0 %d 0 0 cm /P Do Q" % (width, height)
        yield b"<< /Length %d >>\nstream\n%b\nendstream" % (len(drawing), drawing)
        yield (
            b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8 "
            b"/Filter /DCTDecode /Length %d >>\nstream\n%b\nendstream" % (columns, rows, len(jpeg), jpeg)
        )
