"""What may be wrong with the log, and what a check of it found. The words for people are in the faces."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crypto.ots_proofs import Header


class FaultKind(StrEnum):
    """What is wrong with the log."""

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
    COSIGNED_DIFFERS = "cosigned-differs"
    TIMESTAMP_FORGED = "timestamp-forged"
    KEPT_UNREADABLE = "kept-unreadable"
    KEPT_AHEAD = "kept-ahead"
    KEPT_DIFFERS = "kept-differs"
    MEMORY_AHEAD = "memory-ahead"
    MEMORY_DIFFERS = "memory-differs"
    MEMORY_GONE = "memory-gone"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class LogVerdict:
    """size, root: of the log that was recomputed, up to the fault if there is one. checkpoints,
    cosignatures, timestamps: how many held.

    promised, named: files of OpenTimestamps that only a calendar stands for, and that name a block whose header nobody
    handed in; in_blocks: (entries covered, block that holds it).
    strangers: co-signatures by keys that no account has any more; they prove nothing.
    kept: size of the checkpoint that was handed in, if it held. remembered: what the auditor who checks
    had verified last, if it held. erased_*: values beside the log that are gone, as erasure leaves it.
    taken_in_late: failed sign-ins that were kept outside while the ledger was locked.
    """

    checked_at: datetime
    size: int
    root: bytes
    checkpoints: int
    cosignatures: int
    strangers: int
    timestamps: int
    promised: int
    named: int
    in_blocks: tuple[tuple[int, Header], ...]
    kept: int | None
    remembered: int | None
    erased_subjects: int
    erased_details: int
    taken_in_late: int
    clock_steps: tuple[ClockStep, ...]
    fault: Fault | None

    @property
    def whole(self) -> bool:
        return self.fault is None
