"""Text documents read as plain text, in the process of their own."""

import contextlib
from pathlib import Path
from random import Random
from time import perf_counter

import pytest

from testimony.media import copying, texts
from testimony.media.faults import Fault, MediaRefused
from testimony.media.texts import seen_only
from tests.media import documents, old_office
from tests.media.documents import HIDDEN, TOLD

DOCUMENTS = {
    "docx": documents.docx(),
    "odt": documents.odt(),
    "rtf": documents.rtf(),
    "html": documents.html(),
    "mail": documents.mail(),
    "txt": TOLD.encode(),
    "utf-16": TOLD.encode("utf-16"),
    "utf-16 without its mark": TOLD.encode("utf-16-be"),
    "doc": old_office.doc(),
    "doc in wide signs": old_office.doc(is_narrow=False),
    "msg": old_office.msg(),
    "msg in rich text": old_office.msg(body="rich"),
    "msg as a web page": old_office.msg(body="page"),
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
        old_office.compound({"Workbook": b"an old spreadsheet"}),
        b"%PDF-1.7\n",
        b"\x89PNG\r\n\x1a\n" + bytes(40),
        documents.zip_of({"a.txt": TOLD}),
        documents.zip_of(
            {"content.xml": "<a/>", "mimetype": "application/vnd.oasis.opendocument.spreadsheet"}
        ),
        "夜に三台のトラックが来た。".encode("shift_jis"),
    ],
    ids=["an old spreadsheet", "a PDF", "a picture", "another ZIP", "a spreadsheet", "another encoding"],
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


def test_an_old_word_document_says_its_text_and_notes_and_no_code_comment_or_deleted_word() -> None:
    text, _ = copying.extract(old_office.doc())

    assert text == f"{TOLD}\na link\nA\tB\n\nA note.\n"


def test_an_outlook_mail_says_who_wrote_it_when_and_what() -> None:
    text, _ = copying.extract(old_office.msg())

    assert text == (
        "From: A <a@example.org>\nTo: b@example.org\nDate: 2023-01-01 00:00 UTC\nSubject: The well\n\n"
        f"{TOLD}\n"
    )


ENCODED = (
    (
        "Windows-1256",
        "cp1256",
        "قتلوا زوجي أمام الدكان ولم نستطع أن ندفنه. كان معنا الأطفال والنساء في الليل.",
    ),
    (
        "ISO-8859-6",
        "iso8859_6",
        "قتلوا زوجي أمام الدكان ولم نستطع أن ندفنه. كان معنا الأطفال والنساء في الليل.",
    ),
    ("KOI8-R", "koi8_r", "Ночью пришли военные и увели моего мужа. Мы жили на улице Садовой, дети спали."),
    (
        "Windows-1251",
        "cp1251",
        "Ночью пришли военные и увели моего мужа. Мы жили на улице Садовой, дети спали.",
    ),
    (
        "Windows-1252",
        "cp1252",
        "Ils ont été emmenés à l’école, derrière la mosquée. Ma sœur était là, blessée.",
    ),
    ("UTF-16", "utf-16-le", "قتلوا زوجي أمام الدكان، ولم نستطع أن ندفنه."),
)


@pytest.mark.parametrize(("name", "encoding", "told"), ENCODED)
def test_an_encoding_that_a_text_does_not_name_is_guessed_and_said(
    name: str, encoding: str, told: str
) -> None:
    text, tool = copying.extract(told.encode(encoding))

    assert text == f"{told}\n"
    assert tool == f"testimony.media.texts/2 {name}"


def test_an_encoding_that_a_page_names_is_believed_and_not_a_guess() -> None:
    page = '<html><meta charset="windows-1251"><body><p>Да.</p>'.encode("cp1251")

    assert copying.extract(page) == ("Да.\n", "testimony.media.texts/2")


@pytest.mark.parametrize(
    "content",
    [
        old_office.in_a_ring(),
        old_office.larger_than_it_is(),
        old_office.doc()[:700],
        old_office.compound({"WordDocument": b"\xec\xa5"}),
        old_office.compound({"__properties_version1.0": b"", "__substg1.0_10090102": b"\xff" * 40}),
        old_office.doc(flags=0x0300),
        bytes(range(1, 256)) * 40,
    ],
    ids=["ring", "sizes", "cut", "short head", "bad rich text", "locked", "every byte"],
)
def test_a_hostile_old_file_is_refused_and_ends(content: bytes) -> None:
    assert fault_of(content) in (Fault.NOT_READABLE, Fault.TOO_LARGE, Fault.NOT_SUPPORTED, Fault.LOCKED)


@pytest.mark.parametrize("made", [old_office.doc(), old_office.msg(body="rich")], ids=["doc", "msg"])
def test_an_old_file_with_bytes_turned_is_read_or_refused_and_never_runs_on(made: bytes) -> None:
    chance = Random(11)
    for _ in range(150):
        broken = bytearray(made)
        for _ in range(chance.randint(1, 12)):
            broken[chance.randrange(24, len(broken))] = chance.choice((0, 1, 0x7F, 0xFE, 0xFF))
        started = perf_counter()
        with contextlib.suppress(MediaRefused):
            assert len(texts.text_of(bytes(broken))) < texts.MAX_CHARACTERS + 2
        assert perf_counter() - started < 2
