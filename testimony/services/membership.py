"""Who belongs in which compartment, handing the keys on, and taking the vault's back.

A custodian's certificate says who may hold a key, and for an investigator and the vault a grant to originals; only
a session that holds a key can wrap it. So this runs at each sign-in, and at the next request of anyone signed in
after the keyring changed. A slot taken back no longer opens the vault at the next sign-in; who kept a copy of
the directory can open that copy until the compartment is re-keyed.
"""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from crypto.keys import Secret
from crypto.labels import Label
from crypto.sealing import SealingPublicKey, seal
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.roles import Role
from testimony.services import pending_orders
from testimony.services.certificates import certified_account, recovery_keys
from testimony.services.granting import accounts_with_originals, may_hold_originals
from testimony.services.recovery_statements import digest
from testimony.services.sessions import Session
from testimony.services.two_people import is_confirmed, sheets_stand
from testimony.storage import accounts as account_rows
from testimony.storage.compartments import Compartment
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import RECOVERY, Keyring, KeySlot
from testimony.storage.keyring_file import write_keyring

MEMBERS: Mapping[Role, frozenset[Compartment]] = {
    Role.INTERVIEWER: frozenset({Compartment.LEDGER}),
    Role.REVIEWER: frozenset({Compartment.LEDGER, Compartment.VAULT, Compartment.READING_ROOM}),
    Role.INVESTIGATOR: frozenset({Compartment.LEDGER, Compartment.READING_ROOM}),
    Role.AUDITOR: frozenset({Compartment.LEDGER, Compartment.AUDIT}),
    Role.CUSTODIAN: frozenset({Compartment.LEDGER}),
}
"""Identity is in no row: it is opened by shares, never by a slot. An investigator joins the vault by a grant."""

TAKEN_BACK = "vault-taken-back"

RECOVERY_CERTIFICATE = "recovery-certificate"
"""The setting in which the ledger remembers the certificate of the recovery keys: SHA-256 of its statement."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to whom a compartment's secret is sealed: an account, or the recovery keys."""

    account_id: AccountId
    sealing: SealingPublicKey


def compartments_of(roles: frozenset[Role]) -> frozenset[Compartment]:
    return frozenset().union(*(MEMBERS[role] for role in roles))


def recipients_of(
    keyring: Keyring, compartment: Compartment, with_originals: frozenset[AccountId] = frozenset()
) -> tuple[Recipient, ...]:
    """Everybody who is to hold a secret of this compartment: members, and the recovery keys; identity for these alone.

    with_originals: who holds a grant to originals that is in force. Whoever was invited and has not come yet gets the
    ledger's, as `enrol` gives it to them. Ask `known_to_ledger` before anything is sealed to them.
    """
    found = []
    for account_id in keyring.accounts:
        try:
            certified = certified_account(keyring, account_id)
        except ArchiveDamaged:
            continue  # A forged account gets no key; `testimony check` names it.
        members_of = compartments_of(certified.roles) if certified.active else {Compartment.LEDGER}
        if certified.active and account_id in with_originals and may_hold_originals(certified.roles):
            members_of |= {Compartment.VAULT}
        if compartment in members_of and not certified.suspended:
            found.append(Recipient(account_id, certified.sealing))
    with suppress(ArchiveDamaged):  # As with a forged account.
        recovery = recovery_keys(keyring)
        if recovery is not None:
            found.append(Recipient(RECOVERY, recovery.sealing))
    return tuple(found)


def known_to_ledger(connection: Connection, keyring: Keyring) -> frozenset[AccountId]:
    """Whom the ledger knows as the keyring has them; nobody else gets a key, however well signed.

    Sheets that were replaced, and custodians who were stopped, can still sign; and an older keyring with a new number
    would bring back an account's lost keys.
    """
    rows = {row.account_id: row.enrolment_sha256 for row in account_rows.all_accounts(connection)}
    reissues = pending_orders.reissues_known(connection)
    known = {
        account_id
        for account_id, record in keyring.accounts.items()
        if rows.get(account_id) == hashlib.sha256(record.enrolment.statement).hexdigest()
        and len(record.reissues) >= reissues.get(account_id, 0)
    }
    sheets = keyring.recovery
    if sheets is not None and account_rows.recall(connection, RECOVERY_CERTIFICATE) == digest(sheets):
        # What is remembered, one person with a program of their own can write: two must have signed.
        known |= {RECOVERY} if sheets_stand(keyring, connection, sheets) else set()
    return frozenset(known)


