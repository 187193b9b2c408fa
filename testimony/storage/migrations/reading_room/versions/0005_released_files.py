"""Copies of files that were released. Frozen: a change of the schema is a new revision.

Revision ID: reading_room_0005
Revises: reading_room_0004
"""

from alembic import op

revision = "reading_room_0005"
down_revision = "reading_room_0004"

STATEMENTS = (
    """
    CREATE TABLE released_files (
        file_id TEXT NOT NULL,
        code TEXT NOT NULL,
        audience TEXT NOT NULL,
        number INTEGER NOT NULL,
        kind TEXT NOT NULL,
        object_id TEXT NOT NULL,
        "key" BLOB NOT NULL,
        sha256 TEXT NOT NULL,
        size INTEGER NOT NULL,
        mime TEXT NOT NULL,
        current INTEGER NOT NULL,
        released_at TEXT NOT NULL,
        maker_id TEXT NOT NULL,
        approver_id TEXT NOT NULL,
        releaser_id TEXT NOT NULL,
        statement BLOB NOT NULL,
        signature BLOB NOT NULL,
        PRIMARY KEY (file_id),
        CHECK (audience IN ('public', 'partner', 'court')),
        CHECK (current IN (0, 1)),
        CHECK (approver_id <> maker_id)
    )
     STRICT
    """,
    """CREATE UNIQUE INDEX released_files_current ON released_files (code, audience, number) WHERE current = 1""",
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
