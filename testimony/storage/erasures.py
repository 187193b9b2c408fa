"""Erasures: who proposed and approved each, and the tombstone that stays. No code of what was erased stays here.

While an erasure waits, its row names the testimony. Carried out, the name is gone and a keyed digest stays
(docs/formats/erasure.md), so that the code is never given to another testimony and a restored copy of the
testimony is recognised.
"""

from dataclasses import dataclass, fields, replace

import sqlalchemy as sa

from testimony.storage.accounts import recall
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import Signed
from testimony.storage.schema import LEDGER

ERASURE_KEY = "erasure-key"
"""In `archive`: 32 random bytes, made once by the revision that made this table. It is not derived from the ledger's
secret, so that digests and the erasure file outlive a re-keying.
"""

ERASURES = sa.Table(
    "erasures",
    LEDGER,
    sa.Column("erasure_id", sa.Text, primary_key=True),
    sa.Column("code", sa.Text),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.case_id"), nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("proposed_at", sa.Text, nullable=False),
    sa.Column("proposer", sa.Text, nullable=False),
    sa.Column("proposal", sa.LargeBinary, nullable=False),
    sa.Column("proposal_signature", sa.LargeBinary, nullable=False),
    sa.Column("decided_at", sa.Text),
    sa.Column("approver", sa.Text),
    sa.Column("approval", sa.LargeBinary),
    sa.Column("approval_signature", sa.LargeBinary),
    sa.Column("trouble", sa.Text),
    sa.Column("carried_out_at", sa.Text),
    sa.Column("executor", sa.Text),
    sa.Column("tombstone", sa.LargeBinary),
    sa.Column("tombstone_signature", sa.LargeBinary),
    sa.Column("line_no", sa.Integer, unique=True),
    sa.Column("line_sha256", sa.Text),
    sa.CheckConstraint("state IN ('proposed', 'refused', 'approved', 'carried_out')"),
    sa.CheckConstraint("proposer <> approver"),
    sa.CheckConstraint("(state IN ('approved', 'carried_out')) = (approval IS NOT NULL)"),
    sa.CheckConstraint("(state IN ('proposed', 'approved')) OR code IS NULL"),
    sa.CheckConstraint("(state = 'carried_out') = (tombstone IS NOT NULL AND line_no IS NOT NULL)"),
    sqlite_strict=True,
)
sa.Index(
    "erasures_open", ERASURES.c.digest, unique=True, sqlite_where=sa.text("state IN ('proposed', 'approved')")
)
sa.Index("erasures_digest", ERASURES.c.digest)
sa.Index("erasures_approved", ERASURES.c.state, sqlite_where=sa.text("state = 'approved'"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureRow:
    """code: None once nothing of it is left or the proposal was refused. line_no: of the erasure file, from 1."""

    erasure_id: str
    code: str | None
    digest: str
    case_id: str
    cause: str
    state: str
    proposed_at: str
    proposer: str
    proposal: bytes
    proposal_signature: bytes
    decided_at: str | None = None
    approver: str | None = None
    approval: bytes | None = None
    approval_signature: bytes | None = None
    trouble: str | None = None
    carried_out_at: str | None = None
    executor: str | None = None
    tombstone: bytes | None = None
    tombstone_signature: bytes | None = None
    line_no: int | None = None
    line_sha256: str | None = None

    @property
    def proposed(self) -> Signed:
        return Signed(self.proposal, self.proposer, self.proposal_signature)

    @property
    def approved(self) -> Signed | None:
        if self.approval is None or self.approver is None or self.approval_signature is None:
            return None
        return Signed(self.approval, self.approver, self.approval_signature)

    @property
    def buried(self) -> Signed | None:
        if self.tombstone is None or self.executor is None or self.tombstone_signature is None:
            return None
        return Signed(self.tombstone, self.executor, self.tombstone_signature)


def erasure_key(connection: sa.Connection) -> bytes:
    """Raises ArchiveDamaged when somebody took it out."""
    key = recall(connection, ERASURE_KEY)
    if key is None or len(key) != 32:
        raise ArchiveDamaged
    return key


def insert_erasure(connection: sa.Connection, row: ErasureRow) -> None:
    connection.execute(ERASURES.insert(), {f.name: getattr(row, f.name) for f in fields(row)})


def replace_erasure(connection: sa.Connection, before: ErasureRow, **values: object) -> ErasureRow | None:
    """Compare and swap on the state: the new row, or None when somebody was first."""
    statement = ERASURES.update().where(
        ERASURES.c.erasure_id == before.erasure_id, ERASURES.c.state == before.state
    )
    if connection.execute(statement.values(values)).rowcount != 1:
        return None
    return replace(before, **values)  # type: ignore[arg-type]  # columns by name


def delete_erasure(connection: sa.Connection, erasure_id: str) -> None:
    """Only of one that was not carried out, when a restored copy still has it otherwise than it ended."""
    connection.execute(
        ERASURES.delete().where(ERASURES.c.erasure_id == erasure_id, ERASURES.c.state != "carried_out")
    )


def find_erasure(connection: sa.Connection, erasure_id: str) -> ErasureRow | None:
    row = connection.execute(ERASURES.select().where(ERASURES.c.erasure_id == erasure_id)).first()
    return None if row is None else ErasureRow(**row._mapping)


def open_erasure(connection: sa.Connection, digest: str) -> ErasureRow | None:
    """The one that is proposed or approved for a testimony."""
    query = ERASURES.select().where(
        ERASURES.c.digest == digest, ERASURES.c.state.in_(("proposed", "approved"))
    )
    row = connection.execute(query).first()
    return None if row is None else ErasureRow(**row._mapping)


def is_erased(connection: sa.Connection, digest: str) -> bool:
    query = sa.select(ERASURES.c.erasure_id).where(
        ERASURES.c.digest == digest, ERASURES.c.state == "carried_out"
    )
    return connection.execute(query.limit(1)).first() is not None


def all_erasures(connection: sa.Connection, *states: str) -> tuple[ErasureRow, ...]:
    """Newest first; of these states, or of all without one."""
    query = ERASURES.select().order_by(ERASURES.c.proposed_at.desc(), ERASURES.c.erasure_id)
    if states:
        query = query.where(ERASURES.c.state.in_(states))
    return tuple(ErasureRow(**row._mapping) for row in connection.execute(query))


def approved_erasures(connection: sa.Connection) -> tuple[ErasureRow, ...]:
    """What waits to be carried out; one step into a small index, since every request of a reviewer asks."""
    query = ERASURES.select().where(ERASURES.c.state == sa.literal("approved", literal_execute=True))
    return tuple(ErasureRow(**row._mapping) for row in connection.execute(query))


def count_state(connection: sa.Connection, state: str) -> int:
    query = sa.select(sa.func.count()).select_from(ERASURES).where(ERASURES.c.state == state)
    return connection.execute(query).scalar_one()


def last_line(connection: sa.Connection) -> tuple[int, str]:
    """Number and hash of the last line of the erasure file that the ledger knows; (0, "") for none."""
    query = sa.select(ERASURES.c.line_no, ERASURES.c.line_sha256).where(ERASURES.c.line_no.is_not(None))
    row = connection.execute(query.order_by(ERASURES.c.line_no.desc()).limit(1)).first()
    return (0, "") if row is None else (int(row[0]), str(row[1]))


def known_lines(connection: sa.Connection) -> dict[int, str]:
    """Hashes of the lines that the ledger knows, by number."""
    query = sa.select(ERASURES.c.line_no, ERASURES.c.line_sha256).where(ERASURES.c.line_no.is_not(None))
    return {int(row[0]): str(row[1]) for row in connection.execute(query)}


def erased_digests(connection: sa.Connection) -> frozenset[str]:
    query = sa.select(ERASURES.c.digest).where(ERASURES.c.state == "carried_out")
    return frozenset(connection.execute(query).scalars())
