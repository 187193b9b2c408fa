"""What has run out: requests that nobody answered in time, parts of an identity that were open long enough, tasks too
late; and closing an identity altogether.

Called before anything is done with a request and at each sign-in of a custodian. Each thing that ends is one entry. Dies
in between: what was not ended yet is ended by the next call.
"""

from collections.abc import Iterable
from datetime import datetime

from testimony.domain.audit import Action, DenyReason
from testimony.domain.codes import parse_code
from testimony.domain.errors import Conflict, NotFound, Refused
from testimony.domain.identity import RequestState
from testimony.policy.access import Permission, require
from testimony.services.identity_statements import ENDED, EXPIRED, OVER, log_step
from testimony.services.sessions import Session, Work, timestamp
from testimony.storage import contact_tasks, identities, identity_limits, register
from testimony.storage import identity_requests as rows
from testimony.storage.contact_tasks import ContactTask
from testimony.storage.identity_limits import Closure
from testimony.storage.identity_requests import RequestRow

CLOSED, REOPENED = "identity-closed", "identity-reopened"
TASK_ENDED = "contact-ended"


def sweep(session: Session, now: datetime) -> int:
    """End what has run out; return how many things."""
    with session.reading() as connection:
        at = timestamp(now)
        due = (
            bool(rows.waiting_past(connection, at))
            or bool(rows.openings_past(connection, at))
            or bool(contact_tasks.open_tasks_due_before(connection, now.date().isoformat()))
        )
    if not due:
        return 0
    with session.work(now) as work:
        return _sweep(work)


def _sweep(work: Work) -> int:
    at = timestamp(work.now)
    late = rows.waiting_past(work.connection, at)
    for row in late:
        _end(work, row, RequestState.WAITING, RequestState.EXPIRED, EXPIRED)
    past = rows.openings_past(work.connection, at)
    for request_id in past:
        row_or_none = rows.find_request(work.connection, request_id)
        if row_or_none is not None:
            _end(work, row_or_none, RequestState.OPENED, RequestState.OVER, OVER)
        rows.delete_opening(work.connection, request_id)
    tasks = contact_tasks.open_tasks_due_before(work.connection, work.now.date().isoformat())
    end_tasks(work, tasks, "lapsed")
    return len(late) + len(past) + len(tasks)


def end_requests(work: Work, code: str) -> None:
    """End everything that is open about one testimony, in the caller's unit of work: a withdrawal, a closing."""
    for row in rows.requests_where(
        work.connection, code=code, states=(RequestState.WAITING, RequestState.OPENED)
    ):
        _end(work, row, RequestState(row.state), RequestState.ENDED, ENDED)
    end_tasks(work, contact_tasks.open_tasks_about(work.connection, code), "stopped")


def end_tasks(work: Work, tasks: Iterable[ContactTask], outcome: str) -> None:
    for task in tasks:
        contact_tasks.end_task(work.connection, task.task_id, outcome=outcome, at=timestamp(work.now))
        found = register.find_row(work.connection, task.code)
        work.log(
            Action.WRITTEN,
            subject=("testimony", task.code),
            case=found.case_id if found else None,
            fields=(TASK_ENDED, f"task:{task.task_id}", outcome),
        )


def _end(work: Work, row: RequestRow, before: RequestState, after: RequestState, step: str) -> None:
    rows.move_request(work.connection, row.request_id, before=before, after=after)
    rows.delete_wrapped(work.connection, row.request_id)
    rows.delete_opening(work.connection, row.request_id)
    found = register.find_row(work.connection, row.code)
    if found is not None:
        log_step(work, found, step, row.request_id)


def close_identity(session: Session, code: str, reason: str, now: datetime) -> None:
    """Close an identity: the witness died, or nobody shall reach them any more. What is open about it ends at once.

    reason: sealed to auditors. Raises Refused, BadCode, NotFound without an identity, Conflict when it is closed already.
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
