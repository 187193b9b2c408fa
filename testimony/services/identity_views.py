"""What one sees of requests to open an identity: one's own, and those that custodians decide about."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from crypto.errors import CryptoError
from crypto.labels import Label
from crypto.sealing import open_sealed
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import IntegrityFailed, NotFound, Refused
from testimony.domain.identity import IdentityRequest, RequestState
from testimony.policy.access import Permission, require
from testimony.services.identity_access import deciders, require_still_asking, threshold
from testimony.services.identity_statements import (
    Kept,
    digest_of,
    is_decided,
    read_approval,
    read_request,
    read_signed,
    reason_context,
)
from testimony.services.identity_sweeping import sweep
from testimony.services.sessions import Session, Work, timestamp
from testimony.storage import accounts as account_rows
from testimony.storage import identity_requests as rows
from testimony.storage import register
from testimony.storage.connections import Connection
from testimony.storage.identity_requests import RequestRow

PAGE = 30
"""Requests of the past on one page; the log knows them all."""

_NOT_YOURS = (DenyReason.NO_GRANT,)


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


def own_requests(session: Session, now: datetime) -> tuple[RequestView, ...]:
    """What this person asked for, newest first. Raises Refused."""
    sweep(session, now)
    with session.work(now) as work:
        require(session.account, Permission.ASK_IDENTITY)
        found = rows.requests_where(work.connection, requester=session.account.id, limit=PAGE)
        views = _lines(session, work, found)
        work.log(Action.LIST_SHOWN, fields=("identity-requests",), count=len(views))
    return views


def own_request(session: Session, request_id: str, now: datetime) -> RequestView:
    """Raises Refused for another's, NotFound."""
    sweep(session, now)
    with session.work(now) as work:
        require(session.account, Permission.ASK_IDENTITY)
        kept = find_own(session, work, request_id)
        view = _view(session, work, kept.row)
        _log_seen(work, kept.row)
    return view


def custodians_requests(session: Session, now: datetime) -> tuple[RequestView, ...]:
    """Every request, those that wait first. Raises Refused."""
    sweep(session, now)
    with session.work(now) as work:
        require(session.account, Permission.OPEN_IDENTITY)
        waiting = rows.requests_where(work.connection, states=(RequestState.WAITING,))
        others = rows.requests_where(
            work.connection,
            states=tuple(s for s in RequestState if s is not RequestState.WAITING),
            limit=PAGE,
        )
        views = _lines(session, work, (*waiting, *others))
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
        view = _view(session, work, row)
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


def find_own(session: Session, work: Work, request_id: str) -> Kept:
    row = rows.find_request(work.connection, request_id)
    if row is None:
        raise NotFound
    if row.requester_id != session.account.id:
        raise Refused(_NOT_YOURS, subject=("testimony", row.code))
    return read_request(session, work.connection, row)


def _log_seen(work: Work, row: RequestRow) -> None:
    found = register.find_row(work.connection, row.code)
    work.log(
        Action.ITEM_SHOWN,
        subject=("testimony", row.code),
        case=found.case_id if found else None,
        fields=("identity-request", f"request:{row.request_id}"),
    )


def _lines(session: Session, work: Work, found: Iterable[RequestRow]) -> tuple[RequestView, ...]:
    """For a list: who signed what. Whether this person may decide, and the log, are asked on the request's own page."""
    names = _names(work)
    return tuple(_line(session, work, row, names) for row in found)


def _line(session: Session, work: Work, row: RequestRow, names: Mapping[str, str]) -> RequestView:
    view = RequestView(
        row.request_id, row.code, RequestState(row.state), names.get(row.requester_id, ""), None, ""
    )
    try:
        request = read_signed(session, row)
        if view.state is not RequestState.WAITING:
            return replace(view, request=request)
        return _progress(session, work, read_request(session, work.connection, row), view, names)
    except (IntegrityFailed, NotFound):
        return view


def _view(session: Session, work: Work, row: RequestRow) -> RequestView:
    """For the request's own page, with the words sealed to this person."""
    names = _names(work)
    view = RequestView(
        row.request_id, row.code, RequestState(row.state), names.get(row.requester_id, ""), None, ""
    )
    try:
        kept = read_request(session, work.connection, row)
    except (IntegrityFailed, NotFound):
        return view
    view = _progress(session, work, kept, view, names)
    opening = rows.find_opening(work.connection, row.request_id)
    contact_by = kept.request.contact_by
    return replace(
        view,
        contact_by=names.get(contact_by, "") if contact_by else "",
        may_decide=_may_decide(session, work, kept, has_agreed=view.has_agreed),
        reason=_words(session, work, kept),
        until=datetime.fromisoformat(opening.until) if opening else None,
    )


def _progress(
    session: Session, work: Work, kept: Kept, view: RequestView, names: Mapping[str, str]
) -> RequestView:
    agreed = _agreed(session, work.connection, kept)
    return replace(
        view,
        request=kept.request,
        agreed=tuple(sorted(names.get(each, "") for each in agreed)),
        has_agreed=session.account.id in agreed,
        needed=max(0, threshold(session) - len(agreed)),
    )


def _names(work: Work) -> Mapping[str, str]:
    return {each.account_id: each.handle for each in account_rows.all_accounts(work.connection)}


def _agreed(session: Session, connection: Connection, kept: Kept) -> frozenset[AccountId]:
    found = set()
    for approval in rows.approvals_of(connection, kept.row.request_id):
        try:
            read_approval(session, connection, kept, approval)
        except IntegrityFailed:
            continue
        found.add(approval.custodian_id)
    return frozenset(found)


def _may_decide(session: Session, work: Work, kept: Kept, *, has_agreed: bool) -> bool:
    if kept.row.state != RequestState.WAITING or has_agreed:
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
