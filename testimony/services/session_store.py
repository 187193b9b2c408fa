"""Open sessions, in memory only. The server keeps a token's hash and the keys locked under a key derived from
the token.

A memory image without the cookie gives no account keys; the open databases of whoever is signed in are in it
all the same (threat model).
"""

import secrets
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.errors import NotSignedIn
from testimony.services.archives import Archive, OpenArchive
from testimony.services.carrying_out import follow_withdrawals
from testimony.services.certificates import certified_account
from testimony.services.earlier_answers import follow_questions
from testimony.services.ended_grants import has_ended, log_closed
from testimony.services.erasing import carry_out_waiting
from testimony.services.membership import wrap_for_members
from testimony.services.opening import open_slots
from testimony.services.rekey_running import try_to_carry_out
from testimony.services.rekey_settling import note_generations, settle
from testimony.services.session_entries import Entry, OpenSession, is_past, lock_keys, name_of, session_of
from testimony.services.sessions import Session, sign_checkpoint
from testimony.services.signing_out import is_worthless
from testimony.storage.errors import ArchiveDamaged, StorageFailed

MAX_SESSIONS_PER_ACCOUNT = 3
"""A fourth sign-in closes the oldest: a forgotten machine does not stay open for ever."""

_TOKEN_BYTES = 32


