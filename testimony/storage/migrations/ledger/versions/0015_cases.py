"""Failure cases.

Revision ID: ledger_0015
Revises: ledger_0014
"""

from alembic import op

revision = "ledger_0015"
down_revision = "ledger_0014"

STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
