"""What must hold for a request and for its approval, asked when it is made and again when it is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from testimony.domain.accounts import AccountId
from testimony.domain.audit import DenyReason
from testimony.domain.cases import CaseStatus
from testimony.domain.errors import Invalid, Problem, Refused
from testimony.domain.grants import RENEWAL_WINDOW, ClosedPart, Grant, GrantRequest
from testimony.domain.purposes import Purpose
from testimony.domain.roles import Role
from testimony.policy.access import Permission, permissions_of
from testimony.services.certificates import certified_account
from testimony.services.granting import grants_in_force, may_hold_originals
from testimony.services.sealed_words import MAX_WORDS
from testimony.services.sessions import Session, Work
from testimony.services.two_people import other_custodians
from testimony.services.verified_grants import verified_grant
from testimony.services.walls import walled_off
from testimony.storage import accounts as account_rows
from testimony.storage import cases as case_rows
from testimony.storage import grants as grant_rows
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged

REASON = "reason"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody wants to be granted. Times are aware UTC. originals: what was said word for word, too.

    handle: who is to read. closed_parts: each with the reason why just this one is needed. renews: the grant that this
    is to follow.
    """

    handle: str
    case_id: str
    purposes: frozenset[Purpose]
    valid_from: datetime
    valid_until: datetime
    reason: str = field(repr=False)
    closed_parts: Mapping[ClosedPart, str] = field(default_factory=dict, repr=False)
    originals: bool = False
    renews: str | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """What the second person approves beyond released text: each closed part and the originals by name."""

    closed_parts: frozenset[ClosedPart] = frozenset()
    originals: bool = False


def may_be_renewed(grant: Grant, now: datetime) -> bool:
    """Whether one may ask for it again now: shortly before its end, and as long after as it lasts itself."""
    return grant.valid_until - RENEWAL_WINDOW <= now


def reader_of(session: Session, connection: Connection, wanted: Wanted) -> AccountId:
    row = account_rows.find_handle(connection, wanted.handle)
    if row is None:
        raise Invalid((Problem("handle", "unknown"),))
    is_custodian = Permission.GRANT in permissions_of(session.account.roles)
    if row.account_id != session.account.id and not is_custodian:
        raise Refused((DenyReason.SAME_PERSON,))
    try:
        certified = certified_account(session.archive.keyring(), row.account_id)
    except ArchiveDamaged:
        raise Invalid((Problem("handle", "unknown"),)) from None
    if Role.INVESTIGATOR not in certified.roles or certified.suspended:
        raise Invalid((Problem("handle", "not_investigator"),))
    if wanted.originals and not may_hold_originals(certified.roles):
        raise Invalid((Problem("handle", "takes_testimonies"),))
    return row.account_id


def words_problems(wanted: Wanted) -> list[Problem]:
    words = [(REASON, wanted.reason), *((f"part_{p.value}", why) for p, why in wanted.closed_parts.items())]
    missing = [
        Problem(name, "required") for name, word in words if not any(map(str.isprintable, word.split()))
    ]
    return missing + [Problem(name, "too_long") for name, word in words if len(word) > MAX_WORDS]


def case_problems(session: Session, work: Work, reader: AccountId, case_id: str) -> list[Problem]:
    case = case_rows.find_case(work.connection, case_id)
    if case is None:
        return [Problem("case_id", "unknown")]
    if case.status != CaseStatus.OPEN:
        return [Problem("case_id", "not_open")]
    if _is_walled(session, work, reader, case_id):
        return [Problem("case_id", "wall")]
    keyring = session.archive.keyring()
    if not other_custodians(keyring, work.connection, (session.account.id, reader)):
        return [Problem("case_id", "no_second_custodian")]
    return []


def renewal_problems(session: Session, work: Work, reader: AccountId, wanted: Wanted) -> list[Problem]:
    if wanted.renews is None:
        return []
    row = next(
        (r for r in grant_rows.grants_of(work.connection, reader) if r.grant_id == wanted.renews), None
    )
    if row is None:
        return [Problem("renews", "unknown")]
    try:
        old = verified_grant(session.archive.keyring(), work.connection, row)
    except ArchiveDamaged:
        return [Problem("renews", "unknown")]
    if old.case_id != wanted.case_id:
        return [Problem("renews", "other")]
    return [] if may_be_renewed(old, work.now) else [Problem("renews", "too_early")]


def _is_walled(session: Session, work: Work, reader: AccountId, case_id: str) -> bool:
    held = grants_in_force(session, work.connection, reader, work.now)
    cases = {grant.case_id for grant in held} | {case_id}
    return case_id in walled_off(session.archive.keyring(), work.connection, cases)


def require_grantable(session: Session, work: Work, asked: GrantRequest, approval: Approval) -> None:
    """What held when it was asked holds still."""
    reader = certified_account(session.archive.keyring(), asked.account_id)
    if Role.INVESTIGATOR not in reader.roles or reader.suspended:
        raise Invalid((Problem("handle", "not_investigator"),))
    if asked.originals and approval.originals and not may_hold_originals(reader.roles):
        raise Invalid((Problem("handle", "takes_testimonies"),))
    case = case_rows.find_case(work.connection, asked.case_id)
    if case is None or case.status != CaseStatus.OPEN:
        raise Invalid((Problem("case_id", "not_open"),))
    if _is_walled(session, work, asked.account_id, asked.case_id):
        raise Refused((DenyReason.FIREWALL,), subject=("grant", asked.id))
