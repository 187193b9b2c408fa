"""Rows that were redacted elsewhere, made ready: read, compared with what is there, and signed by two reviewers.

    row := the row of `importing`, and "audience": public | partner | court, "warning"?: code of warning.csv

What comes out is all that the review room would leave for a released account, with the same signatures by the same
functions; only, nobody here took the account and nothing was withheld here. Nothing is written.
"""

import hashlib
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime

from testimony.domain.accounts import AccountId
from testimony.domain.audit import DenyReason
from testimony.domain.consent import status
from testimony.domain.documents import Fields
from testimony.domain.errors import Invalid, Problem
from testimony.domain.matching import occurrences_of_each
from testimony.domain.purposes import Audience
from testimony.domain.testimony import Imported, State, Submission
from testimony.domain.witness import IdentityState, Witness
from testimony.services.approving import signed_approval, signed_proposal
from testimony.services.envelopes import sign_submission
from testimony.services.importing import Row, RowReport, case_of, consent_of, parse_line, read_row
from testimony.services.receiving import first_version, original_of
from testimony.services.releasing import refusals, signed_release
from testimony.services.residual_checks import Checked, check
from testimony.services.sessions import Session, timestamp
from testimony.services.submitting import consent_row, new_codes, register_row
from testimony.services.under_review import UnderReview
from testimony.storage import cases, register, releases
from testimony.storage.connections import Connection
from testimony.storage.consents import ConsentRow
from testimony.storage.redaction_sets import SetRow
from testimony.storage.redactions import WorkRow
from testimony.storage.releases import Release

STILL_STANDS = "still_in_text"

_ELSEWHERE = AccountId("elsewhere")
"""Who explained the consent: nobody of this archive."""


@dataclass(frozen=True, slots=True, repr=False)
class Pair:
    """Two people, both signed in here. redactor: hands in and proposes. approver: approves and releases."""

    redactor: Session
    approver: Session


