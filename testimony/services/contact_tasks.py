"""Reaching a witness again: the ways to them, the rules of the witness, and how it went. No name is in a task."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime

from crypto.errors import CryptoError
from crypto.labels import Label
from crypto.sealing import open_sealed
from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import Conflict, IntegrityFailed, Invalid, NotFound, Problem, Refused
from testimony.domain.purposes import Purpose
from testimony.policy.access import Permission, require
from testimony.services.identity_access import require_still_asking
from testimony.services.identity_statements import card_context, find_kept
from testimony.services.identity_sweeping import TASK_ENDED, sweep
from testimony.services.sessions import Session, Work, timestamp
from testimony.storage import consents, contact_tasks, register
from testimony.storage.contact_tasks import ContactTask

OUTCOMES = ("reached", "not_reached", "declined", "unsafe")
RULES = frozenset({"CC09", "CC10", "CC14"})
"""Conditions that bind who makes contact: by which way and when, by whom, through whom."""


@dataclass(frozen=True, slots=True)
class TaskView:
    """due_on: the last day. outcome: `open` while nothing was said."""

    task_id: str
    code: str
    due_on: date
    outcome: str


@dataclass(frozen=True, slots=True)
class Card:
    """One way to the witness. Every text is the witness's own; none is a name of theirs."""

    channel: str = field(repr=False)
    value: str = field(repr=False)
    owner: str
    safe_hours: str = field(repr=False)
    safe_words: str = field(repr=False)
    never_say: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """rules: codes of consent_condition that the witness set on being contacted."""

    task: TaskView
    rules: tuple[str, ...]
    cards: tuple[Card, ...]


def own_tasks(session: Session, now: datetime) -> tuple[TaskView, ...]:
    """Open ones first. Raises Refused."""
    sweep(session, now)
    with session.work(now) as work:
        require(session.account, Permission.REACH_WITNESS)
        views = tuple(map(_view, contact_tasks.tasks_of(work.connection, session.account.id)))
        work.log(Action.LIST_SHOWN, fields=("contact-tasks",), count=len(views))
    return views


def count_open(session: Session) -> int:
    require(session.account, Permission.REACH_WITNESS)
    with session.reading() as connection:
        return sum(task.outcome == "open" for task in contact_tasks.tasks_of(connection, session.account.id))


def find_task(session: Session, task_id: str, now: datetime) -> TaskView:
    """Raises Refused for another's, NotFound."""
    sweep(session, now)
    with session.work(now) as work:
        task, case_id = _own(session, work, task_id)
        work.log(
            Action.ITEM_SHOWN,
            subject=("testimony", task.code),
            case=case_id,
            fields=("contact-task", f"task:{task_id}"),
        )
    return _view(task)


def show_task(session: Session, task_id: str, now: datetime) -> Shown:
    """The ways to the witness, as an entry of what was shown of an identity.

    Raises Refused for another's and when consent to being contacted no longer stands; NotFound; Conflict when the task
    has ended; IntegrityFailed.
    """
    sweep(session, now)
    with session.work(now) as work:
        task, case_id = _own(session, work, task_id)
        if task.sealed is None:
            raise Conflict
        kept = find_kept(session, work.connection, task.request_id)
        if (kept.row.code, kept.request.contact_by) != (task.code, session.account.id):
            raise IntegrityFailed
        require_still_asking(session, work, kept)
        cards = _open(session, task)
        work.log(
            Action.IDENTITY_SHOWN,
            subject=("testimony", task.code),
            case=case_id,
            fields=("contacts", f"task:{task_id}"),
        )
        rules = _rules(work, task.code)
    return Shown(_view(task), rules, cards)


def finish(session: Session, task_id: str, outcome: str, note: str, now: datetime) -> None:
    """Say how it went; the ways to the witness are deleted with it. note: sealed to auditors.

    Raises Invalid, Refused, NotFound, Conflict when it has ended.
    """
    sweep(session, now)
    with session.work(now) as work:
        task, case_id = _own(session, work, task_id)
        if outcome not in OUTCOMES:
            raise Invalid((Problem("outcome", "unknown_code"),))
        if not contact_tasks.end_task(work.connection, task_id, outcome=outcome, at=timestamp(now)):
            raise Conflict
        work.log(
            Action.WRITTEN,
            subject=("testimony", task.code),
            case=case_id,
            fields=(TASK_ENDED, f"task:{task_id}", outcome),
            detail=note.strip() or None,
        )


def _own(session: Session, work: Work, task_id: str) -> tuple[ContactTask, str | None]:
    require(session.account, Permission.REACH_WITNESS)
    task = contact_tasks.find_task(work.connection, task_id)
    if task is None:
        raise NotFound
    if task.assignee_id != session.account.id:
        raise Refused((DenyReason.NO_GRANT,), subject=("testimony", task.code))
    row = register.find_row(work.connection, task.code)
    return task, row.case_id if row else None


def _open(session: Session, task: ContactTask) -> tuple[Card, ...]:
    context = card_context(session.archive.keyring().archive_id, task.task_id, session.account.id)
    try:
        plain = open_sealed(session.keys.sealing, task.sealed or b"", Label.CONTACT_CARD, context)
        return tuple(Card(**card) for card in json.loads(plain)["contacts"])
    except (CryptoError, ValueError, KeyError, TypeError):
        raise IntegrityFailed from None


def _rules(work: Work, code: str) -> tuple[str, ...]:
    consent = consents.current_consent(work.connection, code)
    decisions = consent.decisions if consent else ()
    said = {c for d in decisions if d.purpose == Purpose.CP21.value for c in d.conditions}
    return tuple(sorted(said & RULES))


def _view(task: ContactTask) -> TaskView:
    return TaskView(task.task_id, task.code, date.fromisoformat(task.due_on), task.outcome)
