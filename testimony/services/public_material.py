"""What lies in public and rests on something taken back: a task to edit it or take it down (F1).

Made by the withdrawal itself, for whatever purpose of the public fell, since the archive cannot know what others
printed. Somebody looks, says what could be done, and what can never be called back is written down as such.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from testimony.domain.audit import Action
from testimony.domain.errors import Conflict, Invalid, NotFound, Problem
from testimony.domain.purposes import Audience, Purpose, audience_of
from testimony.policy.access import Permission, require
from testimony.services.sessions import Session, Work, timestamp
from testimony.storage import case_notes, register
from testimony.storage.case_notes import NoteRow
from testimony.storage.register import RegisterRow

WITHIN = timedelta(days=30)
"""How long there is for it."""

OUTCOMES = ("edited", "taken_down", "nothing_public", "cannot_be_called_back")


@dataclass(frozen=True, slots=True)
class PublicTask:
    """purposes: what fell. due_on: the last day. outcome: one of OUTCOMES; None while nobody looked."""

    note_id: str
    code: str
    purposes: tuple[Purpose, ...]
    due_on: date
    outcome: str | None
    done_on: str | None


def ask_for(work: Work, row: RegisterRow, fallen: Iterable[Purpose], by: str) -> None:
    """Make the task, in the unit of work in which purposes fell."""
    public = sorted(one for one in fallen if audience_of(one) is Audience.PUBLIC)
    if not public:
        return
    note = NoteRow(
        secrets.token_hex(8),
        case_notes.PUBLIC,
        row.code,
        by,
        timestamp(work.now),
        about=",".join(public),
        until=(work.now.date() + WITHIN).isoformat(),
    )
    case_notes.insert_note(work.connection, note)
    work.log(
        Action.WRITTEN,
        subject=("testimony", row.code),
        case=row.case_id,
        fields=("public-material", f"note:{note.note_id}"),
    )


def finish(session: Session, note_id: str, outcome: str, words: str, now: datetime) -> None:
    """Say what could be done. words: sealed to auditors; what can no longer be called back, and where it lies.

    Raises Refused, NotFound, Conflict when it was done before, Invalid with fields outcome: unknown_code, reason:
    required where something cannot be called back.
    """
    with session.work(now) as work:
        require(session.account, Permission.DO_TASKS)
        note = case_notes.find_note(work.connection, note_id)
        if note is None or note.kind != case_notes.PUBLIC:
            raise NotFound
        if outcome not in OUTCOMES:
            raise Invalid((Problem("outcome", "unknown_code"),))
        if outcome == "cannot_be_called_back" and not words.strip():
            raise Invalid((Problem("reason", "required"),))
        on, by = now.date().isoformat(), session.account.id
        if not case_notes.finish_note(work.connection, note_id, on=on, by=by, outcome=outcome):
            raise Conflict
        row = register.find_row(work.connection, note.code)
        work.log(
            Action.WRITTEN,
            subject=("testimony", note.code),
            case=row.case_id if row else None,
            fields=("public-material-done", f"note:{note_id}", outcome),
            detail=words.strip() or None,
        )


def open_tasks(session: Session) -> tuple[PublicTask, ...]:
    """What waits, the most urgent first, for the front page."""
    require(session.account, Permission.DO_TASKS)
    with session.reading() as connection:
        return tuple(map(_task, case_notes.open_notes(connection, case_notes.PUBLIC)))


def tasks_of(session: Session, code: str, now: datetime) -> tuple[PublicTask, ...]:
    """Of one testimony, done or not, oldest first. Raises Refused."""
    with session.work(now) as work:
        require(session.account, Permission.DO_TASKS)
        notes = case_notes.notes_of(work.connection, code, case_notes.PUBLIC)
        work.log(
            Action.LIST_SHOWN,
            subject=("testimony", code),
            fields=("public-material",),
            count=len(notes),
        )
    return tuple(map(_task, notes))


def _task(note: NoteRow) -> PublicTask:
    return PublicTask(
        note.note_id,
        note.code,
        tuple(Purpose(one) for one in (note.about or "").split(",") if one),
        date.fromisoformat(note.until or "9999-12-31"),
        note.outcome,
        note.done_on,
    )
