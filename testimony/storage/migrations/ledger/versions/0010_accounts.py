"""What protects an account: recovery codes, sign-outs everywhere.

Revision ID: ledger_0010
Revises: ledger_0009
"""

from alembic import op

revision = "ledger_0010"
down_revision = "ledger_0009"

STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
