"""Finding the testimony whose witness is there. A custodian lists the register; an interviewer types the code they were
told, and learns nothing but what it allows. No such account, and one that is gone, look the same; guesses are slowed.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from testimony.domain.audit import Action, DenyReason, Outcome
from testimony.domain.codes import parse_code
from testimony.domain.errors import BadCode, NotFound, Throttled
from testimony.domain.roles import Role
from testimony.domain.testimony import State
from testimony.policy.access import Permission, require
from testimony.services.sessions import Session, Work
from testimony.storage import log_queries, register
from testimony.storage.connections import Connection
from testimony.storage.register import RegisterRow

MISSES = 5
WINDOW = timedelta(hours=1)
"""So many codes that lead nowhere may one person type in this time."""

NO_SUCH = "no-such-account"


def require_code(code: str) -> str:
    """The code as it is kept. Raises NotFound for what is none: outside, both look the same."""
    try:
        return parse_code(code)
    except BadCode:
        raise NotFound from None


def require_patience(session: Session, now: datetime) -> None:
    """Raises Throttled for somebody who typed too many codes that lead nowhere. Counted from the log."""
    if Role.CUSTODIAN in session.account.roles:
        return
    with session.reading() as connection:
        misses = _misses(session, connection, now)
    if len(misses) >= MISSES:
        raise Throttled(int((min(misses) + WINDOW - now).total_seconds()) + 1)


def note_miss(session: Session, now: datetime) -> None:
    """In a unit of work of its own: the one in which nothing was found leaves nothing."""
    with session.work(now) as work:
        work.log(Action.DENIED, fields=(NO_SUCH,), outcome=Outcome.DENIED, reasons=(DenyReason.NO_GRANT,))


def find(session: Session, work: Work, code: str, permission: Permission) -> RegisterRow:
    """Raises Refused; NotFound where there is none, or none any more."""
    require(session.account, permission)
    row = register.find_row(work.connection, code)
    if row is None or row.state == State.DISPOSED:
        raise NotFound
    return row


def _misses(session: Session, connection: Connection, now: datetime) -> list[datetime]:
    since = now - WINDOW
    leaves = log_queries.leaves_of(connection, session.account.id, Action.DENIED.value, since)
    entries = [json.loads(leaf) for leaf, _ in leaves]
    return [datetime.fromisoformat(one["at"]) for one in entries if NO_SUCH in one["fields"]]


@contextmanager
def found(
    session: Session, code: str, permission: Permission, now: datetime
) -> Iterator[tuple[Work, RegisterRow]]:
    """A unit of work about the testimony whose code was typed. Raises Refused, NotFound, Throttled."""
    require_patience(session, now)
    canonical = require_code(code)
    try:
        with session.work(now) as work:
            yield work, find(session, work, canonical, permission)
    except NotFound:
        note_miss(session, now)
        raise
