"""The search index.

Revision ID: reading_room_0007
Revises: reading_room_0006
"""

from alembic import op

revision = "reading_room_0007"
down_revision = "reading_room_0006"

STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
