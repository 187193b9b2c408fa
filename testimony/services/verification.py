"""Is the log whole? Everything is recomputed from the leaves and compared with what is stored, what was
signed, and what somebody kept.

What it cannot tell: whoever controls the running server holds the log's key and could sign another history.
A checkpoint kept
outside (`against`) is what shows that.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from crypto.errors import BadSignature, Malformed
from crypto.merkle import leaf_hash
from crypto.notes import Checkpoint, open_checkpoint
from crypto.signing import VerifyingKey
from testimony.domain.audit import Action, Outcome
from testimony.policy.access import Permission, require
from testimony.services.certificates import log_key
from testimony.services.growing_tree import GrowingTree, Row
from testimony.services.sessions import Session, log_origin
from testimony.storage import log, log_queries
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.log_queries import LeafRow

BATCH = 8192
"""Entries read in one transaction: memory stays flat, and nobody who writes waits for the whole log."""

CLOCK_STEPS_KEPT = 20

_DECODER = json.JSONDecoder()


class FaultKind(StrEnum):
    """What is wrong with the log. The words for people are in the faces."""

    GAP = "gap"
    MISPLACED = "misplaced"
    UNREADABLE = "unreadable"
    COLUMN_CHANGED = "column-changed"
    SUBJECT_CHANGED = "subject-changed"
    DETAIL_CHANGED = "detail-changed"
    ENTRY_CHANGED = "entry-changed"
    TREE_CHANGED = "tree-changed"
    TRUNCATED = "truncated"
    CHECKPOINT_FORGED = "checkpoint-forged"
    REWRITTEN = "rewritten"
    KEPT_UNREADABLE = "kept-unreadable"
    KEPT_AHEAD = "kept-ahead"
    KEPT_DIFFERS = "kept-differs"


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong. seq: the first entry concerned; for a checkpoint, the number of entries
    it covers.
    """

    kind: FaultKind
    seq: int


@dataclass(frozen=True, slots=True)
class ClockStep:
    """Entry `seq` says an earlier time than the one before it: the clock was set back. Worth a question, no
    proof of anything.
    """

    seq: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class LogVerdict:
    """size, root: of the log that was recomputed, up to the fault if there is one. checkpoints: how many
    held.

    kept: size of the checkpoint that was handed in, if it held. erased_*: values beside the log that are
    gone, as erasure leaves it.
    taken_in_late: failed sign-ins that were kept outside while the ledger was locked.
    """

    checked_at: datetime
    size: int
    root: bytes
    checkpoints: int
    kept: int | None
    erased_subjects: int
    erased_details: int
    taken_in_late: int
    clock_steps: tuple[ClockStep, ...]
    fault: Fault | None

    @property
    def whole(self) -> bool:
        return self.fault is None


def verify_log(session: Session, now: datetime, against: str | None = None) -> LogVerdict:
    """Recompute the whole log. The check itself is an entry, written before the verdict is returned.

    against: a checkpoint that somebody kept, the signed note or its first three lines.
    Raises Refused.
    """
    with session.work(now):
        require(session.account, Permission.VERIFY_LOG)
    verdict = examine_log(session, now, against)
    try:
        with log_queries.damage_reported(), session.work(now) as work:
            fields = ("whole",) if verdict.fault is None else ("broken", verdict.fault.kind.value)
            outcome = Outcome.ALLOWED if verdict.whole else Outcome.DENIED
            work.log(Action.LOG_CHECKED, fields=fields, count=verdict.size, outcome=outcome)
    except ArchiveDamaged:
        # A log too broken to be written to: that must still be told. A verdict shows nothing of any
        # testimony.
        if verdict.whole:
            raise
    return verdict


def examine_log(session: Session, now: datetime, against: str | None = None) -> LogVerdict:
    """The verdict alone, for a check of the whole archive, which makes its own entry."""
    return _Verification(session, against).run(now)


@dataclass(slots=True)
class _Tally:
    """What is counted on the way."""

    checkpoints: int = 0
    erased_subjects: int = 0
    erased_details: int = 0
    taken_in_late: int = 0
    latest: str = ""
    clock_steps: list[ClockStep] = field(default_factory=list)


