"""Accounts as the ledger knows them: handle, name, and what a keyring alone cannot hold (serial, last
one-time-code step).
"""

from dataclasses import dataclass

import sqlalchemy as sa

from testimony.domain.accounts import AccountId
from testimony.storage.schema import LEDGER

ACCOUNTS = sa.Table(
    "accounts",
    LEDGER,
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("handle", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("enrolment_sha256", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("totp_step", sa.Integer, nullable=False, server_default="0"),
    sa.Column("enrolled_at", sa.Text, nullable=False),
    sa.Column("last_signed_in", sa.Text),
    sa.CheckConstraint("state IN ('invited', 'active', 'suspended')"),
    sqlite_strict=True,
)

ARCHIVE = sa.Table(
    "archive",
    LEDGER,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
    sqlite_strict=True,
)


@dataclass(frozen=True, slots=True)
class AccountRow:
    account_id: AccountId
    handle: str
    name: str
    enrolment_sha256: str
    state: str
    totp_step: int
    enrolled_at: str
    last_signed_in: str | None


def insert_account(connection: sa.Connection, row: AccountRow) -> None:
    connection.execute(ACCOUNTS.insert(), {c.name: getattr(row, c.name) for c in ACCOUNTS.columns})


def update_account(connection: sa.Connection, account_id: AccountId, **values: str | int) -> None:
    connection.execute(ACCOUNTS.update().where(ACCOUNTS.c.account_id == account_id).values(**values))


def delete_account(connection: sa.Connection, account_id: AccountId) -> None:
    connection.execute(ACCOUNTS.delete().where(ACCOUNTS.c.account_id == account_id))


def find_account(connection: sa.Connection, account_id: AccountId) -> AccountRow | None:
    row = connection.execute(ACCOUNTS.select().where(ACCOUNTS.c.account_id == account_id)).first()
    return None if row is None else AccountRow(**row._mapping)


def find_handle(connection: sa.Connection, handle: str) -> AccountRow | None:
    row = connection.execute(ACCOUNTS.select().where(ACCOUNTS.c.handle == handle)).first()
    return None if row is None else AccountRow(**row._mapping)


def all_accounts(connection: sa.Connection) -> tuple[AccountRow, ...]:
    rows = connection.execute(ACCOUNTS.select().order_by(ACCOUNTS.c.handle))
    return tuple(AccountRow(**row._mapping) for row in rows)


def remember(connection: sa.Connection, key: str, value: bytes) -> None:
    """Keep one value about the archive as a whole (its name, the log's signing seed, the keyring's highest
    version).
    """
    connection.execute(sa.insert(ARCHIVE).prefix_with("OR REPLACE"), {"key": key, "value": value})


def recall(connection: sa.Connection, key: str) -> bytes | None:
    value: bytes | None = connection.execute(sa.select(ARCHIVE.c.value).where(ARCHIVE.c.key == key)).scalar()
    return value
