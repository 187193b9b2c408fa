"""backups.jsonl: which backups were made of this archive, and when; content-free. For pages and `restore --known`.

    line := {"archive", "number", "at", "manifest", "key", "files", "objects", "bytes", "paused_ms"}

Whoever writes to the disk can write it: a page that shows it shows what this machine says, not a proof.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from testimony.storage.directory import FILE_MODE, ArchiveDirectory
from testimony.storage.errors import BackupDamaged

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
    """A line cut off by a crash is passed over by whoever reads."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, FILE_MODE)
    with os.fdopen(descriptor, "ab") as file:
        file.write(b"\n" if file.tell() and not _ends_whole(path) else b"")
        file.write(json.dumps(asdict(note)).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def last_note(path: Path, archive_id: str) -> BackupNote | None:
    """The note with the highest number of this archive; None when there is none. Raises BackupDamaged when too long."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise BackupDamaged
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return None
    notes = [note for note in map(_note, lines) if note is not None and note.archive == archive_id]
    return max(notes, key=lambda note: note.number, default=None)


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


def _ends_whole(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
