"""The audit log: appending as pages do, verifying a long log here and outside, proving that it only grew, asking it."""

import sys
import time
import tracemalloc
from dataclasses import dataclass
from statistics import median

from benchmarks import audit_room
from benchmarks.archives import CASE, now, temporary_archive
from benchmarks.report import Bar, Table, at_least, at_most
from crypto.merkle import consistency_proof
from testimony.domain.audit import Action, Outcome
from testimony.domain.purposes import Purpose
from testimony.domain.roles import Role
from testimony.exports.log_reading import verify_lines
from testimony.services.exporting_log import export_log
from testimony.services.growing_tree import GrowingTree, leaf_hashes
from testimony.services.log_rows import Tally, check_rows, sound_leaves
from testimony.services.sessions import Session, seal_detail, timestamp
from testimony.services.verification import BATCH, examine_log
from testimony.storage import log, log_reads
from testimony.storage.connections import Connection

ENTRIES = 1_000_000
HITS = 20
"""Testimonies on a page of results; each is an entry of its own, after the entry of the search."""

PAGES = 60
ROUNDS = 2
PROOFS = 50
SIZES = (1_000, 10_000, 100_000)


@dataclass(frozen=True, slots=True)
class Append:
    """Median milliseconds of writing one page's entries: alone, and with the commit that makes them real."""

    name: str
    entries: int
    alone_ms: float
    committed_ms: float


@dataclass(frozen=True, slots=True)
class Proofs:
    """Proofs from many older sizes to one. reads: stored subtrees that the costliest needed."""

    size: int
    reads: int
    milliseconds: float

    @property
    def reads_per_bit(self) -> float:
        return self.reads / self.size.bit_length()


class CountingReader:
    """The stored subtrees of a log; counts how many of them were asked for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.reads = 0

    def __call__(self, level: int, position: int) -> bytes:
        self.reads += 1
        return log.node(self._connection, level, position)


def run() -> tuple[Table | Bar, ...]:
    return measure(ENTRIES)


def measure(size: int) -> tuple[Table | Bar, ...]:
    with temporary_archive() as measured:
        investigator, auditor = measured.sessions[Role.INVESTIGATOR], measured.sessions[Role.AUDITOR]
        page, before = page_of_results(investigator), measured.bytes_on_disk()
        filling = audit_room.fill(investigator, size)
        each = (measured.bytes_on_disk() - before) / size
        opened, listed = _append(investigator, "one", page[1:2]), _append(investigator, "a page", page)
        verifying, total, checkpoints = _verify(auditor)
        memory = tuple(_peak_of(auditor, first) for first in (total // 10, total))
        outside = _verify_outside(auditor)
        room = audit_room.measure(auditor)
        with auditor.reading() as connection:
            proofs = tuple(_prove(connection, new) for new in (*(s for s in SIZES if s < total), total))
    return (
        _append_table((opened, listed)),
        Table(
            f"A log of {total:,} entries with {checkpoints:,} signed checkpoints",
            ("work", "seconds", "entries a second"),
            (
                (f"append, {audit_room.BATCH:,} at once", f"{filling:.1f}", f"{size / filling:,.0f}"),
                ("verify, all of it recomputed", f"{verifying:.2f}", f"{total / verifying:,.0f}"),
                ("write out and verify outside", f"{outside:.2f}", f"{total / outside:,.0f}"),
            ),
        ),
        Table(
            "Memory that a verification takes at most",
            ("entries", "MB"),
            tuple((f"{entries:,}", f"{peak:.1f}") for entries, peak in memory),
        ),
        _proof_table(proofs),
        at_most("append, each entry of a page of results", listed.alone_ms / listed.entries, 0.5, " ms"),
        at_least("verify", total / verifying, 100_000, " entries a second"),
        at_most(
            "memory of a verification, ten times the entries", memory[1][1] / memory[0][1], 1.2, " times"
        ),
        at_most("consistency proof, reads for each bit of the size", max(p.reads_per_bit for p in proofs), 2),
        at_most("consistency proof", max(p.milliseconds for p in proofs), 50, " ms"),
        at_most("on disk, each entry", each, 1_500, " bytes"),
        *room,
    )


def _peak_of(session: Session, size: int) -> tuple[int, float]:
    """Verify the first `size` entries' worth of batches; return how many, and the most memory held at once, in MB."""
    tracemalloc.start()
    try:
        with session.reading() as connection:
            tree, tally = GrowingTree(), Tally()
            for start in range(0, size, BATCH):
                stop = min(start + BATCH, size)
                leaves = sound_leaves(log_reads.leaf_batch(connection, start, stop), start, stop, tally)
                if leaves is None:
                    # The founding of the archive, which is later than the entries that were spread over two years.
                    rows = log_reads.leaf_rows(connection, start, stop)
                    check_rows(rows, start, stop, tally)
                    leaves = [row[1] for row in rows]
                tree.extend(leaf_hashes(leaves))
        return size, tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def _verify_outside(session: Session) -> float:
    start = time.perf_counter()
    if verify_lines(export_log(session, now())).fault is not None:
        raise RuntimeError("the log that was measured is whole")
    return time.perf_counter() - start


