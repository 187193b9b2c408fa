"""A session ends with any grant that it read by: by its day, by hand, with its case, or by a wall.

What a session remembers (its purpose, its last query) goes with it, and its keys. Which grants it used it notes
itself, in memory; whether they still hold is asked anew at each request and by the timer that locks idle sessions.
"""

from collections.abc import MutableMapping
from datetime import datetime

from testimony.domain.accounts import Account
from testimony.domain.audit import Action, Outcome
from testimony.domain.purposes import Purpose
from testimony.policy.facts import Use
from testimony.services.archives import Archive
from testimony.services.granting import use_of
from testimony.services.sessions import Session, timestamp
from testimony.storage import log
from testimony.storage.database import Database

USED = "grants-used"
CLOSED = ("signed-out", "grant-ended")


def note_use(session: Session, use: Use, purpose: Purpose) -> None:
    """Remember by which grants this session reads for a purpose."""
    by = {one.id for one in use.grants if purpose in one.purposes and one.case_id not in use.walled}
    session.desk[USED] = " ".join(sorted(by | set(session.desk.get(USED, "").split())))


def has_ended(
    archive: Archive, database: Database, account: Account, desk: MutableMapping[str, str], now: datetime
) -> bool:
    """Whether any grant that a session used is in force no more."""
    used = frozenset(desk.get(USED, "").split())
    if not used:
        return False
    with database.reading() as connection:
        use = use_of(archive.keyring(), connection, account.id, now)
    return not used <= {one.id for one in use.grants if one.case_id not in use.walled}


def log_closed(database: Database, account: Account, now: datetime) -> None:
    """Note that a session was closed because a grant ended, in its person's name."""
    entry = log.Entry(
        at=timestamp(now),
        actor=account.id,
        roles=tuple(sorted(role.value for role in account.roles)),
        action=Action.SIGN_IN.value,
        outcome=Outcome.ALLOWED.value,
        fields=CLOSED,
    )
    with database.writing() as connection:
        log.append(connection, [entry])
