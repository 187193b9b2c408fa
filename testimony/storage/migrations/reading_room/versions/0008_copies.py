"""How many people live somewhere, as it counts in one case. Frozen: a change is a new revision.

Revision ID: reading_room_0008
Revises: reading_room_0007
"""

from alembic import op

revision = "reading_room_0008"
down_revision = "reading_room_0007"

STATEMENTS: tuple[str, ...] = (
    """
    CREATE TABLE case_populations (
        case_id TEXT NOT NULL,
        about TEXT NOT NULL,
        band TEXT NOT NULL,
        said_by TEXT NOT NULL,
        said_on TEXT NOT NULL,
        PRIMARY KEY (case_id, about),
        CHECK (band IN ('PB1', 'PB2', 'PB3', 'PB4', 'PB5', 'PB6'))
    )
     STRICT
    """,
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
