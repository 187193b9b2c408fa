"""Copies of files in the reading room, each with the key that opens it. Knows nothing of originals.

A copy that was replaced keeps its row, without its key.
"""

from dataclasses import dataclass, field, fields

import sqlalchemy as sa

from testimony.storage.schema import READING_ROOM

RELEASED_FILES = sa.Table(
    "released_files",
    READING_ROOM,
    sa.Column("file_id", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("audience", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("object_id", sa.Text, nullable=False),
    sa.Column("key", sa.LargeBinary, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("mime", sa.Text, nullable=False),
    sa.Column("current", sa.Integer, nullable=False),
    sa.Column("released_at", sa.Text, nullable=False),
    sa.Column("maker_id", sa.Text, nullable=False),
    sa.Column("approver_id", sa.Text, nullable=False),
    sa.Column("releaser_id", sa.Text, nullable=False),
    sa.Column("statement", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.CheckConstraint("audience IN ('public', 'partner', 'court')"),
    sa.CheckConstraint("current IN (0, 1)"),
    sa.CheckConstraint("approver_id <> maker_id"),
    sqlite_strict=True,
)
sa.Index(
    "released_files_current",
    RELEASED_FILES.c.code,
    RELEASED_FILES.c.audience,
    RELEASED_FILES.c.number,
    unique=True,
    sqlite_where=RELEASED_FILES.c.current == 1,
)


@dataclass(frozen=True, slots=True)
class ReleasedFile:
    """`number`: of the file within its testimony. `kind`: code of exhibit.csv. `sha256`, `size`: in plain."""

    file_id: str
    code: str
    audience: str
    number: int
    kind: str
    object_id: str
    key: bytes = field(repr=False)
    sha256: str
    size: int
    mime: str
    current: int
    released_at: str
    maker_id: str
    approver_id: str
    releaser_id: str
    statement: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def put_file(connection: sa.Connection, file: ReleasedFile) -> None:
    """Let a copy be read; the one that stood for the same file and audience loses its key."""
    standing = (
        RELEASED_FILES.c.code == file.code,
        RELEASED_FILES.c.audience == file.audience,
        RELEASED_FILES.c.number == file.number,
        RELEASED_FILES.c.current == 1,
    )
    connection.execute(RELEASED_FILES.update().where(*standing).values(current=0, key=b""))
    connection.execute(RELEASED_FILES.insert(), {f.name: getattr(file, f.name) for f in fields(file)})


def close_files(connection: sa.Connection, code: str, audience: str) -> int:
    """Let nobody of an audience read the copies any more; their keys go. Return how many there were."""
    standing = RELEASED_FILES.update().where(
        RELEASED_FILES.c.code == code, RELEASED_FILES.c.audience == audience, RELEASED_FILES.c.current == 1
    )
    return connection.execute(standing.values(current=0, key=b"")).rowcount


def close_file(connection: sa.Connection, file_id: str) -> None:
    """Let nobody read one copy any more; its key goes."""
    mine = RELEASED_FILES.update().where(RELEASED_FILES.c.file_id == file_id)
    connection.execute(mine.values(current=0, key=b""))


def files_of(connection: sa.Connection, code: str) -> tuple[ReleasedFile, ...]:
    """What is released of a testimony now, whoever it is for."""
    query = RELEASED_FILES.select().where(RELEASED_FILES.c.code == code, RELEASED_FILES.c.current == 1)
    return tuple(ReleasedFile(**row._mapping) for row in connection.execute(query))


def files_for(connection: sa.Connection, code: str, audience: str) -> tuple[ReleasedFile, ...]:
    """What is released of a testimony to exactly this audience now, by number."""
    query = (
        RELEASED_FILES.select()
        .where(RELEASED_FILES.c.code == code, RELEASED_FILES.c.audience == audience)
        .where(RELEASED_FILES.c.current == 1)
        .order_by(RELEASED_FILES.c.number)
    )
    return tuple(ReleasedFile(**row._mapping) for row in connection.execute(query))


def current_files(connection: sa.Connection) -> tuple[ReleasedFile, ...]:
    query = RELEASED_FILES.select().where(RELEASED_FILES.c.current == 1).order_by(RELEASED_FILES.c.file_id)
    return tuple(ReleasedFile(**row._mapping) for row in connection.execute(query))
