"""Plain text out of text documents, under limits, in the process of `worker.py`. Nothing is run, fetched or kept open.

    .txt .md .csv .json …   as they are, in an encoding of `text_encodings.py`
    .html · .eml · .rtf     `marked_up_texts.py`
    .docx · .odt            `office_texts.py`
    .doc · .msg             `old_word.py`, `outlook_mails.py`, out of `compound_files.py`

What a document is, its bytes say, not its name. What comes out is characters that a person can see: control signs,
signs that turn the order of writing round and signs without a width are gone, since they could carry what nobody reads
or show a reviewer another sentence than the one that is released. Comments, deleted words, macros, pictures, embedded
files and properties are left out: what is not in the text cannot be released with it.
"""

import re
import unicodedata

from testimony.media.compound_files import MAGIC, CompoundFile
from testimony.media.faults import Fault, MediaRefused
from testimony.media.marked_up_texts import text_of_html, text_of_mail, text_of_rtf
from testimony.media.office_texts import text_of_office
from testimony.media.old_word import is_old_word, text_of_old_word
from testimony.media.outlook_mails import is_outlook_mail, text_of_outlook_mail
from testimony.media.text_encodings import decoded

TOOL = "testimony.media.texts/2"
PLAIN = "text/plain"
MAX_DOCUMENT_BYTES = 32 * 1024 * 1024
MAX_CHARACTERS = 400_000
"""Some 65,000 words: what a reviewer can read through, and detectors in ten seconds."""

_ZIP, _RTF = b"PK\x03\x04", b"{\\rtf"
_LOOKED_AT = 4096
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_MAIL_HEAD = re.compile(
    rb"(?:from |(?:[!-9;-~]+:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n)*"
    rb"(?:from|to|date|subject|received|message-id|mime-version|return-path):)",
    re.IGNORECASE,
)
# Joiners and the two plain direction marks belong to the writing of several languages.
_KEPT_SIGNS = frozenset("\u200c\u200d\u200e\u200f")
_LINES = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_EMPTY_LINES = re.compile(r"\n{4,}")


def text_of(content: bytes) -> str:
    """What a document says, in lines. Raises MediaRefused: not_supported for what is no text document."""
    return read(content)[0]


def read(content: bytes) -> tuple[str, str]:
    """As `text_of`, and the name of the encoding where it had to be guessed."""
    if len(content) > MAX_DOCUMENT_BYTES:
        raise MediaRefused(Fault.TOO_LARGE)
    try:
        told, guessed = _told(content)
    except (MediaRefused, MemoryError):
        raise
    except Exception:
        # A parser that meets a broken file raises whatever its author did not think of.
        raise MediaRefused(Fault.NOT_READABLE) from None
    return seen_only(told), guessed


def seen_only(text: str) -> str:
    """A text without what nobody sees, its lines ended alike. Raises MediaRefused: too_large, not_readable for none."""
    if len(text) > MAX_CHARACTERS:
        raise MediaRefused(Fault.TOO_LARGE)
    lines = _LINES.sub("\n", text)
    kept = "".join(sign for sign in lines if sign in "\n\t" or not _is_unseen(sign))
    cleaned = _EMPTY_LINES.sub("\n\n\n", "\n".join(line.rstrip() for line in kept.split("\n"))).strip("\n")
    if not cleaned.strip():
        raise MediaRefused(Fault.NOT_READABLE)
    return cleaned + "\n"


def _is_unseen(sign: str) -> bool:
    category = unicodedata.category(sign)
    return (
        (category[0] == "C" and sign not in _KEPT_SIGNS) or 0xFE00 <= ord(sign) <= 0xFE0F or _is_extra(sign)
    )


def _is_extra(sign: str) -> bool:
    """Variation selectors beyond the first sixteen, and fillers that have no width."""
    return 0xE0100 <= ord(sign) <= 0xE01EF or sign in "\u115f\u1160\u3164\uffa0\u034f"


def _told(content: bytes) -> tuple[str, str]:
    head = content[:_LOOKED_AT].lstrip(b"\xef\xbb\xbf \t\r\n")
    if content.startswith(_ZIP):
        return text_of_office(content), ""
    if content.startswith(MAGIC):
        return _of_compound(CompoundFile(content)), ""
    if head.startswith(b"%PDF-"):
        raise MediaRefused(Fault.NOT_SUPPORTED)
    if head.startswith(_RTF):
        return text_of_rtf(content), ""
    if _MAIL_HEAD.match(head):
        return text_of_mail(content), ""
    text, guessed = decoded(content)
    return text_of_html(text) if _HTML.search(text[:_LOOKED_AT].encode()) else text, guessed


def _of_compound(file: CompoundFile) -> str:
    """Raises MediaRefused: not_supported for an old spreadsheet or presentation."""
    if is_old_word(file):
        return text_of_old_word(file)
    if is_outlook_mail(file):
        return text_of_outlook_mail(file)
    raise MediaRefused(Fault.NOT_SUPPORTED)
