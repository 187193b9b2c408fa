"""Legal demands: that one came, when, of what kind, and what became of it. Who sent it is sealed to the custodians."""

from dataclasses import dataclass, field, fields

import sqlalchemy as sa

from testimony.storage.schema import LEDGER

DEMANDS = sa.Table(
    "demands",
    LEDGER,
    sa.Column("demand_id", sa.Text, primary_key=True),
    sa.Column("received_on", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("words", sa.LargeBinary, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
    sa.Column("recorded_at", sa.Text, nullable=False),
    sa.Column("counsel_words", sa.LargeBinary),
    sa.Column("counsel_on", sa.Text),
    sa.Column("answer_words", sa.LargeBinary),
    sa.Column("answered_on", sa.Text),
    sa.CheckConstraint("state IN ('received', 'with_counsel', 'answered')"),
    sa.CheckConstraint("kind IN ('subpoena', 'court_order', 'search_warrant', 'request')"),
    sa.CheckConstraint("state = 'received' OR counsel_on IS NOT NULL"),
    sa.CheckConstraint("(state = 'answered') = (answered_on IS NOT NULL)"),
    sqlite_strict=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandRow:
    """`words`: from whom and what, sealed to the custodians. Days are ISO 8601."""

    demand_id: str
    received_on: str
    kind: str
    words: bytes = field(repr=False)
    state: str
    recorded_by: str
    recorded_at: str
    counsel_words: bytes | None = field(default=None, repr=False)
    counsel_on: str | None = None
    answer_words: bytes | None = field(default=None, repr=False)
    answered_on: str | None = None


def insert_demand(connection: sa.Connection, row: DemandRow) -> None:
    connection.execute(DEMANDS.insert(), {f.name: getattr(row, f.name) for f in fields(row)})


def find_demand(connection: sa.Connection, demand_id: str) -> DemandRow | None:
    row = connection.execute(DEMANDS.select().where(DEMANDS.c.demand_id == demand_id)).first()
    return None if row is None else DemandRow(**row._mapping)


def all_demands(connection: sa.Connection) -> tuple[DemandRow, ...]:
    """Newest first."""
    query = DEMANDS.select().order_by(DEMANDS.c.received_on.desc(), DEMANDS.c.demand_id)
    return tuple(DemandRow(**row._mapping) for row in connection.execute(query))


def update_demand(connection: sa.Connection, demand_id: str, before: str, **values: object) -> bool:
    """Compare and swap on the state."""
    statement = DEMANDS.update().where(DEMANDS.c.demand_id == demand_id, DEMANDS.c.state == before)
    return connection.execute(statement.values(values)).rowcount == 1


def count_open(connection: sa.Connection) -> int:
    query = sa.select(sa.func.count()).select_from(DEMANDS).where(DEMANDS.c.state != "answered")
    return connection.execute(query).scalar_one()
