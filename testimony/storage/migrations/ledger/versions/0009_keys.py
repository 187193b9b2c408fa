"""Keys over time: orders to re-key, and the keys before.

Revision ID: ledger_0009
Revises: ledger_0008
"""

from alembic import op

revision = "ledger_0009"
down_revision = "ledger_0008"

STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
