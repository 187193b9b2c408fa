"""Grants: two people's signed word that an investigator may read a case, for these purposes, until that day.

A row is not believed for being there. Whenever a grant is used its signature and that of its request are verified,
columns are compared with what was signed, and the log must say that it was given and must not say that it was ended:
the log is what cannot be edited unnoticed. `grant_requests.py` makes them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, DenyReason
from testimony.domain.cases import CaseStatus
from testimony.domain.errors import NotFound, Refused
from testimony.domain.grants import Grant
from testimony.domain.purposes import Purpose
from testimony.domain.roles import Role
from testimony.policy.access import Permission, require
from testimony.policy.facts import Use
from testimony.services.closings import Kind, note_closing
from testimony.services.sessions import Session, timestamp
from testimony.services.verified_grants import ENDED, chain_of, changes_of, verified_grant
from testimony.services.walled_testimonies import apart
from testimony.services.walls import walled_off
from testimony.storage import accounts as account_rows
from testimony.storage import cases as case_rows
from testimony.storage import grants as grant_rows
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.grants import GrantRow
from testimony.storage.keyring import Keyring

_CLAIM = b'"originals":true'


class Standing(StrEnum):
    """How a grant stands today. Resting: its case is not open. Broken: what is stored is not what was signed
    and logged.
    """

    IN_FORCE = "in force"
    NOT_YET = "not yet"
    RESTING = "resting"
    PAST = "past"
    ENDED = "ended"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class GrantView:
    """One line of the list of grants. grant: None when what is stored is not what was signed.

    asked_by, given_by: handles; asked_by is None for one that a custodian gave alone, before requests were. follows:
    the grants that it renews, newest first.
    """

    grant_id: str
    grant: Grant | None
    handle: str
    standing: Standing
    asked_by: str | None = None
    given_by: str | None = None
    follows: tuple[str, ...] = ()


def end_grant(session: Session, grant_id: str, reason: str, now: datetime) -> None:
    """Take a grant back, at once. reason: sealed to auditors.

    Raises Refused, NotFound when there is none or it was ended before.
    """
    with session.work(now) as work:
        require(session.account, Permission.GRANT)
        row = _require_row(work.connection, grant_id)
        if not grant_rows.revoke_grant(work.connection, grant_id, timestamp(now)):
            raise NotFound
        work.log(
            Action.GRANT_CHANGED,
            subject=("grant", grant_id),
            case=row.case_id,
            fields=(ENDED, f"to:{row.account_id}"),
            detail=reason,
        )
        note_closing(session, work, Kind.GRANT, grant_id)


def grants_in_force(
    session: Session, connection: Connection, account_id: AccountId, now: datetime
) -> tuple[Grant, ...]:
    """The grants that open something for this account at this moment, each verified now. What fails a check
    is left out.

    connection: the one of the unit of work in which something is about to be shown.
    """
    return _in_force(session.archive.keyring(), connection, account_id, now)


def use_in_force(session: Session, connection: Connection, account_id: AccountId, now: datetime) -> Use:
    """Who reads: the grants in force, which of their cases stand behind a wall from another of them,
    and which testimonies walls close to them.
    """
    return use_of(session.archive.keyring(), connection, account_id, now)


def use_of(keyring: Keyring, connection: Connection, account_id: AccountId, now: datetime) -> Use:
    """The same without a session."""
    grants = _in_force(keyring, connection, account_id, now)
    cases = frozenset(grant.case_id for grant in grants)
    walled = walled_off(keyring, connection, cases)
    return Use(account_id, grants, walled, apart(keyring, connection, account_id, grants))


def _in_force(
    keyring: Keyring, connection: Connection, account_id: AccountId, now: datetime
) -> tuple[Grant, ...]:
    found = []
    for row in grant_rows.grants_of(connection, account_id):
        try:
            verified = verified_grant(keyring, connection, row)
        except ArchiveDamaged:
            continue  # Listed as broken to custodians; opens nothing.
        if (
            verified.account_id == account_id
            and standing_of(connection, row, verified, now) is Standing.IN_FORCE
        ):
            found.append(verified)
    return tuple(found)


def require_purpose(use: Use, grants: tuple[Grant, ...], purpose: Purpose) -> None:
    """Raises Refused when none of these grants of a use carries the purpose, or a wall stands before all that do."""
    if not grants:
        raise Refused((DenyReason.NO_GRANT,), purpose=purpose)
    wanted = [grant for grant in grants if purpose in grant.purposes]
    if not wanted:
        raise Refused((DenyReason.PURPOSE_NOT_GRANTED,), purpose=purpose)
    if all(grant.case_id in use.walled for grant in wanted):
        raise Refused((DenyReason.FIREWALL,), purpose=purpose)


def may_hold_originals(roles: frozenset[Role]) -> bool:
    """Whether a grant can open originals to an account of these roles.

    Not to one that takes testimonies: what was handed in would open again to who handed it in (G3).
    """
    return Role.INVESTIGATOR in roles and Role.INTERVIEWER not in roles


def accounts_with_originals(session: Session, connection: Connection, now: datetime) -> frozenset[AccountId]:
    """Who holds a grant to originals that is in force at this moment and before no wall, each verified now."""
    # What a row claims is read first: it costs a hundredth of a verification, and most claim nothing.
    claimed = {row.account_id for row in grant_rows.all_grants(connection) if _CLAIM in row.signed.statement}
    uses = [use_in_force(session, connection, account_id, now) for account_id in claimed]
    return frozenset(
        use.account_id
        for use in uses
        if any(one.originals and one.case_id not in use.walled for one in use.grants)
    )


def list_grants(session: Session, now: datetime) -> tuple[GrantView, ...]:
    """Every grant there ever was, those that open something first, then by the day they end, latest first.
    Raises Refused.
    """
    with session.work(now) as work:
        require(session.account, Permission.LIST_GRANTS)
        keyring = session.archive.keyring()
        handles = {row.account_id: row.handle for row in account_rows.all_accounts(work.connection)}
        views = [
            _view(keyring, work.connection, row, handles, now)
            for row in grant_rows.all_grants(work.connection)
        ]
        work.log(Action.LIST_SHOWN, fields=("grants",), count=len(views))
    views.sort(
        key=lambda view: view.grant_id if view.grant is None else view.grant.valid_until.isoformat(),
        reverse=True,
    )
    return tuple(sorted(views, key=lambda view: view.standing not in (Standing.IN_FORCE, Standing.NOT_YET)))


def find_grant(session: Session, grant_id: str, now: datetime) -> GrantView:
    """Raises Refused, NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.LIST_GRANTS)
        row = _require_row(work.connection, grant_id)
        handles = {row.account_id: row.handle for row in account_rows.all_accounts(work.connection)}
        view = _view(session.archive.keyring(), work.connection, row, handles, now)
        work.log(Action.ITEM_SHOWN, subject=("grant", grant_id), case=row.case_id)
    return view


