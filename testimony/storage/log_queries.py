"""Questions to the log: pages of events, counts, activity by hour, and the long reads that a verification
makes.

Knows the tables of `log.py`, not what an event means or who may see it. Everything is paged by sequence
number.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from testimony.storage.errors import ArchiveDamaged
from testimony.storage.log import CHECKPOINTS, DETAILS, ENTRIES, SUBJECTS, StoredEntry, stored

# Few entries carry these, so partial indexes stay small however long the log grows.
sa.Index(
    "log_entries_for",
    ENTRIES.c.purpose,
    ENTRIES.c.action,
    ENTRIES.c.seq,
    ENTRIES.c.at,
    sqlite_where=ENTRIES.c.purpose.is_not(None),
)
sa.Index("log_entries_denied", ENTRIES.c.seq, sqlite_where=ENTRIES.c.outcome == "denied")

_ROWS = (
    sa.select(ENTRIES, SUBJECTS.c.kind, SUBJECTS.c.subject, SUBJECTS.c.salt, DETAILS.c.sealed)
    .select_from(ENTRIES)
    .outerjoin(SUBJECTS, SUBJECTS.c.seq == ENTRIES.c.seq)
    .outerjoin(DETAILS, DETAILS.c.seq == ENTRIES.c.seq)
)

HOUR_CHARACTERS = 13
"""`2026-03-02T09`: what two times of one hour have in common."""


def find_event(connection: sa.Connection, seq: int) -> StoredEntry | None:
    row = connection.execute(_ROWS.where(ENTRIES.c.seq == seq)).first()
    return None if row is None else stored(row)


def entries_about(connection: sa.Connection, kind: str, subject: str) -> tuple[StoredEntry, ...]:
    """Every entry about one thing, oldest first."""
    query = _ROWS.where(SUBJECTS.c.subject == subject, SUBJECTS.c.kind == kind).order_by(ENTRIES.c.seq)
    return tuple(stored(row) for row in connection.execute(query))


def leaves_about(connection: sa.Connection, kind: str, subject: str, action: str) -> tuple[bytes, ...]:
    """The leaves of one action about one thing, oldest first."""
    query = (
        sa.select(ENTRIES.c.leaf)
        .join(SUBJECTS, SUBJECTS.c.seq == ENTRIES.c.seq)
        .where(
            SUBJECTS.c.subject == subject,
            SUBJECTS.c.kind == kind,
            # The plus keeps the index over acts out: one thing has few entries, an act may have very many.
            sa.literal_column("+log_entries.action", sa.Text) == action,
        )
        .order_by(SUBJECTS.c.seq)
    )
    return tuple(connection.execute(query).scalars())


def first_with_field(connection: sa.Connection, action: str, word: str) -> int | None:
    """The number of the first entry of an action that has this word among its fields; None when there is none.

    It reads leaves, not subjects: those can be forgotten.
    """
    query = (
        sa.select(ENTRIES.c.seq)
        .where(ENTRIES.c.action == action, sa.func.instr(ENTRIES.c.leaf, f'"{word}"'.encode()) > 0)
        .order_by(ENTRIES.c.seq)
        .limit(1)
    )
    found: int | None = connection.execute(query).scalar()
    return found


def count_with_fields(connection: sa.Connection, action: str, words: tuple[str, ...], since: datetime) -> int:
    """How many entries of an action since a moment have all these words among their fields, whoever acted."""
    holds = (sa.func.instr(ENTRIES.c.leaf, f'"{word}"'.encode()) > 0 for word in words)
    query = (
        sa.select(sa.func.count())
        .select_from(ENTRIES)
        .where(ENTRIES.c.at >= _text(since), ENTRIES.c.action == action, *holds)
    )
    return connection.execute(query).scalar_one()


def last_seq_about(connection: sa.Connection, kind: str, subject: str, action: str) -> int:
    """The last entry of one action about one thing. Raises ArchiveDamaged when there is none."""
    query = (
        sa.select(sa.func.max(ENTRIES.c.seq))
        .join(SUBJECTS, SUBJECTS.c.seq == ENTRIES.c.seq)
        .where(SUBJECTS.c.subject == subject, SUBJECTS.c.kind == kind, ENTRIES.c.action == action)
    )
    seq: int | None = connection.execute(query).scalar()
    if seq is None:
        raise ArchiveDamaged
    return seq


def leaves_of(
    connection: sa.Connection, actor: str, action: str, since: datetime
) -> tuple[tuple[bytes, str | None], ...]:
    """The leaves of one person's entries of one action since a moment, each with the id of what it is about.

    The id is None when the entry is about nothing, or about what was forgotten since.
    """
    query = (
        sa.select(ENTRIES.c.leaf, SUBJECTS.c.subject)
        .outerjoin(SUBJECTS, SUBJECTS.c.seq == ENTRIES.c.seq)
        .where(ENTRIES.c.actor == actor, ENTRIES.c.action == action, ENTRIES.c.at >= _text(since))
    )
    return tuple((row.leaf, row.subject) for row in connection.execute(query))


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """`size`: entries that it covers. `note`: the signed text."""

    size: int
    at: str
    note: str


def checkpoints_between(connection: sa.Connection, after: int, upto: int) -> tuple[StoredCheckpoint, ...]:
    """Checkpoints with after < size <= upto, smallest first."""
    query = CHECKPOINTS.select().where(CHECKPOINTS.c.size > after, CHECKPOINTS.c.size <= upto)
    rows = connection.execute(query.order_by(CHECKPOINTS.c.size))
    return tuple(StoredCheckpoint(row.size, row.at, row.note) for row in rows)


def checkpoints_before(
    connection: sa.Connection, *, before: int | None, limit: int
) -> tuple[StoredCheckpoint, ...]:
    """The newest checkpoints with size < before, newest first."""
    query = CHECKPOINTS.select().order_by(CHECKPOINTS.c.size.desc()).limit(limit)
    if before is not None:
        query = query.where(CHECKPOINTS.c.size < before)
    return tuple(StoredCheckpoint(row.size, row.at, row.note) for row in connection.execute(query))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
