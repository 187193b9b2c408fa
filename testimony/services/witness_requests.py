"""What a witness asked to be told to nobody: a third person's secret (F7). An entry of its own beside the redaction.

It binds an accepted mark that withholds the words from every audience, and every other mark of the same entity. From
then on

- no original of the account is searched or read under a grant, since an original hides nothing (`policy/originals.py`),
- no release is made unless each such mark stands as it was,
- no act is coded whose passage holds the place where the words were: nothing is coded on the person.

Help is offered to that person through the witness alone, so nothing here names a way to them. Another reviewer can take
the request back, with a reason.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import Conflict, Invalid, NotFound, Problem, Refused
from testimony.domain.matching import Span
from testimony.domain.purposes import Audience
from testimony.domain.redaction import MarkDecision, release_pieces
from testimony.policy.access import Permission, require
from testimony.services.closings import Kind as Closed
from testimony.services.closings import note_closing
from testimony.services.mark_acts import Turn, find_mark, my_account
from testimony.services.sessions import Session, Work, timestamp
from testimony.services.token_series import series_of
from testimony.services.under_review import UnderReview, marks_of, open_account
from testimony.storage import case_notes
from testimony.storage.case_notes import NoteRow
from testimony.storage.connections import Connection
from testimony.storage.redactions import MarkRow

THIRD_PERSONS = frozenset({"X.6", "X.8"})
"""Categories of what belongs to somebody else than the witness."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. mark_id: the mark that it binds. is_mine: noted by who looks, so another must take it back."""

    note_id: str
    mark_id: str
    is_mine: bool


def keep_silent(session: Session, turn: Turn, mark_id: str, now: datetime) -> str:
    """Note that the witness asked for this mark; return the id of the request.

    Raises Refused and NotYet as redacting does; NotFound for a mark that is not there; Invalid with field request:
    not_accepted, not_from_everybody, not_a_third_person; Conflict when it was noted before.
    """
    with session.work(now) as work:
        account = my_account(session, work, turn)
        mark = find_mark(account, mark_id)
        rules = (
            (mark.decision == MarkDecision.ACCEPTED, "not_accepted"),
            (mark.withheld_from == Audience.COURT, "not_from_everybody"),
            (mark.category in THIRD_PERSONS, "not_a_third_person"),
        )
        if problems := tuple(Problem("request", code) for holds, code in rules if not holds):
            raise Invalid(problems)
        if any(note.about == mark_id for note in _standing(work.connection, account.code)):
            raise Conflict
        note_id, me = secrets.token_hex(8), session.account.id
        at = timestamp(now)
        note = NoteRow(note_id, case_notes.SILENCE, account.code, me, at, about=mark_id)
        case_notes.insert_note(work.connection, note)
        _log(work, account, "witness-request", note_id)
        note_closing(session, work, Closed.SILENCE, account.code, frozenset({f"mark:{mark_id}", f"by:{me}"}))
    return note_id


def end_silence(session: Session, code: str, note_id: str, reason: str, now: datetime) -> None:
    """Take a request back: another reviewer than who noted it. reason: sealed to auditors.

    Raises Refused with DR12 for the same one, NotFound, Conflict, and what opening the account raises.
    """
    with session.work(now) as work:
        require(session.account, Permission.REDACT)
        account = open_account(session, work, code)
        note = case_notes.find_note(work.connection, note_id)
        if note is None or (note.kind, note.code) != (case_notes.SILENCE, account.code):
            raise NotFound
        if note.noted_by == session.account.id:
            raise Refused((DenyReason.SAME_PERSON,), subject=account.subject)
        on, by = now.date().isoformat(), session.account.id
        if not case_notes.finish_note(work.connection, note_id, on=on, by=by, outcome="taken_back"):
            raise Conflict
        _log(work, account, "witness-request-taken-back", note_id, reason)


def show_request(session: Session, code: str, note_id: str, now: datetime) -> None:
    """That there is such a request, for the page on which it is taken back. Raises NotFound as `end_silence`."""
    with session.work(now) as work:
        require(session.account, Permission.REDACT)
        account = open_account(session, work, code)
        note = case_notes.find_note(work.connection, note_id)
        if note is None or (note.kind, note.code) != (case_notes.SILENCE, account.code):
            raise NotFound
        work.log(
            Action.LIST_SHOWN,
            subject=account.subject,
            case=account.row.case_id,
            fields=("witness-request", f"note:{note_id}"),
        )


def requests_of(session: Session, connection: Connection, code: str) -> tuple[Request, ...]:
    """Those that stand, for the workspace."""
    me = session.account.id
    return tuple(
        Request(note.note_id, note.about or "", note.noted_by == me) for note in _standing(connection, code)
    )


def require_silence_kept(work: Work, account: UnderReview) -> None:
    """Before anything is released. Raises Refused (DR06) where a mark that the witness asked for is not as it was."""
    marks = {mark.mark_id: mark for mark in account.marks}
    for note in _standing(work.connection, account.code):
        mark = marks.get(note.about or "")
        if mark is None or (mark.decision, mark.withheld_from) != (MarkDecision.ACCEPTED, Audience.COURT):
            raise Refused((DenyReason.CONDITION_NOT_MET,), subject=account.subject)


def note_silent_places(
    session: Session, work: Work, account: UnderReview, audience: Audience, release_id: int
) -> None:
    """Remember where in a new release the words were, so that nothing is coded there: places of tokens, no words."""
    wanted = {note.about for note in _standing(work.connection, account.code)}
    silent = tuple(_bound(account.marks, wanted))
    if not silent:
        return
    at, start = timestamp(work.now), 0
    series = series_of(session, account.code, audience, account.recipient)
    for piece in release_pieces(account.version.text, marks_of(account), audience, series):
        end = start + len(piece.text)
        if piece.mark is not None and any(
            mark.start < piece.end and piece.start < mark.end for mark in silent
        ):
            place = NoteRow(
                secrets.token_hex(8), case_notes.SILENT_PLACE, account.code, session.account.id, at
            )
            about = f"{release_id}:{start}-{end}"
            case_notes.insert_note(work.connection, replace(place, about=about))
        start = end


def is_silent(connection: Connection, code: str, release_id: int, passage: Span) -> bool:
    """Whether a passage of a release holds words that the witness asked to be told to nobody."""
    for note in case_notes.notes_of(connection, code, case_notes.SILENT_PLACE):
        release, _, place = (note.about or "").partition(":")
        start, _, end = place.partition("-")
        if release == str(release_id) and passage.start < int(end) and int(start) < passage.end:
            return True
    return False


def _bound(marks: Iterable[MarkRow], wanted: Iterable[str | None]) -> Iterable[MarkRow]:
    """The marks that requests name, and those of the same entity."""
    rows, ids = tuple(marks), frozenset(wanted)
    entities = {mark.entity for mark in rows if mark.mark_id in ids and mark.entity}
    return (mark for mark in rows if mark.mark_id in ids or (mark.entity and mark.entity in entities))


def _standing(connection: Connection, code: str) -> tuple[NoteRow, ...]:
    return case_notes.standing_notes(connection, code, case_notes.SILENCE)


def _log(work: Work, account: UnderReview, what: str, note_id: str, reason: str | None = None) -> None:
    work.log(
        Action.REDACTION_DECIDED,
        subject=account.subject,
        case=account.row.case_id,
        fields=(what, f"note:{note_id}"),
        detail=reason,
    )
