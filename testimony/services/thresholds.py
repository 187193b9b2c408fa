"""How many people a release must fit at least: set by custodians, case by case."""

from datetime import datetime

from testimony.domain.audit import Action
from testimony.domain.errors import Invalid, NotFound, Problem
from testimony.domain.purposes import Audience
from testimony.domain.residual import DEFAULT_THRESHOLDS, LEAST_THRESHOLD, MOST_THRESHOLD
from testimony.policy.access import Permission, require
from testimony.services.sessions import Session, timestamp
from testimony.storage import cases, thresholds


def thresholds_of(session: Session, case_id: str) -> dict[Audience, int]:
    """What holds for a case, by audience. Raises Refused."""
    require(session.account, Permission.MANAGE_CASES)
    with session.reading() as connection:
        kept = thresholds.thresholds_of(connection, case_id)
    return {audience: kept.get(audience, usual) for audience, usual in DEFAULT_THRESHOLDS.items()}


def set_threshold(
    session: Session, case_id: str, audience: Audience, people: int, reason: str, now: datetime
) -> None:
    """From now on, for what is proposed, approved or released. reason: sealed to auditors.

    Raises Refused, NotFound, Invalid.
    """
    with session.work(now) as work:
        require(session.account, Permission.MANAGE_CASES)
        if cases.find_case(work.connection, case_id) is None:
            raise NotFound
        problems = []
        if not LEAST_THRESHOLD <= people <= MOST_THRESHOLD:
            problems.append(Problem("people", "out_of_range"))
        if not reason.strip():
            problems.append(Problem("reason", "required"))
        if problems:
            raise Invalid(tuple(problems))
        me, at = session.account.id, timestamp(now)
        thresholds.put_threshold(work.connection, case_id, audience, people, set_by=me, set_at=at)
        work.log(
            Action.WRITTEN,
            subject=("case", case_id),
            case=case_id,
            fields=("residual-threshold", audience.value),
            count=people,
            detail=reason.strip(),
        )
