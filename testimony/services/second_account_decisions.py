"""The second person's word about a second account: custodians read the reason and sign a yes or a no."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from crypto.labels import Label
from crypto.sealing import seal
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import Conflict, IntegrityFailed, NotFound, Refused
from testimony.policy.access import Permission, require
from testimony.services.certificates import certified_account, sign_statement
from testimony.services.custodian_words import open_words
from testimony.services.sealed_words import hash_of
from testimony.services.second_account_statements import context_of, decision_document, read_request
from testimony.services.second_accounts import TAKEN
from testimony.services.sessions import Session, timestamp
from testimony.services.two_people import counted_custodian
from testimony.storage import accounts
from testimony.storage import second_accounts as rows
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.second_accounts import RequestRow

DECIDED = {"approved": "second-account-approved", "refused": "second-account-refused"}
SHOWN = 50
"""Decided requests that the page of custodians goes back."""


@dataclass(frozen=True, slots=True)
class RequestView:
    """What a custodian decides about. reason: None for one who joined after it was sealed. is_own: they asked it.

    is_damaged: it is not what its interviewer signed; nobody decides about it. asked_at: None where unreadable.
    """

    id: str
    case_id: str
    found_by: str
    asked_by: str
    asked_at: datetime | None
    reason: str | None
    decision: str | None
    decided_by: str | None
    code: str | None
    is_own: bool
    is_damaged: bool = False


def decide(session: Session, request_id: str, decision: str, reason: str, now: datetime) -> None:
    """Sign that it may be taken, or that it may not. decision: `approved` or `refused`.

    reason: for auditors, and after a refusal for the interviewer. Raises Refused (DR12 for one's own), NotFound,
    Conflict when it was decided, IntegrityFailed when it is not what its interviewer signed.
    """
    with session.work(now) as work:
        require(session.account, Permission.DECIDE_SECOND_ACCOUNT)
        row = rows.find_request(work.connection, request_id)
        if row is None:
            raise NotFound
        if row.asked_by == session.account.id:
            raise Refused((DenyReason.SAME_PERSON,), subject=("draft", row.draft_id))
        if row.decision is not None:
            raise Conflict
        _reason_for_custodian(session, row)  # The words too: what is agreed to is what was signed.
        counted_custodian(session.archive.keyring(), work.connection, session.account.id)
        document = decision_document(session, row, decision)
        document["at"] = timestamp(now)
        signed = sign_statement(
            document, session.account.id, session.keys.signing, Label.SECOND_ACCOUNT_DECISION
        )
        rows.decide_request(
            work.connection,
            request_id,
            decision=decision,
            decided_by=session.account.id,
            decided_at=timestamp(now),
            answer=_answer(session, row, reason) if decision == "refused" else None,
            decision_statement=signed.statement,
            decision_signature=signed.signature,
        )
        work.log(
            Action.WRITTEN,
            subject=("draft", row.draft_id),
            case=row.case_id,
            fields=(DECIDED[decision], f"request:{request_id}"),
            detail=reason,
        )


def list_requests(session: Session, now: datetime) -> tuple[RequestView, ...]:
    """What waits, oldest first, then what was decided. Raises Refused."""
    with session.work(now) as work:
        require(session.account, Permission.DECIDE_SECOND_ACCOUNT)
        handles = {row.account_id: row.handle for row in accounts.all_accounts(work.connection)}
        found = rows.newest_requests(work.connection, SHOWN)
        for row in found:
            work.log(Action.LIST_SHOWN, subject=("draft", row.draft_id), case=row.case_id, fields=(TAKEN,))
        work.log(Action.LIST_SHOWN, fields=("second-accounts",), count=len(found))
        return tuple(_view(session, row, handles) for row in found)


def count_waiting(session: Session) -> int:
    """For the front page of custodians."""
    with session.reading() as connection:
        return rows.count_waiting(connection, session.account.id)


def _view(session: Session, row: RequestRow, handles: Mapping[AccountId, str]) -> RequestView:
    """One bent row is shown as damaged and keeps nobody from the others."""
    asked_at, reason, is_damaged = None, None, False
    with suppress(ValueError):
        asked_at = datetime.fromisoformat(row.asked_at)
    try:
        reason = _reason_for_custodian(session, row)
    except IntegrityFailed:
        is_damaged = True
    return RequestView(
        id=row.request_id,
        case_id=row.case_id,
        found_by=row.found_by,
        asked_by=handles.get(AccountId(row.asked_by), row.asked_by),
        asked_at=asked_at,
        reason=reason,
        decision=row.decision,
        decided_by=handles.get(AccountId(row.decided_by or ""), row.decided_by),
        code=row.code,
        is_own=row.asked_by == session.account.id,
        is_damaged=is_damaged,
    )


def _reason_for_custodian(session: Session, row: RequestRow) -> str | None:
    """What the interviewer signed, and nothing else. Raises IntegrityFailed."""
    signed = read_request(session, row)
    try:
        words = open_words(session, row.words, f"second-account/{row.request_id}")
        if words is None:
            return None
        if hash_of(words.encode()) != signed:
            raise IntegrityFailed
        return str(json.loads(words)["words"]["reason"])
    except (ArchiveDamaged, ValueError, KeyError, TypeError):
        raise IntegrityFailed from None


def _answer(session: Session, row: RequestRow, reason: str) -> bytes:
    interviewer = certified_account(session.archive.keyring(), AccountId(row.asked_by))
    return seal(interviewer.sealing, reason.encode(), Label.SECOND_ACCOUNT_WORDS, context_of(row, "answer"))
