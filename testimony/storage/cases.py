"""Cases: the unit of need-to-know. Titles carry no names of people."""

from dataclasses import dataclass

import sqlalchemy as sa

from testimony.storage.schema import LEDGER

CASES = sa.Table(
    "cases",
    LEDGER,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False, server_default="open"),
    sa.Column("opened_at", sa.Text, nullable=False),
    sa.Column("opened_by", sa.Text, nullable=False),
    sa.Column("closed_on", sa.Text),
    sa.CheckConstraint("status IN ('open', 'suspended', 'closed', 'transferred', 'archived')"),
    sqlite_strict=True,
)


@dataclass(frozen=True, slots=True)
class Case:
    """closed_on: the day it was closed, transferred or archived; None while it is not, and for a case that was
    closed before days were kept.
    """

    case_id: str
    title: str
    status: str
    opened_at: str
    opened_by: str
    closed_on: str | None = None


def insert_case(connection: sa.Connection, case: Case) -> None:
    connection.execute(CASES.insert(), {c.name: getattr(case, c.name) for c in CASES.columns})


def find_case(connection: sa.Connection, case_id: str) -> Case | None:
    row = connection.execute(CASES.select().where(CASES.c.case_id == case_id)).first()
    return None if row is None else Case(**row._mapping)


def set_case_status(
    connection: sa.Connection, case_id: str, status: str, *, closed_on: str | None = None
) -> None:
    """closed_on: the day, when the status is one of a case that is over; the first such day is kept."""
    kept = None if closed_on is None else sa.func.coalesce(CASES.c.closed_on, closed_on)
    statement = CASES.update().where(CASES.c.case_id == case_id)
    connection.execute(statement.values(status=status, closed_on=kept))


def all_cases(connection: sa.Connection) -> tuple[Case, ...]:
    return tuple(Case(**row._mapping) for row in connection.execute(CASES.select().order_by(CASES.c.case_id)))
