"""Identities: who the witnesses are and how to reach them safely, sealed to the identity compartment. Nobody
alone opens one.
"""

from dataclasses import dataclass, field

import sqlalchemy as sa

from testimony.storage.schema import LEDGER

IDENTITIES = sa.Table(
    "identities",
    LEDGER,
    sa.Column("submission_id", sa.Text, sa.ForeignKey("register.submission_id"), primary_key=True),
    sa.Column("code", sa.Text, sa.ForeignKey("register.code"), nullable=False, unique=True),
    sa.Column("sealed_on", sa.Text, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sqlite_strict=True,
)


@dataclass(frozen=True, slots=True)
class SealedIdentity:
    """`sealed`: see docs/formats/submission.md. `sealed_on`: date."""

    submission_id: str
    code: str
    sealed_on: str
    sealed: bytes = field(repr=False)


def insert_identity(connection: sa.Connection, identity: SealedIdentity) -> None:
    connection.execute(IDENTITIES.insert(), {c.name: getattr(identity, c.name) for c in IDENTITIES.columns})


def find_identity(connection: sa.Connection, code: str) -> SealedIdentity | None:
    row = connection.execute(IDENTITIES.select().where(IDENTITIES.c.code == code)).first()
    return None if row is None else SealedIdentity(**row._mapping)


def delete_identity(connection: sa.Connection, code: str) -> None:
    connection.execute(IDENTITIES.delete().where(IDENTITIES.c.code == code))
