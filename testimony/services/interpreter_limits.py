"""What an interpreter under question rendered is worth at most "possibly true" (F5): a limit stored with the account.

There is no grading in the archive yet. The limit is kept and shown to whoever reads the account; a grading must not be
better than it (`reader_marks.AT_MOST`). It is set at once where the register knows who interpreted. Where only a name
in the original says so, it is set when a session that opens originals comes next, once for each interpreter.
"""

import json
import secrets
from collections.abc import Callable
from datetime import datetime

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.errors import Invalid
from testimony.domain.interview import Interpreter
from testimony.services.reader_marks import AT_MOST
from testimony.services.sessions import Session, Work, timestamp
from testimony.services.under_review import read_submission
from testimony.storage import accounts, case_notes, originals, register
from testimony.storage.case_notes import NoteRow
from testimony.storage.compartments import Compartment

_KNOWN = "interpreter-limits-set"
"""The setting that remembers for which interpreters the originals were gone through."""


def limit(work: Work, code: str) -> None:
    """Set the limit of one account, unless it is set."""
    row = register.find_row(work.connection, code)
    if row is None or case_notes.standing_notes(work.connection, code, case_notes.LIMIT):
        return
    note = NoteRow(
        secrets.token_hex(8),
        case_notes.LIMIT,
        code,
        work.actor,
        timestamp(work.now),
        position=AT_MOST,
    )
    case_notes.insert_note(work.connection, note)
    work.log(
        Action.WRITTEN,
        subject=("testimony", code),
        case=row.case_id,
        fields=("credibility-limit", f"at-most:{AT_MOST}"),
    )


def limit_registered(work: Work, account_id: AccountId) -> None:
    """Of what the register knows this person to have interpreted."""
    for row in register.rows_of_interpreter(work.connection, account_id):
        limit(work, row.code)


def limit_named(
    session: Session,
    questioned: frozenset[AccountId],
    is_one: Callable[[Interpreter], bool],
    now: datetime,
) -> int:
    """Go through the originals for what these people interpreted by name; return how many were looked at.

    is_one: whether an interview's interpreter is one of them, by account or by name. Nothing for those
    who were looked for before, and nothing without the vault.
    """
    if Compartment.VAULT not in session.archive.secrets or not questioned:
        return 0
    with session.reading() as connection:
        kept = accounts.recall(connection, _KNOWN)
        known = frozenset(json.loads(kept)) if kept else frozenset()
    if questioned <= known:
        return 0
    with session.work(now) as work:
        codes = originals.all_codes(work.connection)
        for code in codes:
            original = originals.find_original(work.connection, code)
            try:
                submission = None if original is None else read_submission(original)
            except (Invalid, ValueError):
                continue  # Damaged: the check names it, and nobody reads it.
            interview = submission.interview if submission else None
            if interview and interview.interpreter and is_one(interview.interpreter):
                limit(work, code)
        accounts.remember(work.connection, _KNOWN, json.dumps(sorted(known | questioned)).encode())
    return len(codes)
