"""What protects an account, as the ledger knows it: recovery codes not used yet, and since when its sessions count.

Holds no code and no password: a digest of a code is keyed with a secret of the account's own bundle, so nobody who
reads or writes this table can make one that is accepted.
"""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from testimony.domain.accounts import AccountId
from testimony.storage.schema import LEDGER

RECOVERY_CODES = sa.Table(
    "recovery_codes",
    LEDGER,
    sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.account_id"), primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("made_at", sa.Text, nullable=False),
    sqlite_strict=True,
)

ACCOUNT_GUARDS = sa.Table(
    "account_guards",
    LEDGER,
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("signed_out_at", sa.Text),
    sa.Column("held_since", sa.Text),
    sa.Column("lift_asked_by", sa.Text),
    sa.Column("lift_asked_at", sa.Text),
    sa.CheckConstraint("(lift_asked_by IS NULL) = (lift_asked_at IS NULL)"),
    sa.CheckConstraint("lift_asked_by IS NULL OR (held_since IS NOT NULL AND lift_asked_by <> account_id)"),
    sqlite_strict=True,
)


@dataclass(frozen=True, slots=True)
class Guard:
    """signed_out_at: sessions opened before are worthless. held_since: of a duress signal that nobody lifted.

    lift_asked_by, lift_asked_at: the custodian who asked for the hold to be lifted.
    """

    account_id: AccountId
    signed_out_at: str | None = None
    held_since: str | None = None
    lift_asked_by: str | None = None
    lift_asked_at: str | None = None


def find_guard(connection: sa.Connection, account_id: AccountId) -> Guard:
    """What stands of this account; an empty guard when nothing does."""
    row = connection.execute(ACCOUNT_GUARDS.select().where(ACCOUNT_GUARDS.c.account_id == account_id)).first()
    return Guard(account_id) if row is None else Guard(**row._mapping)


def write_guard(connection: sa.Connection, guard: Guard) -> None:
    values = {column.name: getattr(guard, column.name) for column in ACCOUNT_GUARDS.columns}
    connection.execute(sa.insert(ACCOUNT_GUARDS).prefix_with("OR REPLACE"), values)


def held_accounts(connection: sa.Connection) -> tuple[Guard, ...]:
    """The accounts that rest after a duress signal, the longest first."""
    query = ACCOUNT_GUARDS.select().where(ACCOUNT_GUARDS.c.held_since.is_not(None))
    return tuple(
        Guard(**row._mapping) for row in connection.execute(query.order_by(ACCOUNT_GUARDS.c.held_since))
    )


def replace_codes(
    connection: sa.Connection, account_id: AccountId, digests: Collection[str], at: str
) -> None:
    """A new set in place of the old one; an empty one leaves none."""
    connection.execute(RECOVERY_CODES.delete().where(RECOVERY_CODES.c.account_id == account_id))
    rows = [{"account_id": account_id, "digest": digest, "made_at": at} for digest in sorted(digests)]
    if rows:
        connection.execute(RECOVERY_CODES.insert(), rows)


def spend_code(connection: sa.Connection, account_id: AccountId, digest: str) -> bool:
    """Whether there was such a code. It is gone with this transaction."""
    spent = RECOVERY_CODES.delete().where(
        RECOVERY_CODES.c.account_id == account_id, RECOVERY_CODES.c.digest == digest
    )
    return connection.execute(spent).rowcount == 1


def codes_of(connection: sa.Connection, account_id: AccountId) -> frozenset[str]:
    """The digests of the codes that were not used."""
    query = sa.select(RECOVERY_CODES.c.digest).where(RECOVERY_CODES.c.account_id == account_id)
    return frozenset(connection.execute(query).scalars())
