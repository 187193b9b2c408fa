"""Asking who a witness is: making a request and taking it back.

    asked → approved by one custodian, … → opened by the last of them → shown, field by field → over

One row a step and one transaction a step. Dies between any two: the request stands as the last step left it.
"""

import secrets
from dataclasses import dataclass, field
from datetime import date, datetime

from crypto.labels import Label
from crypto.sealing import seal
from testimony.domain.accounts import AccountId
from testimony.domain.canonical import canonical_json
from testimony.domain.codes import parse_code
from testimony.domain.errors import Conflict, Invalid, NotFound, Problem
from testimony.domain.identity import (
    BASES,
    MAX_REASON,
    MIN_REASON,
    IdentityField,
    IdentityRequest,
    IdentityTask,
    RequestState,
)
from testimony.domain.roles import Role
from testimony.policy.access import Permission, require
from testimony.policy.identity import IdentityFacts, require_enough
from testimony.services.certificates import sign_statement
from testimony.services.identity_access import (
    deciders,
    require_asking,
    require_identity,
    threshold,
)
from testimony.services.identity_statements import (
    ASKED,
    CANCELLED,
    active_account,
    digest_of,
    log_step,
    reason_context,
)
from testimony.services.identity_sweeping import sweep
from testimony.services.identity_views import find_own
from testimony.services.sessions import Session, Work, timestamp
from testimony.storage import accounts as account_rows
from testimony.storage import identity_requests as rows
from testimony.storage import register
from testimony.storage.identity_requests import RequestRow

OPEN = (RequestState.WAITING, RequestState.OPENED)
REACHING = frozenset({Role.INTERVIEWER, Role.REVIEWER, Role.INVESTIGATOR, Role.CUSTODIAN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What somebody types. contact_by: handle of who is to reach the witness; of a re-contact alone."""

    code: str
    task: IdentityTask
    basis: str
    fields: frozenset[IdentityField]
    reason: str = field(repr=False)
    expires_at: datetime
    contact_by: str | None = None
    contact_due: date | None = None


def ask(session: Session, asking: Asking, now: datetime) -> str:
    """Sign a request and keep it; return its id.

    The reason is sealed to each custodian who may decide, to the requester and, with the log's entry, to auditors.
    Raises Refused; BadCode; NotFound when there is no testimony or no identity of it; Conflict while an earlier request
    of this person about it is open; Invalid.
    """
    sweep(session, now)
    code = parse_code(asking.code)
    with session.work(now) as work:
        require(session.account, Permission.ASK_IDENTITY)
        row = register.find_row(work.connection, code)
        if row is None:
            raise NotFound
        _require_words(asking)
        contact_by = _contact_of(session, work, asking)
        asked = (asking.task, asking.basis, contact_by)
        identity = require_identity(session, work.connection, row)
        facts = require_asking(session, work, session.account, asked, row)
        mine = rows.requests_where(work.connection, requester=session.account.id, code=code, states=OPEN)
        if mine:
            raise Conflict
        sealed_words = canonical_json({"reason": asking.reason.strip(), "salt": secrets.token_hex(16)})
        request = IdentityRequest(
            id=secrets.token_hex(8),
            archive=session.archive.keyring().archive_id,
            code=code,
            submission_id=identity.submission_id,
            requester=session.account.id,
            task=asking.task,
            basis=asking.basis,
            fields=asking.fields,
            reason_sha256=digest_of(sealed_words),
            asked_at=now.replace(microsecond=0),
            expires_at=asking.expires_at.replace(microsecond=0),
            contact_by=contact_by,
            contact_due=asking.contact_due,
        )
        _keep(session, work, request, facts, sealed_words)
        digest = digest_of(canonical_json(request.to_document()))
        named = (request.task.value, request.basis, *sorted(request.fields))
        log_step(work, row, ASKED, request.id, digest, *named, detail=asking.reason.strip())
    return request.id


def cancel(session: Session, request_id: str, now: datetime) -> None:
    """Take one's own request back; shares on their way go with it. Raises NotFound, Conflict, Refused."""
    with session.work(now) as work:
        require(session.account, Permission.ASK_IDENTITY)
        kept = find_own(session, work, request_id)
        moved = rows.move_request(
            work.connection, request_id, before=RequestState.WAITING, after=RequestState.CANCELLED
        )
        if not moved:
            raise Conflict
        rows.delete_wrapped(work.connection, request_id)
        log_step(work, kept.register, CANCELLED, request_id)


def _require_words(asking: Asking) -> None:
    rules = (
        (MIN_REASON <= len(asking.reason.strip()) <= MAX_REASON, "reason", "out_of_range"),
        (asking.basis in BASES[asking.task], "basis", "not_for_task"),
    )
    if problems := tuple(Problem(name, code) for holds, name, code in rules if not holds):
        raise Invalid(problems)


def _contact_of(session: Session, work: Work, asking: Asking) -> AccountId | None:
    """Whom a handle names, who may be sent to a witness. Raises Invalid."""
    if not asking.contact_by:
        return None
    row = account_rows.find_handle(work.connection, asking.contact_by)
    certified = row and active_account(work.connection, session.archive.keyring(), row.account_id)
    if not certified or not certified.roles & REACHING:
        raise Invalid((Problem("contact_by", "unknown"),))
    return certified.account_id


def _keep(
    session: Session, work: Work, request: IdentityRequest, facts: IdentityFacts, sealed_words: bytes
) -> None:
    signed = sign_statement(
        request.to_document(), request.requester, session.keys.signing, Label.IDENTITY_REQUEST
    )
    row = RequestRow(
        request_id=request.id,
        code=request.code,
        requester_id=request.requester,
        statement=signed.statement,
        signature=signed.signature,
        asked_at=timestamp(request.asked_at),
        expires_at=timestamp(request.expires_at),
        state=RequestState.WAITING.value,
    )
    able = deciders(session, work.connection, request, facts)
    require_enough(able, threshold(session))
    rows.insert_request(work.connection, row)
    readers = {account_id: certified.sealing for account_id, certified in able.items()}
    for account_id, key in {**readers, request.requester: session.keys.sealing.public}.items():
        context = reason_context(request.archive, request.id, account_id)
        sealed = seal(key, sealed_words, Label.IDENTITY_REASON, context)
        rows.insert_reason(work.connection, request.id, account_id, sealed)
