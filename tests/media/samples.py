"""Pictures and documents that tell more than they show, made for the tests of copies. Knows no test."""

import io

from PIL import Image
from PIL.Image import Exif

SECRET = b"INEKAR-WELL-KEEPER"
SIZE = (333, 217)
WORDS = b"Tadfest kept the well at Inekar"


def noise(size: tuple[int, int] = SIZE) -> Image.Image:
    return Image.merge("RGB", [Image.effect_noise(size, 90) for _ in range(3)])


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    target = io.BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()


def telling_exif(orientation: int = 1) -> Exif:
    exif = Exif()
    exif[0x0112], exif[0x010E], exif[0x0110] = orientation, SECRET.decode(), "a camera"
    exif.get_ifd(0x8825)[1] = "N"
    return exif


def telling_jpeg(orientation: int = 1) -> bytes:
    return encoded(noise(), "JPEG", exif=telling_exif(orientation), comment=SECRET, icc_profile=SECRET * 9)


def pdf_of(*bodies: bytes, trailer: bytes = b"") -> bytes:
    """A file of these objects, numbered from 1; the first is the catalog."""
    out = b"%PDF-1.7\n"
    places = []
    for number, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%b" % (len(places) + 1, table)
    return out + b"trailer\n<< /Size %d /Root 1 0 R %b >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(places) + 1,
        trailer,
        start,
    )


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(content), entries, content)


def told_page(size: bytes = b"595 842") -> tuple[bytes, ...]:
    """Objects 2 to 5: a tree, a page that says WORDS, its content, its font."""
    return (
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %b] /Contents 4 0 R "
        b"/Resources << /Font << /F 5 0 R >> >> >>" % size,
        stream(b"BT /F 24 Tf 40 700 Td (%b) Tj ET" % WORDS),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )


def telling_pdf(size: bytes = b"595 842") -> bytes:
    """Text, a script that runs on opening, a file inside, metadata, and an author."""
    return pdf_of(
        b"<< /Type /Catalog /Pages 2 0 R /OpenAction 6 0 R /Metadata 8 0 R "
        b"/Names << /EmbeddedFiles << /Names [(inside.txt) 7 0 R] >> >> >>",
        *told_page(size),
        b"<< /S /JavaScript /JS (app.launchURL('http://example.org/')) >>",
        b"<< /Type /Filespec /F (inside.txt) /EF << /F 9 0 R >> >>",
        stream(b"<x:xmpmeta>Tadfest</x:xmpmeta>", b"/Type /Metadata /Subtype /XML"),
        stream(b"the file inside", b"/Type /EmbeddedFile"),
        b"<< /Author (Tadfest) /Producer (a scanner) /CreationDate (D:20250101000000Z) >>",
        trailer=b"/Info 10 0 R /ID [<00112233> <00112233>]",
    )


def with_an_earlier_revision() -> bytes:
    """The words were painted over in a second revision; the first still stands in the file."""
    first = telling_pdf()
    at = len(first)
    update = b"4 0 obj\n%b\nendobj\n" % stream(b"0 0 595 842 re f")
    table = b"xref\n4 1\n%010d 00000 n \n" % at
    previous = first.rindex(b"xref\n0 ")
    return (
        first
        + update
        + table
        + b"trailer\n<< /Size 11 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
        % (previous, at + len(update))
    )


def scanned_pdf(pages: int) -> bytes:
    target = io.BytesIO()
    drawn = [Image.effect_noise((62, 88), 90).convert("RGB") for _ in range(pages)]
    drawn[0].save(target, "PDF", save_all=True, append_images=drawn[1:])
    return target.getvalue()
