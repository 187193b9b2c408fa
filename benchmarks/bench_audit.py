"""The audit log: appending as pages do, verifying a long log here and outside, proving that it only grew, asking it."""

import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from statistics import median

from benchmarks.archives import CASE, now, temporary_archive
from benchmarks.report import Bar, Table, at_least, at_most
from crypto.merkle import consistency_proof
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, Outcome
from testimony.domain.events import EventFilter
from testimony.domain.purposes import Purpose
from testimony.domain.roles import Role
from testimony.exports.log_reading import verify_lines
from testimony.services import audit
from testimony.services.exporting_log import export_log
from testimony.services.growing_tree import GrowingTree, leaf_hashes
from testimony.services.log_rows import Tally, check_rows, sound_leaves
from testimony.services.sessions import CHECKPOINT_EVERY, Session, seal_detail, sign_checkpoint, timestamp
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
PEOPLE = 20
BETWEEN_PAGES = timedelta(minutes=10)
"""So that a million entries are most of a year."""


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
        filling = fill(investigator, page, size)
        each = (measured.bytes_on_disk() - before) / size
        opened, listed = _append(investigator, "one", page[1:2]), _append(investigator, "a page", page)
        verifying, total, checkpoints = _verify(auditor)
        memory = tuple(_peak_of(auditor, first) for first in (total // 10, total))
        outside = _verify_outside(auditor)
        pages = tuple(_first_pages(auditor))
        with auditor.reading() as connection:
            proofs = tuple(_prove(connection, new) for new in (*(s for s in SIZES if s < total), total))
    return (
        _append_table((opened, listed)),
        Table(
            f"A log of {total:,} entries with {checkpoints:,} signed checkpoints",
            ("work", "seconds", "entries a second"),
            (
                (f"append, {CHECKPOINT_EVERY} at once", f"{filling:.1f}", f"{size / filling:,.0f}"),
                ("verify, all of it recomputed", f"{verifying:.2f}", f"{total / verifying:,.0f}"),
                ("write out and verify outside", f"{outside:.2f}", f"{total / outside:,.0f}"),
            ),
        ),
        Table(
            "Memory that a verification takes at most",
            ("entries", "MB"),
            tuple((f"{entries:,}", f"{peak:.1f}") for entries, peak in memory),
        ),
        Table(
            f"First page of {total:,} events, as the room asks for it",
            ("filter", "ms, median", "found"),
            tuple((name, f"{milliseconds:.1f}", f"{found:,}") for name, milliseconds, found in pages),
        ),
        _proof_table(proofs),
        at_most("append, each entry of a page of results", listed.alone_ms / listed.entries, 0.5, " ms"),
        at_least("verify", total / verifying, 100_000, " entries a second"),
        at_most(
            "memory of a verification, ten times the entries", memory[1][1] / memory[0][1], 1.2, " times"
        ),
        at_most("consistency proof, reads for each bit of the size", max(p.reads_per_bit for p in proofs), 2),
        at_most("consistency proof", max(p.milliseconds for p in proofs), 50, " ms"),
        at_most("first page, filtered", max(milliseconds for _, milliseconds, _ in pages), 50, " ms"),
        at_most("on disk, each entry", each, 1_500, " bytes"),
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
                    # The founding of the archive, which is later than the entries that were spread over a year.
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


def _first_pages(session: Session) -> Iterator[tuple[str, float, int]]:
    """(name, median milliseconds, events found) of each filter."""
    until = now() - timedelta(days=30)
    filters = {
        "none": EventFilter(),
        "person": EventFilter(actor=_person(3)),
        "action": EventFilter(action=Action.LIST_SHOWN),
        "person and action": EventFilter(actor=_person(3), action=Action.SEARCH_RELEASED),
        "person and an action they never did": EventFilter(actor=_person(3), action=Action.IDENTITY_SHOWN),
        "testimony": EventFilter(subject="T-0003-29"),
        "testimony and person": EventFilter(subject="T-0003-29", actor=_person(3)),
        "refused": EventFilter(outcome=Outcome.DENIED),
        "refused and person": EventFilter(outcome=Outcome.DENIED, actor=_person(3)),
        "purpose and action": EventFilter(purpose=Purpose.CP07, action=Action.SEARCH_RELEASED),
        "a week": EventFilter(since=until - timedelta(days=7), until=until),
        "a week and person": EventFilter(actor=_person(3), since=until - timedelta(days=7), until=until),
        "case, person, action, a week": EventFilter(
            case_id=CASE,
            actor=_person(3),
            action=Action.LIST_SHOWN,
            since=until - timedelta(days=7),
            until=until,
        ),
    }
    for name, wanted in filters.items():
        seconds, found = [], 0
        for _ in range(5):
            start = time.perf_counter()
            found = audit.events(session, wanted, None, now()).total
            seconds.append(time.perf_counter() - start)
        yield name, median(seconds) * 1e3, found


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


def fill(session: Session, page: tuple[log.Entry, ...], size: int) -> float:
    """Append `size` entries, with a signed checkpoint as often as the archive makes one; return the seconds."""
    entries = _spread(page, size)
    start = time.perf_counter()
    for first in range(0, size, CHECKPOINT_EVERY):
        batch = [next(entries) for _ in range(min(CHECKPOINT_EVERY, size - first))]
        with session.archive.database.writing() as connection:
            log.append(connection, batch)
            sign_checkpoint(connection, session.archive, now())
    return time.perf_counter() - start


def _spread(page: tuple[log.Entry, ...], size: int) -> Iterator[log.Entry]:
    """The page again and again, by one person after the other, up to now; every thousandth is a refusal."""
    pages = size // len(page) + 1
    begun = now() - pages * BETWEEN_PAGES
    for number in range(pages):
        at, actor = timestamp(begun + number * BETWEEN_PAGES), _person(number % PEOPLE)
        for place, entry in enumerate(page):
            outcome = Outcome.DENIED if (number * len(page) + place) % 1000 == 0 else Outcome.ALLOWED
            yield replace(entry, at=at, actor=actor, outcome=outcome.value)


def _person(number: int) -> AccountId:
    return AccountId(f"{number:016x}")


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
