"""The sets that two people sign: one audience, the text and the marks that count for it. In the vault.

Knows rows and states, not who may move them.
"""

from dataclasses import dataclass, field, fields

import sqlalchemy as sa

from testimony.storage.schema import VAULT

SETS = sa.Table(
    "redaction_sets",
    VAULT,
    sa.Column("set_id", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("audience", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("text_sha256", sa.Text, nullable=False),
    sa.Column("marks_sha256", sa.Text, nullable=False),
    sa.Column("statement", sa.LargeBinary, nullable=False),
    sa.Column("redactor_id", sa.Text, nullable=False),
    sa.Column("proposed_at", sa.Text, nullable=False),
    sa.Column("proposal_signature", sa.LargeBinary, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("compared_by", sa.Text),
    sa.Column("read_alone_by", sa.Text),
    sa.Column("approver_id", sa.Text),
    sa.Column("approval_signature", sa.LargeBinary),
    sa.Column("decided_at", sa.Text),
    sa.Column("answer", sa.Text, nullable=False, server_default=""),
    sa.Column("residual_checked", sa.Integer, nullable=False, server_default="0"),
    sa.Column("hides_named_details", sa.Integer, nullable=False, server_default="0"),
    sa.Column("residual", sa.Text, nullable=False, server_default=""),
    sa.Column("recipient_id", sa.Text, nullable=False, server_default=""),
    sa.CheckConstraint("audience IN ('public', 'partner', 'court')"),
    sa.CheckConstraint("state IN ('proposed', 'approved', 'released', 'sent_back', 'superseded')"),
    sa.CheckConstraint("residual_checked IN (0, 1) AND hides_named_details IN (0, 1)"),
    # The last line of defence behind the service: nobody approves what they proposed.
    sa.CheckConstraint("approver_id IS NULL OR approver_id <> redactor_id"),
    sa.CheckConstraint(
        "state NOT IN ('approved', 'released') OR "
        "(approver_id IS NOT NULL AND approval_signature IS NOT NULL AND residual_checked = 1)"
    ),
    sa.ForeignKeyConstraint(
        ["code", "version"], ["vault.redaction_works.code", "vault.redaction_works.version"]
    ),
    sqlite_strict=True,
)
OPEN_STATES = ("proposed", "approved")
sa.Index(
    "redaction_sets_open",
    SETS.c.code,
    SETS.c.audience,
    SETS.c.recipient_id,
    unique=True,
    sqlite_where=SETS.c.state.in_([sa.literal_column(f"'{state}'") for state in OPEN_STATES]),
)
sa.Index("redaction_sets_state", SETS.c.state, SETS.c.proposed_at)


@dataclass(frozen=True, slots=True)
class SetRow:
    """What two people sign for one audience. `statement`: the bytes both signatures cover.

    `residual`: what the check of what is left found, as JSON; empty for sets from before it.
    `recipient_id`: whom alone it is for; empty for an audience as a whole.
    """

    set_id: str
    code: str
    version: int
    audience: str
    state: str
    text_sha256: str = field(repr=False)
    marks_sha256: str = field(repr=False)
    statement: bytes = field(repr=False)
    redactor_id: str
    proposed_at: str
    proposal_signature: bytes = field(repr=False)
    note: str = field(repr=False)
    compared_by: str | None = None
    read_alone_by: str | None = None
    approver_id: str | None = None
    approval_signature: bytes | None = field(default=None, repr=False)
    decided_at: str | None = None
    answer: str = field(default="", repr=False)
    residual_checked: int = 0
    hides_named_details: int = 0
    residual: str = field(default="", repr=False)
    recipient_id: str = ""


def insert_set(connection: sa.Connection, row: SetRow) -> None:
    connection.execute(SETS.insert(), _values(row))


def find_set(connection: sa.Connection, set_id: str) -> SetRow | None:
    row = connection.execute(SETS.select().where(SETS.c.set_id == set_id)).first()
    return None if row is None else SetRow(**row._mapping)


def sets_of(connection: sa.Connection, code: str) -> tuple[SetRow, ...]:
    """Newest first."""
    query = SETS.select().where(SETS.c.code == code).order_by(SETS.c.proposed_at.desc(), SETS.c.set_id)
    return tuple(SetRow(**row._mapping) for row in connection.execute(query))


def open_sets(connection: sa.Connection, codes: tuple[str, ...]) -> tuple[SetRow, ...]:
    """Proposed and approved sets of these codes, oldest first."""
    query = (
        SETS.select()
        .where(SETS.c.code.in_(codes), SETS.c.state.in_(OPEN_STATES))
        .order_by(SETS.c.proposed_at, SETS.c.set_id)
    )
    return tuple(SetRow(**row._mapping) for row in connection.execute(query))


def change_set(connection: sa.Connection, row: SetRow, **values: str | int | bytes | None) -> bool:
    """Compare and swap on the state: whether the set was still in the state that `row` shows."""
    statement = SETS.update().where(SETS.c.set_id == row.set_id, SETS.c.state == row.state)
    return connection.execute(statement.values(**values)).rowcount == 1


def _values(row: SetRow) -> dict[str, object]:
    return {f.name: getattr(row, f.name) for f in fields(row)}
