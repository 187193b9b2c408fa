"""Redactions lifted for one audience or one named recipient, each with who ordered it, why and when. In the vault.

Knows rows, not who may lift what.
"""

from dataclasses import dataclass, field, fields

import sqlalchemy as sa

from testimony.storage.schema import VAULT

LIFTS = sa.Table(
    "mark_lifts",
    VAULT,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("mark_id", sa.Text, primary_key=True),
    sa.Column("layer", sa.Text, primary_key=True),
    sa.Column("authority", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("ordered_on", sa.Text, nullable=False),
    sa.Column("lifted_by", sa.Text, nullable=False),
    sa.Column("lifted_at", sa.Text, nullable=False),
    sa.CheckConstraint("authority <> '' AND reason <> '' AND layer <> ''"),
    sa.ForeignKeyConstraint(
        ["code", "version"], ["vault.redaction_works.code", "vault.redaction_works.version"]
    ),
    sqlite_strict=True,
)


@dataclass(frozen=True, slots=True)
class LiftRow:
    """layer: an audience, or the id of a named recipient. ordered_on: the day of the order."""

    code: str
    version: int
    mark_id: str
    layer: str
    authority: str = field(repr=False)
    reason: str = field(repr=False)
    ordered_on: str
    lifted_by: str
    lifted_at: str


def insert_lift(connection: sa.Connection, row: LiftRow) -> None:
    connection.execute(LIFTS.insert(), {f.name: getattr(row, f.name) for f in fields(row)})


def lifts_of(connection: sa.Connection, code: str, version: int) -> tuple[LiftRow, ...]:
    query = LIFTS.select().where(LIFTS.c.code == code, LIFTS.c.version == version)
    rows = connection.execute(query.order_by(LIFTS.c.lifted_at, LIFTS.c.mark_id, LIFTS.c.layer))
    return tuple(LiftRow(**row._mapping) for row in rows)


def end_lifts(connection: sa.Connection, code: str, version: int, mark_ids: tuple[str, ...]) -> None:
    """Withhold again what these marks cover, from everybody; the log keeps what was lifted."""
    if mark_ids:
        connection.execute(
            LIFTS.delete().where(
                LIFTS.c.code == code, LIFTS.c.version == version, LIFTS.c.mark_id.in_(mark_ids)
            )
        )
