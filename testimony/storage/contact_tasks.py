"""Tasks to reach a witness again: the ways to them, sealed to who has to do it, until it is done or too late."""

from dataclasses import dataclass, field, fields

import sqlalchemy as sa

from testimony.domain.accounts import AccountId
from testimony.storage.schema import LEDGER

TASKS = sa.Table(
    "contact_tasks",
    LEDGER,
    sa.Column("task_id", sa.Text, primary_key=True),
    sa.Column("request_id", sa.Text, sa.ForeignKey("identity_requests.request_id"), nullable=False),
    sa.Column("code", sa.Text, sa.ForeignKey("register.code"), nullable=False),
    sa.Column("assignee_id", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False),
    sa.Column("due_on", sa.Text, nullable=False),
    sa.Column("sealed", sa.LargeBinary),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("made_at", sa.Text, nullable=False),
    sa.Column("ended_at", sa.Text),
    sa.CheckConstraint(
        "outcome IN ('open', 'reached', 'not_reached', 'declined', 'unsafe', 'lapsed', 'stopped')"
    ),
    sa.CheckConstraint("(outcome = 'open') = (ended_at IS NULL)"),
    sa.CheckConstraint("(outcome = 'open') = (sealed IS NOT NULL)"),
    sqlite_strict=True,
)
sa.Index("contact_tasks_assignee", TASKS.c.assignee_id, TASKS.c.due_on)
sa.Index("contact_tasks_code", TASKS.c.code)


@dataclass(frozen=True, slots=True)
class ContactTask:
    """`due_on`: the last day. `sealed`: the cards; None once the task has ended."""

    task_id: str
    request_id: str
    code: str
    assignee_id: AccountId
    due_on: str
    sealed: bytes | None = field(repr=False)
    outcome: str
    made_at: str
    ended_at: str | None


def insert_task(connection: sa.Connection, task: ContactTask) -> None:
    connection.execute(TASKS.insert(), {f.name: getattr(task, f.name) for f in fields(task)})


def find_task(connection: sa.Connection, task_id: str) -> ContactTask | None:
    row = connection.execute(TASKS.select().where(TASKS.c.task_id == task_id)).first()
    return None if row is None else ContactTask(**row._mapping)


def tasks_of(connection: sa.Connection, assignee_id: str, *, limit: int = 100) -> tuple[ContactTask, ...]:
    """Open ones first, by the day they are due."""
    query = TASKS.select().where(TASKS.c.assignee_id == assignee_id)
    rows = connection.execute(
        query.order_by(TASKS.c.outcome != "open", TASKS.c.due_on, TASKS.c.task_id).limit(limit)
    )
    return tuple(ContactTask(**row._mapping) for row in rows)


def open_tasks_about(connection: sa.Connection, code: str) -> tuple[ContactTask, ...]:
    query = TASKS.select().where(TASKS.c.code == code, TASKS.c.outcome == "open")
    return tuple(ContactTask(**row._mapping) for row in connection.execute(query))


def open_tasks_due_before(connection: sa.Connection, day: str) -> tuple[ContactTask, ...]:
    query = TASKS.select().where(TASKS.c.outcome == "open", TASKS.c.due_on < day)
    return tuple(ContactTask(**row._mapping) for row in connection.execute(query))


def end_task(connection: sa.Connection, task_id: str, *, outcome: str, at: str) -> bool:
    """Say how it went, once; the ways to the witness go with it."""
    statement = TASKS.update().where(TASKS.c.task_id == task_id, TASKS.c.outcome == "open")
    return connection.execute(statement.values(outcome=outcome, ended_at=at, sealed=None)).rowcount == 1


def forget_testimony(connection: sa.Connection, code: str) -> None:
    """Delete every task about one testimony. Before the requests that they were made of."""
    connection.execute(TASKS.delete().where(TASKS.c.code == code))
