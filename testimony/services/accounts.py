"""Accounts through their life: invited by a custodian, activated by the person, suspended.

The keyring is what makes a change real; the ledger row follows in the next breath, and is remade from the
keyring at sign-in when the process died in between.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from crypto.codes import normalise_code
from crypto.errors import CryptoError, WrongPassword
from crypto.keys import Secret
from crypto.labels import Label
from crypto.passwords import spend_time, unlock_bundle
from crypto.sealing import SealingKey, open_sealed, seal
from crypto.signing import SigningKey
from testimony.domain.accounts import (
    AccountId,
    AccountState,
    common_passwords,
    require_strong_password,
)
from testimony.domain.audit import Action, Outcome
from testimony.domain.errors import Conflict, NotFound, SignInFailed
from testimony.domain.roles import Role
from testimony.policy.access import Permission, require
from testimony.services import reissuing
from testimony.services.account_statements import activation_statement, suspension_statement
from testimony.services.archives import Archive, handle_lookup
from testimony.services.bundles import EmptyProfile, lock_content
from testimony.services.certificates import INVITATION, certified_account, sign_statement
from testimony.services.closings import Kind, note_closing
from testimony.services.duress import end_grants_of
from testimony.services.invitations import Invitation, Newcomer, invite
from testimony.services.locked_log import log_failed_sign_in, log_while_locked
from testimony.services.membership import share_context, slot_context
from testimony.services.own_account import require_password as require_password
from testimony.services.sessions import BundleContent, Session, parse_keys, timestamp
from testimony.services.signin import require_pinned
from testimony.services.throttling import Throttle
from testimony.storage import accounts as account_rows
from testimony.storage.compartments import Compartment
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import AccountRecord, IdentityShare, Keyring, KeySlot
from testimony.storage.keyring_file import write_keyring


@dataclass(frozen=True, slots=True)
class AccountView:
    """One line of the list of accounts, as custodians see it. `compartments`: what its key slots open."""

    id: AccountId
    handle: str
    name: str
    roles: tuple[Role, ...]
    state: AccountState
    compartments: tuple[Compartment, ...]
    enrolled_at: str
    last_signed_in: str | None


def enrol(session: Session, newcomer: Newcomer, now: datetime) -> Invitation:
    """Invite somebody. The returned code is the only copy.

    Raises Refused, Conflict (handle taken), BadHandle, IncompatibleRoles.
    """
    archive = session.archive
    with archive.directory.keyring_lock:
        keyring = archive.keyring()
        with session.work(now) as work:
            require(session.account, Permission.MANAGE_ACCOUNTS)
            existing = account_rows.find_handle(work.connection, newcomer.handle)
            if existing is not None:
                if existing.account_id in keyring.accounts:
                    raise Conflict
                # The process died between this row and its certificate: that invitation never was.
                account_rows.delete_account(work.connection, existing.account_id)
            signer = (session.account.id, session.keys.signing)
            invitation = invite(keyring, newcomer, signer, archive.archive.cost, now)
            account_rows.insert_account(work.connection, invitation.row)
            work.log(
                Action.KEY_OPERATION, subject=("account", invitation.record.account_id), fields=("enrolled",)
            )
        # Until the keyring is written the row has no certificate and opens nothing.
        account_id = invitation.record.account_id
        context = slot_context(keyring.archive_id, Compartment.LEDGER, account_id)
        ledger = archive.secret(Compartment.LEDGER).raw
        sealed = seal(invitation.sealing.public, ledger, Label.KEY_SLOT, context)
        slot = KeySlot(Compartment.LEDGER, account_id, sealed)
        write_keyring(archive.directory, keyring.with_account(invitation.record).with_slot(slot))
    return invitation


def activate(
    archive: Archive, throttle: Throttle, handle: str, code: str, password: str, now: datetime
) -> None:
    """Turn an invitation into an account: new keys signed by the invitation, slots wrapped anew, a bundle
    under the password.

    Raises SignInFailed (unknown handle, wrong or used code: indistinguishable), WeakPassword, Throttled.
    """
    handle = handle.strip().casefold()
    lookup = handle_lookup(archive.keyring().archive_id, handle)
    throttle.require_patience(lookup, now)
    require_strong_password(password, handle, common_passwords())
    with archive.directory.keyring_lock:
        keyring = archive.keyring()
        record = keyring.account_with_lookup(lookup)
        try:
            if record is not None and reissuing.waits_for_its_person(record):
                reissuing.activate(archive, keyring, record, code, password, now)
                return throttle.succeeded(lookup)
            if record is None or record.activation is not None or record.suspension is not None:
                spend_time(code, archive.cost)
                raise WrongPassword
            invitation = parse_keys(unlock_bundle(normalise_code(code), record.bundle, record.account_id))
        except CryptoError:
            throttle.failed(lookup, now)
            account_id = record.account_id if record is not None else None
            log_failed_sign_in(archive, keyring, account_id, handle, now)
            raise SignInFailed from None
        require_pinned(keyring, invitation)
        certified_account(keyring, record.account_id)
        # The entry first: it can wait for an activation that never came, but not the other way round.
        what = (Action.KEY_OPERATION, Outcome.ALLOWED)
        log_while_locked(archive, keyring, what, record.account_id, "activated", now)
        write_keyring(archive.directory, activated(archive, keyring, record, invitation, password, now))
    throttle.succeeded(lookup)


def activated(
    archive: Archive,
    keyring: Keyring,
    record: AccountRecord,
    invitation: BundleContent,
    password: str,
    now: datetime,
) -> Keyring:
    """The keyring with an invitation turned into the person's own account."""
    account_id, old = record.account_id, SealingKey(invitation.sealing)
    sealing, signing = Secret.random(), Secret.random()
    keys = (SealingKey(sealing).public, SigningKey(signing).public)
    statement = activation_statement(keyring.archive_id, account_id, keys, now)
    activation = sign_statement(statement, INVITATION, SigningKey(invitation.signing), Label.ACTIVATION)
    content = BundleContent(account_id, sealing, signing, invitation.root, None, Secret.random())
    nobody = EmptyProfile(account_id, "", "", None, None, frozenset())
    bundle = lock_content(content, password, nobody, archive.cost)
    new = SealingKey(sealing).public
    for compartment, slot in keyring.slots_of(account_id).items():
        context = slot_context(keyring.archive_id, compartment, account_id)
        secret = open_sealed(old, slot.sealed, Label.KEY_SLOT, context)
        keyring = keyring.with_slot(
            KeySlot(compartment, account_id, seal(new, secret, Label.KEY_SLOT, context))
        )
    context = share_context(keyring.archive_id, account_id)

    def moved(share: IdentityShare) -> IdentityShare:
        words = open_sealed(old, share.sealed, Label.IDENTITY_SHARE, context)
        return replace(share, sealed=seal(new, words, Label.IDENTITY_SHARE, context))

    shares = tuple(moved(share) if share.account_id == account_id else share for share in keyring.shares)
    return replace(keyring, shares=shares).with_account(replace(record, activation=activation, bundle=bundle))


