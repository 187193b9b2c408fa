"""erasures.jsonl: what was erased, outside the databases, so that a restored copy of them can be told.

Format: docs/formats/erasure.md.

    line := {"previous": SHA-256 of the line before or 64 zeros, "locked": base64}

Append-only, chained, synced before the erasure commits. What a line says is locked under the ledger's erasure key and
signed inside. A reader detects an edited, reordered or missing line in the middle; that lines at the end were cut off
is seen against the ledger, which keeps the number and hash of each line it carried out.
"""

import base64
import fcntl
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from testimony.storage.directory import FILE_MODE, ArchiveDirectory, sync_directory
from testimony.storage.errors import ArchiveDamaged

START = "0" * 64


@dataclass(frozen=True, slots=True)
class Line:
    """number: from 1. sha256: of the line without its end."""

    number: int
    previous: str
    locked: bytes
    sha256: str


def erasure_file(directory: ArchiveDirectory) -> Path:
    return directory.path / "erasures.jsonl"


def read_lines(directory: ArchiveDirectory) -> tuple[Line, ...]:
    """Every whole line, in order. Raises ArchiveDamaged when one does not follow from the one before.

    A last line without its end was cut off by a crash: it never counted, and the next append removes it.
    """
    try:
        content = erasure_file(directory).read_bytes()
    except FileNotFoundError:
        return ()
    return parse_lines(content)


def parse_lines(content: bytes) -> tuple[Line, ...]:
    """The same for bytes from elsewhere, such as the copy that an operator kept apart."""
    lines: list[Line] = []
    previous = START
    for raw in _whole(content).splitlines():
        try:
            document = json.loads(raw)
            line = Line(
                len(lines) + 1,
                document["previous"],
                base64.b64decode(document["locked"], validate=True),
                hashlib.sha256(raw).hexdigest(),
            )
        except (ValueError, KeyError, TypeError):
            raise ArchiveDamaged from None
        if line.previous != previous:
            raise ArchiveDamaged
        lines.append(line)
        previous = line.sha256
    return tuple(lines)


def append_line(directory: ArchiveDirectory, previous: str, locked: bytes) -> Line:
    """Add a line and sync it. Called inside the transaction of the erasure, just before its commit.

    previous: hash of the last line that was read. Raises ArchiveDamaged when the file has another end by now.
    """
    path = erasure_file(directory)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE)
    with os.fdopen(descriptor, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        content = _whole(file.read())
        lines = parse_lines(content)
        if (lines[-1].sha256 if lines else START) != previous:
            raise ArchiveDamaged
        raw = json.dumps({"previous": previous, "locked": base64.b64encode(locked).decode()}).encode()
        file.seek(len(content))
        file.truncate()
        file.write(raw + b"\n")
        file.flush()
        os.fsync(file.fileno())
    sync_directory(directory.path)
    return Line(len(lines) + 1, previous, locked, hashlib.sha256(raw).hexdigest())


def _whole(content: bytes) -> bytes:
    return content[: content.rfind(b"\n") + 1]
