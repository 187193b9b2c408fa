"""backups.jsonl: which backups were made of this archive, and when; content-free. For pages and `restore --known`.

    line := {"archive", "number", "at", "manifest", "key", "files", "objects", "bytes", "paused_ms"}

Whoever writes to the disk can write it: a page that shows it shows what this machine says, not a proof.
"""

import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from testimony.storage.backup_files import read_bounded
from testimony.storage.directory import FILE_MODE, ArchiveDirectory

_MOST_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class BackupNote:
    """at: ISO 8601, UTC. manifest: SHA-256 of its statement. key: fingerprint of what signed it. bytes: of all."""

    archive: str
    number: int
    at: str
    manifest: str
    key: str
    files: int
    objects: int
    bytes: int
    paused_ms: int


def notes_file(directory: ArchiveDirectory) -> Path:
    return directory.path / "backups.jsonl"


def append_note(path: Path, note: BackupNote) -> None:
    _append(path, asdict(note))


def _append(path: Path, document: Mapping[str, object]) -> None:
    """A line cut off by a crash is passed over by whoever reads."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, FILE_MODE)
    with os.fdopen(descriptor, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        cut = file.seek(0, os.SEEK_END) and file.seek(-1, os.SEEK_END) >= 0 and file.read(1) != b"\n"
        file.write((b"\n" if cut else b"") + json.dumps(document).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def last_note(path: Path, archive_id: str) -> BackupNote | None:
    """The note with the highest number of this archive; None when there is none. Raises BackupDamaged when too long."""
    notes = [note for note in map(_note, _lines(path)) if note is not None and note.archive == archive_id]
    return max(notes, key=lambda note: note.number, default=None)


def _lines(path: Path) -> list[bytes]:
    try:
        return read_bounded(path, _MOST_BYTES).splitlines() if path.exists() else []
    except FileNotFoundError:
        return []


def _note(line: bytes) -> BackupNote | None:
    try:
        document = json.loads(line)
        note = BackupNote(**document)
    except (ValueError, TypeError, RecursionError):
        return None
    numbers = (note.number, note.files, note.objects, note.bytes, note.paused_ms)
    texts = (note.archive, note.at, note.manifest, note.key)
    whole = all(type(n) is int for n in numbers) and all(isinstance(t, str) for t in texts)
    return note if whole else None


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A backup that was verified whole, or restored, to see that it can be. at: ISO 8601, UTC."""

    archive: str
    verified: int
    at: str
    manifest: str


def append_rehearsal(path: Path, rehearsal: Rehearsal) -> None:
    _append(path, asdict(rehearsal))


def last_rehearsal(path: Path, archive_id: str) -> Rehearsal | None:
    """The last line of this kind. Raises BackupDamaged when the file is too long."""
    found = [_rehearsal(line) for line in _lines(path)]
    return next((one for one in reversed(found) if one is not None and one.archive == archive_id), None)


def _rehearsal(line: bytes) -> Rehearsal | None:
    try:
        one = Rehearsal(**json.loads(line))
    except (ValueError, TypeError, RecursionError):
        return None
    whole = type(one.verified) is int and all(isinstance(t, str) for t in (one.archive, one.at, one.manifest))
    return one if whole else None
