"""Holds as custodians see them: what is held, why, until when it is reviewed, who asked to lift it."""

from dataclasses import dataclass
from datetime import date, datetime

from testimony.domain.audit import Action
from testimony.domain.disposal import HoldCause, HoldScope
from testimony.domain.errors import NotFound
from testimony.policy.access import Permission, require
from testimony.services.custodian_words import open_words
from testimony.services.erasures import handles_of
from testimony.services.holding import verified_hold
from testimony.services.sessions import Session, Work
from testimony.storage import holds
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.holds import HoldRow


@dataclass(frozen=True, slots=True)
class HoldView:
    """broken: what is stored is not what was signed; it holds all the same. due: its review is today or past."""

    id: str
    scope: HoldScope
    case_id: str
    codes: tuple[str, ...]
    cause: HoldCause
    authority: str | None
    placed_by: str
    placed_at: datetime
    review_on: date
    due: bool
    lift_asked_by: str | None
    lifted_by: str | None
    lifted_at: datetime | None
    broken: bool
    demand_id: str | None
    asked_by_me: bool


def list_holds(session: Session, now: datetime) -> tuple[HoldView, ...]:
    """Those that stand first, the nearest review first. Raises Refused."""
    with session.work(now) as work:
        require(session.account, Permission.HOLD)
        views = [_view(session, work, row) for row in holds.all_holds(work.connection)]
        work.log(Action.LIST_SHOWN, fields=("holds",), count=len(views))
    return tuple(sorted(views, key=lambda view: (view.lifted_at is not None, view.review_on, view.id)))


def find_hold(session: Session, hold_id: str, now: datetime) -> HoldView:
    """Raises Refused, NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.HOLD)
        row = holds.find_hold(work.connection, hold_id)
        if row is None:
            raise NotFound
        work.log(Action.ITEM_SHOWN, subject=("hold", hold_id), case=row.case_id)
        return _view(session, work, row)


def count_reviews(session: Session, today: date) -> int:
    """Holds whose review is due. Raises Refused."""
    require(session.account, Permission.HOLD)
    with session.reading() as connection:
        rows = holds.all_holds(connection)
    return sum(row.lifted_at is None and row.review_on <= today.isoformat() for row in rows)


def count_lifts(session: Session) -> int:
    """Holds that another custodian asked to lift."""
    with session.reading() as connection:
        rows = holds.all_holds(connection)
    return sum(row.lifted_at is None and row.lift_asked_by not in (None, session.account.id) for row in rows)


def _view(session: Session, work: Work, row: HoldRow) -> HoldView:
    handles = handles_of(work.connection)
    try:
        verified_hold(session.archive.keyring(), work.connection, row)
        broken = False
    except ArchiveDamaged:
        broken = True
    review_on = date.fromisoformat(row.review_on)
    return HoldView(
        id=row.hold_id,
        scope=HoldScope(row.scope),
        case_id=row.case_id,
        codes=holds.codes_of(work.connection, row.hold_id),
        cause=HoldCause(row.cause),
        authority=open_words(session, row.words, row.hold_id),
        placed_by=handles.get(row.signer, row.signer),
        placed_at=datetime.fromisoformat(row.placed_at),
        review_on=review_on,
        due=row.lifted_at is None and review_on <= work.now.date(),
        lift_asked_by=None
        if row.lift_asked_by is None
        else handles.get(row.lift_asked_by, row.lift_asked_by),
        lifted_by=None if row.lifted_by is None else handles.get(row.lifted_by, row.lifted_by),
        lifted_at=None if row.lifted_at is None else datetime.fromisoformat(row.lifted_at),
        broken=broken,
        demand_id=row.demand_id,
        asked_by_me=row.lift_asked_by == session.account.id,
    )
