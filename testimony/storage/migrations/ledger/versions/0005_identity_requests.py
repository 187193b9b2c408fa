"""Requests to open an identity, their approvals, and tasks to reach a witness again.

Revision ID: ledger_0005
Revises: ledger_0004
"""

from alembic import op

revision = "ledger_0005"
down_revision = "ledger_0004"

STATEMENTS = (
    """
    CREATE TABLE identity_requests (
        request_id TEXT NOT NULL,
        code TEXT NOT NULL,
        requester_id TEXT NOT NULL,
        statement BLOB NOT NULL,
        signature BLOB NOT NULL,
        asked_at TEXT NOT NULL,
        expires_at TEXT NOT NULL,
        state TEXT NOT NULL,
        PRIMARY KEY (request_id),
        CHECK (state IN ('waiting', 'opened', 'over', 'refused', 'cancelled', 'expired', 'ended')),
        FOREIGN KEY(code) REFERENCES register (code),
        FOREIGN KEY(requester_id) REFERENCES accounts (account_id)
    )
     STRICT
    """,
    "CREATE INDEX identity_requests_code ON identity_requests (code)",
    "CREATE UNIQUE INDEX identity_requests_open ON identity_requests (requester_id, code) WHERE state IN ('waiting', 'opened')",
    """
    CREATE TABLE identity_reasons (
        request_id TEXT NOT NULL,
        account_id TEXT NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (request_id, account_id),
        FOREIGN KEY(request_id) REFERENCES identity_requests (request_id),
        FOREIGN KEY(account_id) REFERENCES accounts (account_id)
    )
     STRICT
    """,
    """
    CREATE TABLE identity_approvals (
        request_id TEXT NOT NULL,
        custodian_id TEXT NOT NULL,
        statement BLOB NOT NULL,
        signature BLOB NOT NULL,
        PRIMARY KEY (request_id, custodian_id),
        FOREIGN KEY(request_id) REFERENCES identity_requests (request_id),
        FOREIGN KEY(custodian_id) REFERENCES accounts (account_id)
    )
     STRICT
    """,
    """
    CREATE TABLE identity_wrapped_shares (
        request_id TEXT NOT NULL,
        from_id TEXT NOT NULL,
        to_id TEXT NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (request_id, from_id, to_id),
        FOREIGN KEY(request_id, from_id) REFERENCES identity_approvals (request_id, custodian_id),
        FOREIGN KEY(request_id) REFERENCES identity_requests (request_id),
        FOREIGN KEY(to_id) REFERENCES accounts (account_id)
    )
     STRICT
    """,
    """
    CREATE TABLE identity_openings (
        request_id TEXT NOT NULL,
        opener_id TEXT NOT NULL,
        until TEXT NOT NULL,
        statement BLOB NOT NULL,
        signature BLOB NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (request_id),
        FOREIGN KEY(request_id) REFERENCES identity_requests (request_id),
        FOREIGN KEY(opener_id) REFERENCES accounts (account_id)
    )
     STRICT
    """,
    """
    CREATE TABLE identity_conflicts (
        code TEXT NOT NULL,
        account_id TEXT NOT NULL,
        declared_by TEXT NOT NULL,
        declared_at TEXT NOT NULL,
        PRIMARY KEY (code, account_id),
        FOREIGN KEY(code) REFERENCES register (code),
        FOREIGN KEY(account_id) REFERENCES accounts (account_id)
    )
     STRICT
    """,
    """
    CREATE TABLE identity_closures (
        code TEXT NOT NULL,
        closed_by TEXT NOT NULL,
        closed_at TEXT NOT NULL,
        PRIMARY KEY (code),
        FOREIGN KEY(code) REFERENCES register (code)
    )
     STRICT
    """,
    """
    CREATE TABLE contact_tasks (
        task_id TEXT NOT NULL,
        request_id TEXT NOT NULL,
        code TEXT NOT NULL,
        assignee_id TEXT NOT NULL,
        due_on TEXT NOT NULL,
        sealed BLOB,
        outcome TEXT NOT NULL,
        made_at TEXT NOT NULL,
        ended_at TEXT,
        PRIMARY KEY (task_id),
        CHECK (outcome IN ('open', 'reached', 'not_reached', 'declined', 'unsafe', 'lapsed', 'stopped')),
        CHECK ((outcome = 'open') = (ended_at IS NULL)),
        CHECK ((outcome = 'open') = (sealed IS NOT NULL)),
        FOREIGN KEY(request_id) REFERENCES identity_requests (request_id),
        FOREIGN KEY(code) REFERENCES register (code),
        FOREIGN KEY(assignee_id) REFERENCES accounts (account_id)
    )
     STRICT
    """,
    "CREATE INDEX contact_tasks_assignee ON contact_tasks (assignee_id, due_on)",
    "CREATE INDEX contact_tasks_code ON contact_tasks (code)",
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
