"""Requests to open an identity, what custodians said, shares on their way, and what was opened for a short while.

The columns beside a statement only find it; the statement, once verified, is what counts
(services/identity_statements.py).
"""

from collections.abc import Collection
from dataclasses import dataclass, field, fields

import sqlalchemy as sa

from testimony.domain.accounts import AccountId
from testimony.domain.identity import RequestState
from testimony.storage.keyring import Signed
from testimony.storage.schema import LEDGER

_STATES = ", ".join(f"'{state}'" for state in RequestState)


def _of_request() -> sa.Column[str]:
    return sa.Column("request_id", sa.Text, sa.ForeignKey("identity_requests.request_id"), primary_key=True)


REQUESTS = sa.Table(
    "identity_requests",
    LEDGER,
    sa.Column("request_id", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, sa.ForeignKey("register.code"), nullable=False),
    sa.Column("requester_id", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
    sa.Column("statement", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.Column("asked_at", sa.Text, nullable=False),
    sa.Column("expires_at", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.CheckConstraint(f"state IN ({_STATES})"),
    sqlite_strict=True,
)
sa.Index(
    "identity_requests_open",
    REQUESTS.c.requester_id,
    REQUESTS.c.code,
    unique=True,
    sqlite_where=sa.text("state IN ('waiting', 'opened')"),
)
sa.Index("identity_requests_code", REQUESTS.c.code)

REASONS = sa.Table(
    "identity_reasons",
    LEDGER,
    _of_request(),
    sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.account_id"), primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sqlite_strict=True,
)

APPROVALS = sa.Table(
    "identity_approvals",
    LEDGER,
    _of_request(),
    sa.Column("custodian_id", sa.Text, sa.ForeignKey("accounts.account_id"), primary_key=True),
    sa.Column("statement", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sqlite_strict=True,
)

WRAPPED = sa.Table(
    "identity_wrapped_shares",
    LEDGER,
    _of_request(),
    sa.Column("from_id", sa.Text, primary_key=True),
    sa.Column("to_id", sa.Text, sa.ForeignKey("accounts.account_id"), primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.ForeignKeyConstraint(
        ["request_id", "from_id"], ["identity_approvals.request_id", "identity_approvals.custodian_id"]
    ),
    sqlite_strict=True,
)

OPENINGS = sa.Table(
    "identity_openings",
    LEDGER,
    _of_request(),
    sa.Column("opener_id", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
    sa.Column("until", sa.Text, nullable=False),
    sa.Column("statement", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sqlite_strict=True,
)


@dataclass(frozen=True, slots=True)
class RequestRow:
    request_id: str
    code: str
    requester_id: AccountId
    statement: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    asked_at: str
    expires_at: str
    state: str

    @property
    def signed(self) -> Signed:
        return Signed(self.statement, self.requester_id, self.signature)


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    request_id: str
    custodian_id: AccountId
    statement: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    @property
    def signed(self) -> Signed:
        return Signed(self.statement, self.custodian_id, self.signature)


@dataclass(frozen=True, slots=True)
class WrappedShare:
    """One custodian's share, sealed to another for one request."""

    request_id: str
    from_id: AccountId
    to_id: AccountId
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class OpeningRow:
    """`sealed`: the named parts, to the requester. `until`: first moment at which it is shown no more."""

    request_id: str
    opener_id: AccountId
    until: str
    statement: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    sealed: bytes = field(repr=False)

    @property
    def signed(self) -> Signed:
        return Signed(self.statement, self.opener_id, self.signature)


def insert_request(connection: sa.Connection, row: RequestRow) -> None:
    connection.execute(REQUESTS.insert(), {f.name: getattr(row, f.name) for f in fields(row)})


def find_request(connection: sa.Connection, request_id: str) -> RequestRow | None:
    row = connection.execute(REQUESTS.select().where(REQUESTS.c.request_id == request_id)).first()
    return None if row is None else RequestRow(**row._mapping)


def requests_where(
    connection: sa.Connection,
    *,
    requester: str | None = None,
    code: str | None = None,
    states: Collection[RequestState] = tuple(RequestState),
    limit: int = 100,
) -> tuple[RequestRow, ...]:
    """Newest first."""
    query = REQUESTS.select().where(REQUESTS.c.state.in_(sorted(states)))
    if requester is not None:
        query = query.where(REQUESTS.c.requester_id == requester)
    if code is not None:
        query = query.where(REQUESTS.c.code == code)
    rows = connection.execute(query.order_by(REQUESTS.c.asked_at.desc(), REQUESTS.c.request_id).limit(limit))
    return tuple(RequestRow(**row._mapping) for row in rows)


def move_request(
    connection: sa.Connection, request_id: str, *, before: RequestState, after: RequestState
) -> bool:
    """Compare and swap: whether it was in state `before` and is now in `after`."""
    at = (REQUESTS.c.request_id == request_id, REQUESTS.c.state == before.value)
    return connection.execute(REQUESTS.update().where(*at).values(state=after.value)).rowcount == 1


def insert_reason(connection: sa.Connection, request_id: str, account_id: str, sealed: bytes) -> None:
    row = {"request_id": request_id, "account_id": account_id, "sealed": sealed}
    connection.execute(REASONS.insert().prefix_with("OR REPLACE"), row)


def find_reason(connection: sa.Connection, request_id: str, account_id: str) -> bytes | None:
    at = (REASONS.c.request_id == request_id, REASONS.c.account_id == account_id)
    found: bytes | None = connection.execute(sa.select(REASONS.c.sealed).where(*at)).scalar()
    return found


def insert_approval(connection: sa.Connection, row: ApprovalRow, shares: Collection[WrappedShare]) -> None:
    connection.execute(APPROVALS.insert(), {f.name: getattr(row, f.name) for f in fields(row)})
    rows = [{f.name: getattr(share, f.name) for f in fields(share)} for share in shares]
    if rows:
        connection.execute(WRAPPED.insert(), rows)


def approvals_of(connection: sa.Connection, request_id: str) -> tuple[ApprovalRow, ...]:
    query = APPROVALS.select().where(APPROVALS.c.request_id == request_id)
    rows = connection.execute(query.order_by(APPROVALS.c.custodian_id))
    return tuple(ApprovalRow(**row._mapping) for row in rows)


def wrapped_of(connection: sa.Connection, request_id: str) -> tuple[WrappedShare, ...]:
    query = WRAPPED.select().where(WRAPPED.c.request_id == request_id)
    rows = connection.execute(query.order_by(WRAPPED.c.from_id, WRAPPED.c.to_id))
    return tuple(WrappedShare(**row._mapping) for row in rows)


def delete_wrapped(connection: sa.Connection, request_id: str) -> None:
    connection.execute(WRAPPED.delete().where(WRAPPED.c.request_id == request_id))


def insert_opening(connection: sa.Connection, row: OpeningRow) -> None:
    connection.execute(OPENINGS.insert(), {f.name: getattr(row, f.name) for f in fields(row)})


def find_opening(connection: sa.Connection, request_id: str) -> OpeningRow | None:
    row = connection.execute(OPENINGS.select().where(OPENINGS.c.request_id == request_id)).first()
    return None if row is None else OpeningRow(**row._mapping)


def openings_past(connection: sa.Connection, now: str) -> tuple[str, ...]:
    """Ids of requests whose time to look is over while the sealed parts still lie here."""
    return tuple(
        connection.execute(sa.select(OPENINGS.c.request_id).where(OPENINGS.c.until <= now)).scalars()
    )


def delete_opening(connection: sa.Connection, request_id: str) -> None:
    connection.execute(OPENINGS.delete().where(OPENINGS.c.request_id == request_id))


def waiting_past(connection: sa.Connection, now: str) -> tuple[RequestRow, ...]:
    """Requests that nobody answered in time."""
    at = (REQUESTS.c.state == RequestState.WAITING.value, REQUESTS.c.expires_at <= now)
    return tuple(RequestRow(**row._mapping) for row in connection.execute(REQUESTS.select().where(*at)))


def void_approvals(connection: sa.Connection) -> None:
    """Take every approval of a waiting request away: for when the shares themselves were made anew."""
    waiting = sa.select(REQUESTS.c.request_id).where(REQUESTS.c.state == RequestState.WAITING.value)
    for table in (WRAPPED, APPROVALS):
        connection.execute(table.delete().where(table.c.request_id.in_(waiting)))


def forget_testimony(connection: sa.Connection, code: str) -> None:
    """Delete everything that was asked, agreed and opened about one testimony. Nothing is kept: the log tells of it."""
    of_code = sa.select(REQUESTS.c.request_id).where(REQUESTS.c.code == code)
    for table in (OPENINGS, WRAPPED, APPROVALS, REASONS):
        connection.execute(table.delete().where(table.c.request_id.in_(of_code)))
    connection.execute(REQUESTS.delete().where(REQUESTS.c.code == code))