def lacking_a_second(keyring: Keyring, connection: Connection) -> frozenset[AccountId]:
    """Accounts that one custodian alone enrolled: they get the ledger's key and no other until a second confirms."""
    return frozenset(a for a in keyring.accounts if not is_confirmed(keyring, connection, a))


def may_be_given(
    compartment: Compartment, known: frozenset[AccountId], lacking: frozenset[AccountId]
) -> frozenset[AccountId]:
    """To whom a secret of this compartment may be sealed."""
    return known if compartment is Compartment.LEDGER else known - lacking


def slot_of(keyring: Keyring, compartment: Compartment, to: Recipient, secret: Secret) -> KeySlot:
    context = slot_context(keyring.archive_id, compartment, to.account_id)
    return KeySlot(compartment, to.account_id, seal(to.sealing, secret.raw, Label.KEY_SLOT, context))


def slot_context(archive_id: str, compartment: Compartment, account_id: AccountId) -> bytes:
    """Binds a slot to its place: moved to another account or compartment it does not open."""
    return f"{archive_id}/{compartment.value}/{account_id}".encode()


def share_context(archive_id: str, account_id: str) -> bytes:
    return f"{archive_id}/identity-share/{account_id}".encode()


def slots_for(
    keyring: Keyring, compartment: Compartment, secret: Secret, recipients: tuple[Recipient, ...]
) -> tuple[KeySlot, ...]:
    return tuple(slot_of(keyring, compartment, to, secret) for to in recipients)


def wrap_for_members(session: Session, now: datetime) -> None:
    """Give every active member who lacks it each compartment secret that this session holds.

    Takes the vault's back from those whose grant to originals has ended.
    """
    if not any(_changes(session, session.archive.keyring(), now)):
        return
    with session.archive.directory.keyring_lock:
        keyring = session.archive.keyring()
        missing, ended = _changes(session, keyring, now)
        for recipient, compartment in missing:
            secret = session.archive.secret(compartment)
            keyring = keyring.with_slot(slot_of(keyring, compartment, recipient, secret))
        for account_id in ended:
            keyring = keyring.without_slot(account_id, Compartment.VAULT)
        # The entry first: a key that was handed on without one would be worse than an entry about a key that
        # was not.
        with session.work(now) as work:
            for recipient, compartment in missing:
                work.log(
                    Action.KEY_OPERATION,
                    subject=("account", recipient.account_id),
                    fields=(compartment.value,),
                )
            for account_id in ended:
                work.log(
                    Action.KEY_OPERATION,
                    subject=("account", account_id),
                    fields=(TAKEN_BACK,),
                )
        write_keyring(session.archive.directory, keyring)


def _changes(
    session: Session, keyring: Keyring, now: datetime
) -> tuple[list[tuple[Recipient, Compartment]], list[AccountId]]:
    """Which keys are to be handed on, and who is to hold the vault's no longer."""
    missing: list[tuple[Recipient, Compartment]] = []
    with session.reading() as connection:
        originals = accounts_with_originals(session, connection, now)
        lacking_keys = [
            (recipient, compartment)
            for compartment in sorted(session.archive.secrets)
            for recipient in recipients_of(keyring, compartment, originals)
            if compartment not in keyring.slots_of(recipient.account_id)
        ]
        if lacking_keys:
            # Seldom: who stands for whom is looked up for everybody, which takes as long as all the rest.
            known = known_to_ledger(connection, keyring)
            lacking = lacking_a_second(keyring, connection)
            missing = [
                (recipient, compartment)
                for recipient, compartment in lacking_keys
                if recipient.account_id in may_be_given(compartment, known, lacking)
            ]
    ended = [
        account_id
        for account_id, record in keyring.accounts.items()
        if record.is_activated
        and Compartment.VAULT in keyring.slots_of(account_id)
        and not _may_hold_vault(keyring, account_id, originals)
    ]
    return missing, ended


def _may_hold_vault(keyring: Keyring, account_id: AccountId, with_originals: frozenset[AccountId]) -> bool:
    try:
        certified = certified_account(keyring, account_id)
    except ArchiveDamaged:
        return True  # Nothing is done about what cannot be verified; `testimony check` names it.
    if certified.suspended or Compartment.VAULT in compartments_of(certified.roles):
        return True
    return account_id in with_originals and may_hold_originals(certified.roles)
