"""How many people a release must fit at least, set per case.

Revision ID: ledger_0004
Revises: ledger_0003
"""

from alembic import op

revision = "ledger_0004"
down_revision = "ledger_0003"

STATEMENTS = (
    """
    CREATE TABLE residual_thresholds (
        case_id TEXT NOT NULL,
        audience TEXT NOT NULL,
        people INTEGER NOT NULL,
        set_by TEXT NOT NULL,
        set_at TEXT NOT NULL,
        PRIMARY KEY (case_id, audience),
        CHECK (audience IN ('public', 'partner', 'court')),
        CHECK (people BETWEEN 1 AND 1000),
        FOREIGN KEY(case_id) REFERENCES cases (case_id)
    )
     STRICT
    """,
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
