"""Grants: a custodian's signed word that an investigator may read a case, for these purposes, until that day.

A row is not believed for being there. Whenever a grant is used its signature is verified, its columns are
compared with what was
signed, and the log must say that it was given and must not say that it was ended: the log is what cannot be
edited unnoticed.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crypto.labels import Label
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.cases import CaseStatus
from testimony.domain.errors import Invalid, NotFound, Problem
from testimony.domain.grants import ClosedPart, Grant
from testimony.domain.purposes import Purpose
from testimony.domain.roles import Role
from testimony.policy.access import Permission, require
from testimony.services.certificates import (
    certified_account,
    certified_custodian,
    read_statement,
    sign_statement,
)
from testimony.services.closings import Kind, note_closing
from testimony.services.sessions import Session, timestamp
from testimony.storage import accounts as account_rows
from testimony.storage import cases as case_rows
from testimony.storage import grants as grant_rows
from testimony.storage import log_queries
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.grants import GrantRow
from testimony.storage.keyring import Keyring

GIVEN = "given"
_CLAIM = b'"originals":true'
ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRequest:
    """What a custodian asks to sign. Times are aware UTC. originals: what was said word for word, too."""

    handle: str
    case_id: str
    purposes: frozenset[Purpose]
    closed_parts: frozenset[ClosedPart] = frozenset()
    valid_from: datetime
    valid_until: datetime
    originals: bool = False


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
    """One line of the list of grants. grant: None when what is stored is not what was signed."""

    grant_id: str
    grant: Grant | None
    handle: str
    standing: Standing


def grant(session: Session, request: GrantRequest, now: datetime) -> Grant:
    """Sign a grant and keep it.

    Raises Refused, and Invalid with fields of the request: handle (unknown, not_investigator, same_person;
    takes_testimonies: originals are for nobody who hands in), case_id (unknown, not_open), and those of
    `domain.grants.Grant`.
    """
    with session.work(now) as work:
        require(session.account, Permission.GRANT)
        account_id = _require_investigator(session, work.connection, request)
        _require_open_case(work.connection, request.case_id)
        given = Grant(
            id=secrets.token_hex(8),
            account_id=account_id,
            case_id=request.case_id,
            purposes=request.purposes,
            closed_parts=request.closed_parts,
            originals=request.originals,
            valid_from=request.valid_from,
            valid_until=request.valid_until,
            granted_by=session.account.id,
        )
        if given.valid_until <= now:
            raise Invalid((Problem("valid_until", "out_of_range"),))
        signed = sign_statement(given.to_document(), session.account.id, session.keys.signing, Label.GRANT)
        row = GrantRow(given.id, account_id, given.case_id, signed, None)
        grant_rows.insert_grant(work.connection, row)
        work.log(
            Action.GRANT_CHANGED,
            subject=("grant", given.id),
            case=given.case_id,
            fields=(
                GIVEN,
                f"to:{account_id}",
                *sorted(given.purposes),
                *(("originals",) if given.originals else ()),
            ),
        )
    return given


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
    keyring = session.archive.keyring()
    found = []
    for row in grant_rows.grants_of(connection, account_id):
        try:
            verified = verified_grant(keyring, connection, row)
        except ArchiveDamaged:
            continue  # Listed as broken to custodians; opens nothing.
        if (
            verified.account_id == account_id
            and _standing(connection, row, verified, now) is Standing.IN_FORCE
        ):
            found.append(verified)
    return tuple(found)


def may_hold_originals(roles: frozenset[Role]) -> bool:
    """Whether a grant can open originals to an account of these roles.

    Not to one that takes testimonies: what was handed in would open again to who handed it in (G3).
    """
    return Role.INVESTIGATOR in roles and Role.INTERVIEWER not in roles


def accounts_with_originals(session: Session, connection: Connection, now: datetime) -> frozenset[AccountId]:
    """Who holds a grant to originals that is in force at this moment, each verified now."""
    # What a row claims is read first: it costs a hundredth of a verification, and most claim nothing.
    claimed = {row.account_id for row in grant_rows.all_grants(connection) if _CLAIM in row.signed.statement}
    return frozenset(
        account_id
        for account_id in claimed
        if any(one.originals for one in grants_in_force(session, connection, account_id, now))
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


def verified_grant(keyring: Keyring, connection: Connection, row: GrantRow) -> Grant:
    """What a custodian signed, whether or not it still holds.

    Raises ArchiveDamaged when the signature, the signer, a column beside the statement or the log disagrees.
    """
    key = certified_custodian(keyring, AccountId(row.signed.signer))
    try:
        signed = Grant.from_document(read_statement(row.signed, key, Label.GRANT))
    except Invalid:
        raise ArchiveDamaged from None
    said = (signed.id, signed.account_id, signed.case_id, signed.granted_by)
    if said != (row.grant_id, row.account_id, row.case_id, row.signed.signer):
        raise ArchiveDamaged
    if (GIVEN, row.signed.signer) not in _changes(connection, row.grant_id):
        raise ArchiveDamaged
    return signed


def _changes(connection: Connection, grant_id: str) -> frozenset[tuple[str, str]]:
    """What the log says was done to a grant, and by whom: (given or ended, account id)."""
    leaves = log_queries.leaves_about(connection, "grant", grant_id, Action.GRANT_CHANGED.value)
    try:
        entries = [json.loads(leaf) for leaf in leaves]
        return frozenset((entry["fields"][0], entry["actor"]) for entry in entries)
    except (ValueError, KeyError, IndexError, TypeError):
        raise ArchiveDamaged from None


def _standing(connection: Connection, row: GrantRow, verified: Grant, now: datetime) -> Standing:
    # Both are asked: a row whose end was taken out again would else open the case once more.
    if row.revoked_at is not None or any(what == ENDED for what, _ in _changes(connection, row.grant_id)):
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
    return GrantView(row.grant_id, verified, handle, _standing(connection, row, verified, now))


def _require_row(connection: Connection, grant_id: str) -> GrantRow:
    row = next((row for row in grant_rows.all_grants(connection) if row.grant_id == grant_id), None)
    if row is None:
        raise NotFound
    return row


def _require_investigator(session: Session, connection: Connection, request: GrantRequest) -> AccountId:
    row = account_rows.find_handle(connection, request.handle)
    if row is None:
        raise Invalid((Problem("handle", "unknown"),))
    if row.account_id == session.account.id:
        raise Invalid((Problem("handle", "same_person"),))
    try:
        certified = certified_account(session.archive.keyring(), row.account_id)
    except ArchiveDamaged:
        raise Invalid((Problem("handle", "unknown"),)) from None
    if Role.INVESTIGATOR not in certified.roles or certified.suspended:
        raise Invalid((Problem("handle", "not_investigator"),))
    if request.originals and not may_hold_originals(certified.roles):
        raise Invalid((Problem("handle", "takes_testimonies"),))
    return row.account_id


def _require_open_case(connection: Connection, case_id: str) -> None:
    case = case_rows.find_case(connection, case_id)
    if case is None:
        raise Invalid((Problem("case_id", "unknown"),))
    if case.status != CaseStatus.OPEN:
        raise Invalid((Problem("case_id", "not_open"),))