@dataclass(frozen=True, slots=True)
class SignedRow:
    """All that one row will be, with every signature."""

    line: int
    account: UnderReview
    work: WorkRow
    consent: ConsentRow
    layer: SetRow
    release: Release


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that its consent does not carry, or that says too much together. external_id: for the auditors."""

    line: int
    case_id: str
    audience: Audience
    reasons: tuple[DenyReason, ...]
    external_id: str = field(repr=False)


Outcome = RowReport | SignedRow | RefusedRow


def sign_rows(pair: Pair, lines: list[tuple[int, bytes]], now: datetime) -> list[Outcome]:
    """One outcome a line, in order: signed, refused, or a report when there is nothing to write of it."""
    outcomes: list[Outcome] = []
    with pair.redactor.reading() as connection:
        desk = _Desk(pair, connection, now)
        for number, line in lines:
            try:
                outcomes.append(desk.outcome(number, line))
            except Invalid as error:
                outcomes.append(RowReport(number, None, error.problems))
    return outcomes


class _Desk:
    """What is in the archive already, and what the rows before in the same batch bring."""

    def __init__(self, pair: Pair, connection: Connection, now: datetime) -> None:
        self._pair = pair
        self._connection = connection
        self._now = now
        self._open_cases = tuple(c.case_id for c in cases.all_cases(connection) if c.status == "open")
        self._brought: dict[str, tuple[str, Audience]] = {}
        self._codes: set[str] = set()

    def outcome(self, number: int, line: bytes) -> Outcome:
        """Raises Invalid."""
        fields = Fields(parse_line(line))
        audience, warning = fields.choice("audience", Audience), fields.code_or_none("warning", "warning")
        row = read_row(fields)
        submission_id = _submission_id(self._pair.redactor.account.id, row)
        code = self._find(submission_id, audience)
        if code is not None:
            return RowReport(number, code, already_there=True)
        _require_gone(row)
        submission = self._submission(submission_id, row, audience)
        if warning is not None:
            submission = replace(submission, warning=warning)
        today = self._now.date()
        registered = register_row(submission, self._pair.redactor.account.id, today, State.RELEASED)
        consent = consent_row(submission, status(submission.consent, today))
        if reasons := refusals(consent, registered, audience, self._now):
            return RefusedRow(number, registered.case_id, audience, reasons, row.external_id)
        signed = _signed(self._pair, self._connection, number, submission, (registered, consent), self._now)
        if signed is None:
            reasons = (DenyReason.QUASI_IDENTIFIERS,)
            return RefusedRow(number, registered.case_id, audience, reasons, row.external_id)
        self._brought[submission_id] = (submission.code, audience)
        return signed

    def _find(self, submission_id: str, audience: Audience) -> str | None:
        """The code of a row that was taken in before. Raises Invalid when that was for another audience."""
        if submission_id in self._brought:
            code, before = self._brought[submission_id]
            same = before is audience
        elif (known := register.find_submission(self._connection, submission_id)) is not None:
            code = known.code
            same = releases.next_number(self._connection, code, audience) > 1
        else:
            return None
        if not same:
            raise Invalid((Problem("audience", "not_as_before"),))
        return code

    def _submission(self, submission_id: str, row: Row, audience: Audience) -> Submission:
        code, pseudonym = new_codes(self._connection)
        while code in self._codes:
            code, pseudonym = new_codes(self._connection)
        self._codes.add(code)
        return Submission(
            submission_id=submission_id,
            code=code,
            pseudonym=pseudonym,
            case_id=case_of(row, self._open_cases),
            witness=Witness(IdentityState.NEVER_KNOWN),
            statement=row.statement,
            consent=consent_of(row, _ELSEWHERE, self._now.date()),
            # Not `row.protect`: words that were taken out elsewhere are not brought into this archive.
            imported=Imported(row.told_on, row.external_id, audience),
        )


def _require_gone(row: Row) -> None:
    """Raises Invalid, naming each by its number from 0, for words to protect that the text still says."""
    found = occurrences_of_each(row.statement.text, (item.text for item in row.protect))
    problems = tuple(Problem(f"protect.{at}", STILL_STANDS) for at, spans in enumerate(found) if spans)
    if problems:
        raise Invalid(problems)


def _signed(
    pair: Pair,
    connection: Connection,
    line: int,
    submission: Submission,
    rows: tuple[register.RegisterRow, ConsentRow],
    now: datetime,
) -> SignedRow | None:
    """None when what is left fits too few people: nobody here can say less of it."""
    registered, consent = rows
    redactor, approver = pair.redactor, pair.approver
    document = sign_submission(redactor.keys.signing, submission)
    work = WorkRow(submission.code, 1, 1, redactor.account.id, timestamp(now))
    account = UnderReview(
        row=registered,
        original=original_of(submission, document, redactor.account.id, redactor.account.id, now),
        submission=submission,
        version=first_version(submission, redactor.account.id, now),
        work=work,
        marks=(),
    )
    audience = _audience_of(submission)
    checked = Checked(check(redactor, connection, account, audience))
    if checked.is_override:
        return None
    proposal = signed_proposal(redactor, account, audience, checked, now)
    # compared_by and read_alone_by stay empty: the second reviewer looked elsewhere, and attests it.
    layer = replace(
        proposal,
        state="released",
        approver_id=approver.account.id,
        approval_signature=signed_approval(approver, proposal),
        decided_at=timestamp(now),
        residual_checked=1,
    )
    release = signed_release(approver, account, layer, 1, now)
    return SignedRow(line, account, work, consent, layer, release)


def _audience_of(submission: Submission) -> Audience:
    if submission.imported is None or submission.imported.redacted_for is None:
        raise ValueError("such a document says for whom it was redacted")
    return submission.imported.redacted_for


def _submission_id(redactor: AccountId, row: Row) -> str:
    """The same row of the same source, brought twice by the same person, is one submission."""
    if not row.external_id:
        return secrets.token_hex(16)
    return hashlib.sha256(f"import-redacted/{redactor}/{row.external_id}".encode()).hexdigest()[:32]
