"""Time-stamps of checkpoints by authorities outside. Asked for explicitly, queued until then.

What leaves is a SHA-256 of three lines that say nothing of any testimony; the network sees that this machine asked.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crypto.errors import CryptoError, Malformed
from crypto.opentimestamps import NONCE_BYTES, calendar_digest, ots_file
from crypto.timestamps import open_timestamp, read_chain, timestamp_request
from testimony.domain.audit import Action
from testimony.policy.access import Permission, require
from testimony.services.sessions import Session, timestamp
from testimony.storage import log_proofs, log_queries
from testimony.storage.connections import Connection
from testimony.storage.log_proofs import OPENTIMESTAMPS, RFC3161, TimeStamp

Post = Callable[[str, bytes, str], bytes]
"""(url, body, content type) → the answer's body. Raises Unanswered."""

AT_ONCE = 20


class Unanswered(Exception):
    """Nobody answered in time, or not with what was asked for."""


class NothingYet(Unanswered):
    """Answered: what was asked for is not there yet."""


@dataclass(frozen=True, slots=True)
class Authority:
    """chain: its certificates up to its root, PEM; empty for a calendar of OpenTimestamps."""

    url: str
    kind: str
    chain: str


@dataclass(frozen=True, slots=True)
class Stamped:
    """silent: addresses that gave no usable answer."""

    taken: int
    waiting: int
    silent: tuple[str, ...]


def read_authorities(
    authorities: Sequence[tuple[str, Path]], calendars: Sequence[str]
) -> tuple[Authority, ...]:
    """Read the configured chains. Raises Malformed when a file is none."""
    stamped = []
    for url, path in authorities:
        try:
            chain = path.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            raise Malformed("the chain of an authority cannot be read") from None
        read_chain(chain)
        stamped.append(Authority(url, RFC3161, chain))
    return (*stamped, *(Authority(url, OPENTIMESTAMPS, "") for url in calendars))


def stamp_queued(session: Session, authorities: Sequence[Authority], post: Post, now: datetime) -> Stamped:
    """Ask each authority for what it has not stamped yet, newest checkpoint first. Raises Refused.

    Each answer is checked, then kept in a transaction of its own: dying between two loses none, and one that was not
    kept is asked for again. No transaction is open while somebody outside is asked.
    """
    with session.work(now) as work:
        require(session.account, Permission.VERIFY_LOG)
        sizes = log_proofs.queued(work.connection, AT_ONCE)
        texts = {size: text_of(work.connection, size) for size in sizes}
        have = {(size, row.authority) for size in sizes for row in _stamps_of(work.connection, size)}
        work.log(Action.LOG_CHECKED, fields=("timestamps-asked",), count=len(sizes))
    taken, silent = 0, set[str]()
    for size in sizes:
        missing = [one for one in authorities if (size, one.url) not in have]
        for authority in missing:
            # One that did not answer is not asked again this time: each try may take as long as the time-out.
            row = None if authority.url in silent else _ask(authority, size, texts[size], post, now)
            if row is None:
                silent.add(authority.url)
                continue
            with session.work(now) as work:
                log_proofs.insert_timestamp(work.connection, row)
            have.add((size, authority.url))
            taken += 1
        with session.work(now) as work:
            log_proofs.count_try(work.connection, size)
            if all((size, one.url) in have for one in authorities):
                log_proofs.take_from_queue(work.connection, size)
    with session.reading() as connection:
        waiting = len(log_proofs.queued(connection, log_proofs.QUEUED_AT_MOST))
    return Stamped(taken, waiting, tuple(sorted(silent)))


def _ask(authority: Authority, size: int, text: str | None, post: Post, now: datetime) -> TimeStamp | None:
    """One time-stamp, checked; None when there is no usable answer."""
    if text is None:
        return None
    content = text.encode()
    try:
        if authority.kind == RFC3161:
            token = post(authority.url, timestamp_request(content), "application/timestamp-query")
            open_timestamp(token, content, authority.chain)
        else:
            nonce = secrets.token_bytes(NONCE_BYTES)
            address = authority.url.rstrip("/") + "/digest"
            answer = post(address, calendar_digest(content, nonce), "application/octet-stream")
            token = ots_file(content, nonce, answer)
    except (Unanswered, CryptoError):
        return None
    return TimeStamp(size, authority.url, authority.kind, timestamp(now), token, authority.chain)


def text_of(connection: Connection, size: int) -> str | None:
    """The three lines of a stored checkpoint."""
    found = log_queries.checkpoints_between(connection, size - 1, size)
    return found[0].note.partition("\n\n")[0] + "\n" if found else None


def _stamps_of(connection: Connection, size: int) -> tuple[TimeStamp, ...]:
    return log_proofs.timestamps_between(connection, size - 1, size)
