"""Second accounts of one witness: who wants to take one, and the second person's word.

What is asked is signed by the interviewer, the answer by a custodian. The reason lies sealed to custodians and
auditors, and once more to the interviewer, whose submission must say the same.
"""

from dataclasses import dataclass, field, fields

import sqlalchemy as sa

from testimony.storage.keyring import Signed
from testimony.storage.schema import LEDGER

REQUESTS = sa.Table(
    "second_accounts",
    LEDGER,
    sa.Column("request_id", sa.Text, primary_key=True),
    sa.Column("draft_id", sa.Text, nullable=False),
    sa.Column("code", sa.Text, sa.ForeignKey("register.code")),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("found_by", sa.Text, nullable=False),
    sa.Column("asked_by", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
    sa.Column("asked_at", sa.Text, nullable=False),
    sa.Column("statement", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.Column("words", sa.LargeBinary, nullable=False),
    sa.Column("own", sa.LargeBinary, nullable=False),
    sa.Column("decision", sa.Text),
    sa.Column("decided_by", sa.Text, sa.ForeignKey("accounts.account_id")),
    sa.Column("decided_at", sa.Text),
    sa.Column("answer", sa.LargeBinary),
    sa.Column("decision_statement", sa.LargeBinary),
    sa.Column("decision_signature", sa.LargeBinary),
    sa.CheckConstraint("found_by IN ('witness', 'archive')"),
    sa.CheckConstraint("decision IN ('approved', 'refused')"),
    sa.CheckConstraint("decided_by <> asked_by"),
    sa.CheckConstraint("(decision IS NULL) = (decided_by IS NULL)"),
    sa.CheckConstraint("(decision IS NULL) = (decision_statement IS NULL)"),
    sqlite_strict=True,
)
sa.Index("second_accounts_draft", REQUESTS.c.draft_id)
sa.Index("second_accounts_code", REQUESTS.c.code, sqlite_where=REQUESTS.c.code.is_not(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """code: of the testimony that the draft became; None before. found_by: who says that there is an earlier one.

    words: sealed to custodians and auditors; own: to the interviewer; answer: to the interviewer.
    """

    request_id: str
    draft_id: str
    case_id: str
    found_by: str
    asked_by: str
    asked_at: str
    statement: bytes
    signature: bytes
    words: bytes = field(repr=False)
    own: bytes = field(repr=False)
    code: str | None = None
    decision: str | None = None
    decided_by: str | None = None
    decided_at: str | None = None
    answer: bytes | None = field(default=None, repr=False)
    decision_statement: bytes | None = None
    decision_signature: bytes | None = None

    @property
    def asked(self) -> Signed:
        return Signed(self.statement, self.asked_by, self.signature)

    @property
    def decided(self) -> Signed | None:
        parts = (self.decision_statement, self.decided_by, self.decision_signature)
        if parts[0] is None or parts[1] is None or parts[2] is None:
            return None
        return Signed(parts[0], parts[1], parts[2])


def insert_request(connection: sa.Connection, row: RequestRow) -> None:
    connection.execute(REQUESTS.insert(), {one.name: getattr(row, one.name) for one in fields(row)})


def find_request(connection: sa.Connection, request_id: str) -> RequestRow | None:
    row = connection.execute(REQUESTS.select().where(REQUESTS.c.request_id == request_id)).first()
    return None if row is None else RequestRow(**row._mapping)


def requests_of(connection: sa.Connection, draft_id: str) -> tuple[RequestRow, ...]:
    """Newest first."""
    query = REQUESTS.select().where(REQUESTS.c.draft_id == draft_id)
    ordered = query.order_by(REQUESTS.c.asked_at.desc(), sa.literal_column("second_accounts.rowid").desc())
    return tuple(RequestRow(**row._mapping) for row in connection.execute(ordered))


def all_requests(connection: sa.Connection) -> tuple[RequestRow, ...]:
    query = REQUESTS.select().order_by(REQUESTS.c.asked_at, REQUESTS.c.request_id)
    return tuple(RequestRow(**row._mapping) for row in connection.execute(query))


def newest_requests(connection: sa.Connection, limit: int) -> tuple[RequestRow, ...]:
    """Those that wait, oldest first, then the newest of those that were decided."""
    waits = REQUESTS.c.decision.is_(None)
    waiting = REQUESTS.select().where(waits).order_by(REQUESTS.c.asked_at)
    decided = REQUESTS.select().where(sa.not_(waits)).order_by(REQUESTS.c.decided_at.desc()).limit(limit)
    return tuple(
        RequestRow(**row._mapping) for query in (waiting, decided) for row in connection.execute(query)
    )


def newest_of_drafts(connection: sa.Connection, asked_by: str) -> dict[str, str | None]:
    """The decision on the newest request about each draft of one person that was not handed in."""
    query = (
        sa.select(REQUESTS.c.draft_id, REQUESTS.c.decision)
        .where(REQUESTS.c.asked_by == asked_by, REQUESTS.c.code.is_(None))
        .order_by(REQUESTS.c.asked_at, sa.literal_column("second_accounts.rowid"))
    )
    return {row.draft_id: row.decision for row in connection.execute(query)}


def count_waiting(connection: sa.Connection, but_of: str) -> int:
    """but_of: an account whose own requests are not counted."""
    query = sa.select(sa.func.count()).select_from(REQUESTS)
    waiting = query.where(REQUESTS.c.decision.is_(None), REQUESTS.c.asked_by != but_of)
    return connection.execute(waiting).scalar_one()


def decide_request(connection: sa.Connection, request_id: str, **values: object) -> bool:
    """Whether it waited until now."""
    waiting = REQUESTS.update().where(REQUESTS.c.request_id == request_id, REQUESTS.c.decision.is_(None))
    return connection.execute(waiting.values(values)).rowcount == 1


def drop_waiting(connection: sa.Connection, draft_id: str) -> None:
    """Forget what was asked about a draft and not decided: another reason takes its place."""
    connection.execute(
        REQUESTS.delete().where(REQUESTS.c.draft_id == draft_id, REQUESTS.c.decision.is_(None))
    )


def drop_draft(connection: sa.Connection, draft_id: str) -> None:
    """A draft was discarded. The log keeps that it was asked about."""
    connection.execute(REQUESTS.delete().where(REQUESTS.c.draft_id == draft_id, REQUESTS.c.code.is_(None)))


def note_code(connection: sa.Connection, draft_id: str, code: str) -> None:
    connection.execute(REQUESTS.update().where(REQUESTS.c.draft_id == draft_id).values(code=code))


def forget_testimony(connection: sa.Connection, code: str) -> None:
    connection.execute(REQUESTS.delete().where(REQUESTS.c.code == code))
