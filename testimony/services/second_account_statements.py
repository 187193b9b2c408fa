"""What is signed about a second account, read back: the interviewer's request and a custodian's decision.

    request  := {id, draft, case, found_by, hash of the salted reason}      signed by the interviewer
    decision := {request, SHA-256 of the request, approved | refused}       signed by a custodian who counts

A row is not believed for being there: signatures are verified each time, and the columns compared with what they say.
"""

import json
import secrets
from datetime import datetime

from crypto.errors import CryptoError
from crypto.labels import Label
from crypto.sealing import open_sealed, seal
from testimony.domain.accounts import AccountId
from testimony.domain.errors import IntegrityFailed
from testimony.domain.roles import Role
from testimony.services.certificates import certified_account, read_statement, sign_statement
from testimony.services.custodian_words import seal_words
from testimony.services.sealed_words import hash_of, with_salt
from testimony.services.sessions import Session, timestamp
from testimony.services.two_people import counted_custodian
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.second_accounts import RequestRow

REQUEST_FORMAT = "testimony-second-account-request/1"
DECISION_FORMAT = "testimony-second-account-decision/1"
_SAID = ("format", "archive", "id", "draft", "case", "found_by", "asked_at")


def sign_request(
    session: Session, about: tuple[str, str], found_by: str, reason: str, now: datetime
) -> RequestRow:
    """about: (draft id, case)."""
    request_id, salted = secrets.token_hex(8), with_salt({"reason": reason})
    draft_id, case_id = about
    document = {
        "format": REQUEST_FORMAT,
        "archive": session.archive.keyring().archive_id,
        "id": request_id,
        "draft": draft_id,
        "case": case_id,
        "found_by": found_by,
        "reason_sha256": hash_of(salted),
        "asked_at": timestamp(now),
    }
    signed = sign_statement(document, session.account.id, session.keys.signing, Label.SECOND_ACCOUNT_REQUEST)
    own = seal(session.keys.sealing.public, salted, Label.SECOND_ACCOUNT_WORDS, f"own/{request_id}".encode())
    return RequestRow(
        request_id=request_id,
        draft_id=draft_id,
        case_id=case_id,
        found_by=found_by,
        asked_by=session.account.id,
        asked_at=timestamp(now),
        statement=signed.statement,
        signature=signed.signature,
        words=seal_words(session, salted.decode(), f"second-account/{request_id}"),
        own=own,
    )


def read_request(session: Session, row: RequestRow) -> str:
    """The hash of the reason that was signed. Raises IntegrityFailed."""
    keyring = session.archive.keyring()
    try:
        asker = certified_account(keyring, AccountId(row.asked_by))
        document = read_statement(row.asked, asker.signed_with, Label.SECOND_ACCOUNT_REQUEST)
    except ArchiveDamaged:
        raise IntegrityFailed from None
    said = [document.get(name) for name in _SAID]
    expected = [REQUEST_FORMAT, keyring.archive_id, row.request_id, row.draft_id, row.case_id, row.found_by]
    expected.append(row.asked_at)
    if Role.INTERVIEWER not in asker.roles or said != expected:
        raise IntegrityFailed
    return str(document.get("reason_sha256"))


def decision_document(session: Session, row: RequestRow, decision: str) -> dict[str, object]:
    return {
        "format": DECISION_FORMAT,
        "archive": session.archive.keyring().archive_id,
        "request": row.request_id,
        "request_sha256": hash_of(row.statement),
        "decision": decision,
    }


def is_approval(session: Session, connection: Connection, row: RequestRow, reason: str) -> bool:
    """Whether another person's signed approval of this request, for this reason, is there."""
    me = session.account.id
    if row.decided_by is None or row.decision != "approved" or row.asked_by != me or row.decided_by == me:
        return False
    try:
        signed = read_request(session, row) == hash_of(open_for_me(session, row.own, context_of(row, "own")))
        same_words = open_own(session, row) == reason.strip()
    except IntegrityFailed:
        return False
    return signed and same_words and is_signed(session, connection, row, AccountId(row.decided_by))


def is_signed(session: Session, connection: Connection, row: RequestRow, custodian: AccountId) -> bool:
    """Whether this custodian, who counts and did not ask it, signed what the row says was decided."""
    signed = row.decided
    if signed is None or row.decision is None or custodian == row.asked_by:
        return False
    try:
        key = counted_custodian(session.archive.keyring(), connection, custodian)
        document = read_statement(signed, key, Label.SECOND_ACCOUNT_DECISION)
    except ArchiveDamaged:
        return False
    document.pop("at", None)
    return document == decision_document(session, row, row.decision)


def open_own(session: Session, row: RequestRow) -> str:
    return str(json.loads(open_for_me(session, row.own, context_of(row, "own")))["words"]["reason"])


def open_for_me(session: Session, sealed: bytes, context: bytes) -> bytes:
    try:
        return open_sealed(session.keys.sealing, sealed, Label.SECOND_ACCOUNT_WORDS, context)
    except CryptoError:
        raise IntegrityFailed from None


def context_of(row: RequestRow, what: str) -> bytes:
    return f"{what}/{row.request_id}".encode()
