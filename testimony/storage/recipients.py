"""Named recipients, and the releases that were made for one of them alone. In the vault, where no search looks.

A release for a named recipient is never in the reading room: no row, no index, no facet. It waits for its disclosure.
"""

from dataclasses import dataclass, field, fields

import sqlalchemy as sa

from testimony.storage.schema import VAULT

RECIPIENTS = sa.Table(
    "recipients",
    VAULT,
    sa.Column("recipient_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("audience", sa.Text, nullable=False),
    sa.Column("added_by", sa.Text, nullable=False),
    sa.Column("added_at", sa.Text, nullable=False),
    sa.CheckConstraint("audience IN ('public', 'partner', 'court')"),
    sqlite_strict=True,
)

RELEASES = sa.Table(
    "recipient_releases",
    VAULT,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("recipient_id", sa.Text, sa.ForeignKey("vault.recipients.recipient_id"), nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("text_sha256", sa.Text, nullable=False),
    sa.Column("released_at", sa.Text, nullable=False),
    sa.Column("releaser_id", sa.Text, nullable=False),
    sa.Column("set_id", sa.Text, sa.ForeignKey("vault.redaction_sets.set_id"), nullable=False, unique=True),
    sa.Column("statement", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("code", "recipient_id", "number"),
    sqlite_strict=True,
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """kind: code of recipient.csv. audience: the one whose layer theirs is made from."""

    recipient_id: str
    name: str = field(repr=False)
    kind: str
    audience: str
    added_by: str
    added_at: str


@dataclass(frozen=True, slots=True)
class SealedRelease:
    """A release for one recipient. number: from 1 for each account and recipient."""

    recipient_id: str
    code: str
    number: int
    language: str
    text: str = field(repr=False)
    text_sha256: str = field(repr=False)
    released_at: str
    releaser_id: str
    set_id: str
    statement: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    id: int = 0


def insert_recipient(connection: sa.Connection, row: Recipient) -> None:
    connection.execute(RECIPIENTS.insert(), {f.name: getattr(row, f.name) for f in fields(row)})


def find_recipient(connection: sa.Connection, recipient_id: str) -> Recipient | None:
    row = connection.execute(RECIPIENTS.select().where(RECIPIENTS.c.recipient_id == recipient_id)).first()
    return None if row is None else Recipient(**row._mapping)


def all_recipients(connection: sa.Connection) -> tuple[Recipient, ...]:
    """By name."""
    query = RECIPIENTS.select().order_by(RECIPIENTS.c.name, RECIPIENTS.c.recipient_id)
    return tuple(Recipient(**row._mapping) for row in connection.execute(query))


def insert_sealed(connection: sa.Connection, release: SealedRelease) -> int:
    """Keep a release; return its id, which is given here."""
    values = {f.name: getattr(release, f.name) for f in fields(release) if f.name != "id"}
    key = connection.execute(RELEASES.insert(), values).inserted_primary_key
    if key is None:
        raise RuntimeError("an inserted release has an id")
    return int(key[0])


def sealed_of(connection: sa.Connection, code: str) -> tuple[SealedRelease, ...]:
    """Every one of an account, newest first; earlier ones stay as they were."""
    query = RELEASES.select().where(RELEASES.c.code == code).order_by(RELEASES.c.id.desc())
    return tuple(SealedRelease(**row._mapping) for row in connection.execute(query))


def find_sealed(connection: sa.Connection, release_id: int) -> SealedRelease | None:
    row = connection.execute(RELEASES.select().where(RELEASES.c.id == release_id)).first()
    return None if row is None else SealedRelease(**row._mapping)


def next_sealed_number(connection: sa.Connection, code: str, recipient_id: str) -> int:
    query = sa.select(sa.func.max(RELEASES.c.number)).where(
        RELEASES.c.code == code, RELEASES.c.recipient_id == recipient_id
    )
    return int(connection.execute(query).scalar() or 0) + 1
