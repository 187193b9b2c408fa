"""Legal demands: recorded when they come, with all they touch held from that moment; counsel; the answer.

The list of what is touched is prepared for counsel alone: there is none before counsel was named.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from testimony.domain.audit import Action
from testimony.domain.disposal import DemandKind, DemandState, HoldCause, HoldScope
from testimony.domain.errors import Conflict, Invalid, NotFound, NotYet, Problem
from testimony.policy.access import Permission, require
from testimony.services.custodian_words import open_words, seal_words
from testimony.services.erasures import handles_of
from testimony.services.holding import HoldRequest, place_in
from testimony.services.sessions import Session, Work, timestamp
from testimony.storage import demands, holds
from testimony.storage import disposal_queries as queries
from testimony.storage.demands import DemandRow

REVIEW_AFTER = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandRequest:
    """received_on: the day it came. words: from whom, and what is asked; sealed to the custodians."""

    received_on: date
    kind: DemandKind
    words: str
    case_ids: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DemandView:
    """words, counsel, answer: None for a custodian who joined after they were sealed. holds: that it placed."""

    id: str
    received_on: date
    kind: DemandKind
    state: DemandState
    recorded_by: str
    words: str | None
    counsel: str | None
    answer: str | None
    answered_on: date | None
    holds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TouchedLine:
    """One testimony that a demand touches, without a word of it."""

    code: str
    case_id: str
    state: str
    submitted_on: str
    has_identity: bool


def record_demand(session: Session, request: DemandRequest, now: datetime) -> str:
    """Record it and hold all it touches, in one transaction. Return its id.

    Raises Refused; Invalid with received_on (out_of_range), words, codes, case_id.
    """
    problems = []
    if request.received_on > now.date():
        problems.append(Problem("received_on", "out_of_range"))
    if not request.words.strip():
        problems.append(Problem("words", "required"))
    if not (request.case_ids or request.codes):
        problems.append(Problem("codes", "required"))
    demand_id = secrets.token_hex(8)
    with session.work(now) as work:
        require(session.account, Permission.KEEP_DEMANDS)
        if problems:
            raise Invalid(tuple(problems))
        row = DemandRow(
            demand_id=demand_id,
            received_on=request.received_on.isoformat(),
            kind=request.kind.value,
            words=seal_words(session, request.words.strip(), f"demand/{demand_id}"),
            state=DemandState.RECEIVED.value,
            recorded_by=session.account.id,
            recorded_at=timestamp(now),
        )
        demands.insert_demand(work.connection, row)
        _freeze(session, work, request, demand_id)
        work.log(
            Action.WRITTEN, subject=("demand", demand_id), fields=("demand-received", request.kind.value)
        )
    return demand_id


def _freeze(session: Session, work: Work, request: DemandRequest, demand_id: str) -> None:
    review_on = (work.now + REVIEW_AFTER).date()
    wanted: list[tuple[HoldScope, str, tuple[str, ...]]] = [
        (HoldScope.CASE, case_id, ()) for case_id in dict.fromkeys(request.case_ids)
    ]
    if request.codes:
        wanted.append((HoldScope.TESTIMONY, "", request.codes))
    for scope, case_id, codes in wanted:
        asked = HoldRequest(
            scope=scope,
            cause=HoldCause.COURT_ORDER,
            review_on=review_on,
            authority=request.words,
            case_id=case_id,
            codes=codes,
        )
        place_in(session, work, asked, demand_id)


def instruct_counsel(session: Session, demand_id: str, words: str, now: datetime) -> None:
    """It is with counsel: who, and what they were asked. Raises Refused, NotFound, Conflict, Invalid (words)."""
    _move(session, demand_id, DemandState.RECEIVED, DemandState.WITH_COUNSEL, words, now)


def answer_demand(session: Session, demand_id: str, words: str, now: datetime) -> None:
    """What was answered. The holds stay until two custodians lift them. Raises as `instruct_counsel`."""
    _move(session, demand_id, DemandState.WITH_COUNSEL, DemandState.ANSWERED, words, now)


def _move(
    session: Session, demand_id: str, before: DemandState, after: DemandState, words: str, now: datetime
) -> None:
    with session.work(now) as work:
        require(session.account, Permission.KEEP_DEMANDS)
        _require(work, demand_id)
        if not words.strip():
            raise Invalid((Problem("words", "required"),))
        sealed = seal_words(session, words.strip(), f"{after.value}/{demand_id}")
        today = now.date().isoformat()
        values: dict[str, object] = (
            {"counsel_words": sealed, "counsel_on": today}
            if after is DemandState.WITH_COUNSEL
            else {"answer_words": sealed, "answered_on": today}
        )
        if not demands.update_demand(work.connection, demand_id, before.value, state=after.value, **values):
            raise Conflict
        work.log(Action.WRITTEN, subject=("demand", demand_id), fields=("demand", after.value))


def list_demands(session: Session, now: datetime) -> tuple[DemandView, ...]:
    """Newest first. Raises Refused."""
    with session.work(now) as work:
        require(session.account, Permission.KEEP_DEMANDS)
        views = tuple(_view(session, work, row) for row in demands.all_demands(work.connection))
        work.log(Action.LIST_SHOWN, fields=("demands",), count=len(views))
    return views


def find_demand(session: Session, demand_id: str, now: datetime) -> DemandView:
    """Raises Refused, NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.KEEP_DEMANDS)
        row = _require(work, demand_id)
        work.log(Action.ITEM_SHOWN, subject=("demand", demand_id))
        return _view(session, work, row)


def touched_by(session: Session, demand_id: str, now: datetime) -> tuple[TouchedLine, ...]:
    """The list for counsel. Raises Refused, NotFound; NotYet before counsel was named."""
    with session.work(now) as work:
        require(session.account, Permission.KEEP_DEMANDS)
        if _require(work, demand_id).state == DemandState.RECEIVED:
            raise NotYet
        rows = holds.holds_of_demand(work.connection, demand_id)
        whole = {row.case_id for row in rows if row.scope == HoldScope.CASE}
        codes = {code for row in rows for code in holds.codes_of(work.connection, row.hold_id)}
        lines = tuple(
            TouchedLine(one.code, one.case_id, one.state, one.submitted_on, bool(one.has_identity))
            for one in sorted(queries.standing_rows(work.connection), key=lambda row: (row.case_id, row.code))
            if one.case_id in whole or one.code in codes
        )
        fields = ("for-counsel",)
        work.log(Action.EXPORT_PREPARED, subject=("demand", demand_id), fields=fields, count=len(lines))
    return lines


def count_open(session: Session) -> int:
    with session.reading() as connection:
        return demands.count_open(connection)


def _require(work: Work, demand_id: str) -> DemandRow:
    row = demands.find_demand(work.connection, demand_id)
    if row is None:
        raise NotFound
    return row


def _view(session: Session, work: Work, row: DemandRow) -> DemandView:
    about = row.demand_id
    return DemandView(
        id=row.demand_id,
        received_on=date.fromisoformat(row.received_on),
        kind=DemandKind(row.kind),
        state=DemandState(row.state),
        recorded_by=handles_of(work.connection).get(row.recorded_by, row.recorded_by),
        words=open_words(session, row.words, f"demand/{about}"),
        counsel=open_words(session, row.counsel_words, f"{DemandState.WITH_COUNSEL.value}/{about}"),
        answer=open_words(session, row.answer_words, f"{DemandState.ANSWERED.value}/{about}"),
        answered_on=None if row.answered_on is None else date.fromisoformat(row.answered_on),
        holds=tuple(hold.hold_id for hold in holds.holds_of_demand(work.connection, about)),
    )
