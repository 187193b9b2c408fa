"""The words of an Outlook mail ([MS-OXMSG]): who wrote to whom, when and about what, then its body, as of any mail.

The body is the plain one; where there is none, that of a web page; then that of rich text, unpacked ([MS-OXRTFCP]).
Left out: what is attached, categories, and everything else that a mail carries beside its text.
"""

import codecs
import struct
from datetime import UTC, datetime, timedelta

from testimony.media.compound_files import CompoundFile
from testimony.media.faults import Fault, MediaRefused
from testimony.media.marked_up_texts import text_of_html, text_of_rtf

_PROPERTIES = "__properties_version1.0"
_HEAD_BYTES, _PROPERTY_BYTES = 32, 16
_SENT, _DELIVERED, _CODE_PAGE, _MESSAGE_CODE_PAGE = 0x0039, 0x0E06, 0x3FDE, 0x3FFD
_SUBJECT, _SENDER, _ADDRESS, _TO, _CC = "0037", "0C1A", "0C1F", "0E04", "0E03"
_PLAIN, _PAGE, _RICH = "1000", "1013", "1009"
_MAX_RICH_BYTES = 32 * 1024 * 1024
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans Serif"
    rb"SymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    + b"\r\n"
    + rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_PACKED, _UNPACKED = 0x75465A4C, 0x414C454D
_RING = 4096


def is_outlook_mail(file: CompoundFile) -> bool:
    return file.stream(_PROPERTIES) is not None


def text_of_outlook_mail(file: CompoundFile) -> str:
    """Raises MediaRefused."""
    numbers = _numbers(file.stream(_PROPERTIES) or b"")
    page = _code_page(numbers)
    sender = " ".join(filter(None, (_words(file, _SENDER, page), _address(file, page))))
    heads = (
        ("From", sender),
        ("To", _words(file, _TO, page)),
        ("Cc", _words(file, _CC, page)),
        ("Date", _date(numbers)),
        ("Subject", _words(file, _SUBJECT, page)),
    )
    said = [f"{name}: {words}" for name, words in heads if words]
    return "\n".join((*said, "", _body(file, page)))


def _address(file: CompoundFile, page: str) -> str:
    address = _words(file, _ADDRESS, page)
    return f"<{address}>" if "@" in address else ""


def _body(file: CompoundFile, page: str) -> str:
    if plain := _words(file, _PLAIN, page):
        return plain
    packed = file.stream(f"__substg1.0_{_PAGE}0102")
    shown = packed.decode(page, "replace") if packed else _words(file, _PAGE, page)
    if shown:
        return text_of_html(shown)
    rich = file.stream(f"__substg1.0_{_RICH}0102")
    return text_of_rtf(unpacked(rich)) if rich else ""


def _words(file: CompoundFile, which: str, page: str) -> str:
    """A value as UTF-16, or else in the code page of the mail."""
    wide = file.stream(f"__substg1.0_{which}001F")
    if wide is not None:
        return wide.decode("utf-16-le", "replace").rstrip("\x00")
    narrow = file.stream(f"__substg1.0_{which}001E")
    return narrow.decode(page, "replace").rstrip("\x00") if narrow else ""


def _numbers(held: bytes) -> dict[int, int]:
    """Values of fixed length, by property, as numbers of eight bytes."""
    found = {}
    for at in range(_HEAD_BYTES, len(held) - _PROPERTY_BYTES + 1, _PROPERTY_BYTES):
        _, which, value = struct.unpack_from("<HH4xQ", held, at)
        found[which] = value
    return found


def _code_page(numbers: dict[int, int]) -> str:
    for which in (_MESSAGE_CODE_PAGE, _CODE_PAGE):
        number = numbers.get(which, 0) & 0xFFFFFFFF
        for name in ("utf-8",) if number == 65001 else (f"cp{number}", "koi8_r" if number == 20866 else "-"):
            try:
                return codecs.lookup(name).name
            except LookupError:
                continue
    return "cp1252"


def _date(numbers: dict[int, int]) -> str:
    ticks = numbers.get(_SENT) or numbers.get(_DELIVERED) or 0
    try:
        return (_EPOCH + timedelta(microseconds=ticks // 10)).strftime("%Y-%m-%d %H:%M UTC") if ticks else ""
    except (OverflowError, ValueError):
        return ""


def unpacked(rich: bytes) -> bytes:
    """Rich text as Outlook packs it: literal bytes, and references into the last 4,096. Raises MediaRefused."""
    if len(rich) < 16:
        raise MediaRefused(Fault.NOT_READABLE)
    _, size, kind = struct.unpack_from("<III", rich, 0)
    if size > _MAX_RICH_BYTES:
        raise MediaRefused(Fault.TOO_LARGE)
    if kind == _UNPACKED:
        return rich[16 : 16 + size]
    if kind != _PACKED:
        raise MediaRefused(Fault.NOT_READABLE)
    ring = bytearray(_DICTIONARY.ljust(_RING, b"\x00"))
    write, at, said = len(_DICTIONARY), 16, bytearray()
    while at < len(rich) and len(said) < size:
        control, at = rich[at], at + 1
        for bit in range(8):
            if at >= len(rich) or len(said) >= size:
                break
            if control >> bit & 1:
                if at + 2 > len(rich):
                    return bytes(said)
                reference, at = struct.unpack_from(">H", rich, at)[0], at + 2
                start = reference >> 4
                if start == write:
                    return bytes(said)
                for step in range((reference & 15) + 2):
                    ring[write] = ring[(start + step) % _RING]
                    said.append(ring[write])
                    write = (write + 1) % _RING
            else:
                ring[write] = rich[at]
                said.append(rich[at])
                write, at = (write + 1) % _RING, at + 1
    return bytes(said)
