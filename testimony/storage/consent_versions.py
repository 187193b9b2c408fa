"""What binds each version of a consent: who took it down, who confirmed it, and the words that rows cannot hold.

Knows rows, no rule. Proposals wait for a second person; events are what a condition waits for.
"""

from dataclasses import dataclass, field, fields

import sqlalchemy as sa

from testimony.storage.consents import CONSENTS, DECISIONS, READERS
from testimony.storage.schema import LEDGER

VERSIONS = sa.Table(
    "consent_versions",
    LEDGER,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("statement", sa.LargeBinary, nullable=False),
    sa.Column("signer_id", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.Column("second_id", sa.Text, sa.ForeignKey("accounts.account_id")),
    sa.Column("second_signature", sa.LargeBinary),
    sa.Column("recorded_at", sa.Text, nullable=False),
    sa.Column("sealed", sa.LargeBinary),
    sa.ForeignKeyConstraint(["code", "version"], ["consents.code", "consents.version"]),
    sa.CheckConstraint("second_id IS NULL OR second_id <> signer_id"),
    sa.CheckConstraint("(second_id IS NULL) = (second_signature IS NULL)"),
    sqlite_strict=True,
)

PROPOSALS = sa.Table(
    "consent_proposals",
    LEDGER,
    sa.Column("proposal_id", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, sa.ForeignKey("register.code"), nullable=False, unique=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("statement", sa.LargeBinary, nullable=False),
    sa.Column("signer_id", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.Column("proposed_at", sa.Text, nullable=False),
    sa.Column("sealed", sa.LargeBinary),
    sqlite_strict=True,
)

EVENTS = sa.Table(
    "consent_events",
    LEDGER,
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, sa.ForeignKey("register.code"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("occurred_on", sa.Text, nullable=False),
    sa.Column("recorded_by", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
    sa.Column("recorded_at", sa.Text, nullable=False),
    sa.Column("confirmed_by", sa.Text, sa.ForeignKey("accounts.account_id")),
    sa.Column("confirmed_at", sa.Text),
    sa.CheckConstraint("kind IN ('death', 'condition')"),
    sa.CheckConstraint("(kind = 'death') = (purpose = '')"),
    sa.CheckConstraint("confirmed_by IS NULL OR confirmed_by <> recorded_by"),
    sa.CheckConstraint("(confirmed_by IS NULL) = (confirmed_at IS NULL)"),
    sqlite_strict=True,
)
sa.Index("consent_events_code", EVENTS.c.code, EVENTS.c.kind)

DEATH, CONDITION = "death", "condition"


@dataclass(frozen=True, slots=True)
class VersionRow:
    """`statement`: docs/formats/consent-version.md. `sealed`: words for the vault; None where there are none."""

    code: str
    version: int
    statement: bytes = field(repr=False)
    signer_id: str
    signature: bytes = field(repr=False)
    second_id: str | None
    second_signature: bytes | None = field(repr=False)
    recorded_at: str
    sealed: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ProposalRow:
    proposal_id: str
    code: str
    version: int
    statement: bytes = field(repr=False)
    signer_id: str
    signature: bytes = field(repr=False)
    proposed_at: str
    sealed: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class EventRow:
    """`version`: the consent whose condition it fulfils. `occurred_on`: date. Unconfirmed it opens nothing."""

    event_id: str
    code: str
    kind: str
    purpose: str
    version: int
    occurred_on: str
    recorded_by: str
    recorded_at: str
    confirmed_by: str | None = None
    confirmed_at: str | None = None


def insert_version(connection: sa.Connection, row: VersionRow) -> None:
    connection.execute(VERSIONS.insert(), _values(row))


def find_version(connection: sa.Connection, code: str, version: int) -> VersionRow | None:
    query = VERSIONS.select().where(VERSIONS.c.code == code, VERSIONS.c.version == version)
    row = connection.execute(query).first()
    return None if row is None else VersionRow(**row._mapping)


def versions_of(connection: sa.Connection, code: str) -> tuple[VersionRow, ...]:
    """Oldest first."""
    rows = connection.execute(VERSIONS.select().where(VERSIONS.c.code == code).order_by(VERSIONS.c.version))
    return tuple(VersionRow(**row._mapping) for row in rows)


def insert_proposal(connection: sa.Connection, row: ProposalRow) -> None:
    connection.execute(PROPOSALS.insert(), _values(row))


def find_proposal(connection: sa.Connection, proposal_id: str) -> ProposalRow | None:
    row = connection.execute(PROPOSALS.select().where(PROPOSALS.c.proposal_id == proposal_id)).first()
    return None if row is None else ProposalRow(**row._mapping)


def proposal_of(connection: sa.Connection, code: str) -> ProposalRow | None:
    row = connection.execute(PROPOSALS.select().where(PROPOSALS.c.code == code)).first()
    return None if row is None else ProposalRow(**row._mapping)


def all_proposals(connection: sa.Connection) -> tuple[ProposalRow, ...]:
    """Oldest first."""
    rows = connection.execute(PROPOSALS.select().order_by(PROPOSALS.c.proposed_at, PROPOSALS.c.code))
    return tuple(ProposalRow(**row._mapping) for row in rows)


def delete_proposals(connection: sa.Connection, code: str) -> int:
    return connection.execute(PROPOSALS.delete().where(PROPOSALS.c.code == code)).rowcount


def insert_event(connection: sa.Connection, row: EventRow) -> None:
    connection.execute(EVENTS.insert(), _values(row))


def events_of(connection: sa.Connection, code: str) -> tuple[EventRow, ...]:
    """Oldest first."""
    rows = connection.execute(EVENTS.select().where(EVENTS.c.code == code).order_by(EVENTS.c.recorded_at))
    return tuple(EventRow(**row._mapping) for row in rows)


def codes_of_the_dead(connection: sa.Connection) -> tuple[str, ...]:
    """Testimonies of whose witness two custodians recorded the death."""
    dead = sa.select(EVENTS.c.code).where(EVENTS.c.kind == DEATH, EVENTS.c.confirmed_by.is_not(None))
    return tuple(connection.execute(dead.distinct().order_by(EVENTS.c.code)).scalars())


def find_event(connection: sa.Connection, event_id: str) -> EventRow | None:
    row = connection.execute(EVENTS.select().where(EVENTS.c.event_id == event_id)).first()
    return None if row is None else EventRow(**row._mapping)


def unconfirmed_events(connection: sa.Connection) -> tuple[EventRow, ...]:
    rows = connection.execute(
        EVENTS.select().where(EVENTS.c.confirmed_by.is_(None)).order_by(EVENTS.c.recorded_at)
    )
    return tuple(EventRow(**row._mapping) for row in rows)


def confirm_event(connection: sa.Connection, event_id: str, *, by: str, at: str) -> bool:
    """Whether it was unconfirmed and is confirmed now."""
    waiting = EVENTS.update().where(EVENTS.c.event_id == event_id, EVENTS.c.confirmed_by.is_(None))
    return connection.execute(waiting.values(confirmed_by=by, confirmed_at=at)).rowcount == 1


def delete_event(connection: sa.Connection, event_id: str) -> bool:
    """Whether it was there, unconfirmed, and is gone."""
    waiting = EVENTS.delete().where(EVENTS.c.event_id == event_id, EVENTS.c.confirmed_by.is_(None))
    return connection.execute(waiting).rowcount == 1


def carry_events(connection: sa.Connection, code: str, purposes: frozenset[str], before: int) -> None:
    """Let events go on to the next version for purposes whose decision it leaves as it was."""
    mine = EVENTS.update().where(
        EVENTS.c.code == code, EVENTS.c.version == before, EVENTS.c.purpose.in_(purposes)
    )
    connection.execute(mine.values(version=before + 1))


def forget_testimony(connection: sa.Connection, code: str) -> None:
    """Every row about one testimony's consent: versions, proposals, events, decisions and readers.

    Before its register row is deleted or emptied. What stays is in the log: version numbers and digests.
    """
    for table in (PROPOSALS, EVENTS, VERSIONS, READERS, DECISIONS, CONSENTS):
        connection.execute(table.delete().where(table.c.code == code))


def _values(row: VersionRow | ProposalRow | EventRow) -> dict[str, object]:
    return {f.name: getattr(row, f.name) for f in fields(row)}
