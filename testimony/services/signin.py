"""Signing in: handle and password (and a code) to an open session. One message for every failure, one cost.

    password → bundle → pinned root → certificates → ledger slot → ledger → code → log entry → session

Dies between any two: nothing is open. Before the ledger is open, what must be logged is sealed to the ledger
and taken in at the next unlock.
"""

import base64
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime

from crypto.errors import BadCode, CryptoError, WrongPassword
from crypto.keys import Secret, derive
from crypto.labels import Label
from crypto.passwords import lock_bundle, spend_time, unlock_bundle
from crypto.sealing import SealingKey, open_sealed, seal
from crypto.signing import SigningKey
from crypto.totp import verify_totp
from testimony.domain.accounts import Account, AccountId, AccountState
from testimony.domain.audit import Action, Outcome
from testimony.domain.errors import SignInFailed
from testimony.services import after_restore, pending_orders, rehearsals
from testimony.services.archives import Archive, OpenArchive, handle_lookup
from testimony.services.certificates import Certified, certified_account, compartment_key
from testimony.services.membership import slot_context, wrap_for_members
from testimony.services.reindexing import fill
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
from testimony.storage import accounts as account_rows
from testimony.storage import log
from testimony.storage.compartments import FILES, Compartment
from testimony.storage.errors import ArchiveDamaged, StorageFailed
from testimony.storage.keyring import AccountRecord, Keyring, write_keyring
from testimony.storage.locked_events import append_locked_event, clear_locked_events, read_locked_events
from testimony.storage.migrating import upgrade

KEYRING_VERSION = "keyring-version"


class SignIn:
    """The door. One a process, because it counts failures."""

    def __init__(self, archive: Archive, throttle: Throttle) -> None:
        self._archive = archive
        self._throttle = throttle
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
            raise self._failed(keyring, lookup, handle, record, now)
        try:
            content = parse_keys(unlock_bundle(password, record.bundle, record.account_id))
        except WrongPassword:
            raise self._failed(keyring, lookup, handle, record, now) from None
        require_pinned(keyring, content)
        certified = certified_account(keyring, record.account_id)
        if certified.suspended:
            raise self._failed(keyring, lookup, handle, record, now)
        try:
            session = self._open(keyring, content, certified, code, now)
        except BadCode:
            raise self._failed(keyring, lookup, handle, record, now) from None
        self._throttle.succeeded(lookup)
        try:
            self._raise_cost(record, password)
            wrap_for_members(session, now)
            _fill_indexes(session, now)
            self._sweep_daily(session, now)
        except BaseException:
            self._archive.release(session.archive.secrets)
            raise
        return session

    def _sweep_daily(self, session: Session, now: datetime) -> None:
        if Compartment.VAULT in session.archive.secrets and self._swept_on != now.date():
            self._swept_on = now.date()
            sweep_orphans(session, now)

    def _raise_cost(self, record: AccountRecord, password: str) -> None:
        """Lock the bundle anew when guessing was made dearer since: now the password is at hand."""
        if not record.bundle.cost.is_weaker_than(self._archive.cost):
            return
        payload = unlock_bundle(password, record.bundle, record.account_id)
        bundle = lock_bundle(password, payload, record.account_id, self._archive.cost)
        with self._archive.directory.keyring_lock:
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
        secrets = open_slots(keyring, certified.account_id, SealingKey(content.sealing))
        for compartment in FILES:
            if compartment in secrets:
                upgrade(self._archive.directory, compartment, secrets[compartment])
        database = self._archive.acquire(secrets)
        try:
            archive = OpenArchive(self._archive, content.root, secrets, database)
            keys = AccountKeys(SealingKey(content.sealing), SigningKey(content.signing))
            with database.reading() as connection:
                row = account_rows.find_account(connection, certified.account_id)
                held = len(keyring.accounts[certified.account_id].reissues)
                reissued = held < pending_orders.reissues_known(connection).get(certified.account_id, 0)
            if row is None:
                raise ArchiveDamaged
            if row.state == AccountState.SUSPENDED.value or reissued:
                # The ledger knows of a suspension, or of new keys, that did not reach the keyring.
                raise BadCode
            account = Account(
                certified.account_id, row.handle, row.name, certified.roles, AccountState.ACTIVE
            )
            session = Session(account, keys, archive, opened_at=now, seen_at=now)
            with session.work(now) as work:
                _accept_code(work, content, row, code, now)
                require_newest(work, keyring)
                after_restore.take_in(session, work)
                require_not_stopped(work, account.id)
                take_in_locked_events(work, session)
                account_rows.update_account(
                    work.connection,
                    account.id,
                    state=AccountState.ACTIVE.value,
                    last_signed_in=timestamp(now),
                )
                work.log(Action.SIGN_IN)
                work.write_entries()
                sign_checkpoint(work.connection, archive, now)
            clear_locked_events(self._archive.directory)
            after_restore.clear(self._archive.directory)
            return session
        except BaseException:
            self._archive.release(secrets)
            raise


