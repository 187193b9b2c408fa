"""Proofs for people outside: that an event is in the log, that the log only grew, and checkpoints to keep.

    event proof      := c2sp.org/tlog-proof@v1, its extra line the entry itself
    extension proof  := "old " size, the hashes of RFC 9162 2.1.4, an empty line, the newer checkpoint
                        (the body of c2sp.org/tlog-witness add-checkpoint)

Everything here is codes and hashes; that it was looked at is an entry all the same, written before it is returned.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crypto.errors import CryptoError
from crypto.merkle import NodeReader, consistency_proof, inclusion_proof, tree_root
from crypto.ots_proofs import standing
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.errors import Invalid, NotFound, Problem
from testimony.policy.access import Permission, require
from testimony.services.certificates import log_key
from testimony.services.sessions import Session, Work, log_origin, sign_checkpoint
from testimony.services.verification import read_kept
from testimony.storage import log, log_proofs, log_queries
from testimony.storage.connections import Connection
from testimony.storage.log_proofs import OPENTIMESTAMPS, TimeStamp
from testimony.storage.log_queries import StoredCheckpoint

PROOF_LINE = "c2sp.org/tlog-proof@v1"
MAX_KEPT = 100_000
"""Characters of a kept checkpoint that somebody hands in; one with its signatures is about 5,000 an auditor."""


@dataclass(frozen=True, slots=True)
class Proof:
    """text: what others verify. size: entries of the log that it is about. about: the event, or the older size."""

    about: int
    size: int
    text: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """at: when it was asked for, ISO 8601, UTC. block: the height that a proof of OpenTimestamps names; 0 while only a
    calendar promises it; None for a time-stamp of an authority.
    """

    authority: str
    at: str
    block: int | None


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Who stands for a checkpoint besides the archive: auditors (account, when), and time-stamps. at: ISO 8601, UTC."""

    at: str
    note: str
    cosigned: tuple[tuple[AccountId, str], ...]
    timestamps: tuple[Stamp, ...]


class Comparison(StrEnum):
    """What the log is to a checkpoint that somebody kept."""

    EXTENDS = "extends"
    AHEAD = "ahead"
    DIFFERS = "differs"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Compared:
    """size: entries that the kept checkpoint covers; 0 when it is none of this log. now: entries of the log."""

    result: Comparison
    size: int
    now: int


def prove_event(session: Session, seq: int, now: datetime) -> Proof:
    """That one event is in the log. Raises Refused, NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.READ_LOG)
        row = log_queries.find_event(work.connection, seq)
        if row is None:
            raise NotFound
        work.log(Action.ITEM_SHOWN, subject=("event", str(seq)), fields=("proof",))
        checkpoint = _checkpoint_beyond(work, session, seq, now)
        path = inclusion_proof(seq, checkpoint.size, _reader(work.connection))
        head = (PROOF_LINE, f"extra {_base64(row.leaf)}", f"index {seq}", *map(_base64, path))
        note = note_with_cosignatures(work.connection, checkpoint)
        return Proof(seq, checkpoint.size, "\n".join(head) + "\n\n" + note)


def prove_extension(session: Session, old: int, now: datetime) -> Proof:
    """That the log only grew since it had `old` entries. Raises Refused, Invalid."""
    with session.work(now) as work:
        require(session.account, Permission.VERIFY_LOG)
        if not 0 < old <= log.size(work.connection):
            raise Invalid((Problem("old", "range"),))
        work.log(Action.ITEM_SHOWN, subject=("checkpoint", str(old)), fields=("proof",))
        checkpoint = _checkpoint_beyond(work, session, old - 1, now)
        path = consistency_proof(old, checkpoint.size, _reader(work.connection))
        head = (f"old {old}", *map(_base64, path))
        note = note_with_cosignatures(work.connection, checkpoint)
        return Proof(old, checkpoint.size, "\n".join(head) + "\n\n" + note)


def witnesses_of(session: Session, size: int, now: datetime) -> Witnesses:
    """A checkpoint with everything that stands for it. Raises Refused, NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.VERIFY_LOG)
        found = log_queries.checkpoints_between(work.connection, size - 1, size)
        if not found:
            raise NotFound
        work.log(Action.ITEM_SHOWN, subject=("checkpoint", str(size)), fields=("checkpoint",))
        cosigned = log_proofs.cosignatures_between(work.connection, size - 1, size)
        return Witnesses(
            at=found[0].at,
            note=note_with_cosignatures(work.connection, found[0]),
            cosigned=tuple((row.account_id, row.at) for row in cosigned),
            timestamps=tuple(
                _stamp(row, found[0].note)
                for row in log_proofs.timestamps_between(work.connection, size - 1, size)
            ),
        )


def _text_of(note: str) -> str:
    """The three lines of a checkpoint, which its signatures and time-stamps are over."""
    return note.partition("\n\n")[0] + "\n"


def _stamp(row: TimeStamp, note: str) -> Stamp:
    if row.kind != OPENTIMESTAMPS:
        return Stamp(row.authority, row.at, None)
    try:
        named = standing(row.token, _text_of(note).encode(), {}).named
    except CryptoError:
        # A check of the log says that it is forged; nothing is claimed of it here.
        named = ()
    return Stamp(row.authority, row.at, min(named, default=0))


def compare_kept(session: Session, text: str, now: datetime) -> Compared:
    """Whether the log extends a kept checkpoint, by its stored tree: quick, however long the log is.

    A whole check also hashes every entry again. Raises Refused.
    """
    keyring = session.archive.keyring()
    kept = read_kept(text[:MAX_KEPT], log_origin(keyring.archive_id), log_key(keyring))
    with session.work(now) as work:
        require(session.account, Permission.VERIFY_LOG)
        size = log.size(work.connection)
        if kept is None:
            result = Comparison.UNREADABLE
        elif kept.size > size:
            result = Comparison.AHEAD
        else:
            same = tree_root(kept.size, _reader(work.connection)) == kept.root
            result = Comparison.EXTENDS if same else Comparison.DIFFERS
        work.log(Action.LOG_CHECKED, fields=("kept-compared", result.value))
    return Compared(result, 0 if kept is None else kept.size, size)


def note_with_cosignatures(connection: Connection, checkpoint: StoredCheckpoint) -> str:
    """The signed note, and below it what auditors signed of it."""
    rows = log_proofs.cosignatures_between(connection, checkpoint.size - 1, checkpoint.size)
    return checkpoint.note + "".join(row.lines for row in rows)


def _checkpoint_beyond(work: Work, session: Session, seq: int, now: datetime) -> StoredCheckpoint:
    """The newest checkpoint, if it covers this entry; else one made now, which covers this very reading too."""
    newest: Sequence[StoredCheckpoint] = log_queries.checkpoints_before(work.connection, before=None, limit=1)
    if newest and seq < newest[0].size <= log.size(work.connection):
        return newest[0]
    work.write_entries()
    sign_checkpoint(work.connection, session.archive, now)
    return log_queries.checkpoints_before(work.connection, before=None, limit=1)[0]


def _reader(connection: Connection) -> NodeReader:
    return lambda level, index: log.node(connection, level, index)


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
