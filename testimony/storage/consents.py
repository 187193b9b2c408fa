"""Consent versions and their decisions, purpose by purpose. A version is never overwritten; one is
current.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from testimony.storage.schema import LEDGER

CONSENTS = sa.Table(
    "consents",
    LEDGER,
    sa.Column("code", sa.Text, sa.ForeignKey("register.code"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("given_on", sa.Text),
    sa.Column("language", sa.Text),
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Column("basis", sa.Text),
    sa.Column("review_due", sa.Text),
    sa.Column("current", sa.Integer, sa.CheckConstraint("current IN (0, 1)"), nullable=False),
    sa.Column("reconfirm_on", sa.Text),
    sqlite_strict=True,
)
sa.Index("consents_current", CONSENTS.c.code, unique=True, sqlite_where=CONSENTS.c.current == 1)

DECISIONS = sa.Table(
    "consent_decisions",
    LEDGER,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("purpose", sa.Text, primary_key=True),
    sa.Column("decision", sa.Text, nullable=False),
    sa.Column("conditions", sa.Text, nullable=False, server_default=","),
    sa.Column("not_before", sa.Text),
    sa.Column("valid_until", sa.Text),
    sa.ForeignKeyConstraint(["code", "version"], ["consents.code", "consents.version"]),
    sqlite_strict=True,
)

READERS = sa.Table(
    "consent_readers",
    LEDGER,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("purpose", sa.Text, primary_key=True),
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.ForeignKeyConstraint(
        ["code", "version", "purpose"],
        ["consent_decisions.code", "consent_decisions.version", "consent_decisions.purpose"],
    ),
    sqlite_strict=True,
)


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """`conditions`: codes of consent_condition. `readers`: account ids when CC11 names them. Dates are ISO
    8601.
    """

    purpose: str
    decision: str
    conditions: tuple[str, ...] = ()
    not_before: str | None = None
    valid_until: str | None = None
    readers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """`reconfirm_on`: the day a child comes of age; None where there is none or nobody wrote it down."""

    code: str
    version: int
    status: str
    given_on: str | None
    language: str | None
    evidence: str
    basis: str | None
    review_due: str | None
    decisions: tuple[DecisionRow, ...]
    reconfirm_on: str | None = None


def insert_consent(connection: sa.Connection, consent: ConsentRow) -> None:
    """Write a version and make it the current one."""
    key = {"code": consent.code, "version": consent.version}
    connection.execute(CONSENTS.update().where(CONSENTS.c.code == consent.code).values(current=0))
    connection.execute(
        CONSENTS.insert(),
        {
            **key,
            "status": consent.status,
            "given_on": consent.given_on,
            "language": consent.language,
            "evidence": consent.evidence,
            "basis": consent.basis,
            "review_due": consent.review_due,
            "reconfirm_on": consent.reconfirm_on,
            "current": 1,
        },
    )
    decisions = [
        {
            **key,
            "purpose": d.purpose,
            "decision": d.decision,
            "conditions": "," + "".join(f"{c}," for c in d.conditions),
            "not_before": d.not_before,
            "valid_until": d.valid_until,
        }
        for d in consent.decisions
    ]
    readers = [
        {**key, "purpose": d.purpose, "account_id": reader} for d in consent.decisions for reader in d.readers
    ]
    for table, rows in ((DECISIONS, decisions), (READERS, readers)):
        if rows:
            connection.execute(table.insert(), rows)


def current_consent(connection: sa.Connection, code: str) -> ConsentRow | None:
    row = connection.execute(
        CONSENTS.select().where(CONSENTS.c.code == code, CONSENTS.c.current == 1)
    ).first()
    return None if row is None else _consent(connection, row)


def find_consent(connection: sa.Connection, code: str, version: int) -> ConsentRow | None:
    row = connection.execute(
        CONSENTS.select().where(CONSENTS.c.code == code, CONSENTS.c.version == version)
    ).first()
    return None if row is None else _consent(connection, row)


def consents_of(connection: sa.Connection, code: str) -> tuple[ConsentRow, ...]:
    """Every version, oldest first."""
    rows = connection.execute(CONSENTS.select().where(CONSENTS.c.code == code).order_by(CONSENTS.c.version))
    return tuple(_consent(connection, row) for row in rows.all())


def _consent(connection: sa.Connection, row: sa.Row[tuple[object, ...]]) -> ConsentRow:
    code: str = row.code
    at_version = (DECISIONS.c.code == code, DECISIONS.c.version == row.version)
    readers = connection.execute(
        READERS.select().where(READERS.c.code == code, READERS.c.version == row.version)
    )
    named: dict[str, list[str]] = {}
    for reader in readers:
        named.setdefault(reader.purpose, []).append(reader.account_id)
    decisions = connection.execute(DECISIONS.select().where(*at_version).order_by(DECISIONS.c.purpose))
    return ConsentRow(
        code=row.code,
        version=row.version,
        status=row.status,
        given_on=row.given_on,
        language=row.language,
        evidence=row.evidence,
        basis=row.basis,
        review_due=row.review_due,
        reconfirm_on=row.reconfirm_on,
        decisions=tuple(
            DecisionRow(
                purpose=d.purpose,
                decision=d.decision,
                conditions=tuple(c for c in d.conditions.split(",") if c),
                not_before=d.not_before,
                valid_until=d.valid_until,
                readers=tuple(named.get(d.purpose, ())),
            )
            for d in decisions
        ),
    )
