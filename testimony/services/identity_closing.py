"""Closing an identity: the witness died (F13), or nobody shall reach them any more. Another custodian takes it back."""

from dataclasses import dataclass
from datetime import datetime

from testimony.domain.audit import Action, DenyReason
from testimony.domain.codes import parse_code
from testimony.domain.errors import Conflict, NotFound, Refused
from testimony.policy.access import Permission, require
from testimony.services.identity_sweeping import end_requests
from testimony.services.sessions import Session, timestamp
from testimony.storage import identities, identity_limits, register
from testimony.storage.identity_limits import Closure

CLOSED, REOPENED = "identity-closed", "identity-reopened"


@dataclass(frozen=True, slots=True)
class IdentityStanding:
    """is_kept: an identity lies sealed. is_mine: this custodian closed it, so another must take that back."""

    code: str
    is_kept: bool
    is_closed: bool
    is_mine: bool


def standing(session: Session, code: str, now: datetime) -> IdentityStanding:
    """Raises Refused, BadCode, NotFound."""
    canonical = parse_code(code)
    with session.work(now) as work:
        require(session.account, Permission.CLOSE_IDENTITY)
        row = register.find_row(work.connection, canonical)
        if row is None:
            raise NotFound
        is_kept = identities.find_identity(work.connection, canonical) is not None
        closure = identity_limits.find_closure(work.connection, canonical)
        fields = ("identity-standing",)
        work.log(Action.ITEM_SHOWN, subject=("testimony", canonical), case=row.case_id, fields=fields)
    closed_by = closure.closed_by if closure else None
    return IdentityStanding(canonical, is_kept, closure is not None, closed_by == session.account.id)


def close_identity(session: Session, code: str, reason: str, now: datetime) -> None:
    """Close an identity: the witness died, or nobody shall reach them any more. What is open about it ends at once.

    reason: sealed to auditors. Raises Refused, BadCode, NotFound without an identity, Conflict when closed already.
    """
    canonical = parse_code(code)
    with session.work(now) as work:
        require(session.account, Permission.CLOSE_IDENTITY)
        row = register.find_row(work.connection, canonical)
        if row is None or identities.find_identity(work.connection, canonical) is None:
            raise NotFound
        if identity_limits.find_closure(work.connection, canonical) is not None:
            raise Conflict
        closure = Closure(canonical, session.account.id, timestamp(now))
        identity_limits.insert_closure(work.connection, closure)
        end_requests(work, canonical)
        work.log(
            Action.WRITTEN,
            subject=("testimony", canonical),
            case=row.case_id,
            fields=(CLOSED,),
            detail=reason,
        )


def reopen_identity(session: Session, code: str, reason: str, now: datetime) -> None:
    """Take a closing back that rested on a mistake: another custodian than who closed it.

    Raises Refused with DR12 for the same one, BadCode, NotFound when it is not closed.
    """
    canonical = parse_code(code)
    with session.work(now) as work:
        require(session.account, Permission.CLOSE_IDENTITY)
        row = register.find_row(work.connection, canonical)
        closure = identity_limits.find_closure(work.connection, canonical)
        if row is None or closure is None:
            raise NotFound
        if closure.closed_by == session.account.id:
            raise Refused((DenyReason.SAME_PERSON,), subject=("testimony", canonical))
        identity_limits.delete_closure(work.connection, canonical)
        fields = (REOPENED,)
        work.log(
            Action.WRITTEN, subject=("testimony", canonical), case=row.case_id, fields=fields, detail=reason
        )
