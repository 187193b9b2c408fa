"""Copies of attachments with parts made unrecognisable: sealed objects of their own, their keys in the vault.

The original is never touched. Knows rows and states, not who may move them.
"""

from dataclasses import dataclass, field, fields

import sqlalchemy as sa

from testimony.storage.schema import VAULT

DERIVATIVES = sa.Table(
    "derivatives",
    VAULT,
    sa.Column("derivative_id", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("audience", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("object_id", sa.Text, nullable=False, unique=True),
    sa.Column("key", sa.LargeBinary, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("mime", sa.Text, nullable=False),
    sa.Column("source_sha256", sa.Text, nullable=False),
    sa.Column("tool", sa.Text, nullable=False),
    sa.Column("parameters", sa.Text, nullable=False),
    sa.Column("statement", sa.LargeBinary, nullable=False),
    sa.Column("maker_id", sa.Text, nullable=False),
    sa.Column("made_at", sa.Text, nullable=False),
    sa.Column("proposal_signature", sa.LargeBinary, nullable=False),
    sa.Column("seen_by", sa.Text),
    sa.Column("approver_id", sa.Text),
    sa.Column("approval_signature", sa.LargeBinary),
    sa.Column("decided_at", sa.Text),
    sa.Column("answer", sa.Text, nullable=False, server_default=""),
    sa.Column("recipient_id", sa.Text, nullable=False, server_default=""),
    sa.Column("compared_by", sa.Text),
    sa.CheckConstraint("audience IN ('public', 'partner', 'court')"),
    sa.CheckConstraint("state IN ('proposed', 'approved', 'released', 'sent_back', 'superseded')"),
    # The last line of defence behind the service: nobody approves what they made.
    sa.CheckConstraint("approver_id IS NULL OR approver_id <> maker_id"),
    sa.CheckConstraint(
        "state NOT IN ('approved', 'released') OR (approver_id IS NOT NULL AND approval_signature IS NOT NULL)"
    ),
    sa.ForeignKeyConstraint(["code", "number"], ["vault.attachments.code", "vault.attachments.number"]),
    sqlite_strict=True,
)
OPEN_STATES = ("proposed", "approved")
sa.Index(
    "derivatives_open",
    DERIVATIVES.c.code,
    DERIVATIVES.c.number,
    DERIVATIVES.c.audience,
    DERIVATIVES.c.recipient_id,
    unique=True,
    sqlite_where=DERIVATIVES.c.state.in_([sa.literal_column(f"'{state}'") for state in OPEN_STATES]),
)


@dataclass(frozen=True, slots=True)
class Derivative:
    """A copy of attachment `number` of `code` for one audience. `recipient_id`: for whom alone, who may see at most
    what that audience may; empty for the whole of it. parameters: canonical JSON of what was hidden where.

    `sha256`, `size`: of the copy in plain; `source_sha256`: of the original. `statement`: what both signatures cover.
    `compared_by`: who saw a text beside its original. `seen_by`: who then saw the copy alone.
    """

    derivative_id: str
    code: str
    number: int
    audience: str
    state: str
    object_id: str
    key: bytes = field(repr=False)
    sha256: str
    size: int
    mime: str
    source_sha256: str
    tool: str
    parameters: str = field(repr=False)
    statement: bytes = field(repr=False)
    maker_id: str
    made_at: str
    proposal_signature: bytes = field(repr=False)
    seen_by: str | None = None
    approver_id: str | None = None
    approval_signature: bytes | None = field(default=None, repr=False)
    decided_at: str | None = None
    answer: str = field(default="", repr=False)
    recipient_id: str = ""
    compared_by: str | None = None

    @property
    def layer(self) -> str:
        """The audience, or the id of the one recipient, as the log names it."""
        return self.recipient_id or self.audience


def insert_derivative(connection: sa.Connection, row: Derivative) -> None:
    connection.execute(DERIVATIVES.insert(), {f.name: getattr(row, f.name) for f in fields(row)})


def find_derivative(connection: sa.Connection, derivative_id: str) -> Derivative | None:
    query = DERIVATIVES.select().where(DERIVATIVES.c.derivative_id == derivative_id)
    row = connection.execute(query).first()
    return None if row is None else Derivative(**row._mapping)


def derivatives_of(connection: sa.Connection, code: str) -> tuple[Derivative, ...]:
    """By file, newest first."""
    order = (DERIVATIVES.c.number, DERIVATIVES.c.made_at.desc(), DERIVATIVES.c.derivative_id)
    query = DERIVATIVES.select().where(DERIVATIVES.c.code == code).order_by(*order)
    return tuple(Derivative(**row._mapping) for row in connection.execute(query))


def all_derivatives(connection: sa.Connection) -> tuple[Derivative, ...]:
    query = DERIVATIVES.select().order_by(
        DERIVATIVES.c.code, DERIVATIVES.c.number, DERIVATIVES.c.derivative_id
    )
    return tuple(Derivative(**row._mapping) for row in connection.execute(query))


def change_derivative(connection: sa.Connection, row: Derivative, **values: str | bytes | None) -> bool:
    """Compare and swap on the state: whether it was still in the state that `row` shows."""
    where = (DERIVATIVES.c.derivative_id == row.derivative_id, DERIVATIVES.c.state == row.state)
    return connection.execute(DERIVATIVES.update().where(*where).values(**values)).rowcount == 1


def derivative_objects(connection: sa.Connection) -> frozenset[str]:
    """Every sealed object that is a copy."""
    return frozenset(connection.execute(sa.select(DERIVATIVES.c.object_id)).scalars())
