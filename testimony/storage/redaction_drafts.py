"""What a reviewer has begun on an account and not kept yet, one sealed document each. In the vault.

Sealed to its owner: other reviewers, who hold the vault's key, see that there is one and nothing of it.
"""

import sqlalchemy as sa

from testimony.storage.schema import VAULT

DRAFTS = sa.Table(
    "redaction_drafts",
    VAULT,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("owner_id", sa.Text, primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("saved_at", sa.Text, nullable=False),
    sa.ForeignKeyConstraint(
        ["code", "version"], ["vault.redaction_works.code", "vault.redaction_works.version"]
    ),
    sqlite_strict=True,
)


def put_draft(
    connection: sa.Connection, code: str, version: int, owner_id: str, sealed: bytes, saved_at: str
) -> None:
    """Keep one draft for each owner and text; what was there is overwritten."""
    values = {"code": code, "version": version, "owner_id": owner_id, "sealed": sealed, "saved_at": saved_at}
    connection.execute(DRAFTS.insert().prefix_with("OR REPLACE"), values)


def find_draft(connection: sa.Connection, code: str, version: int, owner_id: str) -> bytes | None:
    query = sa.select(DRAFTS.c.sealed).where(*_is(code, version, owner_id))
    return connection.execute(query).scalar_one_or_none()


def delete_draft(connection: sa.Connection, code: str, version: int, owner_id: str) -> None:
    connection.execute(DRAFTS.delete().where(*_is(code, version, owner_id)))


def _is(code: str, version: int, owner_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return DRAFTS.c.code == code, DRAFTS.c.version == version, DRAFTS.c.owner_id == owner_id
