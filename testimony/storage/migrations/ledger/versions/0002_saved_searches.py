"""Saved searches. Frozen: a change of the schema is a new revision, never an edit here.

Revision ID: ledger_0002
Revises: ledger_0001
"""

from alembic import op

revision = "ledger_0002"
down_revision = "ledger_0001"

STATEMENTS = (
    """
    CREATE TABLE saved_searches (
        saved_id TEXT NOT NULL,
        owner_id TEXT NOT NULL,
        sealed BLOB NOT NULL,
        created_at TEXT NOT NULL,
        PRIMARY KEY (saved_id),
        FOREIGN KEY(owner_id) REFERENCES accounts (account_id)
    )
     STRICT
    """,
    "CREATE INDEX saved_searches_owner ON saved_searches (owner_id, created_at)",
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
