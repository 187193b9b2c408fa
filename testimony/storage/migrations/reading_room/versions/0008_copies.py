"""Layers of one recipient.

Revision ID: reading_room_0008
Revises: reading_room_0007
"""

from alembic import op

revision = "reading_room_0008"
down_revision = "reading_room_0007"

STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
