"""The log's entries by time.

Revision ID: ledger_0013
Revises: ledger_0012
"""

from alembic import op

revision = "ledger_0013"
down_revision = "ledger_0012"

STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
