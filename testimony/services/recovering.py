"""Everything from paper: k sheets give back every compartment and make a custodian, on the locked archive.

    sheets → secret → certified keys and pinned root → slots → ledger → log → new accounts → keyring

What is opened is in the log, loudly, before anything is handed on. Dies before the keyring is written: the log tells of
an opening that made nobody; it is done again. Sheets that were used have been seen: the page of custodians asks for new
ones, and for new keys, from then on.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crypto.codes import normalise_code
from crypto.errors import BadShares, CryptoError
from crypto.keys import Secret
from crypto.labels import Label
from crypto.passwords import unlock_bundle
from crypto.sealing import open_sealed
from crypto.shares import combine
from testimony.domain.accounts import common_passwords, require_handle, require_strong_password
from testimony.domain.audit import Action, Outcome
from testimony.domain.errors import BadSheet, Conflict, NotYet
from testimony.domain.roles import Role
from testimony.services.accounts import activated
from testimony.services.archives import Archive, OpenArchive
from testimony.services.generations import compartment_key
from testimony.services.identity_shares import shared_anew
from testimony.services.invitations import Invitation, Newcomer, invite
from testimony.services.membership import Recipient, compartments_of, slot_context, slot_of
from testimony.services.opening import sealing_key_of
from testimony.services.recovery_statements import RecoveryKeys, is_pinned, recovery_keys_of, signer_name
from testimony.services.rehearsing import Sheet, certified_recovery
from testimony.services.rekeying import active_custodians
from testimony.services.sessions import parse_keys, seal_detail, sign_checkpoint, timestamp
from testimony.services.signin import KEYRING_VERSION
from testimony.storage import accounts as account_rows
from testimony.storage import identity_requests, log
from testimony.storage.compartments import FILES, Compartment
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import RECOVERY, Keyring
from testimony.storage.keyring_file import write_keyring
from testimony.storage.migrating import upgrade

RECOVERED_AT = "recovered-at"


@dataclass(frozen=True, slots=True, repr=False)
class Recovered:
    """What the sheets opened. missing: compartments that nobody has put by for the sheets yet."""

    keyring: Keyring
    keys: RecoveryKeys
    serial: int
    sheets: tuple[int, ...]
    secrets: Mapping[Compartment, Secret]

    @property
    def missing(self) -> tuple[Compartment, ...]:
        return tuple(c for c in Compartment if c not in self.secrets)


@dataclass(frozen=True, slots=True, repr=False)
class Restoration:
    """invitations: of everybody but the custodian, who is active already. shares_identity: whether custodians together
    open identities; if not, a second custodian is to be enrolled and the sheets used once more.
    """

    invitations: tuple[Invitation, ...]
    missing: tuple[Compartment, ...]
    shares_identity: bool


def open_with_sheets(archive: Archive, sheets: Sequence[Sheet]) -> Recovered:
    """Raises NotYet with too few; BadSheet; NoRecovery; ArchiveDamaged when root, keys or slots are not the sheets'."""
    keyring = archive.keyring()
    certified = certified_recovery(keyring)
    numbers = tuple(sorted({sheet.number for sheet in sheets}))
    if len(numbers) < certified.plan.threshold:
        raise NotYet
    try:
        secret = combine([sheet.share.words for sheet in sheets])
    except BadShares:
        raise BadSheet("foreign") from None
    keys = recovery_keys_of(secret, keyring.archive_id, keyring.root, certified.serial)
    if not is_pinned(keys, certified):
        # Somebody who wrote to the disk put another root under the same sheets.
        raise ArchiveDamaged
    secrets = {}
    for compartment, slot in keyring.slots_of(RECOVERY).items():
        context = slot_context(keyring.archive_id, compartment, RECOVERY)
        try:
            opened = Secret(open_sealed(keys.sealing, slot.sealed, Label.KEY_SLOT, context))
        except CryptoError:
            raise ArchiveDamaged from None
        if sealing_key_of(opened).public != compartment_key(keyring, compartment):
            raise ArchiveDamaged
        secrets[compartment] = opened
    if Compartment.LEDGER not in secrets:
        raise ArchiveDamaged
    return Recovered(keyring, keys, certified.serial, numbers, secrets)


def vacant_roles(keyring: Keyring) -> frozenset[Role]:
    """Who is to be invited anew: compartments that no active account opens, and what role would."""
    held = {
        slot.compartment
        for slot in keyring.slots
        if slot.account_id in keyring.accounts and keyring.accounts[slot.account_id].suspension is None
    }
    wanted = {Role.REVIEWER: {Compartment.VAULT, Compartment.READING_ROOM}, Role.AUDITOR: {Compartment.AUDIT}}
    return frozenset(role for role, compartments in wanted.items() if not compartments <= held)


