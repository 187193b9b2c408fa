"""Text documents that tell more than they show, and hostile ones, made for tests. Knows no test."""

import io
import zipfile

HIDDEN = "INEKAR-WELL-KEEPER"
"""What lies in every document beside its text: a property, a comment, a deleted word."""
TOLD = "Tadfest kept the well at Inekar."

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_ODF = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
)
ODT = "application/vnd.oasis.opendocument.text"


def zip_of(parts: dict[str, str | bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return target.getvalue()


def docx_body(inner: str, head: str = "") -> str:
    return f"{head}<w:document {_W}><w:body>{inner}</w:body></w:document>"


def paragraph(words: str) -> str:
    return f"<w:p><w:r><w:t>{words}</w:t></w:r></w:p>"


def docx(inner: str = paragraph(TOLD), head: str = "") -> bytes:
    """A document with a property, a comment, a macro and a deleted word that say HIDDEN."""
    deleted = f"<w:p><w:del><w:r><w:delText>{HIDDEN}</w:delText><w:t>{HIDDEN}</w:t></w:r></w:del></w:p>"
    return zip_of(
        {
            "word/document.xml": docx_body(inner + deleted, head),
            "word/footnotes.xml": f"<w:footnotes {_W}>{paragraph('A note.')}</w:footnotes>",
            "word/comments.xml": f"<w:comments {_W}>{paragraph(HIDDEN)}</w:comments>",
            "word/vbaProject.bin": HIDDEN,
            "docProps/core.xml": f"<cp>{HIDDEN}</cp>",
        }
    )


def odt(inner: str = f"<text:p>{TOLD}</text:p>") -> bytes:
    tracked = f"<text:tracked-changes><text:p>{HIDDEN}</text:p></text:tracked-changes>"
    note = f"<text:p>B<office:annotation><text:p>{HIDDEN}</text:p></office:annotation></text:p>"
    body = f"<office:body><office:text>{tracked}{inner}{note}</office:text></office:body>"
    content = f"<office:document-content {_ODF}>{body}</office:document-content>"
    return zip_of({"mimetype": ODT, "content.xml": content, "meta.xml": f"<m>{HIDDEN}</m>"})


def rtf(told: str = TOLD) -> bytes:
    hidden = rf"{{\info{{\title {HIDDEN}}}}}{{\*\generator {HIDDEN};}}{{\deleted {HIDDEN}}}{{\pict {HIDDEN}}}"
    return rf"{{\rtf1\ansi\ansicpg1252{hidden}{told}\par caf\'e9 \u1575?\u1576?\par}}".encode("cp1252")


def html(told: str = TOLD) -> bytes:
    script = f"<script>{HIDDEN}</script><style>{HIDDEN}</style><!-- {HIDDEN} -->"
    return f"<!doctype html><head><title>{HIDDEN}</title></head><body>{script}<p>{told}<p>B &amp; C".encode()


def mail(told: str = TOLD) -> bytes:
    return (
        "From: A <a@example.org>\r\nTo: b@example.org\r\nSubject: The well\r\n"
        f"X-Originating-IP: {HIDDEN}\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="x"\r\n\r\n'
        f"--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{told}\r\n"
        f'--x\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename="f"\r\n\r\n{HIDDEN}\r\n--x--\r\n'
    ).encode()


def entities_in_docx() -> bytes:
    """A billion laughs in the part that is read."""
    names = [f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10)]
    head = f'<!DOCTYPE w [<!ENTITY e0 "{HIDDEN}">{"".join(names)}]>'
    return docx(paragraph("&e9;"), head)


def outside_in_docx(path: str) -> bytes:
    """An entity that names a file of this machine."""
    return docx(paragraph("&out;"), f'<!DOCTYPE w [<!ENTITY out SYSTEM "file://{path}">]>')


def bomb_in_docx() -> bytes:
    """Some hundred kilobytes that unpack to more than is read."""
    return zip_of({"word/document.xml": docx_body(paragraph("a" * 80_000_000))})


def deep_in_docx() -> bytes:
    return docx("<w:p>" * 50_000 + "</w:p>" * 50_000)
