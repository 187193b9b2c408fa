"""Append-only files of locked lines beside the databases: closings.jsonl and erasures.jsonl.

    line := {"previous": SHA-256 of the line before or 64 zeros, "locked": base64}

Chained, synced before what a line tells of commits. A reader detects an edited, reordered or missing line inside;
that lines at the end were cut off is seen against the ledger. A last line without its end was cut off by a crash: it
never counted, and the next append removes it. What a line says is its caller's.
"""

import base64
import fcntl
import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from testimony.storage.directory import FILE_MODE, sync_directory
from testimony.storage.errors import ArchiveDamaged

START = "0" * 64
MOST_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Line:
    """number: from 1. sha256: of the line without its end."""

    number: int
    previous: str
    locked: bytes
    sha256: str


def read_lines(path: Path) -> tuple[Line, ...]:
    """Every whole line, in order. Raises ArchiveDamaged when one does not follow from the one before."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return ()
    return parse_lines(content)


def parse_lines(content: bytes) -> tuple[Line, ...]:
    """The same for bytes from elsewhere, such as the copy that an operator kept apart. Raises ArchiveDamaged."""
    lines: list[Line] = []
    previous = START
    for number, raw in enumerate(whole_lines(content).splitlines(), start=1):
        try:
            line = _line(number, raw)
        except (ValueError, KeyError, TypeError, RecursionError):
            raise ArchiveDamaged from None
        if line.previous != previous:
            raise ArchiveDamaged
        lines.append(line)
        previous = line.sha256
    return tuple(lines)


def readable_lines(path: Path) -> tuple[tuple[Line, ...], bool]:
    """What can be read whatever else is there, and whether that is all: each line is locked by itself.

    A line that somebody spoilt must not keep the ones beside it from being heard.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return (), True
    try:
        return parse_lines(content), True
    except ArchiveDamaged:
        lines = []
        for number, raw in enumerate(whole_lines(content).splitlines(), start=1):
            with suppress(ValueError, KeyError, TypeError, RecursionError):
                lines.append(_line(number, raw))
        return tuple(lines), False


def append_line(path: Path, previous: str, locked: bytes) -> Line:
    """Add a line and sync it. Called inside the transaction of what it tells of.

    previous: hash of the last line that was read. Raises ArchiveDamaged when the file has another end by now.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, FILE_MODE)
    with os.fdopen(descriptor, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        content = whole_lines(file.read())
        before = content.splitlines()
        last = before[-1:]
        if (hashlib.sha256(last[0]).hexdigest() if last else START) != previous:
            raise ArchiveDamaged
        raw = json.dumps({"previous": previous, "locked": base64.b64encode(locked).decode()}).encode()
        file.seek(len(content))
        file.truncate()
        file.write(raw + b"\n")
        file.flush()
        os.fsync(file.fileno())
    sync_directory(path.parent)
    return Line(len(before) + 1, previous, locked, hashlib.sha256(raw).hexdigest())


def whole_lines(content: bytes) -> bytes:
    return content[: content.rfind(b"\n") + 1]


def _line(number: int, raw: bytes) -> Line:
    document = json.loads(raw)
    locked = base64.b64decode(document["locked"], validate=True)
    return Line(number, str(document["previous"]), locked, hashlib.sha256(raw).hexdigest())
