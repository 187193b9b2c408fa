"""Passages that bear on the accused. Frozen: a change is a new revision.

Revision ID: vault_0010
Revises: vault_0009
"""

from alembic import op

revision = "vault_0010"
down_revision = "vault_0009"

STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE bearings (
        bearing_id TEXT NOT NULL,
        code TEXT NOT NULL,
        version INTEGER NOT NULL,
        bearing TEXT NOT NULL,
        passage_start INTEGER NOT NULL,
        passage_end INTEGER NOT NULL,
        perp_group TEXT,
        note TEXT NOT NULL,
        marked_by TEXT NOT NULL,
        marked_on TEXT NOT NULL,
        taken_back_by TEXT,
        taken_back_on TEXT,
        PRIMARY KEY (bearing_id),
        CHECK (bearing IN ('against', 'in_favour', 'contradiction')),
        CHECK (passage_start >= 0 AND passage_start < passage_end),
        CHECK ((taken_back_by IS NULL) = (taken_back_on IS NULL))
    )
     STRICT
    """,
    "CREATE INDEX bearings_code ON bearings (code)",
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
