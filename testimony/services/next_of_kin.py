"""The interest of those whom a witness leaves behind, as a record of its own (F13). Sealed to custodians.

It opens nothing: neither the identity, which a death closes, nor the account, which stands where it stood. It says whom
to ask and whom to tell when a purpose that waits for the death comes up.
"""

import secrets
from dataclasses import dataclass, field
from datetime import date, datetime

from testimony.domain.audit import Action
from testimony.domain.codes import parse_code
from testimony.domain.errors import Conflict, Invalid, NotFound
from testimony.policy.access import Permission, require
from testimony.services.case_words import keep_words, open_words, problems_of
from testimony.services.sessions import Session, Work, timestamp
from testimony.storage import accounts as account_rows
from testimony.storage import case_notes, consent_versions, identities, identity_limits, register
from testimony.storage.case_notes import NoteRow
from testimony.storage.register import RegisterRow


@dataclass(frozen=True, slots=True)
class Kin:
    """One record. who, interest: None where they are not for this person to read. ended_on: it was put aside."""

    note_id: str
    noted_on: date
    noted_by: str
    ended_on: str | None
    who: str | None = field(repr=False)
    interest: str | None = field(repr=False)


def note_kin(session: Session, code: str, who: str, interest: str, now: datetime) -> str:
    """who: how they are known and how they may be reached. interest: what they ask for, or what concerns them.

    Raises Refused, BadCode, NotFound, Invalid with fields who, interest: required, too_long.
    """
    with session.work(now) as work:
        row = _row(session, work, code)
        words = {"who": who.strip(), "interest": interest.strip()}
        if problems := problems_of(words):
            raise Invalid(problems)
        note_id = secrets.token_hex(8)
        note = NoteRow(note_id, case_notes.KIN, row.code, session.account.id, timestamp(now))
        case_notes.insert_note(work.connection, note)
        digest = keep_words(session, work, note_id, (row.code,), words)
        _log(work, row, Action.WRITTEN, "next-of-kin", f"note:{note_id}", digest)
    return note_id


def end_kin(session: Session, note_id: str, reason: str, now: datetime) -> None:
    """Put a record aside that no longer holds; its words are kept. reason: sealed to auditors.

    Raises Refused, NotFound, Conflict when it was put aside before.
    """
    with session.work(now) as work:
        require(session.account, Permission.KEEP_KIN)
        note = case_notes.find_note(work.connection, note_id)
        if note is None or note.kind != case_notes.KIN:
            raise NotFound
        row = _row(session, work, note.code)
        on, by = now.date().isoformat(), session.account.id
        if not case_notes.finish_note(work.connection, note_id, on=on, by=by, outcome="ended"):
            raise Conflict
        work.log(
            Action.WRITTEN,
            subject=("testimony", row.code),
            case=row.case_id,
            fields=("next-of-kin-ended", f"note:{note_id}"),
            detail=reason,
        )


def kin_of(session: Session, code: str, now: datetime) -> tuple[Kin, ...]:
    """Oldest first. Raises Refused, BadCode, NotFound."""
    with session.work(now) as work:
        row = _row(session, work, code)
        handles = {one.account_id: one.handle for one in account_rows.all_accounts(work.connection)}
        found = []
        for note in case_notes.notes_of(work.connection, row.code, case_notes.KIN):
            words = open_words(session, work, note.note_id) or {}
            on = datetime.fromisoformat(note.noted_at).date()
            by = next((handle for each, handle in handles.items() if each == note.noted_by), note.noted_by)
            found.append(Kin(note.note_id, on, by, note.done_on, words.get("who"), words.get("interest")))
        _log(work, row, Action.ITEM_SHOWN, "next-of-kin")
    return tuple(found)


def identities_to_close(session: Session) -> tuple[str, ...]:
    """Testimonies of the dead whose identity is kept and was not closed yet, for the front page (F13)."""
    require(session.account, Permission.CLOSE_IDENTITY)
    with session.reading() as connection:
        return tuple(
            code
            for code in consent_versions.codes_of_the_dead(connection)
            if identities.find_identity(connection, code) is not None
            and identity_limits.find_closure(connection, code) is None
        )


def _row(session: Session, work: Work, code: str) -> RegisterRow:
    require(session.account, Permission.KEEP_KIN)
    row = register.find_row(work.connection, parse_code(code))
    if row is None:
        raise NotFound
    return row


def _log(work: Work, row: RegisterRow, action: Action, *fields: str) -> None:
    work.log(action, subject=("testimony", row.code), case=row.case_id, fields=fields)
