"""Consent over time: withdrawals, disclosures and their recall.

Revision ID: ledger_0007
Revises: ledger_0006
"""

from alembic import op

revision = "ledger_0007"
down_revision = "ledger_0006"

STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