class SessionStore:
    def __init__(self, archive: Archive) -> None:
        """archive: the one whose sessions these are; each also knows its own."""
        self._archive = archive
        self._entries: dict[bytes, Entry] = {}
        self._lock = threading.RLock()

    def open(self, session: Session, now: datetime) -> str:
        """Keep a session that `sign_in` made; return its token, 256 random bits, URL-safe."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        held = session.archive.secrets
        entry = Entry(
            locked=lock_keys(token, session),
            archive=session.archive.archive,
            account=session.account,
            opened_at=session.opened_at,
            counts_from=session.opened_at,
            seen_at=now,
            desk=session.desk,
            database=session.archive.database,
            release=lambda: session.archive.archive.release(held),
            keyring_version=session.archive.keyring().version,
            keyring=session.archive.keyring(),
        )
        if session.archive.archive.stands_for is not None:
            self.close_account(session.archive.archive.stands_for)
        with self._lock:
            mine = [h for h, e in self._entries.items() if e.account.id == session.account.id]
            for old in sorted(mine, key=lambda h: self._entries[h].opened_at)[
                : -MAX_SESSIONS_PER_ACCOUNT + 1
            ]:
                self._drop(old)
            self._entries[name_of(token)] = entry
        return token

    def find(self, token: str, now: datetime) -> Session:
        """The session of a token, with its idle clock set back. Raises NotSignedIn when there is none, or
        none any more.
        """
        name = name_of(token)
        with self._lock:
            entry = self._entries.get(name)
            if entry is None:
                raise NotSignedIn
            if is_past(entry, now):
                self._drop(name)
                raise NotSignedIn
            entry.seen_at = now
        session = session_of(token, entry)
        keyring = session.archive.keyring()
        if keyring.version != entry.keyring_version or keyring is not entry.keyring:
            # Someone joined or left since, also through a command in another process.
            certified = certified_account(session.archive.keyring(), session.account.id)
            # After a re-issue the account has other keys, and these are nobody's.
            if certified.suspended or certified.signing != session.keys.signing.public:
                self.close_account(session.account.id)
                raise NotSignedIn
            session = self._renewed(token, session, now)
            if is_worthless(session, entry.counts_from):
                self.forget(token)
                raise NotSignedIn
            wrap_for_members(session, now)
            if try_to_carry_out(session, now):
                session = self._renewed(token, session, now)
            # Seen as it was before: what was written meanwhile is looked at once more.
            entry.keyring_version, entry.keyring = keyring.version, keyring
        # With the keys of now: a compartment may have a new one since the last request.
        if self._end_with_its_grant(name, entry, now):
            raise NotSignedIn
        follow_withdrawals(session, now)
        follow_questions(session, now)
        carry_out_waiting(session, now)
        return session

    def _renewed(self, token: str, session: Session, now: datetime) -> Session:
        """The session with what its slots open now: a compartment may have a new key since.

        Raises ArchiveDamaged when the keyring is an older one than the ledger saw; then the session is closed.
        """
        try:
            fresh = self._with_present_keys(token, session)
            with fresh.work(now) as work:
                note_generations(work, fresh.archive.keyring())
        except ArchiveDamaged:
            self.forget(token)
            raise
        return fresh

    def _with_present_keys(self, token: str, session: Session) -> Session:
        archive, name = session.archive.archive, name_of(token)
        keyring = settle(archive, session.account.id, session.keys.sealing)
        held = open_slots(keyring, session.account.id, session.keys.sealing)
        with self._lock:
            entry = self._entries.get(name)
            if entry is None:
                raise NotSignedIn
            # Another request of the same person may have been here a moment ago.
            present = session_of(token, entry)
            if present.archive.secrets == held:
                return present
            opened = OpenArchive(archive, session.archive.root, held, archive.acquire(held))
            fresh = replace(session, archive=opened)
            release = entry.release
            entry.release = lambda: archive.release(held)
            entry.locked = lock_keys(token, fresh)
            entry.database = opened.database
            release()
        return fresh

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
            if name_of(token) in self._entries:
                self._drop(name_of(token))

    def close_account(self, account_id: AccountId) -> None:
        """Every session of one account, at once (suspension)."""
        with self._lock:
            for name in [h for h, e in self._entries.items() if e.account.id == account_id]:
                self._drop(name)

    def close_others(self, token: str, now: datetime) -> None:
        """Every other session of the account this one is of; this one counts from now."""
        with self._lock:
            kept = self._entries.get(name_of(token))
            if kept is None:
                raise NotSignedIn
            kept.counts_from = now
            for name in [h for h, e in self._entries.items() if e.account.id == kept.account.id]:
                if name != name_of(token):
                    self._drop(name)

    def close_named(self, account_id: AccountId, name: str) -> bool:
        """One session of an account, by the name that `sessions_of` gives it. Whether there was one."""
        with self._lock:
            found = [h for h, e in self._entries.items() if (e.account.id, e.name) == (account_id, name)]
            for one in found:
                self._drop(one)
        return bool(found)

    def sessions_of(self, token: str) -> tuple[OpenSession, ...]:
        """The open sessions of the account that this one is of, the newest first."""
        with self._lock:
            here = self._entries.get(name_of(token))
            if here is None:
                raise NotSignedIn
            mine = [e for e in self._entries.values() if e.account.id == here.account.id]
        mine.sort(key=lambda entry: entry.opened_at, reverse=True)
        return tuple(OpenSession(e.name, e.opened_at, e.seen_at, e is here) for e in mine)

    def expire(self, now: datetime) -> None:
        """Drop what is past its limits, and what a grant that ended had opened.

        A timer calls this too, so that an idle server locks itself (G2).
        """
        with self._lock:
            for name in [h for h, e in self._entries.items() if is_past(e, now)]:
                self._drop(name)
            for name, entry in tuple(self._entries.items()):
                # What cannot be read now is asked again: the timer must go on, else nothing locks itself any more.
                with suppress(StorageFailed, ArchiveDamaged):
                    self._end_with_its_grant(name, entry, now)

    def __len__(self) -> int:
        return len(self._entries)

    def _end_with_its_grant(self, name: bytes, entry: Entry, now: datetime) -> bool:
        """Whether a grant that this session read by has ended; then it is closed, also when that cannot be logged."""
        if not has_ended(entry.archive, entry.database, entry.account, entry.desk, now):
            return False
        try:
            log_closed(entry.database, entry.account, now)
        finally:
            with self._lock:
                if name in self._entries:
                    self._drop(name)
        return True

    def _drop(self, name: bytes) -> None:
        self._entries.pop(name).release()
