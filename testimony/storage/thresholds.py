"""How many people a release must fit at least, case by case, where custodians set another number than the usual."""

import sqlalchemy as sa

from testimony.storage.schema import LEDGER

THRESHOLDS = sa.Table(
    "residual_thresholds",
    LEDGER,
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.case_id"), primary_key=True),
    sa.Column("audience", sa.Text, primary_key=True),
    sa.Column("people", sa.Integer, nullable=False),
    sa.Column("set_by", sa.Text, nullable=False),
    sa.Column("set_at", sa.Text, nullable=False),
    sa.CheckConstraint("audience IN ('public', 'partner', 'court')"),
    sa.CheckConstraint("people BETWEEN 1 AND 1000"),
    sqlite_strict=True,
)


def put_threshold(
    connection: sa.Connection, case_id: str, audience: str, people: int, *, set_by: str, set_at: str
) -> None:
    row = {"case_id": case_id, "audience": audience, "people": people, "set_by": set_by, "set_at": set_at}
    connection.execute(THRESHOLDS.insert().prefix_with("OR REPLACE"), row)


def thresholds_of(connection: sa.Connection, case_id: str) -> dict[str, int]:
    """By audience; one that was never set is left out."""
    query = sa.select(THRESHOLDS.c.audience, THRESHOLDS.c.people).where(THRESHOLDS.c.case_id == case_id)
    return {row.audience: row.people for row in connection.execute(query)}
