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
    "CREATE INDEX log_entries_when ON log_entries (at, actor, action, outcome, case_id, purpose)",
    "CREATE INDEX log_entries_of_person ON log_entries (actor, seq, action, outcome, case_id, purpose)",
    """
    CREATE INDEX log_entries_of_case ON log_entries (case_id, seq, actor, action, outcome, purpose)
    WHERE case_id IS NOT NULL
    """,
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
