"""One act on the marks of an account: what every act has in common, and taking one back.

An act is a list of marks before and after. It is written down beside the marks, so that its author can undo
it, and it commits with its entry in the log. Whatever was signed over other marks ends in the same
transaction.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.errors import Conflict, Invalid, NotFound, NotYet, Problem
from testimony.domain.redaction import Mark, MarkDecision, require_valid_marks
from testimony.policy.access import Permission, require
from testimony.services.sessions import Session, Work, timestamp
from testimony.services.signed_layers import end_changed_layers
from testimony.services.under_review import UnderReview, mark_of, open_account, require_work
from testimony.storage import lifts, redaction_sets, redactions
from testimony.storage.redactions import ActRow, MarkRow, WorkRow

MAX_MARKS = 20_000
MAX_SUGGESTIONS = 12_000

Change = tuple[MarkRow | None, MarkRow | None]
"""A mark before and after an act; None where there was none, or is none any more."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What the reviewer had before them.

    An act on an older revision is refused, so that two windows cannot overwrite each other.
    """

    code: str
    revision: int


@dataclass(frozen=True, slots=True)
class Done:
    """What an act did: the marks that it touched, all marks as they were, and the account as it is now.

    open_layers: audiences for which a layer is proposed or approved. can_undo: whether there is an act left
    to take back.
    """

    mark_ids: tuple[str, ...]
    before: tuple[MarkRow, ...]
    account: UnderReview
    open_layers: frozenset[str]
    can_undo: bool

    @property
    def revision(self) -> int:
        return require_work(self.account).revision


def my_account(session: Session, work: Work, turn: Turn) -> UnderReview:
    """The account as this reviewer redacts it.

    Raises NotYet when they did not take it, Conflict when their page is older than the marks.
    """
    require(session.account, Permission.REDACT)
    account = open_account(session, work, turn.code)
    row = require_work(account)
    if row.redactor_id != session.account.id:
        raise NotYet
    if row.revision != turn.revision:
        raise Conflict
    return account


def find_mark(account: UnderReview, mark_id: str) -> MarkRow:
    """Raises NotFound."""
    for row in account.marks:
        if row.mark_id == mark_id:
            return row
    raise NotFound


def row_of(mark: Mark, work: WorkRow, decided: tuple[AccountId, datetime] | None = None) -> MarkRow:
    """decided: who decided and when; None for a suggestion."""
    return MarkRow(
        mark_id=mark.id,
        code=work.code,
        version=work.version,
        start=mark.start,
        end=mark.end,
        category=mark.category,
        replacement=mark.replacement,
        withheld_from=mark.withheld_from.value,
        decision=mark.decision.value,
        entity=mark.entity,
        detector=mark.detector,
        decided_by=decided[0] if decided else None,
        decided_at=timestamp(decided[1]) if decided else None,
        exact=mark.exact,
    )


def perform(
    session: Session,
    work: Work,
    account: UnderReview,
    kind: str,
    changes: tuple[Change, ...],
    undoes: int | None = None,
) -> Done:
    """Write an act, its entry, and the end of what no longer holds.

    Raises Invalid for marks that may not be, Conflict when another was faster. kind: a word for the log. An
    act that changes nothing is none.
    """
    row = require_work(account)
    if not changes:
        return done(session, work, account, ())
    kept = tuple(after for _, after in changes if after is not None)
    require_valid_marks(account.version.text, map(mark_of, kept))
    if len(account.marks) + len(kept) > MAX_MARKS:
        raise Invalid((Problem("marks", "too_many"),))
    kept_ids = {mark.mark_id for mark in kept}
    gone = tuple(
        before.mark_id for before, _ in changes if before is not None and before.mark_id not in kept_ids
    )
    redactions.delete_marks(work.connection, row.code, row.version, gone)
    redactions.put_marks(work.connection, kept)
    # An order to lift named a mark as it was: what is changed is withheld again until it is ordered anew.
    touched = {before.mark_id for before, after in changes if before is not None and before != after}
    lifts.end_lifts(work.connection, row.code, row.version, tuple(sorted(touched)))
    write_act(session, work, row, kind, changes, undoes)
    advance(work, row, row.note)
    after = replace(account, marks=_after(account.marks, kept, gone))
    end_changed_layers(work, after)
    work.log(
        Action.REDACTION_DECIDED,
        subject=account.subject,
        case=account.row.case_id,
        fields=(kind,),
        count=len(changes),
    )
    return done(session, work, account, tuple(mark.mark_id for mark in kept) + gone, after.marks)


def _after(
    before: tuple[MarkRow, ...], kept: tuple[MarkRow, ...], gone: tuple[str, ...]
) -> tuple[MarkRow, ...]:
    """The marks as the vault has them after an act, in its order: they are not read a second time."""
    rows = {row.mark_id: row for row in (*before, *kept)}
    for mark_id in gone:
        rows.pop(mark_id, None)
    return tuple(sorted(rows.values(), key=lambda row: (row.start, row.end, row.mark_id)))


def advance(work: Work, row: WorkRow, note: str) -> None:
    """Count one step. Raises Conflict when another window was faster."""
    if not redactions.advance_work(work.connection, row, redactor_id=row.redactor_id, note=note):
        raise Conflict


def done(
    session: Session,
    work: Work,
    account: UnderReview,
    mark_ids: tuple[str, ...],
    after: tuple[MarkRow, ...] | None = None,
) -> Done:
    """How things stand after an act, in its own transaction. after: the marks; None where they are as before.

    The act's entry tells of what is shown with it.
    """
    code, version = account.code, account.version.version_no
    layers = redaction_sets.open_sets(work.connection, (code,))
    last = redactions.last_act_to_undo(work.connection, code, version, session.account.id)
    return Done(
        mark_ids=mark_ids,
        before=account.marks,
        account=replace(
            account,
            work=redactions.find_work(work.connection, code, version),
            marks=account.marks if after is None else after,
            lifts=lifts.lifts_of(work.connection, code, version),
        ),
        open_layers=frozenset(layer.audience for layer in layers if not layer.recipient_id),
        can_undo=last is not None,
    )


def write_act(
    session: Session,
    work: Work,
    row: WorkRow,
    kind: str,
    changes: tuple[Change, ...],
    undoes: int | None = None,
) -> None:
    pairs = [[before and asdict(before), after and asdict(after)] for before, after in changes]
    act = ActRow(
        act_id=0,
        code=row.code,
        version=row.version,
        author_id=session.account.id,
        at=timestamp(work.now),
        kind=kind,
        undoes=undoes,
        changes=json.dumps(pairs, ensure_ascii=False),
    )
    redactions.insert_act(work.connection, act)


def undo(session: Session, turn: Turn, now: datetime) -> Done:
    """Take back this reviewer's last act.

    Raises NotYet when there is none, Conflict when a mark of it was changed since.
    """
    with session.work(now) as work:
        account = my_account(session, work, turn)
        row = require_work(account)
        act = redactions.last_act_to_undo(work.connection, row.code, row.version, session.account.id)
        if act is None:
            raise NotYet
        standing = {mark.mark_id: mark for mark in account.marks}
        changes = tuple((after, before) for before, after in read_changes(act))
        if any(now_is is not None and standing.get(now_is.mark_id) != now_is for now_is, _ in changes):
            raise Conflict
        return perform(session, work, account, "undone", changes, undoes=act.act_id)


def read_changes(act: ActRow) -> tuple[Change, ...]:
    return tuple(
        (before and MarkRow(**before), after and MarkRow(**after))
        for before, after in json.loads(act.changes)
    )


def undecided(account: UnderReview) -> int:
    return sum(1 for row in account.marks if row.decision == MarkDecision.PROPOSED)
