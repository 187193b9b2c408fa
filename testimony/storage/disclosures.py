"""What left the archive, to whom, under which consent and by which two people, and whether it was called back.

The name of a recipient is sealed, once for each custodian; rows hold its kind only.
"""

from dataclasses import dataclass, field, fields
from typing import Any

import sqlalchemy as sa

from testimony.storage.schema import LEDGER

PENDING = ("prepared", "approved")


def _flag(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, sa.CheckConstraint(f"{name} IN (0, 1)"), nullable=False)


DISCLOSURES = sa.Table(
    "disclosures",
    LEDGER,
    sa.Column("disclosure_id", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, sa.ForeignKey("register.code"), nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("recipient_type", sa.Text, nullable=False),
    sa.Column("consent_version", sa.Integer, nullable=False),
    sa.Column("layer", sa.Text, nullable=False),
    sa.Column("release_id", sa.Integer, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("text_sha256", sa.Text, nullable=False),
    _flag("hides_named_details"),
    _flag("of_the_state"),
    _flag("death_penalty"),
    _flag("fair_trial"),
    _flag("protective"),
    sa.Column("asked_again_on", sa.Text),
    sa.Column("asked_again_by", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("prepared_by", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
    sa.Column("prepared_at", sa.Text, nullable=False),
    sa.Column("approved_by", sa.Text, sa.ForeignKey("accounts.account_id")),
    sa.Column("approved_at", sa.Text),
    sa.Column("sent_on", sa.Text),
    sa.Column("channel", sa.Text),
    sa.Column("expires_on", sa.Text),
    sa.Column("helping_elsewhere", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.CheckConstraint(
        "state IN ('prepared', 'approved', 'sent', 'cancelled', 'recalled', 'confirmed_deleted')"
    ),
    sa.CheckConstraint("approved_by IS NULL OR approved_by <> prepared_by"),
    sa.CheckConstraint(
        "state NOT IN ('approved', 'sent', 'recalled', 'confirmed_deleted') OR approved_by IS NOT NULL"
    ),
    sa.CheckConstraint("asked_again_by IS NULL OR asked_again_by <> prepared_by"),
    sqlite_strict=True,
)
sa.Index("disclosures_code", DISCLOSURES.c.code)
sa.Index("disclosures_state", DISCLOSURES.c.state, DISCLOSURES.c.prepared_at)

NAMES = sa.Table(
    "disclosure_names",
    LEDGER,
    sa.Column("disclosure_id", sa.Text, sa.ForeignKey("disclosures.disclosure_id"), primary_key=True),
    sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.account_id"), primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sqlite_strict=True,
)

RECALLS = sa.Table(
    "recalls",
    LEDGER,
    sa.Column("disclosure_id", sa.Text, sa.ForeignKey("disclosures.disclosure_id"), primary_key=True),
    sa.Column("cause_version", sa.Integer, nullable=False),
    sa.Column("due_on", sa.Text, nullable=False),
    sa.Column("sent_on", sa.Text),
    sa.Column("answer", sa.Text),
    sa.Column("answered_on", sa.Text),
    sa.CheckConstraint("answer IS NULL OR answer IN ('deleted', 'cannot_be_called_back', 'refused')"),
    sa.CheckConstraint("(answer IS NULL) = (answered_on IS NULL)"),
    sqlite_strict=True,
)


@dataclass(frozen=True, slots=True)
class DisclosureRow:
    """`layer`: an audience, or one with the id of a named recipient (`recipient_layer`). `number`: of the release.
    `text_sha256`: of its text; for a named recipient, of the manifest of all that goes. The four flags after
    `hides_named_details` are what was found out about the recipient. `asked_again_on`: the day on which the witness
    said yes to this one handing over. `helping_elsewhere`: for a court, how many other accounts of the case held what
    helps the accused when it was prepared.
    """

    disclosure_id: str
    code: str
    purpose: str
    recipient_type: str
    consent_version: int
    layer: str
    release_id: int
    number: int
    text_sha256: str = field(repr=False)
    hides_named_details: int
    of_the_state: int
    death_penalty: int
    fair_trial: int
    protective: int
    prepared_by: str
    prepared_at: str
    state: str = "prepared"
    asked_again_on: str | None = None
    asked_again_by: str | None = None
    approved_by: str | None = None
    approved_at: str | None = None
    sent_on: str | None = None
    channel: str | None = None
    expires_on: str | None = None
    helping_elsewhere: int = 0


@dataclass(frozen=True, slots=True)
class RecallRow:
    """A recipient is asked to give back or delete. `due_on`: the day by which an answer is expected."""

    disclosure_id: str
    cause_version: int
    due_on: str
    sent_on: str | None = None
    answer: str | None = None
    answered_on: str | None = None


def recipient_layer(audience: str, recipient_id: str) -> str:
    """As a row names the layer of one recipient, which is made from an audience's."""
    return f"{audience}/{recipient_id}"


def parts_of_layer(layer: str) -> tuple[str, str]:
    """The audience, and the id of the recipient; empty for an audience as a whole."""
    audience, _, recipient_id = layer.partition("/")
    return audience, recipient_id


def insert_disclosure(connection: sa.Connection, row: DisclosureRow, names: dict[str, bytes]) -> None:
    """names: the recipient's, sealed, by the custodian who can open it."""
    connection.execute(DISCLOSURES.insert(), {f.name: getattr(row, f.name) for f in fields(row)})
    put_names(connection, row.disclosure_id, names)


def put_names(connection: sa.Connection, disclosure_id: str, names: dict[str, bytes]) -> None:
    rows = [
        {"disclosure_id": disclosure_id, "account_id": account_id, "sealed": sealed}
        for account_id, sealed in names.items()
    ]
    if rows:
        connection.execute(NAMES.insert().prefix_with("OR IGNORE"), rows)


def sealed_name(connection: sa.Connection, disclosure_id: str, account_id: str) -> bytes | None:
    query = sa.select(NAMES.c.sealed).where(
        NAMES.c.disclosure_id == disclosure_id, NAMES.c.account_id == account_id
    )
    return connection.execute(query).scalar()


def forget_names_for(connection: sa.Connection, account_id: str) -> None:
    """What was sealed to keys that an account has lost."""
    connection.execute(NAMES.delete().where(NAMES.c.account_id == account_id))


def named_to(connection: sa.Connection, disclosure_id: str) -> frozenset[str]:
    query = sa.select(NAMES.c.account_id).where(NAMES.c.disclosure_id == disclosure_id)
    return frozenset(connection.execute(query).scalars())


def find_disclosure(connection: sa.Connection, disclosure_id: str) -> DisclosureRow | None:
    row = connection.execute(DISCLOSURES.select().where(DISCLOSURES.c.disclosure_id == disclosure_id)).first()
    return None if row is None else DisclosureRow(**row._mapping)


def disclosures_of(connection: sa.Connection, code: str) -> tuple[DisclosureRow, ...]:
    """Newest first."""
    query = DISCLOSURES.select().where(DISCLOSURES.c.code == code)
    rows = connection.execute(query.order_by(DISCLOSURES.c.prepared_at.desc(), DISCLOSURES.c.disclosure_id))
    return tuple(DisclosureRow(**row._mapping) for row in rows)


def disclosures_in(
    connection: sa.Connection, states: tuple[str, ...], limit: int = 200
) -> tuple[DisclosureRow, ...]:
    """Newest first."""
    query = DISCLOSURES.select().where(DISCLOSURES.c.state.in_(states))
    rows = connection.execute(query.order_by(DISCLOSURES.c.prepared_at.desc()).limit(limit))
    return tuple(DisclosureRow(**row._mapping) for row in rows)


def change_disclosure(connection: sa.Connection, row: DisclosureRow, **values: Any) -> bool:
    """Compare and swap on the state: whether it was still in the one that `row` shows."""
    mine = DISCLOSURES.update().where(
        DISCLOSURES.c.disclosure_id == row.disclosure_id, DISCLOSURES.c.state == row.state
    )
    return connection.execute(mine.values(**values)).rowcount == 1


def insert_recall(connection: sa.Connection, row: RecallRow) -> None:
    connection.execute(RECALLS.insert(), {f.name: getattr(row, f.name) for f in fields(row)})


def find_recall(connection: sa.Connection, disclosure_id: str) -> RecallRow | None:
    row = connection.execute(RECALLS.select().where(RECALLS.c.disclosure_id == disclosure_id)).first()
    return None if row is None else RecallRow(**row._mapping)


def change_recall(connection: sa.Connection, disclosure_id: str, **values: str) -> None:
    connection.execute(RECALLS.update().where(RECALLS.c.disclosure_id == disclosure_id).values(**values))


def count_unanswered(connection: sa.Connection, code: str) -> int:
    """Of one testimony: recalls that nobody answered, sent or still to be sent."""
    query = (
        sa.select(sa.func.count())
        .select_from(RECALLS.join(DISCLOSURES, DISCLOSURES.c.disclosure_id == RECALLS.c.disclosure_id))
        .where(RECALLS.c.answer.is_(None), DISCLOSURES.c.code == code)
    )
    return int(connection.execute(query).scalar_one())


def unanswered(connection: sa.Connection) -> tuple[tuple[RecallRow, DisclosureRow], ...]:
    """Recalls without an answer and what they are about, those due first at the front."""
    query = (
        sa.select(RECALLS, DISCLOSURES.c.disclosure_id.label("about"))
        .join(DISCLOSURES, DISCLOSURES.c.disclosure_id == RECALLS.c.disclosure_id)
        .where(RECALLS.c.answer.is_(None))
        .order_by(RECALLS.c.due_on, RECALLS.c.disclosure_id)
    )
    found = []
    for row in connection.execute(query).all():
        values = dict(row._mapping)
        about = find_disclosure(connection, str(values.pop("about")))
        if about is not None:
            found.append((RecallRow(**values), about))
    return tuple(found)


def forget_testimony(connection: sa.Connection, code: str) -> None:
    """Rows of one testimony. Its recipients must have been told before; that they were is in the log."""
    mine = sa.select(DISCLOSURES.c.disclosure_id).where(DISCLOSURES.c.code == code)
    for table in (RECALLS, NAMES):
        connection.execute(table.delete().where(table.c.disclosure_id.in_(mine)))
    connection.execute(DISCLOSURES.delete().where(DISCLOSURES.c.code == code))
