"""How many people live in a place, in bands.

Revision ID: reading_room_0004
Revises: reading_room_0003
"""

from alembic import op

revision = "reading_room_0004"
down_revision = "reading_room_0003"

STATEMENTS = (
    "ALTER TABLE places ADD COLUMN population_band TEXT"
    " CHECK (population_band IN ('PB1', 'PB2', 'PB3', 'PB4', 'PB5', 'PB6'))",
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
