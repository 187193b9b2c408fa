"""Blind second renderings, in the vault: a recording rendered anew by somebody who has not read the first rendering."""

from dataclasses import dataclass, field, fields

import sqlalchemy as sa

from testimony.storage.schema import VAULT

RENDERINGS = sa.Table(
    "second_renderings",
    VAULT,
    sa.Column("rendering_id", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("version_no", sa.Integer, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("rendered_by", sa.Text, nullable=False),
    sa.Column("sealed_on", sa.Text, nullable=False),
    sa.Column("statement", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("code", "rendered_by"),
    sqlite_strict=True,
)


@dataclass(frozen=True, slots=True)
class RenderingRow:
    """version_no: the text that it stands beside. sealed_on: ISO 8601 day. statement: what was signed."""

    rendering_id: str
    code: str
    version_no: int
    language: str
    text: str = field(repr=False)
    rendered_by: str
    sealed_on: str
    statement: bytes
    signature: bytes


def insert_rendering(connection: sa.Connection, row: RenderingRow) -> None:
    connection.execute(RENDERINGS.insert(), {f.name: getattr(row, f.name) for f in fields(row)})


def renderings_of(connection: sa.Connection, code: str) -> tuple[RenderingRow, ...]:
    """Oldest first."""
    query = RENDERINGS.select().where(RENDERINGS.c.code == code)
    found = connection.execute(query.order_by(RENDERINGS.c.sealed_on, RENDERINGS.c.rendering_id))
    return tuple(RenderingRow(**row._mapping) for row in found)


def forget_testimony(connection: sa.Connection, code: str) -> None:
    connection.execute(RENDERINGS.delete().where(RENDERINGS.c.code == code))
