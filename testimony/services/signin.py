"""Signing in: handle and password (and a code) to an open session. One message for every failure, one cost.

    password → bundle → pinned root → certificates → ledger slot → ledger → code → log entry → session

Dies between any two: nothing is open. Before the ledger is open, what must be logged is sealed to the ledger
and taken in at the next unlock.
"""

from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from datetime import date, datetime
from typing import Protocol

from crypto.errors import BadCode, WrongPassword
from crypto.keys import Secret
from crypto.passwords import Opened, spend_time, unlock_any
from crypto.sealing import SealingKey
from crypto.signing import SigningKey
from testimony.domain.accounts import Account, AccountId, AccountState
from testimony.domain.audit import Action, Outcome
from testimony.domain.errors import SignInFailed
from testimony.services import after_restore, pending_orders
from testimony.services.archives import Archive, OpenArchive, handle_lookup
from testimony.services.arriving import arrive
from testimony.services.bundles import EmptyProfile, lock_content, parse_profile, profile_of
from testimony.services.certificates import Certified, certified_account
from testimony.services.duress import DURESS, ENTERED_WHILE_HELD, is_held, signal_at_once
from testimony.services.erasing import close_erased
from testimony.services.locked_log import log_failed_sign_in, log_while_locked, take_in_locked_events
from testimony.services.membership import wrap_for_members
from testimony.services.opening import open_slots
from testimony.services.rekey_running import reseal_inbox, try_to_carry_out
from testimony.services.rekey_settling import note_generations, settle
from testimony.services.second_step import SecondStep
from testimony.services.sessions import (
    AccountKeys,
    BundleContent,
    Session,
    Work,
    parse_keys,
    sign_checkpoint,
    timestamp,
)
from testimony.services.sweeping import sweep_orphans
from testimony.services.throttling import Throttle
from testimony.services.two_people import begin as two_people_begin
from testimony.services.two_people import state_at_sign_in
from testimony.storage import accounts as account_rows
from testimony.storage.accounts import AccountRow
from testimony.storage.compartments import Compartment
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import AccountRecord, Keyring
from testimony.storage.keyring_file import write_keyring
from testimony.storage.locked_events import clear_locked_events
from testimony.storage.migrating import bring_up

KEYRING_VERSION = "keyring-version"
RELOCKED = "relocked"
"""A bundle was locked anew: for a dearer cost, or because a duress password was set, replaced or taken away. One word
for all of these, so that the log does not tell who has set one."""


class EmptyProfiles(Protocol):
    """Makes the ordinary empty profile that a duress password opens (services/decoys.py)."""

    def pace(self) -> AbstractContextManager[None]: ...

    def enter(
        self, profile: EmptyProfile, certified: Certified, opened: Opened, now: datetime
    ) -> Session: ...


class _Held(Exception):
    """The account rests after a duress signal; what its own password opens is the empty profile."""

    def __init__(self, profile: EmptyProfile) -> None:
        self.profile = profile
        super().__init__()


