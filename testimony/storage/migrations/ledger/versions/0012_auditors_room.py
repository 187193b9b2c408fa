"""Findings, saved filters and alarms of the auditors.

Revision ID: ledger_0012
Revises: ledger_0011
"""

from alembic import op

revision = "ledger_0012"
down_revision = "ledger_0011"

STATEMENTS: tuple[str, ...] = (
    # Part room.
    """
    CREATE TABLE findings (
        number INTEGER NOT NULL,
        opened_at TEXT NOT NULL,
        code TEXT,
        PRIMARY KEY (number),
        CHECK (number >= 1)
    )
     STRICT
    """,
    "CREATE INDEX findings_code ON findings (code) WHERE code IS NOT NULL",
    """
    CREATE TRIGGER findings_no_update BEFORE UPDATE ON findings
    WHEN NOT (NEW.code IS NULL AND NEW.number IS OLD.number AND NEW.opened_at IS OLD.opened_at)
    BEGIN SELECT RAISE(ABORT, 'findings are append-only'); END
    """,
    """
    CREATE TRIGGER findings_no_delete BEFORE DELETE ON findings
    BEGIN SELECT RAISE(ABORT, 'findings are append-only'); END
    """,
    """
    CREATE TABLE finding_notes (
        finding INTEGER NOT NULL,
        number INTEGER NOT NULL,
        at TEXT NOT NULL,
        author_id TEXT NOT NULL,
        state TEXT NOT NULL,
        owner_id TEXT NOT NULL,
        due_on TEXT,
        sealed BLOB,
        PRIMARY KEY (finding, number),
        CHECK (number >= 1),
        CHECK (state IN ('open', 'looking', 'closed')),
        FOREIGN KEY(finding) REFERENCES findings (number),
        FOREIGN KEY(author_id) REFERENCES accounts (account_id),
        FOREIGN KEY(owner_id) REFERENCES accounts (account_id)
    )
     STRICT
    """,
    """
    CREATE TRIGGER finding_notes_no_update BEFORE UPDATE ON finding_notes
    WHEN NOT (NEW.sealed IS NULL AND NEW.finding IS OLD.finding AND NEW.number IS OLD.number
        AND NEW.at IS OLD.at AND NEW.author_id IS OLD.author_id AND NEW.state IS OLD.state
        AND NEW.owner_id IS OLD.owner_id AND NEW.due_on IS OLD.due_on)
    BEGIN SELECT RAISE(ABORT, 'findings are append-only'); END
    """,
    """
    CREATE TRIGGER finding_notes_no_delete BEFORE DELETE ON finding_notes
    BEGIN SELECT RAISE(ABORT, 'findings are append-only'); END
    """,
    """
    CREATE TABLE saved_filters (
        saved_id TEXT NOT NULL,
        owner_id TEXT NOT NULL,
        sealed BLOB NOT NULL,
        created_at TEXT NOT NULL,
        PRIMARY KEY (saved_id),
        FOREIGN KEY(owner_id) REFERENCES accounts (account_id)
    )
     STRICT
    """,
    "CREATE INDEX saved_filters_owner ON saved_filters (owner_id, created_at)",
    "DROP INDEX log_entries_at",
    "DROP INDEX log_entries_case",
    "DROP INDEX log_entries_who",
    "CREATE INDEX log_entries_when ON log_entries (at, actor, action, outcome, case_id, purpose)",
    "CREATE INDEX log_entries_of_person ON log_entries (actor, seq, action, outcome, case_id, purpose)",
    """
    CREATE INDEX log_entries_of_case ON log_entries (case_id, seq, actor, action, outcome, purpose)
    WHERE case_id IS NOT NULL
    """,
)

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
