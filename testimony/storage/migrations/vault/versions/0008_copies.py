"""Copies for one recipient alone, handing them over, who compared a copy. Frozen: a change is a new revision.

Revision ID: vault_0008
Revises: vault_0007
"""

from alembic import op

revision = "vault_0008"
down_revision = "vault_0007"

STATEMENTS: tuple[str, ...] = (
    "ALTER TABLE derivatives ADD COLUMN recipient_id TEXT DEFAULT '' NOT NULL",
    "ALTER TABLE derivatives ADD COLUMN compared_by TEXT",
    "DROP INDEX derivatives_open",
    """
    CREATE UNIQUE INDEX derivatives_open ON derivatives (code, number, audience, recipient_id)
     WHERE state IN ('proposed', 'approved')
    """,
    """
    CREATE TABLE recipient_files (
        file_id TEXT NOT NULL,
        recipient_id TEXT NOT NULL,
        code TEXT NOT NULL,
        number INTEGER NOT NULL,
        kind TEXT NOT NULL,
        current INTEGER NOT NULL,
        released_at TEXT NOT NULL,
        releaser_id TEXT NOT NULL,
        statement BLOB NOT NULL,
        signature BLOB NOT NULL,
        PRIMARY KEY (file_id),
        CHECK (current IN (0, 1)),
        FOREIGN KEY(file_id) REFERENCES derivatives (derivative_id),
        FOREIGN KEY(recipient_id) REFERENCES recipients (recipient_id)
    )
     STRICT
    """,
    """
    CREATE UNIQUE INDEX recipient_files_current ON recipient_files (recipient_id, code, number)
     WHERE current = 1
    """,
    """
    CREATE TABLE recipient_packages (
        disclosure_id TEXT NOT NULL,
        code TEXT NOT NULL,
        recipient_id TEXT NOT NULL,
        release_id INTEGER NOT NULL,
        manifest BLOB NOT NULL,
        PRIMARY KEY (disclosure_id),
        FOREIGN KEY(recipient_id) REFERENCES recipients (recipient_id),
        FOREIGN KEY(release_id) REFERENCES recipient_releases (id)
    )
     STRICT
    """,
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
