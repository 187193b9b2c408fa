"""Requests for grants as signed statements, with their words sealed to whom they concern; and walls between cases.

The columns beside a statement only find it. What a request came to is in the log, which is asked each time.
"""

from dataclasses import dataclass, field

import sqlalchemy as sa

from testimony.domain.accounts import AccountId
from testimony.storage.keyring import Signed
from testimony.storage.schema import LEDGER

REQUESTS = sa.Table(
    "grant_requests",
    LEDGER,
    sa.Column("grant_id", sa.Text, primary_key=True),
    sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.case_id"), nullable=False),
    sa.Column("statement", sa.LargeBinary, nullable=False),
    sa.Column("signer", sa.Text, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False, server_default="waiting"),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", sa.Text),
    sa.CheckConstraint("outcome IN ('waiting', 'given', 'refused', 'taken-back')"),
    sqlite_strict=True,
)
sa.Index("grant_requests_account", REQUESTS.c.account_id)

WORDS = sa.Table(
    "grant_words",
    LEDGER,
    sa.Column("about", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.CheckConstraint("kind IN ('asked', 'answered', 'wall')"),
    sqlite_strict=True,
)

WALLS = sa.Table(
    "case_walls",
    LEDGER,
    sa.Column("step_id", sa.Text, primary_key=True),
    sa.Column("case_a", sa.Text, sa.ForeignKey("cases.case_id"), nullable=False),
    sa.Column("case_b", sa.Text, sa.ForeignKey("cases.case_id"), nullable=False),
    sa.Column("does", sa.Text, nullable=False),
    sa.Column("statement", sa.LargeBinary, nullable=False),
    sa.Column("signer", sa.Text, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.Column("second_signer", sa.Text),
    sa.Column("second_signature", sa.LargeBinary),
    sa.CheckConstraint("case_a < case_b"),
    sa.CheckConstraint("does IN ('set', 'lift')"),
    sqlite_strict=True,
)
"""Each setting and each lifting of a wall. Two signatures make it one; before that it waits."""


@dataclass(frozen=True, slots=True)
class RequestRow:
    grant_id: str
    account_id: AccountId
    case_id: str
    signed: Signed
    outcome: str = "waiting"
    decided_by: str | None = None
    decided_at: str | None = None


@dataclass(frozen=True, slots=True)
class WordsRow:
    """about: a request, or a step of a wall. account_id: to whom they are sealed."""

    about: str
    kind: str
    account_id: str
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class WallRow:
    """does: set or lift. second: None while it waits for another custodian."""

    step_id: str
    cases: tuple[str, str]
    does: str
    first: Signed
    second: Signed | None


def insert_request(connection: sa.Connection, row: RequestRow) -> None:
    values = {
        "grant_id": row.grant_id,
        "account_id": row.account_id,
        "case_id": row.case_id,
        "statement": row.signed.statement,
        "signer": row.signed.signer,
        "signature": row.signed.signature,
        "outcome": row.outcome,
    }
    connection.execute(REQUESTS.insert(), values)


def decide_request(connection: sa.Connection, grant_id: str, outcome: str, by: str, at: str) -> bool:
    """Whether there was such a request that waited."""
    waiting = REQUESTS.update().where(REQUESTS.c.grant_id == grant_id, REQUESTS.c.outcome == "waiting")
    done = connection.execute(waiting.values(outcome=outcome, decided_by=by, decided_at=at))
    return done.rowcount == 1


def find_request(connection: sa.Connection, grant_id: str) -> RequestRow | None:
    row = connection.execute(REQUESTS.select().where(REQUESTS.c.grant_id == grant_id)).first()
    return None if row is None else _request(row)


def requests_of(connection: sa.Connection, account_id: AccountId) -> tuple[RequestRow, ...]:
    query = REQUESTS.select().where(REQUESTS.c.account_id == account_id).order_by(REQUESTS.c.grant_id)
    return tuple(_request(row) for row in connection.execute(query))


def waiting_requests(connection: sa.Connection) -> tuple[RequestRow, ...]:
    query = REQUESTS.select().where(REQUESTS.c.outcome == "waiting").order_by(REQUESTS.c.grant_id)
    return tuple(_request(row) for row in connection.execute(query))


def insert_words(connection: sa.Connection, rows: tuple[WordsRow, ...]) -> None:
    names = ("about", "kind", "account_id", "sealed")
    connection.execute(WORDS.insert(), [{name: getattr(row, name) for name in names} for row in rows])


def words_for(connection: sa.Connection, about: str, kind: str, account_id: str) -> bytes | None:
    query = sa.select(WORDS.c.sealed).where(
        WORDS.c.about == about, WORDS.c.kind == kind, WORDS.c.account_id == account_id
    )
    sealed: bytes | None = connection.execute(query).scalar()
    return sealed


def insert_wall(connection: sa.Connection, row: WallRow) -> None:
    values = {
        "step_id": row.step_id,
        "case_a": row.cases[0],
        "case_b": row.cases[1],
        "does": row.does,
        "statement": row.first.statement,
        "signer": row.first.signer,
        "signature": row.first.signature,
    }
    connection.execute(WALLS.insert(), values)


def sign_wall(connection: sa.Connection, step_id: str, signer: str, signature: bytes) -> bool:
    """Whether there was such a step that waited for its second signature."""
    waiting = WALLS.update().where(WALLS.c.step_id == step_id, WALLS.c.second_signer.is_(None))
    done = connection.execute(waiting.values(second_signer=signer, second_signature=signature))
    return done.rowcount == 1


def delete_wall(connection: sa.Connection, step_id: str) -> bool:
    """Whether there was such a step that waited. One that two people signed is never deleted."""
    waiting = WALLS.delete().where(WALLS.c.step_id == step_id, WALLS.c.second_signer.is_(None))
    return connection.execute(waiting).rowcount == 1


def all_walls(connection: sa.Connection) -> tuple[WallRow, ...]:
    return tuple(_wall(row) for row in connection.execute(WALLS.select().order_by(WALLS.c.step_id)))


def _request(row: sa.Row[tuple[object, ...]]) -> RequestRow:
    r = row._mapping
    return RequestRow(
        grant_id=r["grant_id"],
        account_id=r["account_id"],
        case_id=r["case_id"],
        signed=Signed(r["statement"], r["signer"], r["signature"]),
        outcome=r["outcome"],
        decided_by=r["decided_by"],
        decided_at=r["decided_at"],
    )


def _wall(row: sa.Row[tuple[object, ...]]) -> WallRow:
    r = row._mapping
    second = (
        None
        if r["second_signer"] is None or r["second_signature"] is None
        else Signed(r["statement"], r["second_signer"], r["second_signature"])
    )
    return WallRow(
        step_id=r["step_id"],
        cases=(r["case_a"], r["case_b"]),
        does=r["does"],
        first=Signed(r["statement"], r["signer"], r["signature"]),
        second=second,
    )
