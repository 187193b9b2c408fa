"""The inbox: submissions sealed to the vault, until someone who holds the vault receives them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa

from testimony.storage.objects import ObjectId
from testimony.storage.schema import LEDGER

INBOX = sa.Table(
    "inbox",
    LEDGER,
    sa.Column("submission_id", sa.Text, sa.ForeignKey("register.submission_id"), primary_key=True),
    sa.Column("code", sa.Text, sa.ForeignKey("register.code"), nullable=False, unique=True),
    sa.Column("signer_id", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
    sa.Column("submitted_at", sa.Text, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sqlite_strict=True,
)
sa.Index("inbox_order", INBOX.c.submitted_at, INBOX.c.submission_id)

# While a submission lies sealed, nobody in the ledger can read which objects it names; without this they
# would be swept.
# The vault's own rows take over when it is received.
INBOX_OBJECTS = sa.Table(
    "inbox_objects",
    LEDGER,
    sa.Column(
        "submission_id", sa.Text, sa.ForeignKey("inbox.submission_id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("object_id", sa.Text, primary_key=True),
    sqlite_strict=True,
)


@dataclass(frozen=True, slots=True)
class InboxItem:
    """`sealed`: see docs/formats/submission.md. `submitted_at`: ISO 8601, UTC."""

    submission_id: str
    code: str
    signer_id: str
    submitted_at: str
    sealed: bytes = field(repr=False)


def insert_item(connection: sa.Connection, item: InboxItem, objects: tuple[ObjectId, ...]) -> None:
    connection.execute(INBOX.insert(), {c.name: getattr(item, c.name) for c in INBOX.columns})
    if objects:
        connection.execute(
            INBOX_OBJECTS.insert(),
            [{"submission_id": item.submission_id, "object_id": object_id} for object_id in objects],
        )


def waiting_items(connection: sa.Connection, limit: int = 50) -> tuple[InboxItem, ...]:
    """Oldest first. What is received leaves the inbox, so the next ones are at the front again."""
    query = INBOX.select().order_by(INBOX.c.submitted_at, INBOX.c.submission_id).limit(limit)
    return tuple(InboxItem(**row._mapping) for row in connection.execute(query))


def find_item(connection: sa.Connection, submission_id: str) -> InboxItem | None:
    row = connection.execute(INBOX.select().where(INBOX.c.submission_id == submission_id)).first()
    return None if row is None else InboxItem(**row._mapping)


def all_items(connection: sa.Connection) -> Iterator[InboxItem]:
    """Every item, one at a time, so that many large ones are not in memory together."""
    ids = list(connection.execute(sa.select(INBOX.c.submission_id)).scalars())
    for submission_id in ids:
        item = find_item(connection, submission_id)
        if item is not None:
            yield item


def put_sealed(connection: sa.Connection, submission_id: str, sealed: bytes) -> None:
    """The same item, sealed to another key."""
    connection.execute(INBOX.update().where(INBOX.c.submission_id == submission_id).values(sealed=sealed))


def count_items(connection: sa.Connection) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(INBOX)).scalar_one()


def delete_item(connection: sa.Connection, submission_id: str) -> None:
    """Once it is in the vault, in the same transaction."""
    connection.execute(INBOX_OBJECTS.delete().where(INBOX_OBJECTS.c.submission_id == submission_id))
    connection.execute(INBOX.delete().where(INBOX.c.submission_id == submission_id))


def inbox_objects(connection: sa.Connection) -> frozenset[ObjectId]:
    """Every object that some waiting submission names; none of these is an orphan."""
    return frozenset(map(ObjectId, connection.execute(sa.select(INBOX_OBJECTS.c.object_id)).scalars()))