class SignIn:
    """The door. One a process, because it counts failures."""

    def __init__(
        self, archive: Archive, throttle: Throttle, empty_profiles: EmptyProfiles | None = None
    ) -> None:
        """empty_profiles: None where nobody could be deceived by one; a duress password then only signals."""
        self._archive = archive
        self._throttle = throttle
        self._empty_profiles = empty_profiles
        self._second_step = SecondStep()
        self._swept_on: date | None = None

    def sign_in(self, handle: str, password: str, code: str | None, now: datetime) -> Session:
        """Open a session.

        code: the six digits of an authenticator, None or empty when none was typed.
        Raises SignInFailed (unknown handle, wrong password or code, suspended, not yet activated:
        indistinguishable), Throttled,
        ArchiveDamaged when the keyring is not the one this account pinned.
        """
        keyring = self._archive.keyring()
        lookup = handle_lookup(keyring.archive_id, handle)
        self._throttle.require_patience(lookup, now)
        record = keyring.account_with_lookup(lookup)
        if record is None or not record.is_activated:
            # An invited account has a bundle under its one-time code; a password cannot open it, and must
            # cost the same to refuse.
            spend_time(password, self._archive.cost)
            with self._pace():
                raise self._failed(keyring, lookup, handle, record, now)
        opened = None
        with suppress(WrongPassword):
            opened = unlock_any(password, record.bundle, record.account_id)
        with self._pace():
            if opened is None:
                raise self._failed(keyring, lookup, handle, record, now)
            certified = certified_account(keyring, record.account_id)
            if certified.suspended:
                raise self._failed(keyring, lookup, handle, record, now)
            try:
                session = self._session(keyring, opened, certified, code, now)
            except BadCode:
                raise self._failed(keyring, lookup, handle, record, now) from None
            self._throttle.succeeded(lookup)
            if session.archive.archive is self._archive:
                self._settle(session, record, password, now)
        return session

    def _pace(self) -> AbstractContextManager[None]:
        return nullcontext() if self._empty_profiles is None else self._empty_profiles.pace()

    def _session(
        self, keyring: Keyring, opened: Opened, certified: Certified, code: str | None, now: datetime
    ) -> Session:
        """Raises BadCode."""
        if opened.other:
            profile = parse_profile(opened.payload)
            self._second_step.accept_in_empty_profile(profile, code, now)
            if not signal_at_once(self._archive, keyring, certified.account_id, now):
                what = (Action.DURESS_SIGNAL, Outcome.ALLOWED)
                log_while_locked(self._archive, keyring, what, certified.account_id, DURESS, now)
        else:
            content = parse_keys(opened.payload)
            require_pinned(keyring, content)
            try:
                return self._open(keyring, content, certified, code, now)
            except _Held as hold:
                profile = hold.profile
        if self._empty_profiles is None:
            raise BadCode
        return self._empty_profiles.enter(profile, certified, opened, now)

    def resume(self, content: BundleContent, now: datetime) -> Session:
        """Open a session with keys at hand and no code: how an empty profile is entered."""
        keyring = self._archive.keyring()
        session = self._open(
            keyring, replace(content, totp=None), certified_account(keyring, content.account_id), None, now
        )
        wrap_for_members(session, now)
        return session

    def _settle(self, session: Session, record: AccountRecord, password: str, now: datetime) -> None:
        try:
            # First of all: a copy that was put back must not show what was erased since.
            close_erased(session, now)
            self._renew_bundle(session, record, password, now)
            wrap_for_members(session, now)
            session = self._with_new_keys(session, now)
            arrive(session, now)
            self._sweep_daily(session, now)
        except BaseException:
            self._archive.release(session.archive.secrets)
            raise

    def _with_new_keys(self, session: Session, now: datetime) -> Session:
        """Carry out the orders to change keys that waited for this person; the session as it is afterwards."""
        if not try_to_carry_out(session, now):
            reseal_inbox(session, now)
            return session
        keyring = settle(self._archive, session.account.id, session.keys.sealing)
        secrets = open_slots(keyring, session.account.id, session.keys.sealing)
        opened = OpenArchive(self._archive, session.archive.root, secrets, self._archive.acquire(secrets))
        self._archive.release(session.archive.secrets)
        session.archive = opened
        return session

    def _sweep_daily(self, session: Session, now: datetime) -> None:
        if Compartment.VAULT in session.archive.secrets and self._swept_on != now.date():
            self._swept_on = now.date()
            sweep_orphans(session, now)

    def _renew_bundle(self, session: Session, record: AccountRecord, password: str, now: datetime) -> None:
        """Lock the bundle anew when guessing was made dearer, or its form newer: now the password is at hand."""
        if record.bundle.is_current and not record.bundle.cost.is_weaker_than(self._archive.cost):
            return
        content = parse_keys(unlock_any(password, record.bundle, record.account_id).payload)
        content = replace(content, codes_key=content.codes_key or Secret.random())
        bundle = lock_content(content, password, profile_of(session, content), self._archive.cost)
        with self._archive.directory.keyring_lock:
            with session.work(now) as work:
                work.log(Action.KEY_OPERATION, subject=("account", record.account_id), fields=(RELOCKED,))
            keyring = self._archive.keyring()
            newest = keyring.accounts[record.account_id]
            if newest.bundle == record.bundle:
                write_keyring(self._archive.directory, keyring.with_account(replace(newest, bundle=bundle)))

    def _failed(
        self, keyring: Keyring, lookup: str, handle: str, record: AccountRecord | None, now: datetime
    ) -> SignInFailed:
        self._throttle.failed(lookup, now)
        account_id = record.account_id if record is not None else None
        log_failed_sign_in(self._archive, keyring, account_id, handle, now)
        return SignInFailed()

    def _open(
        self, keyring: Keyring, content: BundleContent, certified: Certified, code: str | None, now: datetime
    ) -> Session:
        keyring = settle(self._archive, certified.account_id, SealingKey(content.sealing))
        secrets = open_slots(keyring, certified.account_id, SealingKey(content.sealing))
        database = self._archive.acquire(secrets)
        try:
            bring_up(self._archive.directory, database, secrets)
            archive = OpenArchive(self._archive, content.root, secrets, database)
            keys = AccountKeys(SealingKey(content.sealing), SigningKey(content.signing))
            with database.reading() as connection:
                row = _require_known(keyring, connection, certified.account_id)
                state = state_at_sign_in(keyring, connection, certified)
            account = Account(certified.account_id, row.handle, row.name, certified.roles, state)
            session = Session(account, keys, archive, opened_at=now, seen_at=now)
            with session.work(now) as work:
                self._second_step.accept(work, content, row, code, now)
                require_newest(work, keyring)
                after_restore.take_in(session, work)
                require_not_stopped(work, account.id)
                note_generations(work, keyring)
                take_in_locked_events(work, session)
                rests = is_held(work, account.id)
                account_rows.update_account(
                    work.connection,
                    account.id,
                    state=AccountState.ACTIVE.value,
                    last_signed_in=timestamp(now),
                )
                two_people_begin(work)
                if rests:
                    work.log(
                        Action.DURESS_SIGNAL, subject=("account", account.id), fields=(ENTERED_WHILE_HELD,)
                    )
                else:
                    work.log(Action.SIGN_IN)
                work.write_entries()
                sign_checkpoint(work.connection, archive, now)
            clear_locked_events(self._archive.directory)
            after_restore.clear(self._archive.directory)
            if rests:
                raise _Held(profile_of(session, content))
            return session
        except BaseException:
            self._archive.release(secrets)
            raise


