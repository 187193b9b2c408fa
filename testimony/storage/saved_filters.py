"""Saved filters of auditors: one sealed document each, which only its owner opens. No name and no part is in clear."""

from dataclasses import dataclass, field

import sqlalchemy as sa

from testimony.domain.accounts import AccountId
from testimony.storage.schema import LEDGER

SAVED_FILTERS = sa.Table(
    "saved_filters",
    LEDGER,
    sa.Column("saved_id", sa.Text, primary_key=True),
    sa.Column("owner_id", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("created_at", sa.Text, nullable=False),
    sqlite_strict=True,
)
sa.Index("saved_filters_owner", SAVED_FILTERS.c.owner_id, SAVED_FILTERS.c.created_at)


@dataclass(frozen=True, slots=True)
class SavedFilterRow:
    """created_at: ISO 8601, UTC."""

    saved_id: str
    owner_id: AccountId
    sealed: bytes = field(repr=False)
    created_at: str


def insert_filter(connection: sa.Connection, row: SavedFilterRow) -> None:
    connection.execute(SAVED_FILTERS.insert(), {c.name: getattr(row, c.name) for c in SAVED_FILTERS.columns})


def find_filter(connection: sa.Connection, saved_id: str, owner_id: AccountId) -> SavedFilterRow | None:
    """The saved filter, if it is this owner's."""
    row = connection.execute(SAVED_FILTERS.select().where(*_is(saved_id, owner_id))).first()
    return None if row is None else SavedFilterRow(**row._mapping)


def filters_of(connection: sa.Connection, owner_id: AccountId) -> tuple[SavedFilterRow, ...]:
    """Oldest first."""
    query = SAVED_FILTERS.select().where(SAVED_FILTERS.c.owner_id == owner_id)
    rows = connection.execute(query.order_by(SAVED_FILTERS.c.created_at, SAVED_FILTERS.c.saved_id))
    return tuple(SavedFilterRow(**row._mapping) for row in rows)


def delete_filter(connection: sa.Connection, saved_id: str, owner_id: AccountId) -> bool:
    """Whether there was one of this owner's."""
    return connection.execute(SAVED_FILTERS.delete().where(*_is(saved_id, owner_id))).rowcount == 1


def _is(saved_id: str, owner_id: AccountId) -> tuple[sa.ColumnElement[bool], ...]:
    return SAVED_FILTERS.c.saved_id == saved_id, SAVED_FILTERS.c.owner_id == owner_id
