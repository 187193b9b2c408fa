"""What was erased from the reading room leaves no trace in it.

Revision ID: reading_room_0006
Revises: reading_room_0005
"""

from alembic import op

revision = "reading_room_0006"
down_revision = "reading_room_0005"

STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
