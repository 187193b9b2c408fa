"""Entries of the log against their leaves: the part of a verification that is done for every one, so it is quick.

The database says of a whole batch whether each leaf says what its columns say, and hands over the leaves in one
piece. Only when anything at all is odd are the rows read one by one, slowly, to say what it is.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from testimony.services.log_faults import ClockStep, Fault, FaultKind
from testimony.storage import log
from testimony.storage.log_reads import LeafBatch, LeafRow

CLOCK_STEPS_KEPT = 20

_DECODER = json.JSONDecoder()


@dataclass(slots=True)
class Tally:
    """What is counted on the way."""

    erased_subjects: int = 0
    erased_details: int = 0
    taken_in_late: int = 0
    latest: str = ""
    clock_steps: list[ClockStep] = field(default_factory=list)


def sound_leaves(batch: LeafBatch, start: int, stop: int, tally: Tally) -> list[bytes] | None:
    """The leaves of a batch in which nothing is odd; None when the rows must be read one by one."""
    wanted = stop - start
    spans = (batch.count, batch.first, batch.last, batch.fitting)
    leaves, ats = batch.leaves.split(b"\n"), batch.ats.split("\n")
    if spans != (wanted, start, stop - 1, wanted) or len(leaves) != wanted or len(ats) != wanted:
        return None
    if ats[0] < tally.latest or ats != sorted(ats):
        return None
    try:
        for seq, salt, about in batch.subjects:
            # A leaf ends in its commitment: `"subject":"…"}`.
            said = leaves[seq - start][-66:-2].decode()
            if hashlib.sha256(salt + about.encode()).hexdigest() != said:
                return None
        for seq, sealed in batch.details:
            if f'"detail":"{hashlib.sha256(sealed).hexdigest()}",'.encode() not in leaves[seq - start]:
                return None
    except (UnicodeDecodeError, TypeError, AttributeError):
        return None
    tally.latest = ats[-1]
    tally.erased_subjects += wanted - batch.leaves.count(b'"subject":null}') - len(batch.subjects)
    tally.erased_details += wanted - batch.leaves.count(b'"detail":null,') - len(batch.details)
    return leaves


def check_rows(rows: Sequence[LeafRow], start: int, stop: int, tally: Tally) -> tuple[int, Fault | None]:
    """How many rows from the first are sound, and what is wrong with the one after them."""
    expected = start
    for row in rows:
        if row[0] != expected:
            return expected - start, Fault(FaultKind.GAP, expected)
        kind = _fault_of(row, tally)
        if kind is not None:
            return expected - start, Fault(kind, expected)
        expected += 1
    if expected < stop:
        return expected - start, Fault(FaultKind.GAP, expected)
    return expected - start, None


def _fault_of(row: LeafRow, tally: Tally) -> FaultKind | None:
    seq, leaf, at, actor, action, outcome, case_id, purpose, kind, about, salt, sealed = row
    try:
        # raw_decode, not loads: the encoding need not be guessed.
        said, _ = _DECODER.raw_decode(leaf.decode())
        columns = tuple(said[key] for key in ("at", "actor", "action", "outcome", "case", "purpose"))
        number, subject, detail = said["seq"], said["subject"], said["detail"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return FaultKind.UNREADABLE
    if number != seq:
        return FaultKind.MISPLACED
    if columns != (at, actor, action, outcome, case_id, purpose):
        return FaultKind.COLUMN_CHANGED
    if kind is not None and about is not None and salt is not None:
        if hashlib.sha256(salt + f"{kind}:{about}".encode()).hexdigest() != subject:
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


def _note_earlier_time(seq: int, at: str, said: dict[str, Any], tally: Tally) -> None:
    if log.KEPT_WHILE_LOCKED in said.get("fields", ()):
        # Kept outside until the next unlock, with the time when it happened.
        tally.taken_in_late += 1
        return
    if len(tally.clock_steps) < CLOCK_STEPS_KEPT:
        tally.clock_steps.append(ClockStep(seq, tally.latest, at))
    tally.latest = at
