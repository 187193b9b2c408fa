"""What protects an account: recovery codes, sign-outs everywhere.

Revision ID: ledger_0010
Revises: ledger_0009
"""

from alembic import op

revision = "ledger_0010"
down_revision = "ledger_0009"

STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE recovery_codes (
        account_id TEXT NOT NULL,
        digest TEXT NOT NULL,
        made_at TEXT NOT NULL,
        PRIMARY KEY (account_id, digest),
        FOREIGN KEY(account_id) REFERENCES accounts (account_id)
    )
     STRICT
    """,
    """
    CREATE TABLE account_guards (
        account_id TEXT NOT NULL,
        signed_out_at TEXT,
        held_since TEXT,
        lift_asked_by TEXT,
        lift_asked_at TEXT,
        PRIMARY KEY (account_id),
        CHECK ((lift_asked_by IS NULL) = (lift_asked_at IS NULL)),
        CHECK (lift_asked_by IS NULL OR (held_since IS NOT NULL AND lift_asked_by <> account_id))
    )
     STRICT
    """,
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
