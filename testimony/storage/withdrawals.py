"""Withdrawals, and what of them is still to be done in files that the withdrawing person cannot open."""

from dataclasses import dataclass, fields

import sqlalchemy as sa

from testimony.storage.schema import LEDGER

WITHDRAWALS = sa.Table(
    "withdrawals",
    LEDGER,
    sa.Column("code", sa.Text, sa.ForeignKey("register.code"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("purposes", sa.Text, nullable=False),
    sa.Column("is_whole", sa.Integer, sa.CheckConstraint("is_whole IN (0, 1)"), nullable=False),
    sa.Column("withdrawn_on", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("recognised_by", sa.Text, nullable=False),
    sa.Column("taken_by", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
    sa.Column("receipt", sa.Text, nullable=False, server_default="not_offered"),
    sa.Column("confirmed_on", sa.Text),
    sa.CheckConstraint("receipt IN ('not_offered', 'given', 'refused_unsafe')"),
    sqlite_strict=True,
)
sa.Index("withdrawals_open", WITHDRAWALS.c.withdrawn_on, sqlite_where=WITHDRAWALS.c.confirmed_on.is_(None))

WORK = sa.Table(
    "withdrawal_work",
    LEDGER,
    sa.Column("code", sa.Text, sa.ForeignKey("register.code"), primary_key=True),
    sa.Column("asked_on", sa.Text, nullable=False),
    sqlite_strict=True,
)


@dataclass(frozen=True, slots=True)
class WithdrawalRow:
    """`version`: the consent it made. `purposes`: codes with commas round them. `confirmed_on`: the day on which the
    witness was told that it is done; None until then.
    """

    code: str
    version: int
    purposes: str
    is_whole: int
    withdrawn_on: str
    channel: str
    recognised_by: str
    taken_by: str
    receipt: str = "not_offered"
    confirmed_on: str | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(code for code in self.purposes.split(",") if code)


def insert_withdrawal(connection: sa.Connection, row: WithdrawalRow) -> None:
    connection.execute(WITHDRAWALS.insert(), {f.name: getattr(row, f.name) for f in fields(row)})


def find_withdrawal(connection: sa.Connection, code: str, version: int) -> WithdrawalRow | None:
    query = WITHDRAWALS.select().where(WITHDRAWALS.c.code == code, WITHDRAWALS.c.version == version)
    row = connection.execute(query).first()
    return None if row is None else WithdrawalRow(**row._mapping)


def withdrawals_of(connection: sa.Connection, code: str) -> tuple[WithdrawalRow, ...]:
    """Newest first."""
    query = WITHDRAWALS.select().where(WITHDRAWALS.c.code == code).order_by(WITHDRAWALS.c.version.desc())
    return tuple(WithdrawalRow(**row._mapping) for row in connection.execute(query))


def unconfirmed(connection: sa.Connection) -> tuple[WithdrawalRow, ...]:
    """Those of which the witness was not told yet, oldest first."""
    query = WITHDRAWALS.select().where(WITHDRAWALS.c.confirmed_on.is_(None))
    rows = connection.execute(query.order_by(WITHDRAWALS.c.withdrawn_on, WITHDRAWALS.c.code))
    return tuple(WithdrawalRow(**row._mapping) for row in rows)


def note_receipt(connection: sa.Connection, code: str, version: int, receipt: str) -> bool:
    mine = WITHDRAWALS.update().where(WITHDRAWALS.c.code == code, WITHDRAWALS.c.version == version)
    return connection.execute(mine.values(receipt=receipt)).rowcount == 1


def confirm(connection: sa.Connection, code: str, version: int, on: str) -> bool:
    """Whether the witness had not been told before."""
    mine = WITHDRAWALS.update().where(
        WITHDRAWALS.c.code == code, WITHDRAWALS.c.version == version, WITHDRAWALS.c.confirmed_on.is_(None)
    )
    return connection.execute(mine.values(confirmed_on=on)).rowcount == 1


def ask_work(connection: sa.Connection, code: str, on: str) -> None:
    """Note that the vault and the reading room must follow this testimony's consent."""
    connection.execute(WORK.insert().prefix_with("OR REPLACE"), {"code": code, "asked_on": on})


def waiting_work(connection: sa.Connection, limit: int = 50) -> tuple[tuple[str, str], ...]:
    """(code, day it was asked), oldest first."""
    rows = connection.execute(WORK.select().order_by(WORK.c.asked_on, WORK.c.code).limit(limit))
    return tuple((row.code, row.asked_on) for row in rows)


def has_work(connection: sa.Connection, code: str) -> bool:
    """Whether something of this testimony has yet to follow its consent."""
    return connection.execute(sa.select(WORK.c.code).where(WORK.c.code == code)).first() is not None


def end_work(connection: sa.Connection, code: str) -> bool:
    return connection.execute(WORK.delete().where(WORK.c.code == code)).rowcount == 1


def forget_testimony(connection: sa.Connection, code: str) -> None:
    """Rows of one testimony. That its consent ended is in the log, without its code."""
    for table in (WORK, WITHDRAWALS):
        connection.execute(table.delete().where(table.c.code == code))
