"""The long reads that a verification makes: every entry, every subtree, in batches.

Knows the tables of `log.py`, not what an entry means.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crypto.errors import CryptoError
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.log import CHECKPOINTS, ENTRIES, NODES

LeafRow = tuple[
    int,
    bytes,
    str,
    str | None,
    str,
    str,
    str | None,
    str | None,
    str | None,
    str | None,
    bytes | None,
    bytes | None,
]
"""One entry as a verification reads it: seq, leaf, at, actor, action, outcome, case, purpose; then kind, id
and salt of
what it is about, and its sealed detail, None where they are not there. A bare tuple, for the sake of
speed."""

# Plain SQL through the driver: a verification reads every row of the log, and building each as a mapping
# would double its time.
_LEAF_ROWS = (
    "SELECT e.seq, e.leaf, e.at, e.actor, e.action, e.outcome, e.case_id, e.purpose, "
    "s.kind, s.subject, s.salt, d.sealed FROM log_entries e "
    "LEFT JOIN log_subjects s ON s.seq = e.seq LEFT JOIN log_details d ON d.seq = e.seq "
    "WHERE e.seq >= ? AND e.seq < ? ORDER BY e.seq"
)
_NODE_ROW = "SELECT hash FROM log_nodes WHERE level = ? AND position >= ? AND position < ? ORDER BY position"

# What a leaf must look like beside its columns, as a GLOB pattern. A value that is itself part of a pattern
# makes it fail, and whoever asked reads the rows one by one.
_LEAF_BATCH = """
    SELECT count(*), min(seq), max(seq), sum(CAST(leaf AS TEXT) GLOB
        '{"action":"' || action || '","actor":' || ifnull('"' || actor || '"', 'null') || ',"at":"' || at
        || '","case":' || ifnull('"' || case_id || '"', 'null') || ',"count":*,"outcome":"' || outcome
        || '","purpose":' || ifnull('"' || purpose || '"', 'null') || ',"reasons":*,"seq":' || seq
        || ',"subject":*'),
        CAST(group_concat(leaf, x'0a') AS BLOB), group_concat(at, x'0a')
    FROM log_entries WHERE seq >= ? AND seq < ?
"""
_SUBJECT_BATCH = "SELECT seq, salt, kind || ':' || subject FROM log_subjects WHERE seq >= ? AND seq < ?"
_DETAIL_BATCH = "SELECT seq, sealed FROM log_details WHERE seq >= ? AND seq < ?"


@dataclass(frozen=True, slots=True)
class LeafBatch:
    """Neighbouring entries, joined by the database. fitting: how many leaves say what their columns say.

    leaves, ats: joined by line feeds. subjects: (seq, salt, "kind:id"). details: (seq, sealed).
    """

    count: int
    first: int | None
    last: int | None
    fitting: int
    leaves: bytes
    ats: str
    subjects: Sequence[tuple[int, bytes, str]]
    details: Sequence[tuple[int, bytes]]


def leaf_batch(connection: sa.Connection, start: int, stop: int) -> LeafBatch:
    """The entries with start <= seq < stop, quickly: one row made by the database, where `leaf_rows` gives many."""
    span = (start, stop)
    count, first, last, fitting, leaves, ats = _rows(connection, _LEAF_BATCH, span)[0]
    return LeafBatch(
        count=count,
        first=first,
        last=last,
        fitting=fitting or 0,
        leaves=leaves or b"",
        ats=ats or "",
        subjects=_rows(connection, _SUBJECT_BATCH, span),
        details=_rows(connection, _DETAIL_BATCH, span),
    )


def leaf_rows(connection: sa.Connection, start: int, stop: int) -> list[LeafRow]:
    """Every entry with start <= seq < stop, in order."""
    return _rows(connection, _LEAF_ROWS, (start, stop))


def nodes_in_row(connection: sa.Connection, level: int, start: int, stop: int) -> bytes:
    """The stored hashes of one level with start <= position < stop, one after the other; a missing one
    leaves no gap.
    """
    return b"".join([row[0] for row in _rows(connection, _NODE_ROW, (level, start, stop))])


def _rows(connection: sa.Connection, statement: str, values: tuple[int, ...]) -> list[Any]:
    cursor = connection.exec_driver_sql(statement, values).cursor
    if cursor is None:
        raise RuntimeError("a query has a cursor")
    return list(cursor.fetchall())


def first_seq(connection: sa.Connection) -> int:
    """The smallest sequence number there is; 0 in an empty log, as in a whole one."""
    return connection.execute(sa.select(sa.func.min(ENTRIES.c.seq))).scalar() or 0


def has_nodes_beyond(connection: sa.Connection, size: int) -> bool:
    """Whether a leaf at or after this place is stored in the tree."""
    query = sa.select(NODES.c.position).where(NODES.c.level == 0, NODES.c.position >= size).limit(1)
    return connection.execute(query).first() is not None


def largest_checkpoint(connection: sa.Connection) -> int:
    return connection.execute(sa.select(sa.func.max(CHECKPOINTS.c.size))).scalar() or 0


@contextmanager
def damage_reported() -> Iterator[None]:
    """Turn what a broken log makes the library raise into ArchiveDamaged."""
    try:
        yield
    except (sa.exc.SQLAlchemyError, CryptoError):
        raise ArchiveDamaged from None
