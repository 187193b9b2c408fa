"""Which signs the bytes of a text stand for, where the text does not say so itself.

UTF-8, and UTF-16 with its mark, are certain. Then a page's own word for it counts. What is left is guessed, among the
encodings that texts in the archive's languages were written in before UTF-8; whoever uses a guess is told of it, since
a wrong one shows other words than were written.
"""

import codecs
import re

from charset_normalizer import from_bytes

from testimony.media.faults import Fault, MediaRefused

MAX_GUESSED_BYTES = 800_000
MOST_DISORDER = 0.1
GUESSED = {
    "cp1256": "Windows-1256",
    "cp1252": "Windows-1252",
    "cp1251": "Windows-1251",
    "koi8_r": "KOI8-R",
    "iso8859_6": "ISO-8859-6",
    "utf_16_le": "UTF-16",
    "utf_16_be": "UTF-16",
}
_SINGLE = [name for name in GUESSED if not name.startswith("utf")]
_DECLARED = re.compile(
    rb"<(?:meta|\?xml)\b[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?([\w.-]{3,20})", re.IGNORECASE
)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_WRITTEN = re.compile(
    r"[\t\n\r\x20-\x7e\u00a0-\u024f\u0370-\u052f\u0600-\u06ff\u0750-\u077f\u2000-\u206f\u20a0-\u20bf]"
)
_ENOUGH_WRITTEN = 0.95


def decoded(content: bytes) -> tuple[str, str]:
    """The text, and the name of the encoding where it was guessed, else nothing. Raises MediaRefused."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _strictly(content, "utf-16"), ""
    if b"\x00" in content:
        return _of_two_bytes(content)
    try:
        return content.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        pass
    if (declared := _DECLARED.search(content[:4096])) and (name := _known(declared[1])):
        return _strictly(content, name), ""
    if len(content) > MAX_GUESSED_BYTES:
        raise MediaRefused(Fault.TOO_LARGE)
    best = from_bytes(content, cp_isolation=_SINGLE).best()
    if best is None or best.encoding not in GUESSED or best.chaos > MOST_DISORDER:
        raise MediaRefused(Fault.NOT_SUPPORTED)
    return _strictly(content, best.encoding), GUESSED[best.encoding]


def _known(declared: bytes) -> str | None:
    try:
        name = codecs.lookup(declared.decode("ascii")).name.replace("-", "_")
    except (LookupError, UnicodeDecodeError):
        return None
    # "latin 1" on a page has always meant the larger set of Windows.
    name = {"iso8859_1": "cp1252", "ascii": "cp1252"}.get(name, name)
    return name if name in _SINGLE else None


def _strictly(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        raise MediaRefused(Fault.NOT_SUPPORTED) from None
    if _CONTROLS.search(text):
        raise MediaRefused(Fault.NOT_SUPPORTED)
    return text


def _of_two_bytes(content: bytes) -> tuple[str, str]:
    """UTF-16 without its mark: whichever order of bytes makes a text of known scripts."""
    for name in ("utf_16_le", "utf_16_be"):
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if text and len(_WRITTEN.findall(text)) >= _ENOUGH_WRITTEN * len(text) and not _CONTROLS.search(text):
            return text, GUESSED[name]
    raise MediaRefused(Fault.NOT_SUPPORTED)
