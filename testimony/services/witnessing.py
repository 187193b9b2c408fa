"""Auditors as witnesses: they co-sign what they verified, and remember it where the server cannot change it.

    memory := sealed to the auditor, signed by the auditor: { archive, account, at, checkpoint: three lines }

The memory lies beside the ledger. Whoever controls the server can delete it or put back an older one; both are told,
as long as the ledger still holds a later co-signature. Only a checkpoint kept outside shows that the whole directory
was put back.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from crypto.cosignatures import cosign
from crypto.errors import CryptoError
from crypto.labels import Label
from crypto.merkle import tree_root
from crypto.notes import Checkpoint
from crypto.sealing import open_sealed, seal
from crypto.signing import SIGNATURE_BYTES, sign, verify
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, Outcome
from testimony.domain.canonical import canonical_json
from testimony.domain.roles import Role
from testimony.policy.access import Permission, require
from testimony.services.sessions import Session, Work, log_origin, sign_checkpoint_of, timestamp
from testimony.storage import log, log_proofs
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.log_memories import read_memory, write_memory

RECOLLECTION = "log:recollection"
"""Where a session's desk keeps what was found at sign-in."""


class Recollection(StrEnum):
    """What an auditor's memory says of the log as it is now."""

    NOTHING = "nothing"
    EXTENDS = "extends"
    AHEAD = "memory-ahead"
    DIFFERS = "memory-differs"
    GONE = "memory-gone"

    @property
    def is_warning(self) -> bool:
        return self in {self.AHEAD, self.DIFFERS, self.GONE}


@dataclass(frozen=True, slots=True)
class Memory:
    """What an auditor last verified. at: ISO 8601, UTC."""

    at: str
    checkpoint: Checkpoint


def cosigner_name(origin: str, account_id: AccountId) -> str:
    """How an auditor is called in a signature line: by the account's number, never by name or handle."""
    return f"{origin}/{account_id}"


def witness(work: Work, session: Session, size: int, root: bytes) -> None:
    """Remember and co-sign a log that this session just verified, in the transaction that notes the check.

    The memory is written first: dying after it leaves one that says what is true. Raises StorageFailed.
    """
    checkpoint = Checkpoint(log_origin(session.archive.keyring().archive_id), size, root)
    _remember(session, checkpoint, work.now)
    sign_checkpoint_of(work.connection, session.archive, checkpoint, work.now)
    name = cosigner_name(checkpoint.origin, session.account.id)
    lines = cosign(checkpoint.text, name, session.keys.signing, int(work.now.timestamp()))
    at = timestamp(work.now)
    log_proofs.insert_cosignature(
        work.connection, log_proofs.Cosignature(size, session.account.id, at, lines)
    )
    log_proofs.put_in_queue(work.connection, size, at)
    session.desk[RECOLLECTION] = Recollection.EXTENDS.value


def read_own_memory(session: Session) -> Memory | None:
    """None when there is none. Raises ArchiveDamaged when it is not what this auditor sealed and signed."""
    sealed = read_memory(session.archive.directory, session.account.id)
    if sealed is None:
        return None
    try:
        opened = open_sealed(session.keys.sealing, sealed, Label.LOG_MEMORY, _context(session))
        signature, statement = opened[:SIGNATURE_BYTES], opened[SIGNATURE_BYTES:]
        verify(session.keys.signing.public, statement, signature, Label.LOG_MEMORY_STATEMENT)
        said = json.loads(statement)
        about = (said["archive"], said["account"])
        if about != (session.archive.keyring().archive_id, session.account.id):
            raise ArchiveDamaged
        return Memory(said["at"], Checkpoint.from_text(said["checkpoint"]))
    except (CryptoError, ValueError, KeyError, TypeError):
        raise ArchiveDamaged from None


def recollect(connection: Connection, session: Session) -> tuple[Recollection, Memory | None]:
    """Compare what this auditor last verified with the log's stored tree: some twenty reads, however long it is.

    A stored tree can be left as it was over changed entries; a whole verification finds that.
    """
    try:
        memory = read_own_memory(session)
    except ArchiveDamaged:
        return Recollection.GONE, None
    cosigned = log_proofs.largest_cosigned(connection, session.account.id)
    if memory is None:
        return (Recollection.GONE if cosigned else Recollection.NOTHING), None
    if memory.checkpoint.size < cosigned:
        return Recollection.GONE, memory
    if memory.checkpoint.size > log.size(connection):
        return Recollection.AHEAD, memory
    try:
        root = tree_root(memory.checkpoint.size, lambda level, index: log.node(connection, level, index))
    except ArchiveDamaged:
        return Recollection.DIFFERS, memory
    same = root == memory.checkpoint.root
    return (Recollection.EXTENDS if same else Recollection.DIFFERS), memory


def recollect_at_sign_in(session: Session, now: datetime) -> None:
    """Note in an auditor's session, and in the log when it is a warning, what their memory says."""
    if Role.AUDITOR not in session.account.roles:
        return
    with session.work(now) as work:
        found, _ = recollect(work.connection, session)
        if found.is_warning:
            work.log(Action.LOG_CHECKED, fields=("broken", found.value), outcome=Outcome.DENIED)
    session.desk[RECOLLECTION] = found.value


def look_back(session: Session, now: datetime) -> tuple[Recollection, Memory | None]:
    """The same when it is asked for. Raises Refused."""
    with session.work(now) as work:
        require(session.account, Permission.VERIFY_LOG)
        found, memory = recollect(work.connection, session)
        work.log(Action.ITEM_SHOWN, fields=("log-memory",))
    session.desk[RECOLLECTION] = found.value
    return found, memory


def begin_anew(session: Session, reason: str, now: datetime) -> None:
    """Remember the log as it is stored now, after an explanation was found (a restored backup, new keys).

    What the memory said before is in the log, with the reason. Raises Refused, StorageFailed.
    """
    with session.work(now) as work:
        require(session.account, Permission.VERIFY_LOG)
        found, _ = recollect(work.connection, session)
        work.log(Action.LOG_CHECKED, fields=("memory-begun-anew", found.value), detail=reason)
        work.write_entries()
        frontier = log.read_frontier(work.connection)
        origin = log_origin(session.archive.keyring().archive_id)
        size, root = frontier.size, frontier.root()
    # After the commit: what is remembered must be on disk.
    _remember(session, Checkpoint(origin, size, root), now)
    session.desk[RECOLLECTION] = Recollection.EXTENDS.value


def recollection_of(session: Session) -> Recollection:
    """What was found at sign-in, or since."""
    return Recollection(session.desk.get(RECOLLECTION, Recollection.NOTHING.value))


def _remember(session: Session, checkpoint: Checkpoint, now: datetime) -> None:
    statement = canonical_json(
        {
            "type": "log-memory/1",
            "archive": session.archive.keyring().archive_id,
            "account": session.account.id,
            "at": timestamp(now.astimezone(UTC)),
            "checkpoint": checkpoint.text,
        }
    )
    signature = sign(session.keys.signing, statement, Label.LOG_MEMORY_STATEMENT)
    sealed = seal(session.keys.sealing.public, signature + statement, Label.LOG_MEMORY, _context(session))
    write_memory(session.archive.directory, session.account.id, sealed)


def _context(session: Session) -> bytes:
    return f"{session.archive.keyring().archive_id}/log-memory/{session.account.id}".encode()
