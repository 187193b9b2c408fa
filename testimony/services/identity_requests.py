"""Asking who a witness is: making a request, taking it back, and what one sees of requests.

    asked → approved by one custodian, … → opened by the last of them → shown, field by field → over

One row a step and one transaction a step. Dies between any two: the request stands as the last step left it.
"""

import json
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime

from crypto.errors import CryptoError
from crypto.labels import Label
from crypto.sealing import open_sealed, seal
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, DenyReason
from testimony.domain.canonical import canonical_json
from testimony.domain.codes import parse_code
from testimony.domain.errors import Conflict, IntegrityFailed, Invalid, NotFound, Problem, Refused
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
    require_still_asking,
    threshold,
)
from testimony.services.identity_statements import (
    ASKED,
    CANCELLED,
    Kept,
    active_account,
    digest_of,
    is_decided,
    log_step,
    read_approval,
    read_request,
    reason_context,
)
from testimony.services.identity_sweeping import sweep
from testimony.services.sessions import Session, Work, timestamp
from testimony.storage import accounts as account_rows
from testimony.storage import identity_requests as rows
from testimony.storage import register
from testimony.storage.connections import Connection
from testimony.storage.identity_requests import RequestRow

OPEN = (RequestState.WAITING, RequestState.OPENED)
REACHING = frozenset({Role.INTERVIEWER, Role.REVIEWER, Role.INVESTIGATOR, Role.CUSTODIAN})
_NOT_YOURS = (DenyReason.NO_GRANT,)


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


@dataclass(frozen=True, slots=True)
class RequestView:
    """One request as one person may see it. request: None when what is stored is not what was signed.

    agreed: handles of the custodians who have agreed. needed: how many more must. may_decide: this person may, now.
    reason, answer: words sealed to this person, empty for others. until: how long what was opened can be seen.
    """

    request_id: str
    code: str
    state: RequestState
    requester: str
    request: IdentityRequest | None
    contact_by: str
    agreed: tuple[str, ...] = ()
    has_agreed: bool = False
    needed: int = 0
    may_decide: bool = False
    reason: str = field(default="", repr=False)
    until: datetime | None = None


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
        kept = _own(session, work, request_id)
        moved = rows.move_request(
            work.connection, request_id, before=RequestState.WAITING, after=RequestState.CANCELLED
        )
        if not moved:
            raise Conflict
        rows.delete_wrapped(work.connection, request_id)
        log_step(work, kept.register, CANCELLED, request_id)


def own_requests(session: Session, now: datetime) -> tuple[RequestView, ...]:
    """What this person asked for, newest first. Raises Refused."""
    sweep(session, now)
    with session.work(now) as work:
        require(session.account, Permission.ASK_IDENTITY)
        found = rows.requests_where(work.connection, requester=session.account.id)
        views = tuple(_view(session, work, row) for row in found)
        work.log(Action.LIST_SHOWN, fields=("identity-requests",), count=len(views))
    return views


def own_request(session: Session, request_id: str, now: datetime) -> RequestView:
    """Raises Refused for another's, NotFound."""
    sweep(session, now)
    with session.work(now) as work:
        require(session.account, Permission.ASK_IDENTITY)
        kept = _own(session, work, request_id)
        view = _view(session, work, kept.row, with_words=True)
        _log_seen(work, kept.row)
    return view


def custodians_requests(session: Session, now: datetime) -> tuple[RequestView, ...]:
    """Every request, those that wait first. Raises Refused."""
    sweep(session, now)
    with session.work(now) as work:
        require(session.account, Permission.OPEN_IDENTITY)
        waiting = rows.requests_where(work.connection, states=(RequestState.WAITING,))
        others = rows.requests_where(
            work.connection, states=tuple(s for s in RequestState if s is not RequestState.WAITING)
        )
        views = tuple(_view(session, work, row) for row in (*waiting, *others))
        work.log(Action.LIST_SHOWN, fields=("identity-requests",), count=len(views))
    return views


def custodians_request(session: Session, request_id: str, now: datetime) -> RequestView:
    """One request with its reason, opened with this custodian's own key. Raises Refused, NotFound, IntegrityFailed."""
    sweep(session, now)
    with session.work(now) as work:
        require(session.account, Permission.OPEN_IDENTITY)
        row = rows.find_request(work.connection, request_id)
        if row is None:
            raise NotFound
        view = _view(session, work, row, with_words=True)
        _log_seen(work, row)
    return view


