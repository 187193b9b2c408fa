"""What a testimony's consent was over time, for custodians, and what of it is due."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from testimony.domain.audit import Action
from testimony.domain.consent_terms import Terms
from testimony.domain.errors import IntegrityFailed
from testimony.policy.access import Permission, require
from testimony.services.consent_documents import terms_from_statement
from testimony.services.consent_versions import require_consent_stands, terms_of
from testimony.services.finding_consent import find, require_code
from testimony.services.sessions import Session
from testimony.storage import (
    accounts,
    consent_due,
    consent_versions,
    consents,
    disclosures,
    withdrawals,
)
from testimony.storage.connections import Connection
from testimony.storage.consent_due import DueRow
from testimony.storage.consent_versions import EventRow
from testimony.storage.register import RegisterRow
from testimony.storage.withdrawals import WithdrawalRow

REVIEW_AHEAD = timedelta(days=30)
GUARDIAN_WITHIN = timedelta(days=14)
"""How long an account of a child without a guardian may lie (F4)."""


TELL_WITHIN = timedelta(days=30)
"""How long there is to tell a witness, by the safe channel, that what was taken back is done (F1, R06)."""


def tell_by(row: WithdrawalRow) -> date:
    """The last day to tell the witness of this withdrawal."""
    return date.fromisoformat(row.withdrawn_on) + TELL_WITHIN


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version. second: who confirmed it. The last four are None for what was taken down at the interview."""

    terms: Terms
    is_current: bool
    recorded_by: str | None = None
    second: str | None = None
    channel: str | None = None
    recognised_by: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A version that allows more and waits for a second person. is_mine: taken down by who looks."""

    proposal_id: str
    code: str
    terms: Terms
    recorded_by: str
    is_mine: bool


@dataclass(frozen=True, slots=True)
class EventView:
    event: EventRow
    recorded_by: str
    is_mine: bool


@dataclass(frozen=True, slots=True)
class History:
    """is_whole: the current version is the one that was signed and logged last. versions: newest first."""

    code: str
    case_id: str
    is_whole: bool
    versions: tuple[VersionView, ...]
    proposal: Proposal | None
    events: tuple[EventView, ...]
    withdrawals: tuple[WithdrawalRow, ...]
    to_recall: int
    is_being_carried_out: bool


@dataclass(frozen=True, slots=True)
class Due:
    """What custodians owe witnesses, each list the most urgent first. answer_by: of guardians, by code."""

    reviews: tuple[DueRow, ...]
    majority: tuple[DueRow, ...]
    no_majority_day: tuple[DueRow, ...]
    guardians: tuple[tuple[str, date], ...]
    proposals: tuple[Proposal, ...]
    events: tuple[EventView, ...]
    to_tell: tuple[WithdrawalRow, ...]
    carrying_out: tuple[tuple[str, str], ...]
    recalls: tuple[tuple[str, str, date], ...]

    @property
    def count(self) -> int:
        lists = (self.majority, self.guardians, self.proposals, self.events, self.to_tell, self.recalls)
        return sum(map(len, lists)) + len(self.carrying_out)


def history(session: Session, code: str, now: datetime) -> History:
    """Raises Refused, NotFound."""
    with session.work(now) as work:
        row = find(session, work, require_code(code), Permission.CONFIRM_CONSENT)
        connection = work.connection
        handles = _handles(connection)
        views = _versions(connection, row, handles)
        proposal = consent_versions.proposal_of(connection, row.code)
        found = History(
            code=row.code,
            case_id=row.case_id,
            is_whole=_is_whole(session, connection, row.code),
            versions=views,
            proposal=None if proposal is None else _proposal(session, proposal, handles),
            events=tuple(
                _event(session, one, handles) for one in consent_versions.events_of(connection, row.code)
            ),
            withdrawals=withdrawals.withdrawals_of(connection, row.code),
            to_recall=sum(one.code == row.code for _, one in disclosures.unanswered(connection)),
            is_being_carried_out=any(
                code == row.code for code, _ in withdrawals.waiting_work(connection, 10_000)
            ),
        )
        work.log(
            Action.ITEM_SHOWN,
            subject=("testimony", row.code),
            case=row.case_id,
            fields=("consent-history",),
            count=len(views),
        )
    return found


def _is_whole(session: Session, connection: Connection, code: str) -> bool:
    try:
        require_consent_stands(session.archive.keyring(), connection, code)
    except IntegrityFailed:
        return False
    return True


def _versions(connection: Connection, row: RegisterRow, handles: dict[str, str]) -> tuple[VersionView, ...]:
    """Newest first."""
    stored = {one.version: one for one in consent_versions.versions_of(connection, row.code)}
    current = consents.current_consent(connection, row.code)
    views = []
    for consent in reversed(consents.consents_of(connection, row.code)):
        terms = terms_of(consent, minor=bool(row.minor), guardian_ok=bool(row.guardian_ok))
        is_current = current is not None and current.version == consent.version
        bound = stored.get(consent.version)
        if bound is None:
            views.append(VersionView(terms, is_current))
            continue
        said = json.loads(bound.statement)
        second = None if bound.second_id is None else handles.get(bound.second_id, bound.second_id)
        signer = handles.get(bound.signer_id, bound.signer_id)
        views.append(VersionView(terms, is_current, signer, second, said["channel"], said["recognised_by"]))
    return tuple(views)


def due(session: Session, now: datetime) -> Due:
    """Raises Refused."""
    with session.work(now) as work:
        found = _due(session, work.connection, now)
        work.log(Action.LIST_SHOWN, fields=("consent-due",), count=found.count)
    return found


def count_due(session: Session, now: datetime) -> int:
    """How much waits, without the reviews, which the register counts. Raises Refused."""
    with session.reading() as connection:
        return _due(session, connection, now).count


def _due(session: Session, connection: Connection, now: datetime) -> Due:
    require(session.account, Permission.CONFIRM_CONSENT)
    today, handles = now.date(), _handles(connection)
    ahead = (today + REVIEW_AHEAD).isoformat()
    waiting = consent_due.without_guardian(connection)
    return Due(
        reviews=consent_due.reviews_until(connection, ahead),
        majority=consent_due.majority_until(connection, ahead),
        no_majority_day=consent_due.without_majority_day(connection),
        guardians=tuple((one.code, date.fromisoformat(one.day) + GUARDIAN_WITHIN) for one in waiting),
        proposals=tuple(
            _proposal(session, one, handles) for one in consent_versions.all_proposals(connection)
        ),
        events=tuple(
            _event(session, one, handles) for one in consent_versions.unconfirmed_events(connection)
        ),
        to_tell=withdrawals.unconfirmed(connection),
        carrying_out=withdrawals.waiting_work(connection, 200),
        recalls=tuple(
            (about.disclosure_id, about.code, date.fromisoformat(recall.due_on))
            for recall, about in disclosures.unanswered(connection)
        ),
    )


def _proposal(session: Session, row: consent_versions.ProposalRow, handles: dict[str, str]) -> Proposal:
    terms = terms_from_statement(row.statement, session.archive.keyring().archive_id, row.code)
    handle = handles.get(row.signer_id, row.signer_id)
    return Proposal(row.proposal_id, row.code, terms, handle, row.signer_id == session.account.id)


def _event(session: Session, row: EventRow, handles: dict[str, str]) -> EventView:
    handle = handles.get(row.recorded_by, row.recorded_by)
    return EventView(row, handle, row.recorded_by == session.account.id)


def _handles(connection: Connection) -> dict[str, str]:
    return {row.account_id: row.handle for row in accounts.all_accounts(connection)}
