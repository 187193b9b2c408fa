"""Grants that were asked for, and cases that are walled off from one another.

Revision ID: ledger_0006
Revises: ledger_0005
"""

from alembic import op

revision = "ledger_0006"
down_revision = "ledger_0005"

STATEMENTS = (
    """
    CREATE TABLE grant_requests (
        grant_id TEXT NOT NULL,
        account_id TEXT NOT NULL,
        case_id TEXT NOT NULL,
        statement BLOB NOT NULL,
        signer TEXT NOT NULL,
        signature BLOB NOT NULL,
        outcome TEXT DEFAULT 'waiting' NOT NULL,
        decided_by TEXT,
        decided_at TEXT,
        PRIMARY KEY (grant_id),
        CHECK (outcome IN ('waiting', 'given', 'refused', 'taken-back')),
        FOREIGN KEY(account_id) REFERENCES accounts (account_id),
        FOREIGN KEY(case_id) REFERENCES cases (case_id)
    )
     STRICT
    """,
    "CREATE INDEX grant_requests_account ON grant_requests (account_id)",
    """
    CREATE TABLE grant_words (
        about TEXT NOT NULL,
        kind TEXT NOT NULL,
        account_id TEXT NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (about, kind, account_id),
        CHECK (kind IN ('asked', 'answered', 'wall'))
    )
     STRICT
    """,
    """
    CREATE TABLE case_walls (
        step_id TEXT NOT NULL,
        case_a TEXT NOT NULL,
        case_b TEXT NOT NULL,
        does TEXT NOT NULL,
        statement BLOB NOT NULL,
        signer TEXT NOT NULL,
        signature BLOB NOT NULL,
        second_signer TEXT,
        second_signature BLOB,
        PRIMARY KEY (step_id),
        CHECK (case_a < case_b),
        CHECK (does IN ('set', 'lift')),
        FOREIGN KEY(case_a) REFERENCES cases (case_id),
        FOREIGN KEY(case_b) REFERENCES cases (case_id)
    )
     STRICT
    """,
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
