"""The audit log: appending as pages do, verifying a long log, and the cost of proving that it only grew."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from benchmarks.archives import CASE, now, temporary_archive
from benchmarks.report import Bar, Table, at_least, at_most
from crypto.merkle import consistency_proof
from testimony.domain.audit import Action, Outcome
from testimony.domain.purposes import Purpose
from testimony.domain.roles import Role
from testimony.services.sessions import CHECKPOINT_EVERY, Session, seal_detail, sign_checkpoint, timestamp
from testimony.services.verification import examine_log
from testimony.storage import log
from testimony.storage.connections import Connection

ENTRIES = 200_000
HITS = 20
"""Testimonies on a page of results; each is an entry of its own, after the entry of the search."""

PAGES = 60
ROUNDS = 3
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
        page = page_of_results(investigator)
        filling = fill(investigator, page, size)
        opened, listed = _append(investigator, "one", page[1:2]), _append(investigator, "a page", page)
        verifying, total, checkpoints = _verify(auditor)
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
            ),
        ),
        _proof_table(proofs),
        at_most("append, each entry of a page of results", listed.alone_ms / listed.entries, 0.5, " ms"),
        at_least("verify", total / verifying, 100_000, " entries a second"),
        at_most("consistency proof, reads for each bit of the size", max(p.reads_per_bit for p in proofs), 2),
    )


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
    entries = _repeated(page)
    start = time.perf_counter()
    for first in range(0, size, CHECKPOINT_EVERY):
        batch = [next(entries) for _ in range(min(CHECKPOINT_EVERY, size - first))]
        with session.archive.database.writing() as connection:
            log.append(connection, batch)
            sign_checkpoint(connection, session.archive, now())
    return time.perf_counter() - start


def _repeated(page: tuple[log.Entry, ...]) -> Iterator[log.Entry]:
    while True:
        yield from page


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
