"""Security incidents: what leaked or may have, whom it touches, and who was warned. What happened is sealed to the
custodians.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields

import sqlalchemy as sa

from testimony.storage.schema import LEDGER

INCIDENTS = sa.Table(
    "incidents",
    LEDGER,
    sa.Column("incident_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("found_at", sa.Text, nullable=False),
    sa.Column("since", sa.Text),
    sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.account_id")),
    sa.Column("compartment", sa.Text),
    sa.Column("copied_on", sa.Text),
    sa.Column("words", sa.LargeBinary, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
    sa.Column("recorded_at", sa.Text, nullable=False),
    sa.Column("contained_at", sa.Text),
    sa.Column("notified_at", sa.Text),
    sa.Column("closed_at", sa.Text),
    sa.CheckConstraint("kind IN ('SI01','SI02','SI03','SI04','SI05','SI06','SI07','SI08','SI09')"),
    sqlite_strict=True,
)

AFFECTED = sa.Table(
    "incident_codes",
    LEDGER,
    sa.Column("incident_id", sa.Text, sa.ForeignKey("incidents.incident_id"), primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("ways", sa.Text, nullable=False),
    sa.Column("warned_on", sa.Text),
    sa.Column("warned_by", sa.Text),
    sqlite_strict=True,
)
sa.Index("incident_codes_code", AFFECTED.c.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRow:
    """since: from which day the key, account or device was not safe. copied_on: day of the copy that was lost."""

    incident_id: str
    kind: str
    found_at: str
    since: str | None
    account_id: str | None
    compartment: str | None
    copied_on: str | None
    words: bytes = field(repr=False)
    recorded_by: str
    recorded_at: str
    contained_at: str | None = None
    notified_at: str | None = None
    closed_at: str | None = None


@dataclass(frozen=True, slots=True)
class AffectedRow:
    """ways: how it could have been seen, `,original,released,`."""

    incident_id: str
    code: str
    case_id: str
    ways: str
    warned_on: str | None = None
    warned_by: str | None = None


def insert_incident(connection: sa.Connection, row: IncidentRow, affected: Iterable[AffectedRow]) -> None:
    connection.execute(INCIDENTS.insert(), {f.name: getattr(row, f.name) for f in fields(row)})
    if rows := [{f.name: getattr(one, f.name) for f in fields(one)} for one in affected]:
        connection.execute(AFFECTED.insert(), rows)


def find_incident(connection: sa.Connection, incident_id: str) -> IncidentRow | None:
    row = connection.execute(INCIDENTS.select().where(INCIDENTS.c.incident_id == incident_id)).first()
    return None if row is None else IncidentRow(**row._mapping)


def all_incidents(connection: sa.Connection) -> tuple[IncidentRow, ...]:
    """Newest first."""
    query = INCIDENTS.select().order_by(INCIDENTS.c.found_at.desc(), INCIDENTS.c.incident_id)
    return tuple(IncidentRow(**row._mapping) for row in connection.execute(query))


def affected_by(connection: sa.Connection, incident_id: str) -> tuple[AffectedRow, ...]:
    query = AFFECTED.select().where(AFFECTED.c.incident_id == incident_id)
    rows = connection.execute(query.order_by(AFFECTED.c.case_id, AFFECTED.c.code))
    return tuple(AffectedRow(**row._mapping) for row in rows)


def update_incident(connection: sa.Connection, incident_id: str, **values: object) -> None:
    connection.execute(INCIDENTS.update().where(INCIDENTS.c.incident_id == incident_id).values(values))


def mark_warned(connection: sa.Connection, incident_id: str, code: str, on: str, by: str) -> bool:
    """Whether this testimony is affected and its witness was not noted as warned before."""
    statement = AFFECTED.update().where(
        AFFECTED.c.incident_id == incident_id, AFFECTED.c.code == code, AFFECTED.c.warned_on.is_(None)
    )
    return connection.execute(statement.values(warned_on=on, warned_by=by)).rowcount == 1


def count_open(connection: sa.Connection) -> int:
    query = sa.select(sa.func.count()).select_from(INCIDENTS).where(INCIDENTS.c.closed_at.is_(None))
    return connection.execute(query).scalar_one()


def forget_testimony(connection: sa.Connection, code: str) -> None:
    """The incident stays, with one testimony fewer in it."""
    connection.execute(AFFECTED.delete().where(AFFECTED.c.code == code))
