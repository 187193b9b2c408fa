"""What was signed about opening an identity, read back: a request, an approval, an opening.

A row is not believed for being there. Its signature is verified each time, its columns are compared with what was
signed, and the log must say that the request was made and must not say that it ended. What each value is bound to is
made here, so that a share wrapped for one request opens for no other.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from crypto.labels import Label
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.errors import IntegrityFailed, Invalid, NotFound
from testimony.domain.identity import IdentityRequest
from testimony.services.certificates import Certified, certified_account, read_statement
from testimony.services.sessions import Session, Work, timestamp
from testimony.services.two_people import counted_custodian
from testimony.storage import accounts as account_rows
from testimony.storage import identity_requests as rows
from testimony.storage import log_queries, register
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.identity_requests import ApprovalRow, OpeningRow, RequestRow
from testimony.storage.keyring import Keyring
from testimony.storage.register import RegisterRow

APPROVAL_FORMAT = "identity-approval/1"
OPENING_FORMAT = "identity-opening/1"

ASKED = "identity-asked"
APPROVED = "identity-approved"
OPENED = "identity-opened"
REFUSED = "identity-refused"
CANCELLED = "identity-cancelled"
EXPIRED = "identity-expired"
OVER = "identity-over"
ENDED = "identity-ended"
STEPS: Mapping[str, Action] = {
    ASKED: Action.WRITTEN,
    # A share was handed on, a secret was rebuilt: auditors find both among what happened to keys.
    APPROVED: Action.KEY_OPERATION,
    OPENED: Action.KEY_OPERATION,
    REFUSED: Action.WRITTEN,
    CANCELLED: Action.WRITTEN,
    EXPIRED: Action.WRITTEN,
    OVER: Action.WRITTEN,
    ENDED: Action.WRITTEN,
}
DECIDED = frozenset({OPENED, REFUSED, CANCELLED, EXPIRED, ENDED})
"""After one of these no approval counts, whatever a row says."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A request that was verified. digest: SHA-256 of what was signed, hexadecimal; what approvals are bound to."""

    row: RequestRow
    request: IdentityRequest
    digest: str
    register: RegisterRow


def digest_of(statement: bytes) -> str:
    return hashlib.sha256(statement).hexdigest()


def reason_context(archive_id: str, request_id: str, account_id: str) -> bytes:
    return f"{archive_id}/identity-reason/{request_id}/{account_id}".encode()


def wrap_context(archive_id: str, kept: Kept, giver: str, taker: str) -> bytes:
    """Binds a share on its way to the request, word for word, to its end and to the two people."""
    until = timestamp(kept.request.expires_at)
    return f"{archive_id}/identity-approval/{kept.digest}/{until}/{giver}/{taker}".encode()


def result_context(archive_id: str, digest: str, until: str, requester: str) -> bytes:
    return f"{archive_id}/identity-result/{digest}/{until}/{requester}".encode()


def card_context(archive_id: str, task_id: str, assignee: str) -> bytes:
    return f"{archive_id}/contact-card/{task_id}/{assignee}".encode()


def about(request_id: str) -> str:
    """How an entry of the log names the request it belongs to."""
    return f"request:{request_id}"


def log_step(
    work: Work, row: RegisterRow, step: str, request_id: str, *more: str, detail: str | None = None
) -> None:
    work.log(
        STEPS[step],
        subject=("testimony", row.code),
        case=row.case_id,
        fields=(step, about(request_id), *more),
        detail=detail,
    )


def read_signed(session: Session, row: RequestRow) -> IdentityRequest:
    """What the requester signed. Raises IntegrityFailed when the signature does not hold or a column disagrees."""
    keyring = session.archive.keyring()
    try:
        key = certified_account(keyring, row.requester_id).signed_with
        request = IdentityRequest.from_document(read_statement(row.signed, key, Label.IDENTITY_REQUEST))
    except (ArchiveDamaged, Invalid):
        raise IntegrityFailed from None
    agree = (
        request.archive == keyring.archive_id,
        (request.id, request.code, request.requester) == (row.request_id, row.code, row.requester_id),
        timestamp(request.asked_at) == row.asked_at,
        timestamp(request.expires_at) == row.expires_at,
    )
    if not all(agree):
        raise IntegrityFailed
    return request


