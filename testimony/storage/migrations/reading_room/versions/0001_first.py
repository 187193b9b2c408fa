"""The first reading_room.

Revision ID: reading_room_0001
Revises:
"""

from alembic import op

from search.index import Index
from testimony.storage import tables  # noqa: F401
from testimony.storage.compartments import Compartment
from testimony.storage.schema import SCHEMAS

revision = "reading_room_0001"
down_revision = None


def upgrade() -> None:
    SCHEMAS[Compartment("reading_room")].create_all(op.get_bind(), checkfirst=False)
    Index("main").create(op.get_bind())
