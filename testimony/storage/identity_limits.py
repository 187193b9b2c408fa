"""What stands in the way of opening an identity: accounts too near to a testimony, and identities that were closed."""

from dataclasses import dataclass, fields

import sqlalchemy as sa

from testimony.domain.accounts import AccountId
from testimony.storage.schema import LEDGER

CONFLICTS = sa.Table(
    "identity_conflicts",
    LEDGER,
    sa.Column("code", sa.Text, sa.ForeignKey("register.code"), primary_key=True),
    sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.account_id"), primary_key=True),
    sa.Column("declared_by", sa.Text, nullable=False),
    sa.Column("declared_at", sa.Text, nullable=False),
    sqlite_strict=True,
)

CLOSURES = sa.Table(
    "identity_closures",
    LEDGER,
    sa.Column("code", sa.Text, sa.ForeignKey("register.code"), primary_key=True),
    sa.Column("closed_by", sa.Text, nullable=False),
    sa.Column("closed_at", sa.Text, nullable=False),
    sqlite_strict=True,
)


@dataclass(frozen=True, slots=True)
class Closure:
    """An identity that nobody opens: the witness died, or custodians shut it."""

    code: str
    closed_by: AccountId
    closed_at: str


def insert_conflict(
    connection: sa.Connection, code: str, account_id: str, *, declared_by: str, declared_at: str
) -> bool:
    """Whether it was not there before."""
    row = {"code": code, "account_id": account_id, "declared_by": declared_by, "declared_at": declared_at}
    return connection.execute(CONFLICTS.insert().prefix_with("OR IGNORE"), row).rowcount == 1


def conflicts_of(connection: sa.Connection, code: str) -> frozenset[AccountId]:
    rows = connection.execute(sa.select(CONFLICTS.c.account_id).where(CONFLICTS.c.code == code))
    return frozenset(AccountId(each) for each in rows.scalars())


def all_conflicts(connection: sa.Connection) -> tuple[tuple[str, str, str], ...]:
    """(code, account id, when it was declared) of everybody who is too near to a testimony."""
    query = sa.select(CONFLICTS.c.code, CONFLICTS.c.account_id, CONFLICTS.c.declared_at)
    return tuple((row[0], row[1], row[2]) for row in connection.execute(query.order_by(CONFLICTS.c.code)))


def insert_closure(connection: sa.Connection, closure: Closure) -> None:
    connection.execute(CLOSURES.insert(), {f.name: getattr(closure, f.name) for f in fields(closure)})


def find_closure(connection: sa.Connection, code: str) -> Closure | None:
    row = connection.execute(CLOSURES.select().where(CLOSURES.c.code == code)).first()
    return None if row is None else Closure(**row._mapping)


def delete_closure(connection: sa.Connection, code: str) -> None:
    connection.execute(CLOSURES.delete().where(CLOSURES.c.code == code))


def forget_testimony(connection: sa.Connection, code: str) -> None:
    """Delete who was too near to one testimony and that its identity was closed."""
    for table in (CONFLICTS, CLOSURES):
        connection.execute(table.delete().where(table.c.code == code))
