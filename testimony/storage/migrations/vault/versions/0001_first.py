"""The first vault.

Revision ID: vault_0001
Revises:
"""

from alembic import op

from testimony.storage import tables  # noqa: F401
from testimony.storage.compartments import Compartment
from testimony.storage.schema import SCHEMAS

revision = "vault_0001"
down_revision = None


def upgrade() -> None:
    SCHEMAS[Compartment("vault")].create_all(op.get_bind(), checkfirst=False)