def _fill_indexes(session: Session, now: datetime) -> None:
    """Bring an index that an upgrade left empty to what it should hold; searches find less until then."""
    with suppress(ArchiveDamaged, StorageFailed):
        # A broken index keeps nobody out: only from inside can it be checked and made anew.
        fill(session, now)


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


def open_slots(keyring: Keyring, account_id: AccountId, key: SealingKey) -> Mapping[Compartment, Secret]:
    """The compartment secrets of one account.

    Raises ArchiveDamaged when a slot does not open, or opens to a secret whose public half is not the
    certified one.
    """
    secrets = {}
    for compartment, slot in keyring.slots_of(account_id).items():
        context = slot_context(keyring.archive_id, compartment, account_id)
        try:
            secret = Secret(open_sealed(key, slot.sealed, Label.KEY_SLOT, context))
        except CryptoError:
            raise ArchiveDamaged from None
        if sealing_key_of(secret).public != compartment_key(keyring, compartment):
            raise ArchiveDamaged
        secrets[compartment] = secret
    if Compartment.LEDGER not in secrets:
        raise ArchiveDamaged
    return secrets


def sealing_key_of(secret: Secret) -> SealingKey:
    """A compartment's sealing key pair, derived from its secret."""
    return SealingKey(derive(secret, Label.COMPARTMENT_SEALING))


def log_failed_sign_in(
    archive: Archive, keyring: Keyring, account_id: AccountId | None, handle: str, now: datetime
) -> None:
    """The handle as it was typed is for auditors alone: it may be a password typed into the wrong field."""
    log_while_locked(archive, keyring, (Action.SIGN_IN_FAILED, Outcome.DENIED), account_id, handle, now)


def log_while_locked(
    archive: Archive,
    keyring: Keyring,
    what: tuple[Action, Outcome],
    account_id: AccountId | None,
    detail: str,
    now: datetime,
    rehearsal: Mapping[str, str] | None = None,
) -> None:
    """Keep one event for the log, sealed to the ledger; `detail` is sealed to the auditors inside it.

    rehearsal: what a recovery sheet proved (services/rehearsals.py).
    """
    action, outcome = what
    sealed_detail = seal(compartment_key(keyring, Compartment.AUDIT), detail.encode(), Label.AUDIT_DETAIL)
    event: dict[str, object] = {
        "at": timestamp(now),
        "action": action.value,
        "outcome": outcome.value,
        "account": account_id,
        "detail": base64.b64encode(sealed_detail).decode(),
    }
    if rehearsal is not None:
        event["rehearsal"] = dict(rehearsal)
    ledger = compartment_key(keyring, Compartment.LEDGER)
    append_locked_event(archive.directory, seal(ledger, json.dumps(event).encode(), Label.LOCKED_EVENT))


def take_in_locked_events(work: Work, session: Session) -> None:
    """Move what happened while the ledger was locked into the log, in the transaction of this sign-in."""
    events = read_locked_events(session.archive.directory)
    key = sealing_key_of(session.archive.secret(Compartment.LEDGER))
    entries = []
    for sealed in events.sealed:
        try:
            event = json.loads(open_sealed(key, sealed, Label.LOCKED_EVENT))
            entries.append(
                log.Entry(
                    at=event["at"],
                    actor=event["account"],
                    roles=(),
                    action=Action(event["action"]).value,
                    outcome=Outcome(event["outcome"]).value,
                    fields=(
                        log.KEPT_WHILE_LOCKED,
                        *rehearsals.take_in(work, session.archive.keyring(), event),
                    ),
                    detail=base64.b64decode(event["detail"]),
                )
            )
        except (CryptoError, ValueError, KeyError, TypeError):
            events = type(events)(events.sealed, whole=False)
    if entries:
        log.append(work.connection, entries)
    if not events.whole:
        work.log(Action.LOG_CHECKED, fields=("locked-events-broken",), outcome=Outcome.DENIED)


def _accept_code(
    work: Work, content: BundleContent, row: account_rows.AccountRow, code: str | None, now: datetime
) -> None:
    """Raises BadCode when this account uses codes and this is not a fresh one. A code is accepted once."""
    if content.totp is None:
        return
    step = verify_totp(content.totp, code or "", now.astimezone(UTC), row.totp_step)
    account_rows.update_account(work.connection, content.account_id, totp_step=step)
