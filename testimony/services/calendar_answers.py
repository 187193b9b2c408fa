"""Calendars of OpenTimestamps asked again: a promise becomes the path to a block of Bitcoin some hours later.

Asked for explicitly, like time-stamps. What is not there yet waits, what does not answer waits, and nothing is changed
until an answer was read to its end. What leaves is a value that the calendar made itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from crypto.errors import CryptoError
from crypto.opentimestamps import promises, with_answer
from crypto.ots_proofs import standing
from testimony.domain.audit import Action
from testimony.policy.access import Permission, require
from testimony.services.sessions import Session
from testimony.services.timestamping import AT_ONCE, Authority, NothingYet, Unanswered, text_of
from testimony.storage import log_proofs
from testimony.storage.connections import Connection
from testimony.storage.log_proofs import OPENTIMESTAMPS, TimeStamp

Get = Callable[[str], bytes]
"""url → the answer's body. Raises NothingYet, Unanswered."""


@dataclass(frozen=True, slots=True)
class Completed:
    """named: proofs that name a block now. waiting: that do not yet. silent: addresses without a usable answer."""

    named: int
    waiting: int
    silent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Waiting:
    row: TimeStamp
    text: bytes


def ask_calendars(session: Session, authorities: Sequence[Authority], get: Get, now: datetime) -> Completed:
    """Ask for what became of promises that wait, the oldest of the newest first. Raises Refused.

    Only configured addresses are asked, whatever a proof names. Each answer is kept in a transaction of its own; none
    is open while somebody outside is asked.
    """
    calendars = {one.url.rstrip("/") for one in authorities if one.kind == OPENTIMESTAMPS}
    with session.work(now) as work:
        require(session.account, Permission.VERIFY_LOG)
        waiting = _waiting(work.connection)
        asked = waiting[:AT_ONCE]
        if asked and calendars:
            work.log(Action.LOG_CHECKED, fields=("timestamps-asked",), count=len(asked))
    named, silent = 0, set[str]()
    for one in asked:
        token = _completed(one, calendars, get, silent)
        if token is None:
            continue
        with session.work(now) as work:
            log_proofs.insert_timestamp(work.connection, replace(one.row, token=token))
        named += bool(standing(token, one.text, {}).named)
    return Completed(named, len(waiting) - named, tuple(sorted(silent)))


def _waiting(connection: Connection) -> list[_Waiting]:
    """Proofs that name no block, oldest first; a newer checkpoint covers every older one, so the newest hundred."""
    found = []
    for row in log_proofs.newest_of_calendars(connection, log_proofs.QUEUED_AT_MOST):
        text = text_of(connection, row.size)
        if text is None:
            continue
        try:
            if not standing(row.token, text.encode(), {}).named:
                found.append(_Waiting(row, text.encode()))
        except CryptoError:
            # A verification says so.
            continue
    return found[::-1]


def _completed(one: _Waiting, calendars: set[str], get: Get, silent: set[str]) -> bytes | None:
    """The file with what the calendars say now; None when they say nothing new."""
    token = one.row.token
    for address, value in promises(token, one.text):
        # A pool hands promises on to calendars that it names; one that is configured is asked itself.
        at = next(
            (url for url in (address.rstrip("/"), one.row.authority.rstrip("/")) if url in calendars), None
        )
        if at is None or at in silent:
            continue
        try:
            answer = get(f"{at}/timestamp/{value.hex()}")
            token = with_answer(token, one.text, value, answer)
        except NothingYet:
            continue
        except (Unanswered, CryptoError):
            silent.add(at)
    return None if token == one.row.token else token
