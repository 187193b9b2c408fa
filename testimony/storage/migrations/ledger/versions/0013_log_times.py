"""Where in the log a time lies: the earliest and the latest time of each 1,024 entries.

Revision ID: ledger_0013
Revises: ledger_0012
"""

from alembic import op

revision = "ledger_0013"
down_revision = "ledger_0012"

STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE log_stretches (
        number INTEGER NOT NULL,
        earliest TEXT NOT NULL,
        latest TEXT NOT NULL,
        PRIMARY KEY (number),
        CHECK (number >= 0 AND earliest <= latest)
    )
     STRICT
    """,
    """
    INSERT INTO log_stretches (number, earliest, latest)
    SELECT seq / 1024, min(at), max(at) FROM log_entries GROUP BY seq / 1024 HAVING count(*) = 1024
    """,
    """
    CREATE TRIGGER log_stretches_no_update BEFORE UPDATE ON log_stretches
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END
    """,
    """
    CREATE TRIGGER log_stretches_no_delete BEFORE DELETE ON log_stretches
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END
    """,
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
