"""What proves the log to outsiders: auditors' co-signatures, time-stamps, and checkpoints that wait for one.

Knows lines and tokens, not whether they hold. Nothing here says anything of a testimony, so erasing one
changes no row (`forget_testimony` is not needed).
"""

from dataclasses import dataclass, field

import sqlalchemy as sa

from testimony.domain.accounts import AccountId
from testimony.storage.schema import LEDGER

COSIGNATURES = sa.Table(
    "log_cosignatures",
    LEDGER,
    sa.Column("size", sa.Integer, primary_key=True),
    sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.account_id"), primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("lines", sa.Text, nullable=False),
    sa.CheckConstraint("size > 0"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

TIMESTAMPS = sa.Table(
    "log_timestamps",
    LEDGER,
    sa.Column("size", sa.Integer, primary_key=True),
    sa.Column("authority", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("token", sa.LargeBinary, nullable=False),
    sa.Column("chain", sa.Text, nullable=False),
    sa.CheckConstraint("size > 0"),
    sa.CheckConstraint("kind IN ('rfc3161', 'opentimestamps')"),
    sqlite_strict=True,
)

QUEUE = sa.Table(
    "log_timestamp_queue",
    LEDGER,
    sa.Column("size", sa.Integer, primary_key=True),
    sa.Column("queued_at", sa.Text, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.CheckConstraint("size > 0 AND tries >= 0"),
    sqlite_strict=True,
)

RFC3161, OPENTIMESTAMPS = "rfc3161", "opentimestamps"

QUEUED_AT_MOST = 100
"""A newer checkpoint covers every older one, so old ones that found no authority are let go."""


@dataclass(frozen=True, slots=True)
class Cosignature:
    """at: ISO 8601, UTC. lines: two signature lines, as they stand in a note."""

    size: int
    account_id: AccountId
    at: str
    lines: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """kind: `rfc3161` (token: the authority's response; chain: its certificates, PEM) or `opentimestamps`
    (token: an .ots file; chain: empty). at: when it was asked for, ISO 8601, UTC.
    """

    size: int
    authority: str
    kind: str
    at: str
    token: bytes = field(repr=False)
    chain: str = field(repr=False)


def insert_cosignature(connection: sa.Connection, row: Cosignature) -> None:
    """Write it in place of an earlier one of the same account over the same entries."""
    connection.execute(
        COSIGNATURES.insert().prefix_with("OR REPLACE"),
        {"size": row.size, "account_id": row.account_id, "at": row.at, "lines": row.lines},
    )


def cosignatures_between(connection: sa.Connection, after: int, upto: int) -> tuple[Cosignature, ...]:
    """With after < size <= upto, smallest first."""
    query = COSIGNATURES.select().where(COSIGNATURES.c.size > after, COSIGNATURES.c.size <= upto)
    rows = connection.execute(query.order_by(COSIGNATURES.c.size, COSIGNATURES.c.account_id))
    return tuple(Cosignature(**row._mapping) for row in rows)


def largest_cosigned(connection: sa.Connection, account_id: AccountId) -> int:
    """The most entries that this account cosigned; 0 when it never did."""
    query = sa.select(sa.func.max(COSIGNATURES.c.size)).where(COSIGNATURES.c.account_id == account_id)
    return connection.execute(query).scalar() or 0


def insert_timestamp(connection: sa.Connection, row: TimeStamp) -> None:
    connection.execute(
        TIMESTAMPS.insert().prefix_with("OR REPLACE"), {c.name: getattr(row, c.name) for c in TIMESTAMPS.c}
    )


def timestamps_between(connection: sa.Connection, after: int, upto: int) -> tuple[TimeStamp, ...]:
    """With after < size <= upto, smallest first."""
    query = TIMESTAMPS.select().where(TIMESTAMPS.c.size > after, TIMESTAMPS.c.size <= upto)
    rows = connection.execute(query.order_by(TIMESTAMPS.c.size, TIMESTAMPS.c.authority))
    return tuple(TimeStamp(**row._mapping) for row in rows)


def newest_of_calendars(connection: sa.Connection, limit: int) -> tuple[TimeStamp, ...]:
    """Files of OpenTimestamps, those over the most entries first."""
    query = TIMESTAMPS.select().where(TIMESTAMPS.c.kind == OPENTIMESTAMPS)
    rows = connection.execute(query.order_by(TIMESTAMPS.c.size.desc(), TIMESTAMPS.c.authority).limit(limit))
    return tuple(TimeStamp(**row._mapping) for row in rows)


def put_in_queue(connection: sa.Connection, size: int, at: str) -> None:
    connection.execute(QUEUE.insert().prefix_with("OR IGNORE"), {"size": size, "queued_at": at, "tries": 0})
    kept = sa.select(QUEUE.c.size).order_by(QUEUE.c.size.desc()).limit(QUEUED_AT_MOST)
    connection.execute(QUEUE.delete().where(QUEUE.c.size.not_in(kept)))


def queued(connection: sa.Connection, limit: int) -> tuple[int, ...]:
    """Sizes of checkpoints that wait for a time-stamp, newest first."""
    query = sa.select(QUEUE.c.size).order_by(QUEUE.c.size.desc()).limit(limit)
    return tuple(connection.execute(query).scalars())


def count_try(connection: sa.Connection, size: int) -> None:
    connection.execute(QUEUE.update().where(QUEUE.c.size == size).values(tries=QUEUE.c.tries + 1))


def take_from_queue(connection: sa.Connection, size: int) -> None:
    connection.execute(QUEUE.delete().where(QUEUE.c.size == size))
