"""Testimonies taken elsewhere, one JSON object a line, handed in as if they had been typed here.

    row := {"text", "language", "interview_date"?, "case"?, "consent"?: {purpose: decision},
            "protect"?: [{"text", "kind"}], "external_id"?}

Who imports attests that consent was explained and asked where the account was taken. A condition that did not
come along is stored as "ask me again each time", which no machine can meet. A row that is wrong is named and
left out; the rows around it are kept. Each row is one transaction: what was reported as kept is on disk.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.consent import (
    INFORMED,
    Answer,
    Assent,
    Capacity,
    Condition,
    Consent,
    Decision,
    GuardianDecision,
    PurposeDecision,
    Receipt,
)
from testimony.domain.documents import Fields
from testimony.domain.errors import Invalid, Problem
from testimony.domain.purposes import Purpose
from testimony.domain.statement import MAX_STATEMENT, ProtectItem, Statement, read_protect_item
from testimony.domain.testimony import Imported, Submission
from testimony.domain.witness import IdentityState, Witness
from testimony.policy.access import Permission, require
from testimony.services.sessions import Session
from testimony.services.submitting import new_codes, submit
from testimony.storage import cases, register

MAX_LINE_BYTES = 8 * 1024 * 1024
REVIEW_AFTER = timedelta(days=365)
"""When consent that came without a review date is looked at again."""

_AT_A_DISTANCE = "CE06"
_CONSENT_BASIS = "LB01"
_ASK_AGAIN = "CC12"
_ELSEWHERE = "kept where the account was taken"


@dataclass(frozen=True, slots=True)
class RowReport:
    """What became of one line, counted from 1: its code when it was kept, its problems when it was not."""

    line: int
    code: str | None
    problems: tuple[Problem, ...] = ()
    already_there: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """What one line says, read and bounded."""

    statement: Statement
    told_on: str | None
    case_id: str | None
    decisions: tuple[PurposeDecision, ...]
    protect: tuple[ProtectItem, ...]
    external_id: str


def import_rows(session: Session, lines: Iterable[bytes], now: datetime) -> Iterator[RowReport]:
    """Take rows in one by one; blank lines are passed over. Raises Refused before the first."""
    with session.work(now) as work:
        require(session.account, Permission.IMPORT)
        open_cases = tuple(c.case_id for c in cases.all_cases(work.connection) if c.status == "open")
        work.log(Action.WRITTEN, fields=("import-started",))
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _import_line(session, number, line, open_cases, now)


def _import_line(
    session: Session, number: int, line: bytes, open_cases: tuple[str, ...], now: datetime
) -> RowReport:
    try:
        row = read_row(Fields(parse_line(line)))
        submission_id = _submission_id(session.account.id, row)
        with session.reading() as connection:
            known = register.find_submission(connection, submission_id)
            code, pseudonym = new_codes(connection)
        if known is not None:
            return RowReport(number, known.code, already_there=True)
        submission = Submission(
            submission_id=submission_id,
            code=code,
            pseudonym=pseudonym,
            case_id=case_of(row, open_cases),
            witness=Witness(IdentityState.NEVER_KNOWN),
            statement=row.statement,
            consent=consent_of(row, session.account.id, now.date()),
            protect=row.protect,
            imported=Imported(row.told_on, row.external_id),
        )
        return RowReport(number, submit(session, submission, None, now).code)
    except Invalid as error:
        return RowReport(number, None, error.problems)


def parse_line(line: bytes) -> object:
    if len(line) > MAX_LINE_BYTES:
        raise Invalid((Problem("", "too_long"),))
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        raise Invalid((Problem("", "not_json"),)) from None


def read_row(fields: Fields) -> Row:
    """Raises Invalid with every problem of the row."""
    text, language = fields.text("text", MAX_STATEMENT), fields.language("language")
    told_on, case_id = fields.edtf_or_none("interview_date"), fields.text_or_none("case")
    decisions = fields.one_or_none("consent", _read_decisions)
    protect = fields.many_or_none("protect", read_protect_item)
    external_id = fields.text_or_none("external_id")
    fields.require()
    return Row(Statement(text, language), told_on, case_id, decisions or (), protect or (), external_id or "")


def _read_decisions(fields: Fields) -> tuple[PurposeDecision, ...]:
    said = {purpose: fields.choice_or_none(purpose.value, Decision) for purpose in Purpose}
    fields.require()
    return tuple(_decision(purpose, decision) for purpose, decision in said.items() if decision is not None)


def _decision(purpose: Purpose, decision: Decision) -> PurposeDecision:
    conditional = decision is Decision.GRANTED_WITH_CONDITIONS
    return PurposeDecision(purpose, decision, (Condition(_ASK_AGAIN),) if conditional else ())


def consent_of(row: Row, explained_by: AccountId, today: date) -> Consent:
    """The row's decisions as a consent that somebody attests. Raises Invalid."""
    wants_contact = any(d.purpose is Purpose.CP21 and d.is_yes for d in row.decisions)
    return Consent(
        version=1,
        decisions=row.decisions,
        evidence=_AT_A_DISTANCE,
        basis=_CONSENT_BASIS,
        given_on=today,
        language=row.statement.language,
        explained_by=explained_by,
        explained=INFORMED,
        capacity=Capacity(Answer.YES, Answer.YES, Answer.YES),
        minor=False,
        guardian_decision=GuardianDecision.NOT_NEEDED,
        assent=Assent.NOT_NEEDED,
        review_due=today + REVIEW_AFTER,
        receipt=Receipt.NOT_OFFERED,
        contact_channel=_ELSEWHERE if wants_contact else "",
        contact_hours=_ELSEWHERE if wants_contact else "",
    )


def case_of(row: Row, open_cases: tuple[str, ...]) -> str:
    """The row's case; without one, the only open case. Raises Invalid."""
    if row.case_id is None and len(open_cases) == 1:
        return open_cases[0]
    if row.case_id is None:
        raise Invalid((Problem("case", "required"),))
    if row.case_id not in open_cases:
        raise Invalid((Problem("case", "unknown_code"),))
    return row.case_id


def _submission_id(importer: AccountId, row: Row) -> str:
    """The same row of the same source, imported twice by the same person, is one submission."""
    if not row.external_id:
        return secrets.token_hex(16)
    return hashlib.sha256(f"import/{importer}/{row.external_id}".encode()).hexdigest()[:32]
