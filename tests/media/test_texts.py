"""Text documents read as plain text, in the process of their own."""

from pathlib import Path

import pytest

from testimony.media import copying
from testimony.media.faults import Fault, MediaRefused
from testimony.media.texts import seen_only
from tests.media import documents
from tests.media.documents import HIDDEN, TOLD

DOCUMENTS = {
    "docx": documents.docx(),
    "odt": documents.odt(),
    "rtf": documents.rtf(),
    "html": documents.html(),
    "mail": documents.mail(),
    "txt": TOLD.encode(),
    "utf-16": TOLD.encode("utf-16"),
    "csv": f"name,words\r\nA,{TOLD}\r\n".encode(),
}

NO_WORDS = documents.zip_of({"word/document.xml": documents.docx_body(documents.paragraph(" "))})


def fault_of(content: bytes) -> Fault:
    with pytest.raises(MediaRefused) as refused:
        copying.extract(content)
    return refused.value.fault


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_what_a_document_says_is_read_and_nothing_that_lies_beside_it(kind: str) -> None:
    text, tool = copying.extract(DOCUMENTS[kind])

    assert TOLD in text
    assert HIDDEN not in text
    assert tool.startswith("testimony.media.texts/")


def test_words_of_every_script_are_read_from_rich_text() -> None:
    text, _ = copying.extract(documents.rtf())

    assert "café اب\n" in text


def test_rows_of_a_table_stay_rows() -> None:
    cells = "".join(f"<w:tc>{documents.paragraph(words)}</w:tc>" for words in ("Inekar", "well"))

    text, _ = copying.extract(documents.docx(f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>"))

    assert text.startswith("Inekar\twell\n")


def test_a_mail_is_read_with_who_wrote_it_and_without_what_is_attached() -> None:
    text, _ = copying.extract(documents.mail())

    assert text == f"From: A <a@example.org>\nTo: b@example.org\nSubject: The well\n\n{TOLD}\n"


@pytest.mark.parametrize(
    "content",
    [
        b"\xd0\xcf\x11\xe0" + bytes(600),
        b"%PDF-1.7\n",
        b"\x89PNG\r\n\x1a\n" + bytes(40),
        documents.zip_of({"a.txt": TOLD}),
        documents.zip_of(
            {"content.xml": "<a/>", "mimetype": "application/vnd.oasis.opendocument.spreadsheet"}
        ),
        "Tadfest était là".encode("cp1252"),
    ],
    ids=["an old Word file", "a PDF", "a picture", "another ZIP", "a spreadsheet", "another encoding"],
)
def test_what_is_no_text_document_is_refused(content: bytes) -> None:
    assert fault_of(content) is Fault.NOT_SUPPORTED


def test_entities_and_declarations_are_refused_before_they_unfold() -> None:
    assert fault_of(documents.entities_in_docx()) is Fault.NOT_READABLE


def test_no_file_of_this_machine_is_read_into_a_document(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(HIDDEN)

    assert fault_of(documents.outside_in_docx(str(tmp_path / "secret"))) is Fault.NOT_READABLE


def test_a_document_that_unpacks_without_end_is_refused() -> None:
    content = documents.bomb_in_docx()

    assert len(content) < 200_000
    assert fault_of(content) is Fault.TOO_LARGE


@pytest.mark.parametrize(
    "content",
    [documents.deep_in_docx(), b"{\\rtf1" + b"{" * 100_000, b"a " * 300_000],
    ids=["elements in elements", "groups in groups", "more than a person can read"],
)
def test_a_document_beyond_its_limits_is_refused(content: bytes) -> None:
    assert fault_of(content) is Fault.TOO_LARGE


@pytest.mark.parametrize(
    "content",
    [b"", b"  \n", documents.docx("")[:-40], NO_WORDS, b"PK\x03\x04" + bytes(90)],
    ids=["empty", "blank", "cut off", "without words", "a broken ZIP"],
)
def test_a_document_that_says_nothing_is_refused(content: bytes) -> None:
    assert fault_of(content) in (Fault.NOT_READABLE, Fault.NOT_SUPPORTED)


def test_a_locked_document_is_said_to_be_locked() -> None:
    locked = documents.zip_of(
        {
            "mimetype": documents.ODT,
            "content.xml": b"\x00\x01",
            "META-INF/manifest.xml": "<manifest:encryption-data/>",
        }
    )

    assert fault_of(locked) is Fault.LOCKED


def test_signs_that_nobody_sees_do_not_leave_with_a_text() -> None:
    unseen = "\u200b\u2060\ufeff\u202e\u2066\x00\x1b\U000e0041\ufe0f\u00ad\u3164"

    assert seen_only(f"a{unseen}b\u200cc\r\nd\u2028e\n\n\n\n\n\nf") == "ab\u200cc\nd\ne\n\n\nf\n"
