"""Releasing either of two walled testimonies takes a joint review of the risk to both (F6).

Two people who may see both sign it: custodians or reviewers, none of whom took or interpreted either, or is too near to
either. It is made for one testimony, one wall and one audience, and counts for thirty days. Asked at a release and at
each step of a handing over; a wall that is set later asks for a review of its own.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, DenyReason
from testimony.domain.codes import parse_code
from testimony.domain.errors import Conflict, IntegrityFailed, Invalid, NotFound, Problem, Refused
from testimony.domain.purposes import Audience
from testimony.policy.access import Permission, require
from testimony.services.case_words import problems_of
from testimony.services.identity_conflicts import concerned
from testimony.services.joint_acts import (
    Kind,
    confirm,
    is_signed,
    others_who_count,
    propose,
    read,
    require_waiting,
    signed_at,
    words_of,
)
from testimony.services.sessions import Session, Work
from testimony.services.walled_testimonies import DONE, walled_from
from testimony.storage import accounts as account_rows
from testimony.storage import joint_acts as rows
from testimony.storage import log_queries, register
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.joint_acts import ActRow
from testimony.storage.keyring import Keyring
from testimony.storage.register import RegisterRow

COUNTS_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ReviewView:
    """One review. other: the testimony behind the wall. until: the moment from which it counts no more; None while it
    waits for a second signature. risks: None where it is not for this person to read.
    """

    act_id: str
    other: str
    audience: Audience
    by: tuple[str, ...]
    until: datetime | None
    is_own: bool
    risks: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reviews:
    """others: testimonies from which a wall stands. may_sign: this person may sign a review about all of them."""

    others: tuple[str, ...]
    made: tuple[ReviewView, ...]
    may_sign: bool


def propose_review(
    session: Session, code: str, other: str, audience: Audience, risks: str, now: datetime
) -> str:
    """Sign a first time that both may be at the risk of this release; return the id.

    Raises Refused, BadCode, NotFound without such a wall, Conflict while one waits, Invalid with field risks: required,
    too_long; other: no_second_person.
    """
    pair = (parse_code(code), parse_code(other))
    with session.work(now) as work:
        require(session.account, Permission.REVIEW_RISK)
        row, keyring = _row(work.connection, pair[0]), session.archive.keyring()
        if pair[1] not in walled_from(keyring, work.connection, pair[0]):
            raise NotFound
        _require_apart_from_both(session.account.id, work.connection, pair)
        if problems := problems_of({"risks": risks}):
            raise Invalid(problems)
        people = others_who_count(keyring, work.connection, Kind.RISK_REVIEW, (session.account.id,))
        if not any(_may_sign(one, work.connection, pair) for one in people):
            raise Invalid((Problem("other", "no_second_person"),))
        if any(act.second is None and act.about == audience for act in _reviews(work.connection, pair)):
            raise Conflict
        act = (Kind.RISK_REVIEW, pair, audience.value)
        act_id = propose(session, work, act, {"risks": risks.strip()}, people)
        _log(work, row, "risk-review-proposed", audience, act_id)
    return act_id


def confirm_review(session: Session, act_id: str, now: datetime) -> None:
    """Sign the second time. Raises Refused (DR12 for who proposed it, DR13 for who is near to either), NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.REVIEW_RISK)
        act = require_waiting(work.connection, act_id, Kind.RISK_REVIEW)
        row, pair = _row(work.connection, act.codes[0]), (act.codes[0], act.codes[1])
        _require_apart_from_both(session.account.id, work.connection, pair)
        confirm(session, work, act)
        _log(work, row, "risk-review-made", Audience(act.about), act_id)


