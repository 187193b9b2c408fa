"""Requests to open an identity, their approvals, and tasks to reach a witness again.

Revision ID: ledger_0005
Revises: ledger_0004
"""

from alembic import op

revision = "ledger_0005"
down_revision = "ledger_0004"

STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
