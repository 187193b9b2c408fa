"""Copies of text documents, layers of one recipient.

Revision ID: vault_0008
Revises: vault_0007
"""

from alembic import op

revision = "vault_0008"
down_revision = "vault_0007"

STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
