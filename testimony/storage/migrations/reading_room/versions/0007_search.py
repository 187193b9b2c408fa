"""What the search index writes fits the pages of the file, and comes in fewer parts. What is there stays as it is.

Revision ID: reading_room_0007
Revises: reading_room_0006
"""

from alembic import op

revision = "reading_room_0007"
down_revision = "reading_room_0006"

STATEMENTS = (
    "INSERT INTO main.search_text (search_text, rank) VALUES ('hashsize', 33554432)",
    "INSERT INTO main.search_text (search_text, rank) VALUES ('pgsz', 3960)",
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
