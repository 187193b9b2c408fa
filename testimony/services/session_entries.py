"""What the store keeps of an open session: its keys locked under a key derived from the browser's token."""

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from crypto.keys import Secret, derive
from crypto.labels import Label
from crypto.locking import lock, unlock
from crypto.sealing import SealingKey
from crypto.signing import SigningKey
from testimony.domain.accounts import Account
from testimony.services.archives import Archive, OpenArchive
from testimony.services.sessions import ABSOLUTE_LIMIT, IDLE_LIMIT, AccountKeys, Session
from testimony.storage.compartments import Compartment
from testimony.storage.database import Database
from testimony.storage.keyring import Keyring


@dataclass(slots=True, repr=False)
class Entry:
    locked: bytes
    archive: Archive
    account: Account
    opened_at: datetime
    counts_from: datetime
    seen_at: datetime
    desk: dict[str, str]
    database: Database
    release: Callable[[], None]
    keyring_version: int
    keyring: Keyring | None = None
    """The very object that was looked at last: a file that was replaced is another one, whatever version it claims."""
    name: str = field(default_factory=lambda: secrets.token_hex(8))


@dataclass(frozen=True, slots=True)
class OpenSession:
    """What a person is told of a session of theirs. name: tells it from the others, and opens nothing."""

    name: str
    opened_at: datetime
    seen_at: datetime
    is_here: bool


def name_of(token: str) -> bytes:
    """How the store knows a token that it does not keep."""
    return hashlib.sha256(token.encode()).digest()


def lock_keys(token: str, session: Session) -> bytes:
    """The keys of a session, for the entry of this token."""
    return lock(_token_key(token), _serialise(session), Label.SESSION_KEYS, name_of(token))


def session_of(token: str, entry: Entry) -> Session:
    """Raises Tampered for another's token."""
    return _restore(entry, unlock(_token_key(token), entry.locked, Label.SESSION_KEYS, name_of(token)))


def is_past(entry: Entry, now: datetime) -> bool:
    return now - entry.seen_at > IDLE_LIMIT or now - entry.opened_at > ABSOLUTE_LIMIT


def _token_key(token: str) -> Secret:
    # The token has 256 bits of its own, so one hash makes it a key; the label keeps it apart from the stored
    # hash.
    return derive(Secret(hashlib.sha256(b"session-token\0" + token.encode()).digest()), Label.SESSION_KEYS)


def _serialise(session: Session) -> bytes:
    document = {
        "sealing": session.keys.sealing.seed.raw.hex(),
        "signing": session.keys.signing.seed.raw.hex(),
        "root": session.archive.root.hex(),
        "secrets": {c.value: s.raw.hex() for c, s in session.archive.secrets.items()},
    }
    return json.dumps(document).encode()


def _restore(entry: Entry, payload: bytes) -> Session:
    document = json.loads(payload)
    return Session(
        account=entry.account,
        keys=AccountKeys(
            SealingKey(Secret(bytes.fromhex(document["sealing"]))),
            SigningKey(Secret(bytes.fromhex(document["signing"]))),
        ),
        archive=OpenArchive(
            archive=entry.archive,
            root=bytes.fromhex(document["root"]),
            secrets={Compartment(c): Secret(bytes.fromhex(s)) for c, s in document["secrets"].items()},
            database=entry.database,
        ),
        opened_at=entry.opened_at,
        seen_at=entry.seen_at,
        desk=entry.desk,
    )
