"""Findings of auditors and their notes: numbers, states and days in clear, everything said sealed to the auditors.

Append-only: triggers refuse change and deletion, except that erasing a testimony takes its code and what was said of it
away. Who a finding is about lies sealed: an account that opens the ledger shall not read that it is looked at.
"""

from dataclasses import dataclass, field

import sqlalchemy as sa

from testimony.domain.accounts import AccountId
from testimony.storage.schema import LEDGER

FINDINGS = sa.Table(
    "findings",
    LEDGER,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("opened_at", sa.Text, nullable=False),
    sa.Column("code", sa.Text),
    sa.CheckConstraint("number >= 1"),
    sqlite_strict=True,
)
sa.Index("findings_code", FINDINGS.c.code, sqlite_where=FINDINGS.c.code.is_not(None))

NOTES = sa.Table(
    "finding_notes",
    LEDGER,
    sa.Column("finding", sa.Integer, sa.ForeignKey("findings.number"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("author_id", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("owner_id", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
    sa.Column("due_on", sa.Text),
    sa.Column("sealed", sa.LargeBinary),
    sa.CheckConstraint("number >= 1"),
    sa.CheckConstraint("state IN ('open', 'looking', 'closed')"),
    sqlite_strict=True,
)

for _table, _only in ((FINDINGS, "code"), (NOTES, "sealed")):
    _kept = " AND ".join(f"NEW.{c.name} IS OLD.{c.name}" for c in _table.columns if c.name != _only)
    for _act, _when in (("UPDATE", f" WHEN NOT (NEW.{_only} IS NULL AND {_kept})"), ("DELETE", "")):
        sa.event.listen(
            _table,
            "after_create",
            sa.DDL(  # type: ignore[no-untyped-call]  # the library types everything but this
                f"CREATE TRIGGER {_table.name}_no_{_act.lower()} BEFORE {_act} ON {_table.name}{_when} "
                "BEGIN SELECT RAISE(ABORT, 'findings are append-only'); END"
            ),
        )


@dataclass(frozen=True, slots=True)
class FindingRow:
    """code: of the testimony that it is about; None when it is about anything else, or once that was erased."""

    number: int
    opened_at: str
    code: str | None


@dataclass(frozen=True, slots=True)
class NoteRow:
    """sealed: see docs/formats/finding.md; None once it went with an erased testimony."""

    finding: int
    number: int
    at: str
    author_id: AccountId
    state: str
    owner_id: AccountId
    due_on: str | None
    sealed: bytes | None = field(repr=False)


def next_number(connection: sa.Connection) -> int:
    last: int | None = connection.execute(sa.select(sa.func.max(FINDINGS.c.number))).scalar()
    return 1 if last is None else last + 1


def insert_finding(connection: sa.Connection, row: FindingRow) -> None:
    connection.execute(FINDINGS.insert(), {c.name: getattr(row, c.name) for c in FINDINGS.columns})


def insert_note(connection: sa.Connection, row: NoteRow) -> None:
    connection.execute(NOTES.insert(), {c.name: getattr(row, c.name) for c in NOTES.columns})


def find_finding(connection: sa.Connection, number: int) -> FindingRow | None:
    row = connection.execute(FINDINGS.select().where(FINDINGS.c.number == number)).first()
    return None if row is None else FindingRow(**row._mapping)


def notes_of(connection: sa.Connection, finding: int) -> tuple[NoteRow, ...]:
    """Oldest first."""
    rows = connection.execute(NOTES.select().where(NOTES.c.finding == finding).order_by(NOTES.c.number))
    return tuple(NoteRow(**row._mapping) for row in rows)


def last_notes(
    connection: sa.Connection, *, states: tuple[str, ...], before: int | None, limit: int
) -> tuple[NoteRow, ...]:
    """The last note of each finding that stands in one of the states, newest finding first."""
    latest = sa.select(sa.func.max(NOTES.c.number)).where(NOTES.c.finding == FINDINGS.c.number)
    query = (
        sa.select(NOTES)
        .join(FINDINGS, FINDINGS.c.number == NOTES.c.finding)
        .where(NOTES.c.number == latest.correlate(FINDINGS).scalar_subquery(), NOTES.c.state.in_(states))
        .order_by(NOTES.c.finding.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(NOTES.c.finding < before)
    return tuple(NoteRow(**row._mapping) for row in connection.execute(query))


def findings_about(connection: sa.Connection, code: str) -> tuple[int, ...]:
    query = sa.select(FINDINGS.c.number).where(FINDINGS.c.code == code).order_by(FINDINGS.c.number)
    return tuple(connection.execute(query).scalars())


def forget_testimony(connection: sa.Connection, code: str) -> None:
    """Take away which testimony its findings are about and what was said in them; that there were notes remains."""
    for number in findings_about(connection, code):
        connection.execute(NOTES.update().where(NOTES.c.finding == number).values(sealed=None))
    connection.execute(FINDINGS.update().where(FINDINGS.c.code == code).values(code=None))
