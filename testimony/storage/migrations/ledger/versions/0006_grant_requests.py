"""Grants that were asked for, and cases that are walled off from one another.

Revision ID: ledger_0006
Revises: ledger_0005
"""

from alembic import op

revision = "ledger_0006"
down_revision = "ledger_0005"

STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