def _require_known(keyring: Keyring, connection: Connection, account_id: AccountId) -> AccountRow:
    """The ledger's row of an account. Raises ArchiveDamaged without one.

    Raises BadCode where the ledger knows of a suspension, or of new keys, that did not reach the keyring.
    """
    row = account_rows.find_account(connection, account_id)
    if row is None:
        raise ArchiveDamaged
    held = len(keyring.accounts[account_id].reissues)
    reissued = held < pending_orders.reissues_known(connection).get(account_id, 0)
    if row.state == AccountState.SUSPENDED.value or reissued:
        raise BadCode
    return row


def require_pinned(keyring: Keyring, content: BundleContent) -> None:
    """Raises ArchiveDamaged when this keyring has another root than the one this account was born under."""
    if content.root != keyring.root:
        raise ArchiveDamaged


def require_not_stopped(work: Work, account_id: AccountId) -> None:
    """Raises BadCode for an account that a restored ledger learnt only now was suspended."""
    row = account_rows.find_account(work.connection, account_id)
    if row is None or row.state == AccountState.SUSPENDED.value:
        raise BadCode


def require_newest(work: Work, keyring: Keyring) -> None:
    """Raises ArchiveDamaged when an older keyring was put back: the ledger remembers the highest version."""
    seen = account_rows.recall(work.connection, KEYRING_VERSION)
    if seen is not None and keyring.version < int(seen):
        raise ArchiveDamaged
    account_rows.remember(work.connection, KEYRING_VERSION, str(keyring.version).encode())
