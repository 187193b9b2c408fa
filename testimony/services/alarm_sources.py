"""What rules of alarms ask of other rooms, each by one function: backups, and promises that wait for somebody."""

import json
from datetime import UTC, datetime

from testimony.storage import erasures, withdrawals
from testimony.storage.connections import Connection
from testimony.storage.directory import ArchiveDirectory

BACKUPS = "backups.jsonl"
"""Which backups were made of this archive; a line each with `archive` and `at`."""

_MOST_BYTES = 16 * 1024 * 1024


def last_backup(directory: ArchiveDirectory, archive_id: str) -> datetime | None:
    """When the newest backup of this archive says it was made; None when there is none.

    Whoever writes to the disk can write that file: it shows what this machine says, not a proof.
    """
    path = directory.path / BACKUPS
    try:
        if path.stat().st_size > _MOST_BYTES:
            return None
        lines = path.read_bytes().splitlines()
    except OSError:
        return None
    times = (_time_of(line, archive_id) for line in lines)
    return max((at for at in times if at is not None), default=None)


def _time_of(line: bytes, archive_id: str) -> datetime | None:
    try:
        note = json.loads(line)
        at = datetime.fromisoformat(note["at"])
        return at.astimezone(UTC) if note["archive"] == archive_id and at.tzinfo is not None else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def oldest_waiting(connection: Connection) -> datetime | None:
    """When the oldest erasure, or consent taken back, began to wait for somebody; None when nothing does."""
    times = [
        *(row.proposed_at for row in erasures.all_erasures(connection, "proposed", "approved")),
        *(row.withdrawn_on for row in withdrawals.unconfirmed(connection)),
        *(asked_on for _, asked_on in withdrawals.waiting_work(connection, 1)),
    ]
    return min(map(_moment, times), default=None)


def _moment(text: str) -> datetime:
    """A day counts from its beginning, in UTC."""
    at = datetime.fromisoformat(text)
    return at.astimezone(UTC) if at.tzinfo is not None else at.replace(tzinfo=UTC)
