"""What was closed stays closed after a restore: withdrawals, ended grants, stopped accounts, walls, noted outside.

    line := locked {"kind", "id", "purposes", "at"}      under a key made from the log's seed, which every backup has

Written inside the transaction that closes, synced before its commit. Dies in between: the line is there and the ledger
does not know it, so the next sign-in closes; better twice than never. A restored copy of the ledger knows fewer lines
than the file has: each missed one closes again in the transaction of the first sign-in, before anything is shown.
Closing twice changes nothing. It never opens anything: whoever could forge a line could stop work and read nothing.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from crypto.errors import CryptoError
from crypto.keys import Secret, derive
from crypto.labels import Label
from crypto.locking import lock, unlock
from testimony.domain.audit import Action, Outcome
from testimony.domain.canonical import canonical_json
from testimony.services.sessions import LOG_SEED, Session, Work, timestamp
from testimony.storage import accounts as account_rows
from testimony.storage.chained_lines import START, Line, append_line, read_lines
from testimony.storage.connections import Connection
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.errors import ArchiveDamaged

KNOWN = "closings-known"
"""The setting in which the ledger remembers the last line it knows: number and hash."""

DIFFERS = "closing-file-differs"


class Kind(StrEnum):
    """What was closed."""

    CONSENT = "consent"
    GRANT = "grant"
    ACCOUNT = "account"
    REST = "rest"
    """An account that rests after a duress signal, without its grants."""
    WALL = "wall"
    """A wall between two testimonies; its id is `joint_acts.wall_name` of their codes, outside their digests."""
    SILENCE = "silence"
    """What a witness asked to be told to nobody; its purposes are `mark:ID` and `by:ACCOUNT`, who noted it."""


@dataclass(frozen=True, slots=True)
class Closing:
    """id: a digest of a code, two of them for a wall, a grant's or an account's id. purposes: those taken back, of a
    consent. at: ISO 8601.
    """

    kind: Kind
    id: str
    at: str
    purposes: tuple[str, ...] = ()


def note_closing(
    session: Session, work: Work, kind: Kind, subject: str, purposes: frozenset[str] = frozenset()
) -> None:
    """Keep outside that this was closed. Call it in the unit of work that closes, after its rows were written.

    subject: a code, a wall's name, a grant's id or an account's id. Nothing is kept open because this file is not what
    it was: that is told in the log, and the line is added to what is there.
    """
    at = timestamp(work.now)
    if not write_closing(
        session.archive.directory, work.connection, Closing(kind, subject, at, tuple(purposes))
    ):
        work.log(Action.LOG_CHECKED, fields=(DIFFERS,), outcome=Outcome.DENIED)


def write_closing(directory: ArchiveDirectory, connection: Connection, closing: Closing) -> bool:
    """The same without anybody signed in; False when the file is not what it was. id: a code, where it is a consent."""
    number, known = known_lines(connection)
    try:
        lines = read_lines(directory.closings)
    except ArchiveDamaged:
        return False
    previous = lines[-1].sha256 if lines else START
    key = closing_key(connection)
    name = closing.id
    if closing.kind in (Kind.CONSENT, Kind.WALL, Kind.SILENCE):
        name = " | ".join(sorted(digest_of(key, code) for code in closing.id.split(" | ")))
    document = {
        "kind": closing.kind.value,
        "id": name,
        "at": closing.at,
        "purposes": sorted(closing.purposes),
    }
    locked = lock(key, canonical_json(document), Label.CLOSING, previous.encode())
    digest = append_line(directory.closings, previous, locked).sha256
    if len(lines) == number and goes_on(lines, number, known):
        remember_lines(connection, number + 1, digest)
    # Otherwise lines before it wait to be taken in: the next sign-in reads all of them, this one too.
    return goes_on(lines, number, known)


def goes_on(lines: Sequence[Line], number: int, known: str) -> bool:
    """Whether these lines begin with those that the ledger knows."""
    return len(lines) >= number and (number == 0 or lines[number - 1].sha256 == known)


def digest_of(key: Secret, code: str) -> str:
    """A code is no word of a line, since an erased testimony leaves its lines here: HMAC-SHA-256, hexadecimal."""
    return hmac.new(key.raw, b"code\0" + code.encode(), hashlib.sha256).hexdigest()


def open_line(connection: Connection, line: Line) -> Closing | None:
    try:
        content = json.loads(
            unlock(closing_key(connection), line.locked, Label.CLOSING, line.previous.encode())
        )
        return Closing(Kind(content["kind"]), content["id"], content["at"], tuple(content["purposes"]))
    except (CryptoError, ValueError, KeyError, TypeError):
        return None


def closing_key(connection: Connection) -> Secret:
    """From the log's seed: it is in the ledger since the founding and outlives every new key of the ledger."""
    seed = account_rows.recall(connection, LOG_SEED)
    if seed is None:
        raise ArchiveDamaged
    return derive(Secret(hashlib.sha256(seed).digest()), Label.CLOSING_KEY)


def known_lines(connection: Connection) -> tuple[int, str]:
    kept = account_rows.recall(connection, KNOWN)
    if kept is None:
        return 0, ""
    number, _, digest = kept.decode().partition(":")
    return int(number), digest


def remember_lines(connection: Connection, number: int, digest: str) -> None:
    account_rows.remember(connection, KNOWN, f"{number}:{digest}".encode())
