"""Earlier accounts and links.

Revision ID: ledger_0014
Revises: ledger_0013
"""

from alembic import op

revision = "ledger_0014"
down_revision = "ledger_0013"

STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
