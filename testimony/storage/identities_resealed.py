"""Identities sealed to the key that is to come, until all are there and take their places in one transaction.

What a change of key that died left here opens to nobody: its secret was never certified.
"""

from typing import Any

import sqlalchemy as sa

from testimony.storage.identities import IDENTITIES, SealedIdentity
from testimony.storage.schema import LEDGER

RESEALED = sa.Table(
    "identities_resealed",
    LEDGER,
    sa.Column(
        "submission_id",
        sa.Text,
        sa.ForeignKey("identities.submission_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sqlite_strict=True,
)


def identities_after(connection: sa.Connection, submission_id: str, limit: int) -> tuple[SealedIdentity, ...]:
    """The next ones by submission id; empty text for the first."""
    query = IDENTITIES.select().where(IDENTITIES.c.submission_id > submission_id)
    rows = connection.execute(query.order_by(IDENTITIES.c.submission_id).limit(limit))
    return tuple(SealedIdentity(**row._mapping) for row in rows)


def identities_without(connection: sa.Connection) -> tuple[SealedIdentity, ...]:
    """Those that came since."""
    query = IDENTITIES.select().where(IDENTITIES.c.submission_id.not_in(sa.select(RESEALED.c.submission_id)))
    return tuple(SealedIdentity(**row._mapping) for row in connection.execute(query))


def which_are_there(connection: sa.Connection, submission_ids: list[str]) -> frozenset[str]:
    query = sa.select(IDENTITIES.c.submission_id).where(IDENTITIES.c.submission_id.in_(submission_ids))
    return frozenset(connection.execute(query).scalars())


def count_identities(connection: sa.Connection) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(IDENTITIES)).scalar_one()


def keep_resealed(connection: sa.Connection, rows: list[dict[str, Any]]) -> None:
    """rows: submission_id, sealed."""
    if rows:
        connection.execute(sa.insert(RESEALED).prefix_with("OR REPLACE"), rows)


def put_in_place(connection: sa.Connection) -> int:
    """Every identity is from here the one sealed anew; how many there are."""
    new = sa.select(RESEALED.c.sealed).where(RESEALED.c.submission_id == IDENTITIES.c.submission_id)
    there = IDENTITIES.c.submission_id.in_(sa.select(RESEALED.c.submission_id))
    count = connection.execute(IDENTITIES.update().where(there).values(sealed=new.scalar_subquery())).rowcount
    forget_resealed(connection)
    return count


def forget_resealed(connection: sa.Connection) -> None:
    connection.execute(RESEALED.delete())


def forget_testimony(connection: sa.Connection, code: str) -> None:
    """What lies here of one testimony; before its identity is deleted."""
    of_code = sa.select(IDENTITIES.c.submission_id).where(IDENTITIES.c.code == code)
    connection.execute(RESEALED.delete().where(RESEALED.c.submission_id.in_(of_code)))
