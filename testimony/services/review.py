"""The review room's reading side: the queue, an account on the desk, its files.

Nothing of an account is in the queue.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from testimony.domain.audit import Action
from testimony.domain.errors import NotFound
from testimony.domain.purposes import Audience
from testimony.domain.testimony import State
from testimony.policy.access import Permission, require
from testimony.services.begun import begun_by
from testimony.services.interpreters import renders_under_question
from testimony.services.looking import may_approve
from testimony.services.mark_acts import undecided
from testimony.services.reader_marks import NOTHING_TOLD, ReaderMarks, marks_for_readers
from testimony.services.second_renderings import is_heard
from testimony.services.sessions import Session, Work
from testimony.services.under_review import (
    IN_REVIEW,
    UnderReview,
    name_of,
    named_details,
    open_account,
    redactors_of,
)
from testimony.services.witness_requests import Request, requests_of
from testimony.storage import originals, recipients, redaction_sets, redactions, register, releases
from testimony.storage.originals import Attachment, DamagedItem
from testimony.storage.recipients import Recipient, SealedRelease
from testimony.storage.redaction_sets import SetRow
from testimony.storage.redactions import WorkRow
from testimony.storage.register import RegisterRow

PAGE = 50

QueueKey = tuple[str, str]
"""(submitted_on, code) of the last line shown."""


@dataclass(frozen=True, slots=True)
class OpenLayer:
    """A layer that was proposed or approved. `is_mine`: this reviewer proposed it."""

    set_id: str
    audience: Audience
    state: str
    is_mine: bool
    is_for_recipient: bool = False


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One account, without a word of it. redactor: name, empty while nobody took it. undecided.

    Suggestions.
    """

    code: str
    month: str | None
    language: str
    words: int
    warning: str | None
    attachments: int
    has_recording: bool
    state: State
    redactor: str
    is_mine: bool
    undecided: int
    layers: tuple[OpenLayer, ...]


@dataclass(frozen=True, slots=True)
class Queue:
    """Oldest first. next_key: None on the last page."""

    lines: tuple[QueueLine, ...]
    next_key: QueueKey | None


def queue(session: Session, now: datetime, after: QueueKey | None = None) -> Queue:
    """What waits for a reviewer. Accounts that this person took or interpreted are not among them."""
    return _lines(session, now, tuple(state.value for state in IN_REVIEW), after)


def released_accounts(session: Session, now: datetime, after: QueueKey | None = None) -> Queue:
    """What was released, to make another layer or a newer release of it."""
    return _lines(session, now, (State.RELEASED.value,), after)


def _lines(session: Session, now: datetime, states: tuple[str, ...], after: QueueKey | None) -> Queue:
    with session.work(now) as work:
        require(session.account, Permission.LIST_QUEUE)
        rows = register.rows_in_state(work.connection, states, after=after, limit=PAGE + 1)
        works = redactions.works_of(work.connection, tuple(row.code for row in rows))
        shown = tuple(row for row in rows[:PAGE] if _may_list(session, row, works.get(row.code)))
        codes = tuple(row.code for row in shown)
        sizes = originals.sizes(work.connection, codes)
        recorded = originals.with_kinds(work.connection, codes)
        counts = redactions.undecided_counts(work.connection, codes)
        layers = redaction_sets.open_sets(work.connection, codes)
        lines = tuple(
            QueueLine(
                code=row.code,
                month=row.month,
                language=row.language,
                words=sizes.get(row.code, 0),
                warning=row.warning,
                attachments=row.attachments,
                has_recording=any(is_heard(*each) for each in recorded.get(row.code, ())),
                state=State(row.state),
                redactor=name_of(work, works[row.code].redactor_id) if row.code in works else "",
                is_mine=row.code in works and works[row.code].redactor_id == session.account.id,
                undecided=counts.get(row.code, 0),
                layers=tuple(_layer(session, s) for s in layers if s.code == row.code),
            )
            for row in shown
        )
        work.log(Action.LIST_SHOWN, fields=("review-queue",), count=len(lines))
        for row in shown:
            subject = ("testimony", row.code)
            work.log(Action.LIST_SHOWN, subject=subject, case=row.case_id, fields=("review-queue",))
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return Queue(lines, (last.submitted_on, last.code) if last else None)


def _may_list(session: Session, row: RegisterRow, work: WorkRow | None) -> bool:
    """Work that policy forbids is not offered; opening it anyway is refused.

    Closed parts will be left out here too.
    """
    # Who handed in an account has it as its redactor only where it came redacted from elsewhere: nobody here took it.
    took_it = work is None or work.redactor_id != row.interviewer_id
    involved = {row.interpreter_id, row.interviewer_id if took_it else None}
    return not row.quarantined and session.account.id not in involved


def _layer(session: Session, row: SetRow) -> OpenLayer:
    return OpenLayer(
        row.set_id,
        Audience(row.audience),
        row.state,
        row.redactor_id == session.account.id,
        bool(row.recipient_id),
    )


