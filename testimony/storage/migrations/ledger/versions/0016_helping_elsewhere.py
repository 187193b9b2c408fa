"""How many other accounts of the case help the accused, beside what is handed over. Frozen: a change is a new revision.

Revision ID: ledger_0016
Revises: ledger_0015
"""

from alembic import op

revision = "ledger_0016"
down_revision = "ledger_0015"

STATEMENTS: tuple[str, ...] = (
    "ALTER TABLE disclosures ADD COLUMN helping_elsewhere INTEGER DEFAULT 0 NOT NULL",
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
