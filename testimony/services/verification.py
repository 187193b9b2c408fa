"""Is the log whole? Everything is recomputed from the leaves and compared with what is stored, what was
signed and co-signed, what was stamped with a time, what the auditor remembers, and what somebody kept.

What it cannot tell: whoever controls the running server holds the log's key and could sign another history.
A checkpoint kept
outside (`against`), an auditor's memory and co-signatures are what shows that.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import takewhile

from crypto.cosignatures import is_cosigned_with, open_cosignature
from crypto.errors import BadSignature, CryptoError, Malformed
from crypto.notes import DASH, Checkpoint, open_checkpoint
from crypto.ots_proofs import Header, Standing, standing
from crypto.signing import VerifyingKey
from crypto.timestamps import open_timestamp
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, Outcome
from testimony.domain.roles import Role
from testimony.policy.access import Permission, require
from testimony.services.certificates import certified_account, log_key
from testimony.services.growing_tree import GrowingTree, Row, leaf_hashes
from testimony.services.log_faults import ClockStep, Fault, FaultKind, LogVerdict
from testimony.services.log_rows import Tally, check_rows, sound_leaves
from testimony.services.sessions import Session, log_origin
from testimony.services.witnessing import Memory, Recollection, cosigner_name, recollect, witness
from testimony.storage import log, log_proofs, log_queries, log_reads, log_times
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import Keyring
from testimony.storage.log_reads import LeafBatch
from testimony.storage.log_times import STRETCH

__all__ = ["ClockStep", "Fault", "FaultKind", "LogVerdict", "examine_log", "read_kept", "verify_log"]

BATCH = 4096
"""Entries read in one transaction: memory stays flat, and nobody who writes waits for the whole log."""


def verify_log(
    session: Session,
    now: datetime,
    against: str | None = None,
    headers: Mapping[bytes, Header] | None = None,
) -> LogVerdict:
    """Recompute the whole log. The check itself is an entry, written before the verdict is returned.

    When the log is whole, the auditor remembers it and co-signs the checkpoint of exactly what was recomputed.
    against: a checkpoint that somebody kept, the signed note or its first three lines. headers: of blocks of Bitcoin.
    Raises Refused, StorageFailed.
    """
    with session.work(now):
        require(session.account, Permission.VERIFY_LOG)
    verdict = _Verification(session, against, headers).run(now)
    try:
        with log_reads.damage_reported(), session.work(now) as work:
            if verdict.fault is None:
                fields: tuple[str, ...] = ("whole", "cosigned") if verdict.size else ("whole",)
            else:
                fields = ("broken", verdict.fault.kind.value)
            outcome = Outcome.ALLOWED if verdict.whole else Outcome.DENIED
            work.log(Action.LOG_CHECKED, fields=fields, count=verdict.size, outcome=outcome)
            if verdict.whole and verdict.size:
                witness(work, session, verdict.size, verdict.root)
    except ArchiveDamaged:
        # A log too broken to be written to: that must still be told. A verdict shows nothing of any
        # testimony.
        if verdict.whole:
            raise
    return verdict


def examine_log(session: Session, now: datetime, against: str | None = None) -> LogVerdict:
    """The verdict alone, for a check of the whole archive, which makes its own entry."""
    return _Verification(session, against, None).run(now)


def read_kept(text: str, origin: str, key: VerifyingKey) -> Checkpoint | None:
    """A checkpoint that somebody kept: the signed note, or its three lines as somebody wrote them down.

    It may stand inside a longer text, such as a letter. The three lines alone need no signature: the paper is their
    witness; where signatures stand below them, this archive's must hold. None when there is none of this log.
    """
    lines = [line.strip() for line in text.splitlines()]
    if origin not in lines:
        return None
    first = lines.index(origin)
    body, below = lines[first : first + 3], lines[first + 3 :]
    signatures = list(takewhile(lambda line: line.startswith(DASH), below[1:])) if below[:1] == [""] else []
    three = "\n".join(body) + "\n"
    try:
        if not signatures:
            return Checkpoint.from_text(three)
        return open_checkpoint(three + "\n" + "\n".join(signatures) + "\n", origin, key)
    except (BadSignature, Malformed):
        return None


class _Verification:
    def __init__(self, session: Session, against: str | None, headers: Mapping[bytes, Header] | None) -> None:
        self._session = session
        self._keyring: Keyring = session.archive.keyring()
        self._key: VerifyingKey = log_key(self._keyring)
        self._origin = log_origin(self._keyring.archive_id)
        self._against = against
        self._kept: Checkpoint | None = None
        self._memory: Memory | None = None
        self._tree = GrowingTree()
        self._tally = Tally()
        self._headers = headers or {}
        self._proofs = dict.fromkeys(
            ("checkpoints", "cosignatures", "strangers", "timestamps", "promised", "named"), 0
        )
        self._in_blocks: list[tuple[int, Header]] = []

    def run(self, now: datetime) -> LogVerdict:
        fault = self._read_kept() or self._check()
        tally, kept, memory = self._tally, self._kept, self._memory
        return LogVerdict(
            checked_at=now,
            size=self._tree.size,
            root=self._tree.root(),
            **self._proofs,
            in_blocks=tuple(self._in_blocks),
            kept=kept.size if kept is not None and fault is None else None,
            remembered=memory.checkpoint.size if memory is not None and fault is None else None,
            erased_subjects=tally.erased_subjects,
            erased_details=tally.erased_details,
            taken_in_late=tally.taken_in_late,
            clock_steps=tuple(tally.clock_steps),
            fault=fault,
        )

    def _read_kept(self) -> Fault | None:
        if self._against is None:
            return None
        self._kept = read_kept(self._against, self._origin, self._key)
        return None if self._kept is not None else Fault(FaultKind.KEPT_UNREADABLE, 0)

    def _check(self) -> Fault | None:
        with self._session.reading() as connection:
            size, signed = log.size(connection), log_reads.largest_checkpoint(connection)
            first, longer = log_reads.first_seq(connection), log_reads.has_nodes_beyond(connection, size)
            longer = longer or log_times.has_beyond(connection, size)
            recollection = Recollection.NOTHING
            if Role.AUDITOR in self._session.account.roles:
                recollection, self._memory = recollect(connection, self._session)
        if first < 0:
            return Fault(FaultKind.MISPLACED, first)
        # The next batch is read while this one is hashed: the database works without holding Python up.
        with ThreadPoolExecutor(1) as reader:
            ahead = reader.submit(self._read_batch, 0, min(BATCH, size))
            for start in range(0, size, BATCH):
                batch, stop = ahead.result(), min(start + BATCH, size)
                if stop < size:
                    ahead = reader.submit(self._read_batch, stop, min(stop + BATCH, size))
                # A transaction for each batch: what is below `size` never changes, so nothing is lost between
                # two of them.
                with self._session.reading() as connection:
                    fault = self._check_batch(connection, batch, start, stop)
                if fault is not None:
                    return fault
        return self._check_end(size, recollection, is_longer=signed > size or longer)

    def _check_end(self, size: int, recollection: Recollection, *, is_longer: bool) -> Fault | None:
        if is_longer:
            return Fault(FaultKind.TRUNCATED, size)
        if self._kept is not None and self._kept.size > size:
            return Fault(FaultKind.KEPT_AHEAD, self._kept.size)
        if self._memory is not None and self._memory.checkpoint.size > size:
            return Fault(FaultKind.MEMORY_AHEAD, self._memory.checkpoint.size)
        return Fault(FaultKind.MEMORY_GONE, size) if recollection is Recollection.GONE else None

    def _read_batch(self, start: int, stop: int) -> LeafBatch:
        with self._session.reading() as connection:
            return log_reads.leaf_batch(connection, start, stop)

    def _check_batch(self, connection: Connection, batch: LeafBatch, start: int, stop: int) -> Fault | None:
        fault = None
        leaves, times = sound_leaves(batch, start, stop, self._tally), batch.ats.split("\n")
        if leaves is None:
            rows = log_reads.leaf_rows(connection, start, stop)
            sound, fault = check_rows(rows, start, stop, self._tally)
            leaves, times = [row[1] for row in rows[:sound]], [row[2] for row in rows[:sound]]
        made = self._tree.extend(leaf_hashes(leaves))
        # Whatever is wrong earlier than the first unsound row comes first.
        return (
            _compare_nodes(connection, made)
            or self._check_checkpoints(connection, start)
            or self._check_cosignatures(connection, start)
            or self._check_timestamps(connection, start)
            or _compare_stretches(connection, start, times)
            or fault
        )

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
            self._proofs["checkpoints"] += 1
        memory = None if self._memory is None else self._memory.checkpoint
        for claimed, kind in ((self._kept, FaultKind.KEPT_DIFFERS), (memory, FaultKind.MEMORY_DIFFERS)):
            if claimed is None or not start <= claimed.size <= reached:
                continue
            if claimed.root != self._tree.root_at(claimed.size):
                return Fault(kind, claimed.size)
        return None

    def _check_cosignatures(self, connection: Connection, start: int) -> Fault | None:
        for row in log_proofs.cosignatures_between(connection, start, self._tree.size):
            try:
                name = cosigner_name(self._origin, row.account_id)
                keys = (k for k in self._auditor_keys(row.account_id) if is_cosigned_with(row.lines, name, k))
                key = next(keys, None)
                if key is None:
                    self._proofs["strangers"] += 1
                    continue
                open_cosignature(row.lines, self._text_at(row.size), name, key)
            except (CryptoError, ArchiveDamaged):
                return Fault(FaultKind.COSIGNED_DIFFERS, row.size)
            self._proofs["cosignatures"] += 1
        return None

    def _auditor_keys(self, account_id: AccountId) -> tuple[VerifyingKey, ...]:
        """Those of before a re-issue as well. Raises ArchiveDamaged for anybody who is no auditor of this archive."""
        certified = certified_account(self._keyring, account_id)
        if Role.AUDITOR not in certified.roles:
            raise ArchiveDamaged
        return certified.signed_with

    def _check_timestamps(self, connection: Connection, start: int) -> Fault | None:
        for row in log_proofs.timestamps_between(connection, start, self._tree.size):
            text = self._text_at(row.size).encode()
            try:
                if row.kind == log_proofs.RFC3161:
                    open_timestamp(row.token, text, row.chain)
                    self._proofs["timestamps"] += 1
                else:
                    self._count(standing(row.token, text, self._headers), row.size)
            except CryptoError:
                return Fault(FaultKind.TIMESTAMP_FORGED, row.size)
        return None

    def _count(self, found: Standing, size: int) -> None:
        if found.held:
            self._in_blocks.append((size, found.held[0]))
        else:
            self._proofs["named" if found.named else "promised"] += 1

    def _text_at(self, size: int) -> str:
        """The three lines that stand for the recomputed log up to there."""
        return Checkpoint(self._origin, size, self._tree.root_at(size)).text


def _compare_stretches(connection: Connection, start: int, times: Sequence[str]) -> Fault | None:
    """What the list is searched by when a time is asked for; `start` begins a stretch, as every batch does."""
    stored = log_times.times_between(connection, start, start + len(times))
    for offset in range(0, len(times) - STRETCH + 1, STRETCH):
        within, number = times[offset : offset + STRETCH], (start + offset) // STRETCH
        if (number, min(within), max(within)) not in stored:
            return Fault(FaultKind.COLUMN_CHANGED, start + offset)
    return None


def _compare_nodes(connection: Connection, made: Sequence[Row]) -> Fault | None:
    for row in made:
        stored = log_reads.nodes_in_row(connection, row.level, row.first, row.first + len(row.hashes))
        if stored == b"".join(row.hashes):
            continue
        position = next(
            (n for n, value in enumerate(row.hashes) if stored[32 * n : 32 * n + 32] != value),
            len(row.hashes) - 1,
        )
        kind = FaultKind.ENTRY_CHANGED if row.level == 0 else FaultKind.TREE_CHANGED
        return Fault(kind, (row.first + position) << row.level)
    return None
