"""Open sessions, in memory only. The server keeps a token's hash and the keys locked under a key derived from
the token.

A memory image without the cookie gives no account keys; the open databases of whoever is signed in are in it
all the same (threat model).
"""

import hashlib
import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from crypto.keys import Secret, derive
from crypto.labels import Label
from crypto.locking import lock, unlock
from crypto.sealing import SealingKey
from crypto.signing import SigningKey
from testimony.domain.accounts import Account, AccountId
from testimony.domain.audit import Action
from testimony.domain.errors import NotSignedIn
from testimony.services.archives import Archive, OpenArchive
from testimony.services.certificates import certified_account
from testimony.services.erasing import carry_out_waiting
from testimony.services.membership import wrap_for_members
from testimony.services.sessions import ABSOLUTE_LIMIT, IDLE_LIMIT, AccountKeys, Session, sign_checkpoint
from testimony.storage.compartments import Compartment
from testimony.storage.database import Database

MAX_SESSIONS_PER_ACCOUNT = 3
"""A fourth sign-in closes the oldest: a forgotten machine does not stay open for ever."""

_TOKEN_BYTES = 32


@dataclass(slots=True, repr=False)
class _Entry:
    locked: bytes
    account: Account
    opened_at: datetime
    seen_at: datetime
    desk: dict[str, str]
    database: Database
    release: Callable[[], None]
    keyring_version: int


class SessionStore:
    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._entries: dict[bytes, _Entry] = {}
        self._lock = threading.RLock()

    def open(self, session: Session, now: datetime) -> str:
        """Keep a session that `sign_in` made; return its token, 256 random bits, URL-safe."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        held = session.archive.secrets
        entry = _Entry(
            locked=lock(_token_key(token), _serialise(session), Label.SESSION_KEYS, _hash(token)),
            account=session.account,
            opened_at=session.opened_at,
            seen_at=now,
            desk=session.desk,
            database=session.archive.database,
            release=lambda: self._archive.release(held),
            keyring_version=session.archive.keyring().version,
        )
        with self._lock:
            mine = [h for h, e in self._entries.items() if e.account.id == session.account.id]
            for old in sorted(mine, key=lambda h: self._entries[h].opened_at)[
                : -MAX_SESSIONS_PER_ACCOUNT + 1
            ]:
                self._drop(old)
            self._entries[_hash(token)] = entry
        return token

    def find(self, token: str, now: datetime) -> Session:
        """The session of a token, with its idle clock set back. Raises NotSignedIn when there is none, or
        none any more.
        """
        name = _hash(token)
        with self._lock:
            entry = self._entries.get(name)
            if entry is None:
                raise NotSignedIn
            if _expired(entry, now):
                self._drop(name)
                raise NotSignedIn
            entry.seen_at = now
        session = _restore(
            entry, unlock(_token_key(token), entry.locked, Label.SESSION_KEYS, name), self._archive
        )
        version = session.archive.keyring().version
        if version != entry.keyring_version:
            # Someone joined or left since, also through a command in another process.
            if certified_account(session.archive.keyring(), session.account.id).suspended:
                self.close_account(session.account.id)
                raise NotSignedIn
            wrap_for_members(session, now)
            entry.keyring_version = version
        carry_out_waiting(session, now)
        return session

    def close(self, token: str, now: datetime) -> None:
        """Sign out: an entry, a checkpoint, then the keys are gone. Silent when there is no such session.

        The keys go also when the entry cannot be written (a full disk): that is said, and this session is over.
        Raises StorageFailed, ArchiveDamaged.
        """
        try:
            session = self.find(token, now)
            with session.work(now) as work:
                work.log(Action.SIGN_IN, fields=("signed-out",))
                work.write_entries()
                sign_checkpoint(work.connection, session.archive, now)
        except NotSignedIn:
            return
        finally:
            self.forget(token)

    def forget(self, token: str) -> None:
        with self._lock:
            if _hash(token) in self._entries:
                self._drop(_hash(token))

    def close_account(self, account_id: AccountId) -> None:
        """Every session of one account, at once (suspension)."""
        with self._lock:
            for name in [h for h, e in self._entries.items() if e.account.id == account_id]:
                self._drop(name)

    def expire(self, now: datetime) -> None:
        """Drop what is past its limits. A timer calls this too, so that an idle server locks itself (G2)."""
        with self._lock:
            for name in [h for h, e in self._entries.items() if _expired(e, now)]:
                self._drop(name)

    def __len__(self) -> int:
        return len(self._entries)

    def _drop(self, name: bytes) -> None:
        self._entries.pop(name).release()


def _expired(entry: _Entry, now: datetime) -> bool:
    return now - entry.seen_at > IDLE_LIMIT or now - entry.opened_at > ABSOLUTE_LIMIT


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


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


def _restore(entry: _Entry, payload: bytes, archive: Archive) -> Session:
    document = json.loads(payload)
    return Session(
        account=entry.account,
        keys=AccountKeys(
            SealingKey(Secret(bytes.fromhex(document["sealing"]))),
            SigningKey(Secret(bytes.fromhex(document["signing"]))),
        ),
        archive=OpenArchive(
            archive=archive,
            root=bytes.fromhex(document["root"]),
            secrets={Compartment(c): Secret(bytes.fromhex(s)) for c, s in document["secrets"].items()},
            database=entry.database,
        ),
        opened_at=entry.opened_at,
        seen_at=entry.seen_at,
        desk=entry.desk,
    )
