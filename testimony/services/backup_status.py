"""How fresh the backups are, as custodians and auditors see it: what this machine noted, and no proof."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from testimony.domain.audit import Action
from testimony.domain.errors import Invalid, Problem
from testimony.policy.access import Permission, require
from testimony.services.after_restore import LastRestore, last_restore
from testimony.services.backup_keys import own_fingerprint, read_certificate
from testimony.services.sessions import Session
from testimony.storage import accounts as account_rows
from testimony.storage.backup_notes import BackupNote, Rehearsal, last_note, last_rehearsal, notes_file
from testimony.storage.connections import Connection
from testimony.storage.errors import BackupDamaged

DUE_AFTER_DAYS = 2
MOST_DAYS = 30
TRIED_FOR = timedelta(days=92)
"""How long a backup that was tried counts: a quarter of a year."""

_LIMIT = "backup-due-days"


@dataclass(frozen=True, slots=True)
class BackupStatus:
    """last, tried: None when there was none. key: fingerprint of this machine's key; None before the first backup.

    confirmed: a custodian confirmed that key. due_after: days.
    """

    last: BackupNote | None
    at: datetime | None
    due: bool
    due_after: int
    key: str | None
    confirmed: bool
    tried: Rehearsal | None
    tried_at: datetime | None
    trial_due: bool
    restored: LastRestore | None


def backup_status(session: Session, now: datetime) -> BackupStatus:
    """Raises Refused."""
    with session.work(now) as work:
        require(session.account, Permission.SEE_BACKUPS)
        status = _status(session, work.connection, now)
        work.log(
            Action.LIST_SHOWN, fields=("backups",), count=0 if status.last is None else status.last.number
        )
    return status


def backups_due(session: Session, now: datetime) -> BackupStatus:
    """The same for a front page, which shows that something is due. Raises Refused."""
    require(session.account, Permission.SEE_BACKUPS)
    with session.reading() as connection:
        return _status(session, connection, now)


def set_limit(session: Session, days: int, now: datetime) -> None:
    """After how many days without a backup one is due. Raises Refused; Invalid with the field days."""
    if not 1 <= days <= MOST_DAYS:
        raise Invalid((Problem("days", "out_of_range"),))
    with session.work(now) as work:
        require(session.account, Permission.CONFIRM_BACKUP_KEY)
        account_rows.remember(work.connection, _LIMIT, str(days).encode())
        work.log(Action.WRITTEN, fields=("backup-limit", f"days:{days}"))


def _status(session: Session, connection: Connection, now: datetime) -> BackupStatus:
    directory, keyring = session.archive.directory, session.archive.keyring()
    last = tried = None
    with suppress(BackupDamaged):
        last = last_note(notes_file(directory), keyring.archive_id)
        tried = last_rehearsal(notes_file(directory), keyring.archive_id)
    at, tried_at = _moment(last.at if last else ""), _moment(tried.at if tried else "")
    kept = account_rows.recall(connection, _LIMIT)
    days = DUE_AFTER_DAYS if kept is None else int(kept)
    restored = last_restore(connection)
    # Whoever founds or restores an archive has as long for its first backup.
    begun = restored.at if restored else datetime.fromisoformat(keyring.created)
    key = own_fingerprint(directory)
    return BackupStatus(
        last=last if at else None,
        at=at,
        due=now - max(at or begun, begun) > timedelta(days=days),
        due_after=days,
        key=key,
        confirmed=key is not None and read_certificate(directory, keyring, key) is not None,
        tried=tried if tried_at else None,
        tried_at=tried_at,
        trial_due=at is not None and now - (tried_at or begun) > TRIED_FOR,
        restored=restored,
    )


def _moment(text: str) -> datetime | None:
    """None for what is no time with a zone: the file is no more than a note."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
