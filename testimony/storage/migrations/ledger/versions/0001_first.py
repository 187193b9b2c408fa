"""The first ledger.

Revision ID: ledger_0001
Revises:
"""

from alembic import op

from testimony.storage import tables  # noqa: F401
from testimony.storage.compartments import Compartment
from testimony.storage.schema import SCHEMAS

revision = "ledger_0001"
down_revision = None


def upgrade() -> None:
    SCHEMAS[Compartment("ledger")].create_all(op.get_bind(), checkfirst=False)