def drop_review(session: Session, act_id: str, reason: str, now: datetime) -> None:
    """Take one back, or refuse it, while it waits. reason: sealed to auditors. Raises Refused, NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.REVIEW_RISK)
        act = require_waiting(work.connection, act_id, Kind.RISK_REVIEW)
        row = _row(work.connection, act.codes[0])
        rows.delete_waiting(work.connection, act_id)
        _log(work, row, "risk-review-dropped", Audience(act.about), act_id, reason)


def reviews_of(session: Session, code: str, now: datetime) -> Reviews:
    """Which walls a release must mind, and which reviews were made. Raises Refused, BadCode, NotFound."""
    canonical = parse_code(code)
    with session.work(now) as work:
        require(session.account, Permission.REVIEW_RISK)
        row, keyring = _row(work.connection, canonical), session.archive.keyring()
        others = walled_from(keyring, work.connection, canonical)
        handles = {one.account_id: one.handle for one in account_rows.all_accounts(work.connection)}
        made = tuple(
            _view(session, work, act, handles)
            for act in rows.acts_about(work.connection, canonical)
            if act.kind == Kind.RISK_REVIEW and act.codes[0] == canonical
        )
        may = all(_may_sign(session.account.id, work.connection, (canonical, other)) for other in others)
        work.log(
            Action.LIST_SHOWN,
            subject=("testimony", canonical),
            case=row.case_id,
            fields=("risk-reviews",),
            count=len(others),
        )
    return Reviews(others, made, may)


def waiting_reviews(session: Session) -> tuple[str, ...]:
    """The testimonies about whose release a review waits for a second signature."""
    with session.reading() as connection:
        waiting = rows.waiting_acts(connection)
    mine = session.account.id
    return tuple(act.codes[0] for act in waiting if act.kind == Kind.RISK_REVIEW and act.first.signer != mine)


def require_joint_review(session: Session, work: Work, code: str, audience: Audience) -> None:
    """Raises Refused (DR13) unless every wall of this testimony was minded for this audience."""
    keyring = session.archive.keyring()
    for other in walled_from(keyring, work.connection, code):
        pair = (code, other)
        if not any(
            act.about == audience and _counts(keyring, work.connection, act, work.now)
            for act in _reviews(work.connection, pair)
        ):
            raise Refused((DenyReason.FIREWALL,), subject=("testimony", code))


def _counts(keyring: Keyring, connection: Connection, act: ActRow, now: datetime) -> bool:
    if act.second is None or not is_signed(keyring, connection, act):
        return False
    pair = (act.codes[0], act.codes[1])
    if not all(_may_sign(AccountId(s.signer), connection, pair) for s in (act.first, act.second)):
        return False
    at = signed_at(read(keyring, connection, act, act.first))
    # One made for an earlier setting of the wall is none for this one.
    return _set_at(connection, pair) <= at <= now < at + COUNTS_FOR


def _set_at(connection: Connection, pair: tuple[str, str]) -> datetime:
    """When the wall was last set, by the log. Raises IntegrityFailed when that cannot be told."""
    low, high = sorted(pair)
    name, last = rows.wall_name((low, high)), None
    try:
        for leaf in log_queries.leaves_about(connection, rows.WALL, name, Action.GRANT_CHANGED.value):
            entry = json.loads(leaf)
            if entry["fields"][:1] == [DONE[Kind.WALL_SET]]:
                last = datetime.fromisoformat(entry["at"])
    except (ValueError, KeyError, TypeError):
        raise IntegrityFailed from None
    if last is None:
        raise IntegrityFailed
    return last


def _may_sign(account_id: AccountId, connection: Connection, pair: tuple[str, str]) -> bool:
    for code in pair:
        row = _row(connection, code)
        if account_id in (row.interviewer_id, row.interpreter_id) or account_id in concerned(
            connection, code
        ):
            return False
    return True


def _require_apart_from_both(account_id: AccountId, connection: Connection, pair: tuple[str, str]) -> None:
    if not _may_sign(account_id, connection, pair):
        raise Refused((DenyReason.FIREWALL,), subject=("testimony", pair[0]))


def _reviews(connection: Connection, pair: tuple[str, str]) -> tuple[ActRow, ...]:
    return tuple(
        act
        for act in rows.acts_about(connection, pair[0])
        if act.kind == Kind.RISK_REVIEW and act.codes == pair
    )


def _view(session: Session, work: Work, act: ActRow, handles: Mapping[AccountId, str]) -> ReviewView:
    keyring, until = session.archive.keyring(), None
    words = words_of(session, work, act)
    signers = [one.signer for one in (act.first, act.second) if one is not None]
    if act.second is not None:
        try:
            until = signed_at(read(keyring, work.connection, act, act.first)) + COUNTS_FOR
        except ArchiveDamaged:
            until = work.now  # Not what was signed: it counts for nothing.
    return ReviewView(
        act_id=act.act_id,
        other=act.codes[1],
        audience=Audience(act.about),
        by=tuple(handles.get(AccountId(one), one) for one in signers),
        until=until,
        is_own=act.first.signer == session.account.id,
        risks=None if words is None else words.get("risks"),
    )


def _log(
    work: Work, row: RegisterRow, what: str, audience: Audience, act_id: str, reason: str | None = None
) -> None:
    work.log(
        Action.REDACTION_DECIDED,
        subject=("testimony", row.code),
        case=row.case_id,
        fields=(what, audience.value, f"step:{act_id}"),
        detail=reason,
    )


def _row(connection: Connection, code: str) -> RegisterRow:
    row = register.find_row(connection, code)
    if row is None:
        raise NotFound
    return row
