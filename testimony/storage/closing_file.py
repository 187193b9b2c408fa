"""closings.jsonl: what was closed since, outside the databases, so that a restored copy of them closes it again.

    line := {"previous": SHA-256 of the line before or 64 zeros, "locked": base64}

Append-only, chained, synced before what it tells of commits. What a line says is locked under a key of the ledger
(services/closings.py). A reader detects an edited, reordered or missing line in the middle; that lines at the end were
cut off is seen against the ledger, which keeps the number and hash of the last line it knows.
"""

import base64
import fcntl
import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from testimony.storage.directory import FILE_MODE, ArchiveDirectory, sync_directory
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


def closing_file(directory: ArchiveDirectory) -> Path:
    return directory.path / "closings.jsonl"


def read_lines(directory: ArchiveDirectory) -> tuple[Line, ...]:
    """Every whole line, in order. Raises ArchiveDamaged when one does not follow from the one before."""
    try:
        content = closing_file(directory).read_bytes()
    except FileNotFoundError:
        return ()
    return parse_lines(content)


def parse_lines(content: bytes) -> tuple[Line, ...]:
    """The same for bytes from elsewhere. A last line without its end never counted. Raises ArchiveDamaged."""
    lines: list[Line] = []
    previous = START
    for raw in whole_lines(content).splitlines():
        try:
            document = json.loads(raw)
            locked = base64.b64decode(document["locked"], validate=True)
            line = Line(len(lines) + 1, document["previous"], locked, hashlib.sha256(raw).hexdigest())
        except (ValueError, KeyError, TypeError, RecursionError):
            raise ArchiveDamaged from None
        if line.previous != previous:
            raise ArchiveDamaged
        lines.append(line)
        previous = line.sha256
    return tuple(lines)


def readable_lines(directory: ArchiveDirectory) -> tuple[tuple[Line, ...], bool]:
    """What can be read whatever else is there, and whether that is all: each line is locked by itself.

    A line that somebody spoilt must not keep the ones beside it from being heard.
    """
    try:
        content = whole_lines(closing_file(directory).read_bytes())
    except FileNotFoundError:
        return (), True
    try:
        return parse_lines(content), True
    except ArchiveDamaged:
        lines = []
        for number, raw in enumerate(content.splitlines(), start=1):
            with suppress(ValueError, KeyError, TypeError, RecursionError):
                document = json.loads(raw)
                locked = base64.b64decode(document["locked"], validate=True)
                lines.append(Line(number, str(document["previous"]), locked, hashlib.sha256(raw).hexdigest()))
        return tuple(lines), False


def append_line(directory: ArchiveDirectory, previous: str, locked: bytes) -> str:
    """Add a line and sync it; return its hash. Called inside the transaction of what it tells of.

    previous: hash of the last line that was read. Raises ArchiveDamaged when the file has another end by now.
    """
    descriptor = os.open(closing_file(directory), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, FILE_MODE)
    with os.fdopen(descriptor, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        content = whole_lines(file.read())
        last = content.splitlines()[-1:]
        if (hashlib.sha256(last[0]).hexdigest() if last else START) != previous:
            raise ArchiveDamaged
        raw = json.dumps({"previous": previous, "locked": base64.b64encode(locked).decode()}).encode()
        file.seek(len(content))
        file.truncate()
        file.write(raw + b"\n")
        file.flush()
        os.fsync(file.fileno())
    sync_directory(directory.path)
    return hashlib.sha256(raw).hexdigest()


def whole_lines(content: bytes) -> bytes:
    return content[: content.rfind(b"\n") + 1]
