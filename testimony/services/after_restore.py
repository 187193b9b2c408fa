"""The first sign-in after a restore: what was closed closes again, and what is missing is said, before anything else.

    DIR/restored.json := {"format", "at", "number", "taken_at", "manifest", "erasures", "closings", "checkpoint"}

Written by `testimony restore`, taken into the ledger by the transaction of the first sign-in, and then removed. Dies in
between: it is taken in twice, which is seen; not to take it in would not be.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from crypto.errors import CryptoError
from crypto.merkle import Frontier, complete_subtrees
from crypto.notes import Checkpoint, open_checkpoint
from testimony.domain.audit import Action, Outcome
from testimony.services.certificates import log_key
from testimony.services.closing_again import take_in_closings
from testimony.services.sessions import Session, Work, log_origin
from testimony.storage import accounts as account_rows
from testimony.storage import log
from testimony.storage.backup_files import read_bounded
from testimony.storage.connections import Connection
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.errors import ArchiveDamaged, BackupDamaged

RESTORED = "restored.json"
FORMAT = "testimony-restored/1"
LAST = "restored"
"""The setting that keeps the last restore for the pages."""

_MOST_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Restoration:
    """at: of the restore; taken_at: of the backup; both ISO 8601. erasures, closings: lines that came after it."""

    at: str
    number: int
    taken_at: str
    manifest: str
    erasures: int
    closings: int
    checkpoint: str | None


@dataclass(frozen=True, slots=True)
class LastRestore:
    """What pages say of it. missing: log entries that a kept checkpoint covers and this archive lost; None: not known.

    differs: the log is not the one that the checkpoint was made of. closed_again: what was closed after the backup.
    """

    at: datetime
    taken_at: datetime
    number: int
    closed_again: int
    missing: int | None
    differs: bool


def restoration_bytes(restoration: Restoration) -> bytes:
    return json.dumps({"format": FORMAT, **asdict(restoration)}).encode()


def take_in(session: Session, work: Work) -> None:
    """Call in the transaction of each sign-in, before anything else is asked of the ledger."""
    restoration = _read(session.archive.directory)
    closed = take_in_closings(session, work)
    if restoration is None:
        return
    missing, differs = _held_against(session, work.connection, restoration.checkpoint)
    fields = ["restored", f"backup:{restoration.number}", f"manifest:{restoration.manifest}"]
    if missing is not None:
        fields.append(f"entries-missing:{missing}")
    if differs:
        fields.append("log-differs-from-checkpoint")
    outcome = Outcome.DENIED if differs else Outcome.ALLOWED
    work.log(Action.LOG_CHECKED, fields=tuple(fields), count=closed, outcome=outcome)
    told = {**asdict(restoration), "closed_again": closed, "missing": missing, "differs": differs}
    account_rows.remember(work.connection, LAST, json.dumps(told).encode())


def clear(directory: ArchiveDirectory) -> None:
    """Called after the commit."""
    (directory.path / RESTORED).unlink(missing_ok=True)


def last_restore(connection: Connection) -> LastRestore | None:
    kept = account_rows.recall(connection, LAST)
    if kept is None:
        return None
    told = json.loads(kept)
    at, taken_at = (datetime.fromisoformat(told[name]) for name in ("at", "taken_at"))
    return LastRestore(at, taken_at, told["number"], told["closed_again"], told["missing"], told["differs"])


def _read(directory: ArchiveDirectory) -> Restoration | None:
    path = directory.path / RESTORED
    if not path.exists():
        return None
    try:
        document = json.loads(read_bounded(path, _MOST_BYTES))
        if document.pop("format") != FORMAT:
            raise ArchiveDamaged
        return Restoration(**document)
    except (BackupDamaged, ValueError, KeyError, TypeError):
        raise ArchiveDamaged from None


def _held_against(session: Session, connection: Connection, kept: str | None) -> tuple[int | None, bool]:
    """How many entries the log lacks of what a checkpoint covers, and whether it is another log."""
    if kept is None:
        return None, False
    keyring = session.archive.keyring()
    try:
        origin = log_origin(keyring.archive_id)
        checkpoint: Checkpoint = open_checkpoint(kept, origin, log_key(keyring))
        size = log.size(connection)
        if checkpoint.size > size:
            return checkpoint.size - size, False
        hashes = [log.node(connection, level, index) for level, index in complete_subtrees(checkpoint.size)]
        return 0, Frontier.from_nodes(checkpoint.size, hashes).root() != checkpoint.root
    except (CryptoError, ArchiveDamaged):
        return None, True