def restore(
    archive: Archive,
    recovered: Recovered,
    custodian: Newcomer,
    password: str,
    others: tuple[Newcomer, ...],
    now: datetime,
) -> Restoration:
    """Make a custodian with this password, and invite others, with the keys that their roles need.

    Raises Conflict (a handle that is taken, or not a custodian), BadHandle, WeakPassword, IncompatibleRoles,
    ArchiveDamaged for a keyring older than the ledger knows.
    """
    everybody = (custodian, *others)
    if Role.CUSTODIAN not in custodian.roles or len({n.handle for n in everybody}) != len(everybody):
        raise Conflict
    for newcomer in everybody:
        require_handle(newcomer.handle)
    require_strong_password(password, custodian.handle, common_passwords())
    with archive.directory.keyring_lock:
        keyring = archive.keyring()
        _require_same(keyring, recovered)
        signer = (signer_name(recovered.serial), recovered.keys.signing)
        invitations = tuple(invite(keyring, newcomer, signer, archive.cost, now) for newcomer in everybody)
        for invitation, newcomer in zip(invitations, everybody, strict=True):
            keyring = _with_invited(keyring, invitation, newcomer, recovered)
        first = invitations[0]
        bundle = unlock_bundle(normalise_code(first.code), first.record.bundle, first.record.account_id)
        keyring = activated(archive, keyring, first.record, parse_keys(bundle), password, now)
        keyring, shares_identity = _with_shares(keyring, recovered)
        _write_ledger(archive, recovered, invitations, shares_identity, now)
        write_keyring(archive.directory, keyring)
    return Restoration(invitations[1:], recovered.missing, shares_identity)


def share_identity(archive: Archive, recovered: Recovered, now: datetime) -> int:
    """Split the identities' secret between the custodians there are now; return how many. Raises NotYet below two."""
    with archive.directory.keyring_lock:
        keyring = archive.keyring()
        _require_same(keyring, recovered)
        shared, done = _with_shares(keyring, recovered)
        if not done:
            raise NotYet
        _write_ledger(archive, recovered, (), done, now)
        write_keyring(archive.directory, shared)
    return len(shared.shares)


def _require_same(keyring: Keyring, recovered: Recovered) -> None:
    if not hmac.compare_digest(keyring.root, recovered.keyring.root) or (
        keyring.recovery != recovered.keyring.recovery
    ):
        raise Conflict


def _with_invited(
    keyring: Keyring, invitation: Invitation, newcomer: Newcomer, recovered: Recovered
) -> Keyring:
    to = Recipient(invitation.record.account_id, invitation.sealing.public)
    keyring = keyring.with_account(invitation.record)
    for compartment in sorted(compartments_of(newcomer.roles) & recovered.secrets.keys()):
        keyring = keyring.with_slot(slot_of(keyring, compartment, to, recovered.secrets[compartment]))
    return keyring


def _with_shares(keyring: Keyring, recovered: Recovered) -> tuple[Keyring, bool]:
    secret = recovered.secrets.get(Compartment.IDENTITY)
    if secret is None or len(active_custodians(keyring)) < 2:
        return keyring, False
    # Whoever brought the sheets together stands for the custodians there are: nobody is left out.
    return shared_anew(keyring, secret, frozenset()), True


def _write_ledger(
    archive: Archive,
    recovered: Recovered,
    invitations: tuple[Invitation, ...],
    shares_identity: bool,
    now: datetime,
) -> None:
    for compartment in FILES:
        if compartment in recovered.secrets:
            upgrade(archive.directory, compartment, recovered.secrets[compartment])
    ledger = {Compartment.LEDGER: recovered.secrets[Compartment.LEDGER]}
    database = archive.acquire(ledger)
    opened = OpenArchive(archive, recovered.keyring.root, ledger, database)
    try:
        with database.writing() as connection:
            seen = account_rows.recall(connection, KEYRING_VERSION)
            if seen is not None and recovered.keyring.version < int(seen):
                raise ArchiveDamaged
            for invitation in invitations:
                existing = account_rows.find_handle(connection, invitation.row.handle)
                if existing is not None:
                    if existing.account_id in recovered.keyring.accounts:
                        raise Conflict
                    # The process died before the certificate was written: that account never was.
                    account_rows.delete_account(connection, existing.account_id)
                account_rows.insert_account(connection, invitation.row)
            if shares_identity:
                identity_requests.void_approvals(connection)
            account_rows.remember(connection, RECOVERED_AT, now.isoformat().encode())
            log.append(connection, _entries(opened, recovered, invitations, shares_identity, now))
            sign_checkpoint(connection, opened, now)
    finally:
        archive.release(ledger)


def _entries(
    opened: OpenArchive,
    recovered: Recovered,
    invitations: tuple[Invitation, ...],
    shares_identity: bool,
    now: datetime,
) -> list[log.Entry]:
    def entry(
        action: Action, subject: tuple[str, str], fields: tuple[str, ...], detail: str | None = None
    ) -> log.Entry:
        return log.Entry(
            at=timestamp(now),
            actor=None,
            roles=(),
            action=action.value,
            outcome=Outcome.ALLOWED.value,
            subject=subject,
            fields=fields,
            detail=None if detail is None else seal_detail(opened, detail),
        )

    sheets = tuple(f"sheet:{number}" for number in recovered.sheets)
    opening = ("opened-with-sheets", f"serial:{recovered.serial}", *sheets)
    entries = [entry(Action.EMERGENCY_ACCESS, ("keys", "recovery"), opening, "recovery from the sheets")]
    entries += [
        entry(Action.EMERGENCY_ACCESS, ("keys", compartment.value), ("opened-with-sheets",))
        for compartment in sorted(recovered.secrets)
    ]
    entries += [
        entry(Action.KEY_OPERATION, ("account", invitation.record.account_id), ("enrolled", "by-recovery"))
        for invitation in invitations
    ]
    if shares_identity:
        entries.append(entry(Action.KEY_OPERATION, ("keys", "identity"), ("identity-shared-anew",)))
    return entries
