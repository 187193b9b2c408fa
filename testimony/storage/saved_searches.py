"""Saved searches: one sealed document each, which only its owner opens.

Nothing of one is readable by other members of the ledger: no name, no word looked for, no purpose, not even
when it was last looked at.
"""

from dataclasses import dataclass, field

import sqlalchemy as sa

from testimony.domain.accounts import AccountId
from testimony.storage.schema import LEDGER

SAVED_SEARCHES = sa.Table(
    "saved_searches",
    LEDGER,
    sa.Column("saved_id", sa.Text, primary_key=True),
    sa.Column("owner_id", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("created_at", sa.Text, nullable=False),
    sqlite_strict=True,
)
sa.Index("saved_searches_owner", SAVED_SEARCHES.c.owner_id, SAVED_SEARCHES.c.created_at)


@dataclass(frozen=True, slots=True)
class SavedSearchRow:
    """created_at: ISO 8601, UTC."""

    saved_id: str
    owner_id: AccountId
    sealed: bytes = field(repr=False)
    created_at: str


def insert_saved(connection: sa.Connection, row: SavedSearchRow) -> None:
    connection.execute(
        SAVED_SEARCHES.insert(), {c.name: getattr(row, c.name) for c in SAVED_SEARCHES.columns}
    )


def find_saved(connection: sa.Connection, saved_id: str, owner_id: AccountId) -> SavedSearchRow | None:
    """The saved search, if it is this owner's."""
    query = SAVED_SEARCHES.select().where(*_is(saved_id, owner_id))
    row = connection.execute(query).first()
    return None if row is None else SavedSearchRow(**row._mapping)


def saved_by(connection: sa.Connection, owner_id: AccountId) -> tuple[SavedSearchRow, ...]:
    """Oldest first."""
    query = (
        SAVED_SEARCHES.select()
        .where(SAVED_SEARCHES.c.owner_id == owner_id)
        .order_by(SAVED_SEARCHES.c.created_at, SAVED_SEARCHES.c.saved_id)
    )
    return tuple(SavedSearchRow(**row._mapping) for row in connection.execute(query))


def count_saved(connection: sa.Connection, owner_id: AccountId) -> int:
    query = (
        sa.select(sa.func.count()).select_from(SAVED_SEARCHES).where(SAVED_SEARCHES.c.owner_id == owner_id)
    )
    return connection.execute(query).scalar_one()


def replace_sealed(connection: sa.Connection, before: SavedSearchRow, sealed: bytes) -> None:
    """Put another sealed document into the row; what was there is overwritten."""
    statement = SAVED_SEARCHES.update().where(*_is(before.saved_id, before.owner_id))
    connection.execute(statement.values(sealed=sealed))


def delete_saved(connection: sa.Connection, saved_id: str, owner_id: AccountId) -> bool:
    """Whether there was one of this owner's."""
    return connection.execute(SAVED_SEARCHES.delete().where(*_is(saved_id, owner_id))).rowcount == 1


def _is(saved_id: str, owner_id: AccountId) -> tuple[sa.ColumnElement[bool], ...]:
    return SAVED_SEARCHES.c.saved_id == saved_id, SAVED_SEARCHES.c.owner_id == owner_id
