"""Who is too near to a testimony to decide about its identity, to ask for it or to be sent to the witness.

Custodians cannot read originals, so who is named in one must be known before they decide. Three ways fill the list:
when an account is received, by looking for the names of everybody who works here in its words; by a reviewer or the
interviewer who says so; by the person themselves. An entry is also in the log, and the log counts: a row that was
rubbed out still bars. Nobody is told why somebody is on the list. What
cannot be found: a name here that is not the name there.
"""

import json
import secrets
from datetime import datetime

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.codes import parse_code
from testimony.domain.errors import IntegrityFailed, NotFound, Refused
from testimony.domain.matching import fold, named_in
from testimony.domain.testimony import Submission
from testimony.policy.access import Permission, permissions_of, require
from testimony.services.sessions import Session, Work, timestamp
from testimony.services.under_review import open_account
from testimony.storage import accounts as account_rows
from testimony.storage import case_notes, identity_limits, log_queries, register
from testimony.storage.accounts import AccountRow
from testimony.storage.case_notes import NoteRow
from testimony.storage.connections import Connection

DECLARED = "identity-conflict"
_MIN_SINGLE = 4
"""Letters of a family name from which on it is looked for alone."""


def concerned(connection: Connection, code: str) -> frozenset[AccountId]:
    """By the list and by the log. Raises IntegrityFailed for a log that cannot be read."""
    leaves = log_queries.leaves_about(connection, "testimony", code, Action.WRITTEN.value)
    found = set(identity_limits.conflicts_of(connection, code))
    for leaf in leaves:
        try:
            fields = json.loads(leaf)["fields"]
        except (ValueError, KeyError, TypeError):
            raise IntegrityFailed from None
        if len(fields) == 2 and fields[0] == DECLARED:
            found.add(AccountId(fields[1].removeprefix("account:")))
    return frozenset(found)


def declare(session: Session, code: str, handle: str, now: datetime) -> None:
    """Say that somebody who works here is too near to a testimony; nothing is said of how.

    Oneself: anybody. Another: its interviewer, or a reviewer who may open the account. It cannot be taken back here.
    Raises Refused, BadCode, NotFound (no such testimony or account), and what `open_account` raises.
    """
    canonical = parse_code(code)
    with session.work(now) as work:
        require(session.account, Permission.DECLARE_CONFLICT)
        row = register.find_row(work.connection, canonical)
        who = account_rows.find_handle(work.connection, handle.strip().casefold())
        if row is None or who is None:
            raise NotFound
        if who.account_id != session.account.id and row.interviewer_id != session.account.id:
            _require_reads(session, work, canonical)
        _note(session, work, canonical, row.case_id, who.account_id)
        if who.account_id in (row.interviewer_id, row.interpreter_id):
            _mark(work, canonical, row.case_id)


def note_concerned(session: Session, work: Work, submission: Submission) -> None:
    """Look for everybody who works here in an account that is being received; note whom it names and who heard it."""
    names = {person.account_id: _names(person) for person in account_rows.all_accounts(work.connection)}
    words = "\n".join((submission.statement.text, *(item.text for item in submission.protect)))
    interview = submission.interview
    interpreter = interview.interpreter if interview else None
    heard = {
        interview.second_interviewer if interview else None,
        interpreter.account_id if interpreter else None,
    }
    name = fold(interpreter.name) if interpreter else ""
    found = named_in(words, frozenset().union(*names.values()))
    for account_id, mine in names.items():
        is_interpreter = bool(name) and any(fold(each) == name for each in mine)
        if not found.isdisjoint(mine) or is_interpreter or account_id in heard:
            _note(session, work, submission.code, submission.case_id, account_id)


def _names(person: AccountRow) -> frozenset[str]:
    """What somebody would be called in a testimony: their name, the name they sign in with, their family name."""
    last = person.name.split()[-1:] if " " in person.name.strip() else []
    alone = [part for part in last if part.isalpha() and len(part) >= _MIN_SINGLE]
    return frozenset({person.name, person.handle, *alone})


def _note(session: Session, work: Work, code: str, case_id: str, account_id: AccountId) -> None:
    by, at = session.account.id, timestamp(work.now)
    if identity_limits.insert_conflict(work.connection, code, account_id, declared_by=by, declared_at=at):
        work.log(
            Action.WRITTEN,
            subject=("testimony", code),
            case=case_id,
            fields=(DECLARED, f"account:{account_id}"),
        )


def _mark(work: Work, code: str, case_id: str) -> None:
    """For its readers: who took or interpreted the account is too near to it (F12). Once; nothing says who or how."""
    if case_notes.standing_notes(work.connection, code, case_notes.CONFLICT):
        return
    note = NoteRow(secrets.token_hex(8), case_notes.CONFLICT, code, work.actor, timestamp(work.now))
    case_notes.insert_note(work.connection, note)
    work.log(Action.WRITTEN, subject=("testimony", code), case=case_id, fields=("conflict-marked",))


def _require_reads(session: Session, work: Work, code: str) -> None:
    if Permission.READ_ORIGINAL not in permissions_of(session.account.roles):
        # Raised by the check itself, so that the refusal reads as every other.
        require(session.account, Permission.READ_ORIGINAL)
    try:
        open_account(session, work, code)
    except Refused as refusal:
        raise Refused(refusal.reasons, subject=("testimony", code)) from None
