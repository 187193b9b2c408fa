"""Marks that are generalised instead of replaced by a token.

Revision ID: vault_0003
Revises: vault_0002
"""

from alembic import op

revision = "vault_0003"
down_revision = "vault_0002"

STATEMENTS = ("ALTER TABLE marks ADD COLUMN exact TEXT DEFAULT '' NOT NULL",)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
