"""Blind second renderings.

Revision ID: vault_0007
Revises: vault_0006
"""

from alembic import op

revision = "vault_0007"
down_revision = "vault_0006"

STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE second_renderings (
        rendering_id TEXT NOT NULL,
        code TEXT NOT NULL,
        version_no INTEGER NOT NULL,
        language TEXT NOT NULL,
        text TEXT NOT NULL,
        rendered_by TEXT NOT NULL,
        sealed_on TEXT NOT NULL,
        statement BLOB NOT NULL,
        signature BLOB NOT NULL,
        PRIMARY KEY (rendering_id),
        UNIQUE (code, rendered_by)
    )
     STRICT
    """,
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