def read_request(session: Session, connection: Connection, row: RequestRow) -> Kept:
    """Raises NotFound for a testimony that is gone; IntegrityFailed when signature, row, register or log disagree."""
    found = register.find_row(connection, row.code)
    if found is None:
        raise NotFound
    kept = Kept(row, read_signed(session, row), digest_of(row.statement), found)
    # The log keeps what was asked: a statement signed anew by the same person is another one.
    asked = (ASKED, kept.request.requester, kept.digest)
    if kept.request.submission_id != found.submission_id or asked not in steps(
        connection, row.code, row.request_id
    ):
        raise IntegrityFailed
    return kept


def find_kept(session: Session, connection: Connection, request_id: str) -> Kept:
    """Raises NotFound, IntegrityFailed."""
    row = rows.find_request(connection, request_id)
    if row is None:
        raise NotFound
    return read_request(session, connection, row)


def steps(connection: Connection, code: str, request_id: str) -> frozenset[tuple[str, str, str]]:
    """What the log says was done about a request: (step, by whom, the third field or nothing)."""
    found = set()
    for action in sorted(set(STEPS.values())):
        for leaf in log_queries.leaves_about(connection, "testimony", code, action.value):
            try:
                entry = json.loads(leaf)
                fields, actor = entry["fields"], entry["actor"]
            except (ValueError, KeyError, TypeError):
                raise IntegrityFailed from None
            if len(fields) >= 2 and fields[1] == about(request_id):
                found.add((str(fields[0]), str(actor), str(fields[2]) if len(fields) > 2 else ""))
    return frozenset(found)


def is_decided(connection: Connection, kept: Kept) -> bool:
    return any(step in DECIDED for step, _, _ in steps(connection, kept.row.code, kept.row.request_id))


def approval_document(
    kept: Kept, custodian: str, wrapped: Mapping[AccountId, bytes], now: datetime
) -> dict[str, object]:
    """wrapped: what was sealed for whom; part of what is signed, so that none is put in its place."""
    return {
        "format": APPROVAL_FORMAT,
        "archive": kept.request.archive,
        "request": kept.request.id,
        "request_sha256": kept.digest,
        "expires_at": kept.request.expires_at.isoformat(),
        "custodian": custodian,
        "wrapped": {taker: digest_of(sealed) for taker, sealed in wrapped.items()},
        "at": timestamp(now),
    }


def read_approval(
    session: Session, connection: Connection, kept: Kept, row: ApprovalRow
) -> Mapping[str, str]:
    """Digests of the wrapped shares by whom they are for. Raises IntegrityFailed unless it is of this very request."""
    try:
        key = counted_custodian(session.archive.keyring(), connection, row.custodian_id)
        document = read_statement(row.signed, key, Label.IDENTITY_APPROVAL)
    except ArchiveDamaged:
        raise IntegrityFailed from None
    wrapped = document.get("wrapped")
    if not isinstance(wrapped, dict) or document != {
        **approval_document(kept, row.custodian_id, {}, kept.request.asked_at),
        "wrapped": wrapped,
        "at": document.get("at"),
    }:
        raise IntegrityFailed
    return wrapped


def opening_document(
    kept: Kept, opener: str, until: str, sealed: bytes, agreed: tuple[AccountId, ...]
) -> dict[str, object]:
    return {
        "format": OPENING_FORMAT,
        "archive": kept.request.archive,
        "request": kept.request.id,
        "request_sha256": kept.digest,
        "opener": opener,
        "agreed": sorted(agreed),
        "until": until,
        "sealed_sha256": digest_of(sealed),
    }


def require_opening(session: Session, connection: Connection, kept: Kept, row: OpeningRow) -> None:
    """Raises IntegrityFailed unless a custodian signed this opening of this request, with this end."""
    try:
        key = counted_custodian(session.archive.keyring(), connection, row.opener_id)
        document = read_statement(row.signed, key, Label.IDENTITY_OPENING)
    except ArchiveDamaged:
        raise IntegrityFailed from None
    expected = opening_document(kept, row.opener_id, row.until, row.sealed, ())
    if document != {**expected, "agreed": document.get("agreed")}:
        raise IntegrityFailed


def active_account(connection: Connection, keyring: Keyring, account_id: AccountId) -> Certified | None:
    """Somebody with keys of their own who was not suspended, neither by certificate nor in the ledger; else None."""
    row = account_rows.find_account(connection, account_id)
    try:
        certified = certified_account(keyring, account_id)
    except ArchiveDamaged:
        return None
    usable = certified.active and not certified.suspended and row is not None and row.state != "suspended"
    return certified if usable else None
