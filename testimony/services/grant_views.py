"""What people see of requests for grants: custodians what waits for them, investigators what they hold and asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.cases import CaseStatus
from testimony.domain.errors import NotFound
from testimony.domain.grants import Grant, GrantRequest
from testimony.policy.access import Permission, require
from testimony.services.grant_checks import REASON, may_be_renewed
from testimony.services.grant_requests import is_answered
from testimony.services.granting import Standing, standing_of, use_in_force
from testimony.services.sealed_words import open_words
from testimony.services.sessions import Session
from testimony.services.two_people import other_custodians
from testimony.services.verified_grants import chain_of, verified_grant, verified_request
from testimony.storage import accounts as account_rows
from testimony.storage import cases as case_rows
from testimony.storage import grant_requests as rows
from testimony.storage import grants as grant_rows
from testimony.storage.cases import Case
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.grant_requests import RequestRow


@dataclass(frozen=True, slots=True)
class RequestView:
    """One request. asked: None when it is not what was signed.

    words: the reason, and one for each closed part; empty where they are not sealed to this person. answer: why it was
    approved or refused. may_answer: this person may. approvers: how many custodians may, this person included.
    """

    grant_id: str
    asked: GrantRequest | None
    handle: str
    asked_by: str
    outcome: str
    is_stale: bool
    words: Mapping[str, str] = field(repr=False)
    answered_by: str | None = None
    answer: str | None = field(default=None, repr=False)
    may_answer: bool = False
    approvers: int = 0


@dataclass(frozen=True, slots=True)
class OwnGrant:
    """A grant that one holds or held. walled: closed by a wall from another. may_renew: it can be asked for again.

    follows: ids of those that it renews, newest first.
    """

    grant: Grant
    standing: Standing
    asked_by: str | None
    given_by: str
    walled: bool
    may_renew: bool
    follows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwnGrants:
    """grants: those that open something first. requests: those that were not given, newest first."""

    grants: tuple[OwnGrant, ...]
    requests: tuple[RequestView, ...]


def waiting_requests(session: Session, now: datetime) -> tuple[RequestView, ...]:
    """What waits for a custodian's answer, oldest first. Raises Refused."""
    with session.work(now) as work:
        require(session.account, Permission.LIST_GRANTS)
        views = [
            _view(session, work.connection, row, now)
            for row in rows.waiting_requests(work.connection)
            if not is_answered(work.connection, row.grant_id)
        ]
        work.log(Action.LIST_SHOWN, fields=("grant-requests",), count=len(views))
    return tuple(
        sorted(views, key=lambda view: "" if view.asked is None else view.asked.requested_at.isoformat())
    )


def find_request(session: Session, grant_id: str, now: datetime) -> RequestView:
    """One request with its words. Raises Refused, NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.LIST_GRANTS)
        row = rows.find_request(work.connection, grant_id)
        if row is None:
            raise NotFound
        view = _view(session, work.connection, row, now)
        work.log(Action.ITEM_SHOWN, subject=("grant", grant_id), case=row.case_id, fields=("request",))
    return view


def own_grants(session: Session, now: datetime) -> OwnGrants:
    """What one holds, held and asked for, with the answers. Raises Refused."""
    with session.work(now) as work:
        require(session.account, Permission.ASK_GRANT)
        connection, me = work.connection, session.account.id
        walled = use_in_force(session, connection, me, now).walled
        found = [
            own
            for row in grant_rows.all_grants(connection)
            if row.account_id == me and (own := _own(session, connection, row, walled, now)) is not None
        ]
        asked = [row for row in rows.requests_of(connection, me) if row.outcome != "given"]
        requests = [_view(session, connection, row, now) for row in asked]
        work.log(Action.LIST_SHOWN, fields=("own-grants",), count=len(found) + len(requests))
    found.sort(key=lambda own: own.grant.valid_until, reverse=True)
    found.sort(key=lambda own: own.standing not in (Standing.IN_FORCE, Standing.NOT_YET))
    requests.sort(key=lambda v: "" if v.asked is None else v.asked.requested_at.isoformat(), reverse=True)
    return OwnGrants(tuple(found), tuple(requests))


def open_cases(session: Session, now: datetime) -> tuple[Case, ...]:
    """Cases for which a grant can be asked, by id: their titles name nobody. Raises Refused."""
    with session.work(now) as work:
        require(session.account, Permission.ASK_GRANT)
        cases = tuple(case for case in case_rows.all_cases(work.connection) if case.status == CaseStatus.OPEN)
        work.log(Action.LIST_SHOWN, fields=("cases",), count=len(cases))
    return cases


def count_waiting(session: Session, now: datetime) -> int:
    """How many requests wait for just this custodian: neither their own nor stale."""
    return sum(view.may_answer for view in _quietly(session, now))


def ending_soon(session: Session, now: datetime) -> tuple[Grant, ...]:
    """One's grants in force that can be asked for again, the one that ends first at the top."""
    with session.reading() as connection:
        use = use_in_force(session, connection, session.account.id, now)
    return tuple(sorted((g for g in use.grants if may_be_renewed(g, now)), key=lambda g: g.valid_until))


def _quietly(session: Session, now: datetime) -> list[RequestView]:
    with session.reading() as connection:
        return [_view(session, connection, row, now) for row in rows.waiting_requests(connection)]


def _view(session: Session, connection: Connection, row: RequestRow, now: datetime) -> RequestView:
    keyring, me = session.archive.keyring(), session.account.id
    handles = {person.account_id: person.handle for person in account_rows.all_accounts(connection)}

    def handle(account_id: str | None) -> str:
        return handles.get(AccountId(account_id or ""), account_id or "")

    try:
        asked = verified_request(keyring, connection, row)
        answered = is_answered(connection, row.grant_id)
    except ArchiveDamaged:
        return RequestView(
            row.grant_id, None, handle(row.account_id), handle(row.signed.signer), "broken", True, {}
        )
    words = open_words(session, connection, (row.grant_id, "asked"), asked.words_sha256)
    answer = open_words(session, connection, (row.grant_id, "answered"))
    waits = row.outcome == "waiting" and not answered and not asked.is_stale_at(now)
    approvers = other_custodians(keyring, connection, (asked.requested_by, asked.account_id))
    return RequestView(
        grant_id=row.grant_id,
        asked=asked,
        handle=handle(asked.account_id),
        asked_by=handle(asked.requested_by),
        outcome=row.outcome,
        is_stale=row.outcome == "waiting" and not waits,
        words=words or {},
        answered_by=None if row.decided_by is None else handle(row.decided_by),
        answer=None if answer is None else answer.get(REASON),
        may_answer=waits and me in approvers,
        approvers=len(approvers),
    )


def _own(
    session: Session, connection: Connection, row: grant_rows.GrantRow, walled: frozenset[str], now: datetime
) -> OwnGrant | None:
    """None for what is not what was signed: it is no grant."""
    keyring = session.archive.keyring()
    try:
        grant = verified_grant(keyring, connection, row)
    except ArchiveDamaged:
        return None
    standing = standing_of(connection, row, grant, now)
    handles = {person.account_id: person.handle for person in account_rows.all_accounts(connection)}
    by = grant.requested_by
    return OwnGrant(
        grant=grant,
        standing=standing,
        asked_by=None if by is None else handles.get(by, by),
        given_by=handles.get(grant.granted_by, grant.granted_by),
        walled=standing is Standing.IN_FORCE and grant.case_id in walled,
        may_renew=standing in (Standing.IN_FORCE, Standing.PAST) and may_be_renewed(grant, now),
        follows=chain_of(connection, grant),
    )