def standing_of(connection: Connection, row: GrantRow, verified: Grant, now: datetime) -> Standing:
    """How a grant stands that was verified."""
    # Both are asked: a row whose end was taken out again would else open the case once more.
    if row.revoked_at is not None or any(what == ENDED for what, *_ in changes_of(connection, row.grant_id)):
        return Standing.ENDED
    if now >= verified.valid_until:
        return Standing.PAST
    if now < verified.valid_from:
        return Standing.NOT_YET
    case = case_rows.find_case(connection, verified.case_id)
    return Standing.IN_FORCE if case is not None and case.status == CaseStatus.OPEN else Standing.RESTING


def _view(
    keyring: Keyring, connection: Connection, row: GrantRow, handles: Mapping[AccountId, str], now: datetime
) -> GrantView:
    handle = handles.get(row.account_id, row.account_id)
    try:
        verified = verified_grant(keyring, connection, row)
    except ArchiveDamaged:
        return GrantView(row.grant_id, None, handle, Standing.BROKEN)
    asked_by = verified.requested_by
    return GrantView(
        row.grant_id,
        verified,
        handle,
        standing_of(connection, row, verified, now),
        None if asked_by is None else handles.get(asked_by, asked_by),
        handles.get(verified.granted_by, verified.granted_by),
        chain_of(connection, verified),
    )


def _require_row(connection: Connection, grant_id: str) -> GrantRow:
    row = next((row for row in grant_rows.all_grants(connection) if row.grant_id == grant_id), None)
    if row is None:
        raise NotFound
    return row
