"""Drafts: one sealed document each, which only its owner opens, and the attachments that drafts name.

Nothing else of a draft is readable by other members of the ledger: no title, no language, no case.
"""

from dataclasses import dataclass, field

import sqlalchemy as sa

from testimony.storage.objects import ObjectId
from testimony.storage.schema import LEDGER

DRAFTS = sa.Table(
    "drafts",
    LEDGER,
    sa.Column("draft_id", sa.Text, primary_key=True),
    sa.Column("owner_id", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
    sa.Column("revision", sa.Integer, sa.CheckConstraint("revision >= 1"), nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("created_at", sa.Text, nullable=False),
    sa.Column("updated_at", sa.Text, nullable=False),
    sqlite_strict=True,
)
sa.Index("drafts_owner", DRAFTS.c.owner_id, DRAFTS.c.created_at)

# Beside the drafts because only an owner opens a draft, and whoever sweeps orphaned objects must know which
# ones drafts name.
DRAFT_OBJECTS = sa.Table(
    "draft_objects",
    LEDGER,
    sa.Column("draft_id", sa.Text, sa.ForeignKey("drafts.draft_id"), primary_key=True),
    sa.Column("object_id", sa.Text, primary_key=True),
    sqlite_strict=True,
)


@dataclass(frozen=True, slots=True)
class DraftRow:
    """`revision`: from 1, one more with each save. Times are ISO 8601, UTC."""

    draft_id: str
    owner_id: str
    revision: int
    sealed: bytes = field(repr=False)
    created_at: str
    updated_at: str


def insert_draft(connection: sa.Connection, row: DraftRow) -> None:
    connection.execute(DRAFTS.insert(), {c.name: getattr(row, c.name) for c in DRAFTS.columns})


def find_draft(connection: sa.Connection, draft_id: str, owner_id: str) -> DraftRow | None:
    """The draft, if it is this owner's."""
    query = DRAFTS.select().where(DRAFTS.c.draft_id == draft_id, DRAFTS.c.owner_id == owner_id)
    row = connection.execute(query).first()
    return None if row is None else DraftRow(**row._mapping)


def drafts_of(connection: sa.Connection, owner_id: str) -> tuple[DraftRow, ...]:
    """Oldest first."""
    query = (
        DRAFTS.select().where(DRAFTS.c.owner_id == owner_id).order_by(DRAFTS.c.created_at, DRAFTS.c.draft_id)
    )
    return tuple(DraftRow(**row._mapping) for row in connection.execute(query))


def count_drafts(connection: sa.Connection, owner_id: str) -> int:
    query = sa.select(sa.func.count()).select_from(DRAFTS).where(DRAFTS.c.owner_id == owner_id)
    return connection.execute(query).scalar_one()


def replace_draft(connection: sa.Connection, before: DraftRow, sealed: bytes, updated_at: str) -> bool:
    """Compare and swap: whether the draft still was as in `before` and now holds `sealed`."""
    statement = DRAFTS.update().where(
        DRAFTS.c.draft_id == before.draft_id,
        DRAFTS.c.owner_id == before.owner_id,
        DRAFTS.c.revision == before.revision,
    )
    values = {"sealed": sealed, "revision": before.revision + 1, "updated_at": updated_at}
    return connection.execute(statement.values(values)).rowcount == 1


def delete_draft(connection: sa.Connection, draft_id: str) -> None:
    """Delete the draft and its claim on objects. The objects themselves are the caller's to delete or to
    hand on.
    """
    connection.execute(DRAFT_OBJECTS.delete().where(DRAFT_OBJECTS.c.draft_id == draft_id))
    connection.execute(DRAFTS.delete().where(DRAFTS.c.draft_id == draft_id))


def claim_object(connection: sa.Connection, draft_id: str, object_id: ObjectId) -> None:
    connection.execute(DRAFT_OBJECTS.insert(), {"draft_id": draft_id, "object_id": object_id})


def release_object(connection: sa.Connection, draft_id: str, object_id: ObjectId) -> None:
    connection.execute(
        DRAFT_OBJECTS.delete().where(
            DRAFT_OBJECTS.c.draft_id == draft_id, DRAFT_OBJECTS.c.object_id == object_id
        )
    )


def objects_of_draft(connection: sa.Connection, draft_id: str) -> frozenset[ObjectId]:
    query = sa.select(DRAFT_OBJECTS.c.object_id).where(DRAFT_OBJECTS.c.draft_id == draft_id)
    return frozenset(map(ObjectId, connection.execute(query).scalars()))


def draft_objects(connection: sa.Connection) -> frozenset[ObjectId]:
    """Every object that some draft names; none of these is an orphan."""
    return frozenset(map(ObjectId, connection.execute(sa.select(DRAFT_OBJECTS.c.object_id)).scalars()))
