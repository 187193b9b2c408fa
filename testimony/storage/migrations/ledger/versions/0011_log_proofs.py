"""What proves the log to outsiders: co-signatures and time-stamps.

Revision ID: ledger_0011
Revises: ledger_0010
"""

from alembic import op

revision = "ledger_0011"
down_revision = "ledger_0010"

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE log_cosignatures (
        size INTEGER NOT NULL, account_id TEXT NOT NULL, at TEXT NOT NULL, lines TEXT NOT NULL,
        PRIMARY KEY (size, account_id), CHECK (size > 0),
        FOREIGN KEY(account_id) REFERENCES accounts (account_id)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE log_timestamps (
        size INTEGER NOT NULL, authority TEXT NOT NULL, kind TEXT NOT NULL, at TEXT NOT NULL,
        token BLOB NOT NULL, chain TEXT NOT NULL,
        PRIMARY KEY (size, authority), CHECK (size > 0), CHECK (kind IN ('rfc3161', 'opentimestamps'))
    ) STRICT""",
    """CREATE TABLE log_timestamp_queue (
        size INTEGER NOT NULL, queued_at TEXT NOT NULL, tries INTEGER NOT NULL,
        PRIMARY KEY (size), CHECK (size > 0 AND tries >= 0)
    ) STRICT""",
    "DROP INDEX log_entries_actor",
    "DROP INDEX log_entries_action",
    "DROP INDEX log_entries_purpose",
    "CREATE INDEX log_entries_who ON log_entries (actor, seq, at)",
    "CREATE INDEX log_entries_did ON log_entries (action, seq, at)",
    "CREATE INDEX log_entries_who_did ON log_entries (actor, action, seq, at)",
    "CREATE INDEX log_entries_for ON log_entries (purpose, action, seq, at) WHERE purpose IS NOT NULL",
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
