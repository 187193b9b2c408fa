"""Keys over time: identities sealed to the key that is to come. Orders and former keys are in the keyring.

Revision ID: ledger_0009
Revises: ledger_0008
"""

from alembic import op

revision = "ledger_0009"
down_revision = "ledger_0008"

STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE identities_resealed (
        submission_id TEXT NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (submission_id),
        FOREIGN KEY(submission_id) REFERENCES identities (submission_id) ON DELETE CASCADE
    )
     STRICT
    """,
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
