"""Tells of alarms outside the pages: which were not sent yet, by which way, and when to try again. No content.

Nothing is queued apart: what was raised and not noted as delivered is what waits, so a crash loses none. One between
sending and noting it sends twice; the number in the message tells.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from testimony.services.archives import Archive
from testimony.services.founding import ARCHIVE_NAME
from testimony.storage import accounts as account_rows
from testimony.storage import alarms as alarm_rows
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged, StorageFailed

TOLD_FOR = timedelta(days=7)
"""An alarm that could not be sent for so long is left to the pages."""

_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)


class Undelivered(Exception):
    """It could not be handed on now."""


@dataclass(frozen=True, slots=True)
class Notice:
    """All that leaves. rule: its name. at: when it was raised. number: of its entry in the log."""

    archive: str
    rule: str
    at: datetime
    number: int


Send = Callable[[Notice], None]
"""Raises Undelivered."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    notice: Notice
    tries: int


def send_waiting(archive: Archive, ways: Mapping[str, Send], now: datetime) -> int:
    """Hand on what is due, each way apart; return how many went. No transaction is open while one is sent.

    ways: `email`, `webhook`. Does nothing while nobody has the ledger open.
    """
    sent = 0
    for way, send in ways.items():
        for waiting in _due(archive, way, now):
            delivered = True
            try:
                send(waiting.notice)
            except Undelivered:
                delivered = False
            # Dies here: sent, and not noted; it is sent again.
            if not _note(archive, way, waiting, delivered=delivered, now=now):
                return sent
            sent += delivered
            if not delivered:
                # Whoever does not answer now does not answer the next one either.
                break
    return sent


def _due(archive: Archive, way: str, now: datetime) -> tuple[_Waiting, ...]:
    try:
        with archive.open_database() as database:
            if database is None:
                return ()
            with database.reading() as connection:
                name = _name(connection)
                rows = alarm_rows.undelivered(connection, way, _text(now - TOLD_FOR))
    except (StorageFailed, ArchiveDamaged):
        return ()
    return tuple(
        _Waiting(Notice(name, row.rule, datetime.fromisoformat(row.at), row.number), tries)
        for row, tries, tried_at in rows
        if _is_due(tries, tried_at, now)
    )


def _is_due(tries: int, tried_at: str | None, now: datetime) -> bool:
    if tried_at is None:
        return True
    wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(tries - 1, 10))
    waited = now - datetime.fromisoformat(tried_at)
    # A clock that was set back must not silence it.
    return waited >= wait or waited < timedelta(0)


def _note(archive: Archive, way: str, waiting: _Waiting, *, delivered: bool, now: datetime) -> bool:
    """Whether it could be noted."""
    try:
        with archive.open_database() as database:
            if database is None:
                return False
            with database.writing() as connection:
                alarm_rows.note_try(
                    connection,
                    waiting.notice.number,
                    way,
                    tries=waiting.tries + 1,
                    at=_text(now),
                    delivered=delivered,
                )
    except (StorageFailed, ArchiveDamaged):
        return False
    return True


def _name(connection: Connection) -> str:
    return (account_rows.recall(connection, ARCHIVE_NAME) or b"").decode(errors="replace")


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
