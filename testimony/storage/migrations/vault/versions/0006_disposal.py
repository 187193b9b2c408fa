"""What was erased from the vault leaves no trace in it.

Revision ID: vault_0006
Revises: vault_0005
"""

from alembic import op

revision = "vault_0006"
down_revision = "vault_0005"

STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
