"""Findings, saved filters and alarms of the auditors.

Revision ID: ledger_0012
Revises: ledger_0011
"""

from alembic import op

revision = "ledger_0012"
down_revision = "ledger_0011"

STATEMENTS: tuple[str, ...] = ()

# Alarms.
ALARMS: tuple[str, ...] = (
    """
    CREATE TABLE alarms (
        number INTEGER NOT NULL,
        rule TEXT NOT NULL,
        about TEXT,
        what TEXT NOT NULL,
        at TEXT NOT NULL,
        events TEXT NOT NULL,
        total INTEGER NOT NULL,
        through INTEGER NOT NULL,
        PRIMARY KEY (number),
        FOREIGN KEY(number) REFERENCES log_entries (seq)
    )
     STRICT
    """,
    "CREATE INDEX alarms_rule ON alarms (rule, number)",
    """
    CREATE TRIGGER alarms_no_update BEFORE UPDATE ON alarms
        BEGIN SELECT RAISE(ABORT, 'alarms are append-only'); END
    """,
    """
    CREATE TRIGGER alarms_no_delete BEFORE DELETE ON alarms
        BEGIN SELECT RAISE(ABORT, 'alarms are append-only'); END
    """,
    """
    CREATE TABLE alarm_acknowledgements (
        number INTEGER NOT NULL,
        account_id TEXT NOT NULL,
        at TEXT NOT NULL,
        note BLOB NOT NULL,
        PRIMARY KEY (number),
        FOREIGN KEY(number) REFERENCES alarms (number),
        FOREIGN KEY(account_id) REFERENCES accounts (account_id)
    )
     STRICT
    """,
    """
    CREATE TRIGGER alarm_acknowledgements_no_update BEFORE UPDATE ON alarm_acknowledgements
        BEGIN SELECT RAISE(ABORT, 'alarms are append-only'); END
    """,
    """
    CREATE TRIGGER alarm_acknowledgements_no_delete BEFORE DELETE ON alarm_acknowledgements
        BEGIN SELECT RAISE(ABORT, 'alarms are append-only'); END
    """,
    """
    CREATE TABLE alarm_settings (
        rule TEXT NOT NULL,
        is_on INTEGER NOT NULL,
        top INTEGER NOT NULL,
        span INTEGER NOT NULL,
        PRIMARY KEY (rule),
        CHECK (is_on IN (0, 1))
    )
     STRICT
    """,
    """
    CREATE TABLE alarm_orders (
        rule TEXT NOT NULL,
        asked_by TEXT NOT NULL,
        asked_at TEXT NOT NULL,
        PRIMARY KEY (rule),
        FOREIGN KEY(asked_by) REFERENCES accounts (account_id)
    )
     STRICT
    """,
    """
    CREATE TABLE alarm_position (
        id INTEGER NOT NULL,
        next INTEGER NOT NULL,
        PRIMARY KEY (id),
        CHECK (id = 1)
    )
     STRICT
    """,
    """
    CREATE TABLE alarm_deliveries (
        number INTEGER NOT NULL,
        way TEXT NOT NULL,
        tries INTEGER NOT NULL,
        tried_at TEXT NOT NULL,
        delivered_at TEXT,
        PRIMARY KEY (number, way),
        CHECK (way IN ('email', 'webhook')),
        FOREIGN KEY(number) REFERENCES alarms (number)
    )
     STRICT
    """,
    # What was written before there were alarms raises none.
    "INSERT INTO alarm_position (id, next) SELECT 1, coalesce(max(seq) + 1, 0) FROM log_entries",
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in (*STATEMENTS, *ALARMS):
        connection.exec_driver_sql(statement)