@dataclass(frozen=True, slots=True)
class Desk:
    """An account as one reviewer has it before them.

    revision: what the next act is made on. redactor: name of who took it. may_redact: whether that is this
    reviewer. touched: whether this reviewer decided a mark, and so can no longer approve. named_details:
    what the witness asked to hide beyond names. history: releases, newest first. failed_detectors: those that could
    not say when the account was taken. begun: what this reviewer has begun and not kept. recipients: everybody for
    whom layers can be made; sealed: what is kept for them.
    """

    account: UnderReview
    revision: int
    redactor: str
    may_redact: bool
    may_approve: bool
    touched: bool
    undecided: int
    layers: tuple[SetRow, ...]
    named_details: tuple[str, ...] = field(repr=False)
    attachments: tuple[Attachment, ...]
    history: tuple[releases.PastRelease, ...] = field(repr=False)
    can_undo: bool
    failed_detectors: tuple[str, ...]
    begun: Mapping[str, str] = field(repr=False)
    recipients: tuple[Recipient, ...] = ()
    sealed: tuple[SealedRelease, ...] = field(default=(), repr=False)
    is_interpreter_questioned: bool = False
    told_beside: ReaderMarks = NOTHING_TOLD
    witness_requests: tuple[Request, ...] = ()


def open_desk(session: Session, code: str, now: datetime) -> Desk:
    """Show the original to a reviewer: the entry commits first. Raises as `open_account`."""
    with session.work(now) as work:
        require(session.account, Permission.READ_ORIGINAL)
        account = open_account(session, work, code)
        desk = _desk(session, work, account)
        work.log(
            Action.ITEM_SHOWN, subject=account.subject, case=account.row.case_id, fields=("original", "marks")
        )
    return desk


def _desk(session: Session, work: Work, account: UnderReview) -> Desk:
    row = account.work
    is_mine = row is not None and row.redactor_id == session.account.id
    undoable = row is not None and redactions.last_act_to_undo(
        work.connection, row.code, row.version, session.account.id
    )
    return Desk(
        account=account,
        revision=row.revision if row else 0,
        redactor=name_of(work, row.redactor_id) if row else "",
        may_redact=is_mine,
        may_approve=may_approve(session, work, account),
        touched=session.account.id in redactors_of(work, account),
        undecided=undecided(account),
        layers=redaction_sets.sets_of(work.connection, account.code),
        named_details=named_details(session, work, account),
        attachments=originals.attachments_of(work.connection, account.code),
        history=releases.history_of(work.connection, account.code),
        can_undo=is_mine and bool(undoable),
        begun=begun_by(session, work, account) if is_mine else {},
        recipients=recipients.all_recipients(work.connection),
        sealed=recipients.sealed_of(work.connection, account.code),
        is_interpreter_questioned=renders_under_question(work.connection, account),
        told_beside=marks_for_readers(work.connection, account.code),
        witness_requests=requests_of(session, work.connection, account.code),
        failed_detectors=redactions.failed_detectors(
            work.connection, account.code, account.version.version_no
        ),
    )


def warning_of(session: Session, code: str) -> str | None:
    """The content warning of an account in the queue, to decide whether to warn. Raises NotFound."""
    with session.reading() as connection:
        require(session.account, Permission.LIST_QUEUE)
        row = register.find_row(connection, code)
        work = redactions.works_of(connection, (code,)).get(code)
    if row is None or not _may_list(session, row, work):
        raise NotFound
    return row.warning


def show_warning(session: Session, code: str, now: datetime) -> str | None:
    """The same, to be read by a person. Raises NotFound, Refused."""
    warning = warning_of(session, code)
    with session.work(now) as work:
        require(session.account, Permission.LIST_QUEUE)
        work.log(Action.ITEM_SHOWN, subject=("testimony", code), fields=("warning",))
    return warning


@dataclass(frozen=True, slots=True)
class Waiting:
    """Counts for the home page.

    Sealed accounts, accounts nobody took, mine, layers asked of me, damaged items.
    """

    sealed: int
    untaken: int
    mine: int
    asked: int
    to_release: int
    damaged: tuple[DamagedItem, ...]


def waiting(session: Session) -> Waiting:
    """What waits in this room. Reads no account."""
    require(session.account, Permission.LIST_QUEUE)
    me = session.account.id
    with session.reading() as connection:
        states = tuple(state.value for state in IN_REVIEW)
        rows = register.rows_in_state(connection, states, limit=1000)
        known = redactions.works_of(connection, tuple(row.code for row in rows))
        codes = tuple(row.code for row in rows if _may_list(session, row, known.get(row.code)))
        works = {code: known[code] for code in codes if code in known}
        layers = redaction_sets.open_sets(connection, codes)
        return Waiting(
            sealed=originals.count_waiting(connection),
            untaken=sum(1 for code in codes if code not in works),
            mine=sum(1 for row in works.values() if row.redactor_id == me),
            asked=sum(1 for s in layers if s.state == "proposed" and s.redactor_id != me),
            to_release=sum(1 for s in layers if s.state == "approved"),
            damaged=originals.damaged_items(connection),
        )
