"""Alarms in the ledger: raised, looked at, how far the log was considered, what was sent.

Alarms and their acknowledgements are append-only, and each has its entry in the log, which is what counts: a row that
differs from it is put back. Nothing here says anything of one testimony but numbers of entries, so erasing one changes
no row and there is no `forget_testimony`.
"""

from dataclasses import dataclass, field, fields

import sqlalchemy as sa

from testimony.storage.schema import LEDGER

ALARMS = sa.Table(
    "alarms",
    LEDGER,
    sa.Column("number", sa.Integer, sa.ForeignKey("log_entries.seq"), primary_key=True),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("about", sa.Text),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("events", sa.Text, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("through", sa.Integer, nullable=False),
    sqlite_strict=True,
)
sa.Index("alarms_rule", ALARMS.c.rule, ALARMS.c.number)

ACKNOWLEDGEMENTS = sa.Table(
    "alarm_acknowledgements",
    LEDGER,
    sa.Column("number", sa.Integer, sa.ForeignKey("alarms.number"), primary_key=True),
    sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("note", sa.LargeBinary, nullable=False),
    sqlite_strict=True,
)

POSITION = sa.Table(
    "alarm_position",
    LEDGER,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("next", sa.Integer, nullable=False),
    sa.CheckConstraint("id = 1"),
    sqlite_strict=True,
)

DELIVERIES = sa.Table(
    "alarm_deliveries",
    LEDGER,
    sa.Column("number", sa.Integer, sa.ForeignKey("alarms.number"), primary_key=True),
    sa.Column("way", sa.Text, primary_key=True),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("tried_at", sa.Text, nullable=False),
    sa.Column("delivered_at", sa.Text),
    sa.CheckConstraint("way IN ('email', 'webhook')"),
    sqlite_strict=True,
)

for _table, _act in (
    (ALARMS, "UPDATE"),
    (ALARMS, "DELETE"),
    (ACKNOWLEDGEMENTS, "UPDATE"),
    (ACKNOWLEDGEMENTS, "DELETE"),
):
    sa.event.listen(
        _table,
        "after_create",
        sa.DDL(  # type: ignore[no-untyped-call]  # the library types everything but this
            f"CREATE TRIGGER {_table.name}_no_{_act.lower()} BEFORE {_act} ON {_table.name} "
            "BEGIN SELECT RAISE(ABORT, 'alarms are append-only'); END"
        ),
    )

EVENTS_KEPT = 20
"""Numbers of entries that an alarm names; `total` says how many there were."""


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """number: of its entry in the log. at: ISO 8601, UTC. events: numbers with commas between, at most EVENTS_KEPT.
    through: the newest entry that was counted.
    """

    number: int
    rule: str
    about: str | None
    what: str
    at: str
    events: str
    total: int
    through: int


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """note: sealed to auditors."""

    number: int
    account_id: str
    at: str
    note: bytes = field(repr=False)


def advance(connection: sa.Connection, expected: int, following: int) -> bool:
    """Whether the log had been considered exactly up to `expected`; it now is up to `following`.

    One statement, since every unit of work makes it.
    """
    statement = "UPDATE alarm_position SET next = ? WHERE next = ?"
    return connection.exec_driver_sql(statement, (following, expected)).rowcount == 1


def position(connection: sa.Connection) -> int | None:
    """The first entry that was not considered; None when the row is gone."""
    return connection.execute(sa.select(POSITION.c.next)).scalar()


def set_position(connection: sa.Connection, following: int) -> None:
    connection.execute(POSITION.insert().prefix_with("OR REPLACE"), {"id": 1, "next": following})


def insert_alarm(connection: sa.Connection, row: AlarmRow) -> None:
    connection.execute(ALARMS.insert(), {f.name: getattr(row, f.name) for f in fields(row)})


def last_alarm(
    connection: sa.Connection, rule: str, about: str | None, what: str
) -> tuple[AlarmRow, bool] | None:
    """The newest of one kind, and whether somebody has looked at it."""
    query = (
        sa.select(ALARMS, ACKNOWLEDGEMENTS.c.at.is_not(None).label("seen"))
        .outerjoin(ACKNOWLEDGEMENTS, ACKNOWLEDGEMENTS.c.number == ALARMS.c.number)
        .where(ALARMS.c.rule == rule, ALARMS.c.about.is_(about), ALARMS.c.what == what)
        .order_by(ALARMS.c.number.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    values = dict(row._mapping)
    seen = bool(values.pop("seen"))
    return AlarmRow(**values), seen


def alarms_before(
    connection: sa.Connection, *, before: int | None, limit: int
) -> tuple[tuple[AlarmRow, Acknowledgement | None], ...]:
    """The newest first."""
    query = sa.select(ALARMS).order_by(ALARMS.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(ALARMS.c.number < before)
    rows = [AlarmRow(**row._mapping) for row in connection.execute(query)]
    return tuple((row, find_acknowledgement(connection, row.number)) for row in rows)


def open_alarms(connection: sa.Connection, limit: int) -> tuple[AlarmRow, ...]:
    """What nobody has looked at, oldest first."""
    looked_at = sa.select(ACKNOWLEDGEMENTS.c.number)
    query = sa.select(ALARMS).where(ALARMS.c.number.not_in(looked_at)).order_by(ALARMS.c.number).limit(limit)
    return tuple(AlarmRow(**row._mapping) for row in connection.execute(query))


def count_open(connection: sa.Connection) -> dict[str, int]:
    """How many of each rule nobody has looked at."""
    looked_at = sa.select(ACKNOWLEDGEMENTS.c.number)
    query = sa.select(ALARMS.c.rule, sa.func.count()).where(ALARMS.c.number.not_in(looked_at))
    return {row[0]: row[1] for row in connection.execute(query.group_by(ALARMS.c.rule))}


def find_alarm(connection: sa.Connection, number: int) -> AlarmRow | None:
    row = connection.execute(ALARMS.select().where(ALARMS.c.number == number)).first()
    return None if row is None else AlarmRow(**row._mapping)


def all_numbers(connection: sa.Connection) -> dict[int, str]:
    """The rule of each alarm, by its number."""
    return {row.number: row.rule for row in connection.execute(sa.select(ALARMS.c.number, ALARMS.c.rule))}


def find_acknowledgement(connection: sa.Connection, number: int) -> Acknowledgement | None:
    row = connection.execute(ACKNOWLEDGEMENTS.select().where(ACKNOWLEDGEMENTS.c.number == number)).first()
    return None if row is None else Acknowledgement(**row._mapping)


def acknowledged_numbers(connection: sa.Connection) -> dict[int, str]:
    """Who looked at each alarm, by its number."""
    query = sa.select(ACKNOWLEDGEMENTS.c.number, ACKNOWLEDGEMENTS.c.account_id)
    return {row.number: row.account_id for row in connection.execute(query)}


def insert_acknowledgement(connection: sa.Connection, row: Acknowledgement) -> None:
    connection.execute(ACKNOWLEDGEMENTS.insert(), {f.name: getattr(row, f.name) for f in fields(row)})


def undelivered(
    connection: sa.Connection, way: str, since: str
) -> tuple[tuple[AlarmRow, int, str | None], ...]:
    """Alarms raised since then that were not sent this way: (alarm, tries, last try), oldest first."""
    query = (
        sa.select(ALARMS, DELIVERIES.c.tries, DELIVERIES.c.tried_at)
        .outerjoin(DELIVERIES, sa.and_(DELIVERIES.c.number == ALARMS.c.number, DELIVERIES.c.way == way))
        .where(ALARMS.c.at >= since, DELIVERIES.c.delivered_at.is_(None))
        .order_by(ALARMS.c.number)
        .limit(50)
    )
    found = []
    for row in connection.execute(query):
        values = dict(row._mapping)
        tries, tried_at = values.pop("tries"), values.pop("tried_at")
        found.append((AlarmRow(**values), tries or 0, tried_at))
    return tuple(found)


def note_try(
    connection: sa.Connection, number: int, way: str, *, tries: int, at: str, delivered: bool
) -> None:
    connection.execute(
        DELIVERIES.insert().prefix_with("OR REPLACE"),
        {
            "number": number,
            "way": way,
            "tries": tries,
            "tried_at": at,
            "delivered_at": at if delivered else None,
        },
    )
