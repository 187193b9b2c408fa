"""Erasures, legal holds, retention, legal demands and security incidents.

Revision ID: ledger_0008
Revises: ledger_0007
"""

from alembic import op

revision = "ledger_0008"
down_revision = "ledger_0007"

STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
