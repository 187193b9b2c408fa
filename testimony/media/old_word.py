"""The words of a Word document from before 2007 ([MS-DOC]): pieces of the text, put together by their table.

Read: the text, footnotes, headers, endnotes and text boxes. Left out: comments, what was deleted but is still recorded,
words that are hidden, the codes of fields, macros, pictures, properties. A locked one is refused.
"""

import struct
from bisect import bisect_right
from dataclasses import dataclass

from testimony.media.compound_files import CompoundFile
from testimony.media.faults import Fault, MediaRefused

_IDENT, _FIRST_VERSION = 0xA5EC, 0x00C1
_ENCRYPTED, _SECOND_TABLE = 0x0100, 0x0200
_LENGTHS, _FORMATS, _PIECES = 0x004C, 0x00FA, 0x01A2
"""Where the head says how long each part is, and where the tables of characters' formats and of pieces lie."""
_PART_COMMENTS = 4
_PAGE_BYTES = 512
_MAX_PIECES = 200_000
_DELETED, _HIDDEN = 0x0800, 0x083C
_OPERAND = {0: 1, 1: 1, 2: 2, 3: 4, 4: 2, 5: 2, 7: 3}
_SIGNS = {7: "\t", 11: "\n", 12: "\n", 13: "\n", 14: "\n", 30: "-", 160: "\u00a0"}
_FIELD_BEGINS, _FIELD_SAYS, _FIELD_ENDS = 19, 20, 21


@dataclass(frozen=True, slots=True)
class _Piece:
    """Characters `first` to `last` stand at byte `at`, one byte each (`is_narrow`) or two."""

    first: int
    last: int
    at: int
    is_narrow: bool


def is_old_word(file: CompoundFile) -> bool:
    return file.stream("WordDocument") is not None


def text_of_old_word(file: CompoundFile) -> str:
    """Raises MediaRefused: locked, not_supported for a version before 97."""
    body = file.stream("WordDocument") or b""
    ident, version, flags = struct.unpack_from("<HH6xH", body, 0)
    if ident != _IDENT or version < _FIRST_VERSION:
        raise MediaRefused(Fault.NOT_SUPPORTED)
    if flags & _ENCRYPTED:
        raise MediaRefused(Fault.LOCKED)
    table = file.stream("1Table" if flags & _SECOND_TABLE else "0Table") or b""
    lengths = struct.unpack_from("<8i", body, _LENGTHS)
    if any(length < 0 for length in lengths):
        raise MediaRefused(Fault.NOT_READABLE)
    pieces = _pieces(_part_of(table, body, _PIECES))
    unseen = _unseen(body, _part_of(table, body, _FORMATS))
    signs = _signs(body, pieces, unseen, sum(lengths))
    said, at = [], 0
    for part, length in enumerate(lengths):
        if part != _PART_COMMENTS:
            said.append(_without_fields(signs[at : at + length]))
        at += length
    return "\n".join(filter(None, said))


def _part_of(table: bytes, body: bytes, place: int) -> bytes:
    start, length = struct.unpack_from("<II", body, place)
    return table[start : start + length]


def _pieces(table: bytes) -> list[_Piece]:
    """Behind any number of formats (1), the table of pieces (2)."""
    at = 0
    while at < len(table) and table[at] == 1:
        at += 3 + struct.unpack_from("<H", table, at + 1)[0]
    if at + 5 > len(table) or table[at] != 2:
        raise MediaRefused(Fault.NOT_READABLE)
    (length,) = struct.unpack_from("<I", table, at + 1)
    held = table[at + 5 : at + 5 + length]
    count = (len(held) - 4) // 12
    if not 0 < count <= _MAX_PIECES:
        raise MediaRefused(Fault.NOT_READABLE)
    edges = struct.unpack_from(f"<{count + 1}i", held, 0)
    pieces = []
    for number in range(count):
        (place,) = struct.unpack_from("<I", held, 4 * (count + 1) + 8 * number + 2)
        is_narrow, place = bool(place & 0x40000000), place & 0x3FFFFFFF
        first, last = edges[number], edges[number + 1]
        if first < 0 or last < first:
            raise MediaRefused(Fault.NOT_READABLE)
        pieces.append(_Piece(first, last, place // 2 if is_narrow else place, is_narrow))
    return pieces


def _unseen(body: bytes, table: bytes) -> list[tuple[int, int]]:
    """Byte ranges of the body that are deleted or hidden, in order: pages of runs, each run with its formats."""
    found = []
    count = max(0, (len(table) - 4) // 8)
    numbers = struct.unpack_from(f"<{count}I", table, 4 * (count + 1)) if count else ()
    for number in numbers:
        page = body[(number & 0x3FFFFF) * _PAGE_BYTES :][:_PAGE_BYTES]
        if len(page) < _PAGE_BYTES or not page[-1] or 5 * page[-1] + 4 > _PAGE_BYTES:
            continue
        edges = struct.unpack_from(f"<{page[-1] + 1}I", page, 0)
        for run in range(page[-1]):
            offset = 2 * page[4 * (page[-1] + 1) + run]
            if offset and _is_unseen(page[offset + 1 : offset + 1 + page[offset]]):
                found.append((edges[run], edges[run + 1]))
    return sorted(found)


def _is_unseen(formats: bytes) -> bool:
    at = 0
    while at + 2 < len(formats):
        (code,) = struct.unpack_from("<H", formats, at)
        kind = code >> 13
        if code in (_DELETED, _HIDDEN) and formats[at + 2] & 1:
            return True
        at += 2 + (1 + formats[at + 2] if kind == 6 else _OPERAND[kind])
    return False


def _signs(body: bytes, pieces: list[_Piece], unseen: list[tuple[int, int]], whole: int) -> list[str]:
    """One sign for each character of the document, empty for one that nobody sees."""
    signs: list[str] = []
    starts = [start for start, _ in unseen]
    for piece in pieces:
        width = 1 if piece.is_narrow else 2
        count = min(piece.last, whole + 2) - piece.first
        held = body[piece.at : piece.at + max(0, count) * width]
        text = held.decode("cp1252" if piece.is_narrow else "utf-16-le", "replace")
        if not unseen:
            signs += text
            continue
        for number, sign in enumerate(text):
            at = piece.at + number * width
            before = bisect_right(starts, at) - 1
            signs.append("" if before >= 0 and at < unseen[before][1] else sign)
    return signs


def _without_fields(signs: list[str]) -> str:
    """What fields say, without what tells a program how to make it."""
    said: list[str] = []
    inside: list[bool] = []
    for sign in signs:
        code = ord(sign) if sign else -1
        if code == _FIELD_BEGINS:
            inside.append(True)
        elif code == _FIELD_SAYS and inside:
            inside[-1] = False
        elif code == _FIELD_ENDS and inside:
            inside.pop()
        elif not any(inside) and code >= 0:
            said.append(_SIGNS.get(code, sign))
    return "".join(said)