def suspend(session: Session, handle: str, now: datetime) -> AccountId:
    """Stop an account: signed suspension, its key slots gone, its row marked. Its open sessions are the
    caller's to close.

    What it already held in memory or copied is not taken back; only a new key for its compartments does that.
    Raises Refused, NotFound, Conflict (one's own account, or an account already suspended).
    """
    archive = session.archive
    with archive.directory.keyring_lock:
        with session.work(now) as work:
            require(session.account, Permission.MANAGE_ACCOUNTS)
            row = account_rows.find_handle(work.connection, handle)
            if row is None:
                raise NotFound
            record = archive.keyring().accounts.get(row.account_id)
            # A row alone is no suspension: a keyring put back from a backup, or one that a crash left as it was, still
            # has the slots.
            is_done = row.state == AccountState.SUSPENDED.value and (record is None or record.suspension)
            if row.account_id == session.account.id or is_done:
                raise Conflict
            account_rows.update_account(work.connection, row.account_id, state=AccountState.SUSPENDED.value)
            work.log(Action.KEY_OPERATION, subject=("account", row.account_id), fields=("suspended",))
            work.note(end_grants_of(work.connection, row.account_id, "suspended", timestamp(now)))
            note_closing(session, work, Kind.ACCOUNT, row.account_id)
        keyring = archive.keyring()
        record = keyring.accounts.get(row.account_id)
        if record is not None:
            statement = suspension_statement(keyring.archive_id, row.account_id, now)
            suspension = sign_statement(statement, session.account.id, session.keys.signing, Label.SUSPENSION)
            keyring = keyring.with_account(replace(record, suspension=suspension)).without_slots_of(
                row.account_id
            )
            write_keyring(archive.directory, keyring)
    return row.account_id


def list_accounts(session: Session, now: datetime) -> tuple[AccountView, ...]:
    """Every account, by handle. Raises Refused."""
    with session.work(now) as work:
        require(session.account, Permission.LIST_ACCOUNTS)
        rows = account_rows.all_accounts(work.connection)
        keyring = session.archive.keyring()
        views = tuple(_view(keyring, row) for row in rows)
        work.log(Action.LIST_SHOWN, fields=("accounts",), count=len(views))
    return views


def _view(keyring: Keyring, row: account_rows.AccountRow) -> AccountView:
    roles: tuple[Role, ...] = ()
    state = AccountState(row.state)
    try:
        certified = certified_account(keyring, row.account_id)
        roles = tuple(sorted(certified.roles))
        # The certificate knows first: the row follows at the person's next sign-in.
        state = AccountState.SUSPENDED if certified.suspended else state
        state = AccountState.ACTIVE if certified.active and state is AccountState.INVITED else state
        # New keys were issued after a lost password, and the person has not come yet.
        state = AccountState.INVITED if not certified.active and state is AccountState.ACTIVE else state
    except ArchiveDamaged:
        pass  # A row without a valid certificate holds no role; shown as it is, so that it is noticed.
    return AccountView(
        id=row.account_id,
        handle=row.handle,
        name=row.name,
        roles=roles,
        state=state,
        compartments=tuple(sorted(keyring.slots_of(row.account_id))),
        enrolled_at=row.enrolled_at,
        last_signed_in=row.last_signed_in,
    )
