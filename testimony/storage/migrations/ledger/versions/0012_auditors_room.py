"""Findings, saved filters and alarms of the auditors.

Revision ID: ledger_0012
Revises: ledger_0011
"""

from alembic import op

revision = "ledger_0012"
down_revision = "ledger_0011"

STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
