"""Generalised marks, and the check of what is left in a release.

What was proposed or approved before has no check and is not released without one.

Revision ID: vault_0003
Revises: vault_0002
"""

from alembic import op

revision = "vault_0003"
down_revision = "vault_0002"

STATEMENTS = (
    "ALTER TABLE marks ADD COLUMN exact TEXT DEFAULT '' NOT NULL",
    "ALTER TABLE redaction_sets ADD COLUMN residual TEXT DEFAULT '' NOT NULL",
    """
    CREATE TABLE residual_details (
        code TEXT NOT NULL,
        kind TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (code, kind, value),
        FOREIGN KEY(code) REFERENCES originals (code)
    )
     STRICT
    """,
    "CREATE INDEX residual_details_value ON residual_details (kind, value)",
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
