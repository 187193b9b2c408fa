"""What proves the log to outsiders: co-signatures and time-stamps.

Revision ID: ledger_0011
Revises: ledger_0010
"""

from alembic import op

revision = "ledger_0011"
down_revision = "ledger_0010"

STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