class _Verification:
    def __init__(self, session: Session, against: str | None) -> None:
        keyring = session.archive.keyring()
        self._session = session
        self._key: VerifyingKey = log_key(keyring)
        self._origin = log_origin(keyring.archive_id)
        self._against = against
        self._kept: Checkpoint | None = None
        self._tree = GrowingTree()
        self._tally = _Tally()

    def run(self, now: datetime) -> LogVerdict:
        fault = self._read_kept() or self._check()
        tally = self._tally
        return LogVerdict(
            checked_at=now,
            size=self._tree.size,
            root=self._tree.root(),
            checkpoints=tally.checkpoints,
            kept=self._kept.size if self._kept is not None and fault is None else None,
            erased_subjects=tally.erased_subjects,
            erased_details=tally.erased_details,
            taken_in_late=tally.taken_in_late,
            clock_steps=tuple(tally.clock_steps),
            fault=fault,
        )

    def _read_kept(self) -> Fault | None:
        if self._against is None:
            return None
        lines = [line.strip() for line in self._against.strip().splitlines()]
        text = "\n".join(lines) + "\n"
        try:
            # The three lines alone, as somebody wrote them down or scanned them, need no signature: the
            # paper is their witness.
            self._kept = (
                Checkpoint.from_text(text)
                if len(lines) == 3
                else open_checkpoint(text, self._origin, self._key)
            )
        except (BadSignature, Malformed):
            return Fault(FaultKind.KEPT_UNREADABLE, 0)
        return None if self._kept.origin == self._origin else Fault(FaultKind.KEPT_UNREADABLE, 0)

    def _check(self) -> Fault | None:
        with self._session.reading() as connection:
            size, signed = log.size(connection), log_queries.largest_checkpoint(connection)
            first, longer = log_queries.first_seq(connection), log_queries.has_nodes_beyond(connection, size)
        if first < 0:
            return Fault(FaultKind.MISPLACED, first)
        for start in range(0, size, BATCH):
            # A transaction for each batch: what is below `size` never changes, so nothing is lost between
            # two of them.
            with self._session.reading() as connection:
                fault = self._check_batch(connection, start, min(start + BATCH, size))
            if fault is not None:
                return fault
        if signed > size or longer:
            return Fault(FaultKind.TRUNCATED, size)
        if self._kept is not None and self._kept.size > size:
            return Fault(FaultKind.KEPT_AHEAD, self._kept.size)
        return None

    def _check_batch(self, connection: Connection, start: int, stop: int) -> Fault | None:
        rows = log_queries.leaf_rows(connection, start, stop)
        sound, fault = _check_rows(rows, start, stop, self._tally)
        made = self._tree.extend([leaf_hash(row[1]) for row in rows[:sound]])
        # Whatever is wrong earlier than the first unsound row comes first.
        return _compare_nodes(connection, made) or self._check_checkpoints(connection, start) or fault

    def _check_checkpoints(self, connection: Connection, start: int) -> Fault | None:
        reached = self._tree.size
        for stored in log_queries.checkpoints_between(connection, start, reached):
            try:
                checkpoint = open_checkpoint(stored.note, self._origin, self._key)
            except (BadSignature, Malformed):
                return Fault(FaultKind.CHECKPOINT_FORGED, stored.size)
            if checkpoint.size != stored.size:
                return Fault(FaultKind.CHECKPOINT_FORGED, stored.size)
            if checkpoint.root != self._tree.root_at(stored.size):
                return Fault(FaultKind.REWRITTEN, stored.size)
            self._tally.checkpoints += 1
        kept = self._kept
        if kept is not None and start <= kept.size <= reached and kept.root != self._tree.root_at(kept.size):
            return Fault(FaultKind.KEPT_DIFFERS, kept.size)
        return None


def _compare_nodes(connection: Connection, made: Sequence[Row]) -> Fault | None:
    for row in made:
        stored = log_queries.nodes_in_row(connection, row.level, row.first, row.first + len(row.hashes))
        if stored == b"".join(row.hashes):
            continue
        position = next(
            (n for n, value in enumerate(row.hashes) if stored[32 * n : 32 * n + 32] != value),
            len(row.hashes) - 1,
        )
        kind = FaultKind.ENTRY_CHANGED if row.level == 0 else FaultKind.TREE_CHANGED
        return Fault(kind, (row.first + position) << row.level)
    return None


def _check_rows(rows: Sequence[LeafRow], start: int, stop: int, tally: _Tally) -> tuple[int, Fault | None]:
    """How many rows from the first are sound, and what is wrong with the one after them."""
    for place, row in enumerate(rows):
        expected = start + place
        if row[0] != expected:
            return place, Fault(FaultKind.GAP, expected)
        kind = _fault_of(row, tally)
        if kind is not None:
            return place, Fault(kind, expected)
    if len(rows) < stop - start:
        return len(rows), Fault(FaultKind.GAP, start + len(rows))
    return len(rows), None


def _fault_of(row: LeafRow, tally: _Tally) -> FaultKind | None:
    seq, leaf, at, actor, action, outcome, case_id, purpose, kind, about, salt, sealed = row
    try:
        # raw_decode, not loads: a third of the time of a whole verification was spent guessing the encoding.
        said, _ = _DECODER.raw_decode(leaf.decode())
        columns = (said["at"], said["actor"], said["action"], said["outcome"], said["case"], said["purpose"])
        number, subject, detail = said["seq"], said["subject"], said["detail"]
    except (ValueError, KeyError, TypeError):
        return FaultKind.UNREADABLE
    if number != seq:
        return FaultKind.MISPLACED
    if columns != (at, actor, action, outcome, case_id, purpose):
        return FaultKind.COLUMN_CHANGED
    if kind is not None and about is not None and salt is not None:
        if log.commit_subject(kind, about, salt) != subject:
            return FaultKind.SUBJECT_CHANGED
    elif subject is not None:
        tally.erased_subjects += 1
    if sealed is not None:
        if hashlib.sha256(sealed).hexdigest() != detail:
            return FaultKind.DETAIL_CHANGED
    elif detail is not None:
        tally.erased_details += 1
    if at >= tally.latest:
        tally.latest = at
    else:
        _note_earlier_time(seq, at, said, tally)
    return None


def _note_earlier_time(seq: int, at: str, said: dict[str, Any], tally: _Tally) -> None:
    if log.KEPT_WHILE_LOCKED in said.get("fields", ()):
        # Kept outside until the next unlock, with the time when it happened.
        tally.taken_in_late += 1
        return
    if len(tally.clock_steps) < CLOCK_STEPS_KEPT:
        tally.clock_steps.append(ClockStep(seq, tally.latest, at))
    tally.latest = at
