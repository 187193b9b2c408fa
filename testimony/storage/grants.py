"""Grants as signed statements. The columns beside the statement only find it; the statement, once verified,
is what counts.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from testimony.domain.accounts import AccountId
from testimony.storage.keyring import Signed
from testimony.storage.schema import LEDGER

GRANTS = sa.Table(
    "grants",
    LEDGER,
    sa.Column("grant_id", sa.Text, primary_key=True),
    sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.case_id"), nullable=False),
    sa.Column("statement", sa.LargeBinary, nullable=False),
    sa.Column("signer", sa.Text, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.Column("revoked_at", sa.Text),
    sqlite_strict=True,
)
sa.Index("grants_account", GRANTS.c.account_id)


@dataclass(frozen=True, slots=True)
class GrantRow:
    grant_id: str
    account_id: AccountId
    case_id: str
    signed: Signed
    revoked_at: str | None


def insert_grant(connection: sa.Connection, row: GrantRow) -> None:
    connection.execute(
        GRANTS.insert(),
        {
            "grant_id": row.grant_id,
            "account_id": row.account_id,
            "case_id": row.case_id,
            "statement": row.signed.statement,
            "signer": row.signed.signer,
            "signature": row.signed.signature,
            "revoked_at": row.revoked_at,
        },
    )


def revoke_grant(connection: sa.Connection, grant_id: str, at: str) -> bool:
    """Whether there was a grant of this id that was not revoked before."""
    statement = GRANTS.update().where(GRANTS.c.grant_id == grant_id, GRANTS.c.revoked_at.is_(None))
    return connection.execute(statement.values(revoked_at=at)).rowcount == 1


def grants_of(connection: sa.Connection, account_id: AccountId) -> tuple[GrantRow, ...]:
    """Grants of one account that were not revoked, whatever their dates."""
    query = GRANTS.select().where(GRANTS.c.account_id == account_id, GRANTS.c.revoked_at.is_(None))
    return tuple(_row(row) for row in connection.execute(query))


def all_grants(connection: sa.Connection) -> tuple[GrantRow, ...]:
    return tuple(_row(row) for row in connection.execute(GRANTS.select().order_by(GRANTS.c.grant_id)))


def _row(row: sa.Row[tuple[object, ...]]) -> GrantRow:
    r = row._mapping
    return GrantRow(
        grant_id=r["grant_id"],
        account_id=r["account_id"],
        case_id=r["case_id"],
        signed=Signed(r["statement"], r["signer"], r["signature"]),
        revoked_at=r["revoked_at"],
    )
