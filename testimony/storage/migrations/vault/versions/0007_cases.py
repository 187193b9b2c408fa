"""Failure cases.

Revision ID: vault_0007
Revises: vault_0006
"""

from alembic import op

revision = "vault_0007"
down_revision = "vault_0006"

STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
