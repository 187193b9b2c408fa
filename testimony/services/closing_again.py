"""Closing again, after a restore, what was closed since its backup was made (`closings.py`).

Runs in the transaction of each sign-in. Closing twice changes nothing, and nothing is ever opened.
"""

import secrets
from collections.abc import Callable, Mapping

from testimony.domain.accounts import AccountId, AccountState
from testimony.domain.audit import Action, Outcome
from testimony.domain.consent_terms import withdrawn
from testimony.domain.purposes import Purpose
from testimony.services.closings import (
    DIFFERS,
    Closing,
    Kind,
    closing_key,
    digest_of,
    goes_on,
    known_lines,
    open_line,
    remember_lines,
)
from testimony.services.consent_effects import follow
from testimony.services.consent_versions import Taken, current_terms, put_version, signed_version
from testimony.services.duress import rest
from testimony.services.joint_acts import Kind as ActKind
from testimony.services.sessions import Session, Work
from testimony.services.walled_testimonies import DONE, stands
from testimony.storage import account_guards, case_notes, register
from testimony.storage import accounts as account_rows
from testimony.storage import grants as grant_rows
from testimony.storage.case_notes import NoteRow
from testimony.storage.chained_lines import readable_lines
from testimony.storage.joint_acts import WALL, wall_name

AGAIN = "closed-again"


def take_in_closings(session: Session, work: Work) -> int:
    """Close again what this ledger does not know was closed; return how many of them were open here.

    Runs inside the transaction of each sign-in. What is noted twice closes twice, which changes nothing.
    """
    number, known = known_lines(work.connection)
    lines, whole = readable_lines(session.archive.directory.closings)
    missed = [line for line in lines if line.number > number]
    closings = [open_line(work.connection, line) for line in missed]
    closed = sum(CLOSERS[closing.kind](session, work, closing) for closing in closings if closing is not None)
    if not whole or None in closings or not goes_on(lines, number, known):
        # Lines were spoilt, cut off, or are of another file: told at each sign-in. It keeps nobody out, since it opens
        # nothing.
        work.log(Action.LOG_CHECKED, fields=(DIFFERS,), outcome=Outcome.DENIED)
    elif missed:
        remember_lines(work.connection, len(lines), lines[-1].sha256)
    return closed


def close_consent(session: Session, work: Work, code: str, purposes: frozenset[str]) -> bool:
    """Take back these purposes of a consent; whether one of them stood open.

    Whoever signs in may sign that less holds.
    """
    row = register.find_row(work.connection, code)
    before = None if row is None else current_terms(work.connection, row)
    if row is None or before is None:
        return False
    fallen = frozenset(Purpose(one) for one in purposes) & before.granted
    if not fallen:
        return False
    after = withdrawn(before, fallen, work.now.date())
    # How the witness was recognised was noted by whoever took it down, in what the restore lost.
    taken = Taken("known_in_person", "through_organisation")
    signed = signed_version(session, work, code, after, taken)
    put_version(work, row, after, signed, AGAIN, *sorted(fallen))
    follow(work, row, before, after)
    return True


def _close_consent(session: Session, work: Work, closing: Closing) -> bool:
    key = closing_key(work.connection)
    codes = (code for code in register.all_codes(work.connection) if digest_of(key, code) == closing.id)
    code = next(codes, None)
    return code is not None and close_consent(session, work, code, frozenset(closing.purposes))


def _close_grant(session: Session, work: Work, closing: Closing) -> bool:
    row = next((r for r in grant_rows.all_grants(work.connection) if r.grant_id == closing.id), None)
    if row is None or not grant_rows.revoke_grant(work.connection, closing.id, closing.at):
        return False
    fields = ("ended", f"to:{row.account_id}", AGAIN)
    work.log(Action.GRANT_CHANGED, subject=("grant", closing.id), case=row.case_id, fields=fields)
    return True


def _close_account(session: Session, work: Work, closing: Closing) -> bool:
    account_id = AccountId(closing.id)
    row = account_rows.find_account(work.connection, account_id)
    if row is None or row.state == AccountState.SUSPENDED.value:
        return False
    account_rows.update_account(work.connection, account_id, state=AccountState.SUSPENDED.value)
    work.log(Action.KEY_OPERATION, subject=("account", closing.id), fields=("suspended", AGAIN))
    return True


def _rest_again(session: Session, work: Work, closing: Closing) -> bool:
    account_id = AccountId(closing.id)
    row = account_rows.find_account(work.connection, account_id)
    if row is None or account_guards.find_guard(work.connection, account_id).held_since is not None:
        return False
    work.log(Action.KEY_OPERATION, subject=("account", closing.id), fields=("rests", AGAIN))
    work.note(rest(work.connection, account_id, closing.at, work.now))
    return True


def _wall_again(session: Session, work: Work, closing: Closing) -> bool:
    """A wall that was set since stands again, also where it was lifted later: lifting it takes two."""
    key = closing_key(work.connection)
    digests = closing.id.split(" | ")
    found = [code for code in register.all_codes(work.connection) if digest_of(key, code) in digests]
    if len(found) != 2:
        return False
    pair = (min(found), max(found))
    if stands(session.archive.keyring(), work.connection, pair):
        return False
    rows = register.rows_of_codes(work.connection, frozenset(pair))
    for case_id in sorted({row.case_id for row in rows.values()}):
        subject, fields = (WALL, wall_name(pair)), (DONE[ActKind.WALL_SET], AGAIN)
        work.log(Action.GRANT_CHANGED, subject=subject, case=case_id, fields=fields)
    return True


def _silence_again(session: Session, work: Work, closing: Closing) -> bool:
    """A request of a witness binds again, also where it was taken back later: another reviewer takes it back."""
    key = closing_key(work.connection)
    code = next((c for c in register.all_codes(work.connection) if digest_of(key, c) == closing.id), None)
    said = dict(one.split(":", 1) for one in closing.purposes)
    if code is None:
        return False
    noted = case_notes.notes_of(work.connection, code, case_notes.SILENCE)
    if any(note.about == said["mark"] and note.noted_at >= closing.at for note in noted):
        return False
    note_id, silence = secrets.token_hex(8), case_notes.SILENCE
    note = NoteRow(note_id, silence, code, said["by"], closing.at, about=said["mark"])
    case_notes.insert_note(work.connection, note)
    fields = ("witness-request", f"note:{note_id}", AGAIN)
    work.log(Action.REDACTION_DECIDED, subject=("testimony", code), fields=fields)
    return True


CLOSERS: Mapping[Kind, Callable[[Session, Work, Closing], bool]] = {
    Kind.CONSENT: _close_consent,
    Kind.GRANT: _close_grant,
    Kind.ACCOUNT: _close_account,
    Kind.REST: _rest_again,
    Kind.WALL: _wall_again,
    Kind.SILENCE: _silence_again,
}