def count_waiting(session: Session, now: datetime) -> tuple[int, int]:
    """For the front page of custodians: requests that wait for this person; identities that lie open."""
    require(session.account, Permission.OPEN_IDENTITY)
    with session.reading() as connection:
        waiting = rows.requests_where(connection, states=(RequestState.WAITING,))
        opened = rows.requests_where(connection, states=(RequestState.OPENED,))
        mine = sum(
            row.expires_at > timestamp(now)
            and row.requester_id != session.account.id
            and all(
                one.custodian_id != session.account.id
                for one in rows.approvals_of(connection, row.request_id)
            )
            for row in waiting
        )
    return mine, len(opened)


def open_to(session: Session, now: datetime) -> tuple[tuple[str, datetime], ...]:
    """What lies open for this person now: (request id, until when)."""
    with session.reading() as connection:
        mine = rows.requests_where(connection, requester=session.account.id, states=(RequestState.OPENED,))
        openings = [(row.request_id, rows.find_opening(connection, row.request_id)) for row in mine]
    at = timestamp(now)
    return tuple(
        (one, datetime.fromisoformat(o.until)) for one, o in openings if o is not None and o.until > at
    )


def _own(session: Session, work: Work, request_id: str) -> Kept:
    row = rows.find_request(work.connection, request_id)
    if row is None:
        raise NotFound
    if row.requester_id != session.account.id:
        raise Refused(_NOT_YOURS, subject=("testimony", row.code))
    return read_request(session, work.connection, row)


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


def _log_seen(work: Work, row: RequestRow) -> None:
    found = register.find_row(work.connection, row.code)
    work.log(
        Action.ITEM_SHOWN,
        subject=("testimony", row.code),
        case=found.case_id if found else None,
        fields=("identity-request", f"request:{row.request_id}"),
    )


def _view(session: Session, work: Work, row: RequestRow, *, with_words: bool = False) -> RequestView:
    names = {each.account_id: each.handle for each in account_rows.all_accounts(work.connection)}
    plain = RequestView(
        row.request_id, row.code, RequestState(row.state), names.get(row.requester_id, ""), None, ""
    )
    try:
        kept = read_request(session, work.connection, row)
    except (IntegrityFailed, NotFound):
        return plain
    agreed = _agreed(session, work.connection, kept)
    opening = rows.find_opening(work.connection, row.request_id)
    contact_by = kept.request.contact_by
    return RequestView(
        row.request_id,
        row.code,
        plain.state,
        plain.requester,
        kept.request,
        names.get(contact_by, "") if contact_by else "",
        agreed=tuple(sorted(names.get(each, "") for each in agreed)),
        has_agreed=session.account.id in agreed,
        needed=max(0, threshold(session) - len(agreed)),
        may_decide=_may_decide(session, work, kept, agreed),
        reason=_words(session, work, kept) if with_words else "",
        until=datetime.fromisoformat(opening.until) if opening else None,
    )


def _agreed(session: Session, connection: Connection, kept: Kept) -> frozenset[AccountId]:
    found = set()
    for approval in rows.approvals_of(connection, kept.row.request_id):
        try:
            read_approval(session, kept, approval)
        except IntegrityFailed:
            continue
        found.add(approval.custodian_id)
    return frozenset(found)


def _may_decide(session: Session, work: Work, kept: Kept, agreed: frozenset[AccountId]) -> bool:
    if kept.row.state != RequestState.WAITING or session.account.id in agreed:
        return False
    if is_decided(work.connection, kept):
        return False
    try:
        facts = require_still_asking(session, work, kept)
    except (Refused, NotFound):
        return False
    return session.account.id in deciders(session, work.connection, kept.request, facts)


def _words(session: Session, work: Work, kept: Kept) -> str:
    """The reason, for whom it was sealed. Raises IntegrityFailed when it is not the one that was signed."""
    sealed = rows.find_reason(work.connection, kept.row.request_id, session.account.id)
    if sealed is None:
        return ""
    context = reason_context(kept.request.archive, kept.request.id, session.account.id)
    try:
        words = open_sealed(session.keys.sealing, sealed, Label.IDENTITY_REASON, context)
    except CryptoError:
        raise IntegrityFailed from None
    if digest_of(words) != kept.request.reason_sha256:
        raise IntegrityFailed
    return str(json.loads(words)["reason"])
