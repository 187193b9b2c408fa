"""What has run out: requests that nobody answered in time, what was open long enough, tasks too late.

It also ends what is open about one testimony. Called before anything is done with a request and at each sign-in of a
custodian. Each thing that ends is one entry. Dies in between: what was not ended yet is ended by the next call.
"""

from collections.abc import Iterable
from datetime import datetime

from testimony.domain.audit import Action
from testimony.domain.identity import RequestState
from testimony.services.identity_statements import ENDED, EXPIRED, OVER, log_step
from testimony.services.sessions import Session, Work, timestamp
from testimony.storage import contact_tasks, register
from testimony.storage import identity_requests as rows
from testimony.storage.contact_tasks import ContactTask
from testimony.storage.identity_requests import RequestRow

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
