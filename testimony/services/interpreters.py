"""Interpreters under question (DOMAIN.md R19, F5): flagged by anybody who meets witnesses, also in a witness's name.

From the flag on nothing that this person interpreted is handed in, and what they rendered before is marked for
reviewers and custodians. The flag is an entry of the log, so no row brings it down; why it was raised is sealed to
auditors. It holds for every case: wider than F5 asks, never narrower. It cannot be taken back here.

An interpreter is known by the account, or by the name under which that account is known here.
"""

import json
from datetime import datetime

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.errors import Conflict, IntegrityFailed, Invalid, NotFound, Problem
from testimony.domain.interview import Interpreter
from testimony.domain.matching import fold
from testimony.domain.testimony import Submission
from testimony.policy.access import Permission, require
from testimony.services.interpreter_limits import limit, limit_named, limit_registered
from testimony.services.sessions import Session, Work
from testimony.services.under_review import UnderReview
from testimony.storage import accounts, log_queries, register
from testimony.storage.accounts import AccountRow
from testimony.storage.connections import Connection

QUESTIONED = "interpreter-questioned"


def question(session: Session, handle: str, reason: str, now: datetime) -> None:
    """Put an interpreter under question. reason: sealed to auditors; it may tell which witness said so.

    Raises Refused, NotFound, Conflict when they are already.
    """
    with session.work(now) as work:
        require(session.account, Permission.DECLARE_CONFLICT)
        who = accounts.find_handle(work.connection, handle.strip().casefold())
        if who is None:
            raise NotFound
        if is_questioned(work.connection, who.account_id):
            raise Conflict
        work.log(
            Action.WRITTEN, subject=("account", who.account_id), fields=(QUESTIONED,), detail=reason.strip()
        )
        limit_registered(work, who.account_id)
    limit_what_is_known(session, now)


def is_questioned(connection: Connection, account_id: AccountId) -> bool:
    """Raises IntegrityFailed for a log that cannot be read."""
    return questioned_since(connection, account_id) is not None


def questioned_since(connection: Connection, account_id: AccountId) -> datetime | None:
    """When an interpreter was put under question; None for one who is not. Raises IntegrityFailed."""
    leaves = log_queries.leaves_about(connection, "account", account_id, Action.WRITTEN.value)
    try:
        entries = (json.loads(leaf) for leaf in leaves)
        flag = next((entry for entry in entries if QUESTIONED in entry["fields"]), None)
        return None if flag is None else datetime.fromisoformat(flag["at"])
    except (ValueError, KeyError, TypeError):
        raise IntegrityFailed from None


def limit_what_is_known(session: Session, now: datetime) -> None:
    """Set the limit of what people under question interpreted by name, where this session opens originals (F5)."""
    with session.reading() as connection:
        people = [
            one for one in accounts.all_accounts(connection) if is_questioned(connection, one.account_id)
        ]
    known = frozenset().union(*map(_known_as, people))
    ids = frozenset(one.account_id for one in people)

    def is_one(interpreter: Interpreter) -> bool:
        by_account = interpreter.account_id
        return by_account in ids if by_account is not None else fold(interpreter.name) in known

    limit_named(session, ids, is_one, now)


def limit_received(work: Work, submission: Submission) -> None:
    """The same for one account that is being received: it was handed in before its interpreter came under question."""
    interpreter = submission.interview.interpreter if submission.interview else None
    if interpreter and _questioned_among(work.connection, interpreter.account_id, interpreter.name):
        limit(work, submission.code)


def questioned(session: Session, account_id: AccountId) -> bool:
    """The same for the custodians' page of that account. Raises Refused."""
    require(session.account, Permission.LIST_REGISTER)
    with session.reading() as connection:
        return is_questioned(connection, account_id)


def require_unquestioned(connection: Connection, submission: Submission) -> None:
    """Before something is handed in. Raises Invalid for an account that somebody under question interpreted."""
    interpreter = submission.interview.interpreter if submission.interview else None
    if interpreter and _questioned_among(connection, interpreter.account_id, interpreter.name):
        raise Invalid((Problem("interview.interpreter.name", "under_question"),))


def renders_under_question(connection: Connection, account: UnderReview) -> bool:
    """Whether an account under review was interpreted by somebody who is under question now."""
    interview = account.submission.interview
    interpreter = interview.interpreter if interview else None
    by_id = account.row.interpreter_id or (interpreter.account_id if interpreter else None)
    return _questioned_among(connection, by_id, interpreter.name if interpreter else "")


def marked(session: Session, account_id: AccountId, now: datetime) -> tuple[str, ...]:
    """Codes of what an interpreter under question rendered, as the register knows it; each is logged.

    Empty for somebody who is not. Raises Refused.
    """
    with session.work(now) as work:
        require(session.account, Permission.LIST_REGISTER)
        if not is_questioned(work.connection, account_id):
            return ()
        rows = register.rows_of_interpreter(work.connection, account_id)
        _log_marked(work, rows)
    return tuple(row.code for row in rows)


def _log_marked(work: Work, rows: tuple[register.RegisterRow, ...]) -> None:
    for row in rows:
        work.log(
            Action.ITEM_SHOWN,
            subject=("testimony", row.code),
            case=row.case_id,
            fields=(QUESTIONED,),
        )


def _questioned_among(connection: Connection, account_id: str | None, name: str) -> bool:
    said = fold(name) if account_id is None else ""
    candidates = (
        person
        for person in accounts.all_accounts(connection)
        if person.account_id == account_id or (said and said in _known_as(person))
    )
    return any(is_questioned(connection, person.account_id) for person in candidates)


def _known_as(person: AccountRow) -> frozenset[str]:
    return frozenset({fold(person.name), fold(person.handle)})
