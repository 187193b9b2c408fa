"""Links of two accounts: the same witness, or the same incident. Which two is sealed; the ledger cannot tell.

A link of one witness lies sealed to the vault and, once more, to the custodians; one of an incident to the reading
room. So nobody who opens the ledger alone learns that two codes belong together.
"""

from dataclasses import dataclass, field, fields

import sqlalchemy as sa

from testimony.storage import log
from testimony.storage.keyring import Signed
from testimony.storage.schema import LEDGER

LINKS = sa.Table(
    "account_links",
    LEDGER,
    sa.Column("link_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("proposed_by", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
    sa.Column("proposed_at", sa.Text, nullable=False),
    sa.Column("for_readers", sa.LargeBinary, nullable=False),
    sa.Column("for_custodians", sa.LargeBinary),
    sa.Column("decided_by", sa.Text, sa.ForeignKey("accounts.account_id")),
    sa.Column("decided_at", sa.Text),
    sa.Column("decision", sa.LargeBinary),
    sa.Column("decision_signature", sa.LargeBinary),
    sa.CheckConstraint("kind IN ('same_witness', 'same_incident')"),
    sa.CheckConstraint("state IN ('candidate', 'confirmed', 'rejected', 'undone')"),
    sa.CheckConstraint("decided_by <> proposed_by OR state = 'undone'"),
    sa.CheckConstraint("(state = 'candidate') = (decision IS NULL)"),
    sa.CheckConstraint("(decision IS NULL) = (decided_by IS NULL)"),
    sqlite_strict=True,
)
sa.Index("account_links_state", LINKS.c.kind, LINKS.c.state)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """for_readers, for_custodians: the signed proposal with the two codes. decision: signed by who decided last."""

    link_id: str
    kind: str
    state: str
    proposed_by: str
    proposed_at: str
    for_readers: bytes = field(repr=False)
    for_custodians: bytes | None = field(default=None, repr=False)
    decided_by: str | None = None
    decided_at: str | None = None
    decision: bytes | None = None
    decision_signature: bytes | None = None

    @property
    def decided(self) -> Signed | None:
        if self.decision is None or self.decided_by is None or self.decision_signature is None:
            return None
        return Signed(self.decision, self.decided_by, self.decision_signature)


def insert_link(connection: sa.Connection, row: LinkRow) -> None:
    connection.execute(LINKS.insert(), {one.name: getattr(row, one.name) for one in fields(row)})


def find_link(connection: sa.Connection, link_id: str) -> LinkRow | None:
    row = connection.execute(LINKS.select().where(LINKS.c.link_id == link_id)).first()
    return None if row is None else LinkRow(**row._mapping)


def links(connection: sa.Connection, kind: str | None = None) -> tuple[LinkRow, ...]:
    """Newest first. kind: of this kind; None for all."""
    query = LINKS.select().order_by(LINKS.c.proposed_at.desc(), LINKS.c.link_id)
    if kind is not None:
        query = query.where(LINKS.c.kind == kind)
    return tuple(LinkRow(**row._mapping) for row in connection.execute(query))


def decide_link(connection: sa.Connection, link_id: str, before: str, **values: object) -> bool:
    """Compare and swap on the state."""
    standing = LINKS.update().where(LINKS.c.link_id == link_id, LINKS.c.state == before)
    return connection.execute(standing.values(values)).rowcount == 1


def count_candidates(connection: sa.Connection, kind: str, but_of: str) -> int:
    """but_of: an account whose own proposals are not counted."""
    query = sa.select(sa.func.count()).select_from(LINKS)
    waiting = query.where(LINKS.c.kind == kind, LINKS.c.state == "candidate", LINKS.c.proposed_by != but_of)
    return connection.execute(waiting).scalar_one()


def delete_link(connection: sa.Connection, link_id: str) -> None:
    connection.execute(LINKS.delete().where(LINKS.c.link_id == link_id))
    about = sa.select(log.SUBJECTS.c.seq).where(
        log.SUBJECTS.c.kind == "link", log.SUBJECTS.c.subject == link_id
    )
    log.forget_entries(connection, about)