def page_of_results(session: Session) -> tuple[log.Entry, ...]:
    """What a search logs before its page is shown: the query, sealed to auditors, then each hit."""
    at, actor = timestamp(now()), session.account.id
    detail = seal_detail(session.archive, "wells AND (village OR camp)")
    purpose, allowed = Purpose.CP07.value, Outcome.ALLOWED.value
    roles = (Role.INVESTIGATOR.value,)
    search = log.Entry(
        at, actor, roles, Action.SEARCH_RELEASED.value, allowed, purpose=purpose, count=HITS, detail=detail
    )
    hits = tuple(
        log.Entry(
            at=at,
            actor=actor,
            roles=roles,
            action=Action.LIST_SHOWN.value,
            outcome=allowed,
            subject=("testimony", f"T-{number:04d}-29"),
            case_id=CASE,
            purpose=purpose,
            fields=("snippet", "release:1", "partner"),
        )
        for number in range(HITS)
    )
    return (search, *hits)


def _append(session: Session, name: str, entries: tuple[log.Entry, ...]) -> Append:
    alone, committed = [], []
    for _ in range(PAGES):
        start = time.perf_counter()
        with session.archive.database.writing() as connection:
            began = time.perf_counter()
            log.append(connection, entries)
            alone.append(time.perf_counter() - began)
        committed.append(time.perf_counter() - start)
    return Append(name, len(entries), median(alone) * 1e3, median(committed) * 1e3)


def _verify(session: Session) -> tuple[float, int, int]:
    """Return the seconds of the fastest verification, how many entries it read and how many checkpoints held."""
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        verdict = examine_log(session, now())
        seconds.append(time.perf_counter() - start)
        if not verdict.whole:
            raise RuntimeError("the log that was measured is whole")
    return min(seconds), verdict.size, verdict.checkpoints


def _prove(connection: Connection, size: int) -> Proofs:
    reads, seconds = [], []
    for number in range(1, PROOFS + 1):
        reader, start = CountingReader(connection), time.perf_counter()
        consistency_proof(size * number // (PROOFS + 1), size, reader)
        seconds.append(time.perf_counter() - start)
        reads.append(reader.reads)
    return Proofs(size, max(reads), median(seconds) * 1e3)


def _append_table(appended: tuple[Append, ...]) -> Table:
    rows = (
        (
            f"{a.name} ({a.entries})",
            f"{a.alone_ms:.2f}",
            f"{a.alone_ms / a.entries:.3f}",
            f"{a.committed_ms:.1f}",
        )
        for a in appended
    )
    return Table(
        f"Entries appended to a long log, median of {PAGES}",
        ("entries", "ms", "ms each", "ms with the commit"),
        tuple(rows),
    )


def _proof_table(proofs: tuple[Proofs, ...]) -> Table:
    rows = ((f"{p.size:,}", f"{p.reads}", f"{p.reads_per_bit:.2f}", f"{p.milliseconds:.2f}") for p in proofs)
    return Table(
        f"Consistency proofs from {PROOFS} older sizes",
        ("size of the log", "reads at most", "for each bit", "ms, median"),
        tuple(rows),
    )


def main(chosen: list[str]) -> int:
    shown = measure(int(chosen[0]) if chosen else ENTRIES)
    print(*(each for each in shown if isinstance(each, Table)), sep="\n\n")
    print(*(each for each in shown if isinstance(each, Bar)), sep="\n", flush=True)
    return 0 if all(each.met for each in shown if isinstance(each, Bar)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
