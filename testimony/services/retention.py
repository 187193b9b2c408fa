"""What is due to be let go of, reviewed or handed on: each testimony's class and day, and many proposed at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from testimony.domain.audit import Action
from testimony.domain.consent import ConsentStatus
from testimony.domain.disposal import OF_PROCEEDINGS, Cause, HoldScope
from testimony.domain.errors import Conflict, Invalid, NotFound, Refused
from testimony.policy.access import Permission, require
from testimony.policy.retention import Deed, Due, Kept, Retention, class_of, dues_of, log_due, years_after
from testimony.services.erasures import propose_erasure
from testimony.services.holding import is_lifted
from testimony.services.sessions import Session
from testimony.storage import disposal_queries as queries
from testimony.storage import erasures, holds
from testimony.storage.connections import Connection
from testimony.storage.disposal_queries import KeptRow

CAUSES = {
    Retention.WITHOUT_VALID_CONSENT: Cause.INVALID_CONSENT,
    Retention.WITH_ARCHIVE_CONSENT: Cause.CASE_LONG_OVER,
    Retention.WITHOUT_ARCHIVE_CONSENT: Cause.NO_ARCHIVE_CONSENT,
    Retention.PROCEEDINGS: Cause.PROCEEDINGS_OVER,
    Retention.WITHDRAWN: Cause.WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class DueLine:
    """One thing that is due. on_hold: nothing is disposed of until it is lifted. proposed: an erasure waits already."""

    code: str
    case_id: str
    due: Due
    on_hold: bool
    proposed: bool


@dataclass(frozen=True, slots=True)
class KeptView:
    """How long one testimony is kept. next: None while no period runs."""

    retention: Retention
    next: Due | None


def due_by(session: Session, day: date, now: datetime) -> tuple[DueLine, ...]:
    """What is due on this day or before it, the oldest first. Raises Refused."""
    with session.work(now) as work:
        require(session.account, Permission.LIST_REGISTER)
        lines = _due(session, work.connection, day)
        work.log(Action.LIST_SHOWN, fields=("retention",), count=len(lines))
    return lines


def count_due(session: Session, day: date) -> int:
    """For the front page: what is due and not held. Raises Refused."""
    require(session.account, Permission.LIST_REGISTER)
    with session.reading() as connection:
        return sum(not (line.on_hold or line.proposed) for line in _due(session, connection, day))


def kept_until(session: Session, code: str) -> KeptView | None:
    """For the page of one testimony, whose showing is that page's entry. Raises Refused."""
    require(session.account, Permission.LIST_REGISTER)
    with session.reading() as connection:
        found = _kept(session, connection, code=code)
    if not found:
        return None
    kept = found[0][0]
    dues = dues_of(kept)
    return KeptView(class_of(kept), dues[0] if dues else None)


def log_review(session: Session) -> Due | None:
    """When the log itself is to be looked at (RC06). Raises Refused."""
    require(session.account, Permission.LIST_REGISTER)
    with session.reading() as connection:
        days = [row.carried_out_at for row in erasures.all_erasures(connection, "carried_out")]
    last = max((day for day in days if day), default=None)
    return log_due(None if last is None else date.fromisoformat(last[:10]))


@dataclass(frozen=True, slots=True)
class Proposed:
    """proposed: ids of erasures. left: codes for which none was proposed: held, not due, or proposed already."""

    proposed: tuple[str, ...]
    left: tuple[str, ...]


def propose_due(session: Session, codes: Iterable[str], reason: str, now: datetime) -> Proposed:
    """Propose to erase many that are due to be disposed of; each is approved on its own. Raises Refused."""
    require(session.account, Permission.ERASE)
    with session.reading() as connection:
        due = {
            line.code: line.due
            for line in _due(session, connection, now.date())
            if line.due.deed is Deed.DISPOSE
        }
    proposed, left = [], []
    for code in dict.fromkeys(codes):
        try:
            cause = CAUSES[due[code].retention]
            proposed.append(propose_erasure(session, code, cause, reason, now))
        except (KeyError, Refused, NotFound, Conflict, Invalid):
            left.append(code)
    return Proposed(tuple(proposed), tuple(left))


def _due(session: Session, connection: Connection, day: date) -> tuple[DueLine, ...]:
    waiting = {row.code for row in erasures.all_erasures(connection, "proposed", "approved")}
    found = [
        DueLine(kept.code, kept.case_id, due, bool(row.on_hold), kept.code in waiting)
        for kept, row in _kept(session, connection, before=day)
        for due in dues_of(kept)
        if due.on <= day
    ]
    return tuple(sorted(found, key=lambda line: (line.due, line.code)))


def _kept(
    session: Session, connection: Connection, *, code: str | None = None, before: date | None = None
) -> list[tuple[Kept, KeptRow]]:
    # An identity is due two years after its sealing at the earliest.
    sealed = None if before is None else years_after(before, -2).isoformat()
    rows = queries.kept_rows(connection, code=code, identity_before=sealed)
    withdrawn = frozenset(row.code for row in rows if row.status == ConsentStatus.WITHDRAWN)
    changed = queries.last_about(connection, Action.CONSENT_CHANGED.value, withdrawn)
    used = queries.last_about(connection, Action.IDENTITY_SHOWN.value)
    standing, ended = _proceedings(session, connection)

    def of(one: KeptRow) -> Kept:
        about = (one.code, f"case:{one.case_id}")
        days = [ended[name] for name in about if name in ended]
        return Kept(
            code=one.code,
            case_id=one.case_id,
            state=one.state,
            status=one.status,
            submitted_on=date.fromisoformat(one.submitted_on),
            archive_decision=one.archive_decision,
            withdrawn_on=_day(changed.get(one.code) or one.given_on),
            case_closed_on=_day(one.case_closed_on),
            proceedings=any(name in standing for name in about),
            proceedings_ended_on=_day(max(days, default=None)),
            has_identity=one.identity_sealed_on is not None,
            identity_used_on=_day(used.get(one.code) or one.identity_sealed_on),
        )

    return [(of(row), row) for row in rows]


def _proceedings(session: Session, connection: Connection) -> tuple[set[str], dict[str, str]]:
    """What is in proceedings, and when they ended for what is not: by code, or `case:` and its id."""
    keyring = session.archive.keyring()
    standing: set[str] = set()
    ended: dict[str, str] = {}
    for row in holds.all_holds(connection):
        if row.cause not in OF_PROCEEDINGS:
            continue
        whole = row.scope == HoldScope.CASE
        names = (f"case:{row.case_id}",) if whole else holds.codes_of(connection, row.hold_id)
        if row.lifted_at is None or not is_lifted(keyring, connection, row):
            standing.update(names)
        else:
            ended |= {name: max(ended.get(name, ""), row.lifted_at[:10]) for name in names}
    return standing, ended


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)
