"""locked-events.jsonl: what happened while the ledger was locked, sealed to the ledger's public key, taken
into the log at the next unlock.

    line := {"previous": SHA-256 of the line before or 64 zeros, "sealed": base64}

A reader detects an edited, reordered or missing line in the middle; it cannot detect that lines at the end
were cut off.
"""

import base64
import fcntl
import hashlib
import json
import os
from dataclasses import dataclass

from testimony.storage.directory import FILE_MODE, ArchiveDirectory

MAX_BYTES = 8 * 1024 * 1024
"""A flood of failed sign-ins must not fill the disk; beyond this, attempts are still refused but no longer
kept.
"""

ROOM_BYTES = 64 * 1024
"""Beyond that, for what must not be lost to such a flood."""

_START = "0" * 64


@dataclass(frozen=True, slots=True)
class LockedEvents:
    """`sealed`: values in order. `whole`: whether every line follows from the one before."""

    sealed: tuple[bytes, ...]
    whole: bool


def append_locked_event(directory: ArchiveDirectory, sealed: bytes, *, has_room: bool = False) -> None:
    """has_room: whether a full file still takes it."""
    descriptor = os.open(directory.locked_events, os.O_RDWR | os.O_CREAT | os.O_APPEND, FILE_MODE)
    with os.fdopen(descriptor, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        content = file.read()
        if len(content) > MAX_BYTES + (ROOM_BYTES if has_room else 0):
            return
        previous = _hash(content.splitlines()[-1]) if content else _START
        line = {"previous": previous, "sealed": base64.b64encode(sealed).decode()}
        file.write(json.dumps(line).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def read_locked_events(directory: ArchiveDirectory) -> LockedEvents:
    if not directory.locked_events.exists():
        return LockedEvents((), whole=True)
    sealed, previous, whole = [], _START, True
    for line in directory.locked_events.read_bytes().splitlines():
        try:
            document = json.loads(line)
            whole = whole and document["previous"] == previous
            sealed.append(base64.b64decode(document["sealed"], validate=True))
        except (ValueError, KeyError, TypeError):
            whole = False  # A line cut off by a crash, or edited; what opens is still taken in.
        previous = _hash(line)
    return LockedEvents(tuple(sealed), whole)


def clear_locked_events(directory: ArchiveDirectory) -> None:
    """Called after the entries are committed. A crash in between takes them in twice, which is seen; losing
    them would not be.
    """
    directory.locked_events.unlink(missing_ok=True)


def _hash(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
