"""Referral under vital interest, with the least that serves it (F4): two custodians, a danger, a recipient.

For when somebody is in danger and cannot consent, or nobody can for them. It opens nothing: neither the account, which
stays sealed, nor the identity, for which there is a request of its own. What is handed on is what stands in the words,
typed by who knows it, sealed to custodians; the log keeps that it happened, and no word of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.codes import parse_code
from testimony.domain.errors import Invalid, NotFound, Problem
from testimony.policy.access import Permission, require
from testimony.services.case_words import problems_of
from testimony.services.joint_acts import (
    Kind,
    confirm,
    is_signed,
    others_who_count,
    propose,
    require_waiting,
    words_of,
)
from testimony.services.sessions import Session, Work
from testimony.storage import accounts as account_rows
from testimony.storage import joint_acts as rows
from testimony.storage import register
from testimony.storage.joint_acts import ActRow
from testimony.storage.register import RegisterRow

VITAL_INTEREST = "LB02"
"""Of lawful_basis.csv."""


@dataclass(frozen=True, slots=True)
class Need:
    """danger: what threatens, and whom. to_whom: who is told. told: the least they must know."""

    danger: str = field(repr=False)
    to_whom: str = field(repr=False)
    told: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Referral:
    """One referral. by: who signed, one while it waits. need: None where it is not for this person to read."""

    act_id: str
    by: tuple[str, ...]
    is_made: bool
    is_own: bool
    need: Need | None = field(repr=False)


def propose_referral(session: Session, code: str, need: Need, now: datetime) -> str:
    """Sign a first time; return the id.

    Raises Refused, BadCode, NotFound, Invalid with fields danger, to_whom, told: required, too_long; to_whom:
    no_second_custodian.
    """
    with session.work(now) as work:
        row = _row(session, work, code)
        words = {"danger": need.danger.strip(), "to_whom": need.to_whom.strip(), "told": need.told.strip()}
        if problems := problems_of(words):
            raise Invalid(problems)
        keyring = session.archive.keyring()
        if not others_who_count(keyring, work.connection, Kind.REFERRAL, (session.account.id,)):
            raise Invalid((Problem("to_whom", "no_second_custodian"),))
        act_id = propose(session, work, (Kind.REFERRAL, (row.code,), VITAL_INTEREST), words)
        _log(work, row, Action.EXPORT_PREPARED, "referral-proposed", act_id)
    return act_id


def confirm_referral(session: Session, act_id: str, now: datetime) -> None:
    """Sign the second time: from here it may be made. Raises Refused (DR12 for who proposed it), NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.REFER)
        act = require_waiting(work.connection, act_id, Kind.REFERRAL)
        row = _row(session, work, act.codes[0])
        confirm(session, work, act)
        _log(work, row, Action.EXPORT_APPROVED, "referral-made", act_id)


def drop_referral(session: Session, act_id: str, reason: str, now: datetime) -> None:
    """Take one back, or refuse it, while it waits. reason: sealed to auditors. Raises Refused, NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.REFER)
        act = require_waiting(work.connection, act_id, Kind.REFERRAL)
        row = _row(session, work, act.codes[0])
        rows.delete_waiting(work.connection, act_id)
        _log(work, row, Action.EXPORT_PREPARED, "referral-dropped", act_id, reason)


def referrals_of(session: Session, code: str, now: datetime) -> tuple[Referral, ...]:
    """Raises Refused, BadCode, NotFound."""
    with session.work(now) as work:
        row = _row(session, work, code)
        handles = {one.account_id: one.handle for one in account_rows.all_accounts(work.connection)}
        acts = [act for act in rows.acts_about(work.connection, row.code) if act.kind == Kind.REFERRAL.value]
        found = tuple(_view(session, work, act, handles) for act in acts)
        work.log(
            Action.ITEM_SHOWN,
            subject=("testimony", row.code),
            case=row.case_id,
            fields=("referrals",),
            count=len(found),
        )
    return found


def waiting_referrals(session: Session) -> tuple[str, ...]:
    """The testimonies about which a referral waits for this custodian."""
    with session.reading() as connection:
        waiting = rows.waiting_acts(connection)
    mine = session.account.id
    return tuple(act.codes[0] for act in waiting if act.kind == Kind.REFERRAL and act.first.signer != mine)


def _view(session: Session, work: Work, act: ActRow, handles: Mapping[AccountId, str]) -> Referral:
    words = words_of(session, work, act)
    signers = [one.signer for one in (act.first, act.second) if one is not None]
    return Referral(
        act.act_id,
        tuple(handles.get(AccountId(one), one) for one in signers),
        is_signed(session.archive.keyring(), work.connection, act),
        act.first.signer == session.account.id,
        None if words is None else Need(words["danger"], words["to_whom"], words["told"]),
    )


def _row(session: Session, work: Work, code: str) -> RegisterRow:
    require(session.account, Permission.REFER)
    row = register.find_row(work.connection, parse_code(code))
    if row is None:
        raise NotFound
    return row


def _log(
    work: Work, row: RegisterRow, action: Action, what: str, act_id: str, reason: str | None = None
) -> None:
    fields = (what, VITAL_INTEREST, f"step:{act_id}")
    work.log(action, subject=("testimony", row.code), case=row.case_id, fields=fields, detail=reason)
