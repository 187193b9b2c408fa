"""Founding an archive: compartments, root of trust, shares of the identity secret, and invitations for the
first people.

The root signing key and the identity secret exist only inside `found`. Until the founding accounts are
activated, whoever holds both the printed codes and a
copy of the directory holds what the codes open; that is the one moment of trust, and the threat model says
so.

Dies at any point before the keyring is written: the directory is no archive (`NoArchive`) and can be deleted.
"""

import secrets as random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from crypto.keys import Secret
from crypto.labels import Label
from crypto.passwords import Argon2Cost
from crypto.sealing import seal
from crypto.shares import split
from crypto.signing import SigningKey
from testimony.domain.audit import Action, Outcome
from testimony.domain.errors import Conflict
from testimony.domain.roles import Role
from testimony.services.certificates import certify_public_key, sign_statement
from testimony.services.invitations import Invitation, Newcomer, invite
from testimony.services.membership import (
    RECOVERY_CERTIFICATE,
    Recipient,
    compartments_of,
    share_context,
    slot_context,
    slot_of,
)
from testimony.services.opening import sealing_key_of
from testimony.services.recovery_statements import SheetPlan, digest, make_recovery
from testimony.services.sessions import LOG_SEED, timestamp
from testimony.services.signin import KEYRING_VERSION
from testimony.storage import accounts as account_rows
from testimony.storage import log
from testimony.storage.compartments import FILES, Compartment
from testimony.storage.database import Database
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.keyring import RECOVERY, ROOT, IdentityShare, Keyring, KeySlot
from testimony.storage.keyring_file import write_keyring
from testimony.storage.migrating import upgrade

ARCHIVE_NAME = "name"
IDENTITY_THRESHOLD = 2
"""How many custodians rebuild the identity secret."""

FOUNDERS = (
    Newcomer("custodian-1", "Custodian 1", frozenset({Role.CUSTODIAN})),
    Newcomer("custodian-2", "Custodian 2", frozenset({Role.CUSTODIAN})),
    Newcomer("custodian-3", "Custodian 3", frozenset({Role.CUSTODIAN})),
    Newcomer("reviewer-1", "Reviewer 1", frozenset({Role.REVIEWER})),
    Newcomer("auditor-1", "Auditor 1", frozenset({Role.AUDITOR})),
)
"""Whom an archive starts with: each compartment has a holder, and of three custodians one may be lost."""


@dataclass(frozen=True, slots=True, repr=False)
class Founding:
    """invitations: one a founder, in their order. sheets: the words of each recovery sheet; they are nowhere else."""

    invitations: tuple[Invitation, ...]
    sheets: tuple[str, ...]
    archive_id: str
    root_fingerprint: str


def found(
    directory: ArchiveDirectory, name: str, founders: tuple[Newcomer, ...], cost: Argon2Cost, now: datetime
) -> tuple[Invitation, ...]:
    """Make a new archive without recovery sheets, for demonstrations and tests; two custodians can make them later.

    Returns and raises as `found_with_sheets` does.
    """
    return found_with_sheets(directory, name, founders, None, cost, now).invitations


def found_with_sheets(
    directory: ArchiveDirectory,
    name: str,
    founders: tuple[Newcomer, ...],
    plan: SheetPlan | None,
    cost: Argon2Cost,
    now: datetime,
) -> Founding:
    """Make a new archive. plan: how many recovery sheets; None for none.

    Raises ArchiveExists for a directory that is not empty; Conflict when the founders share a handle, or lack
    two custodians, a reviewer or an
    auditor; IncompatibleRoles; BadHandle.
    """
    _require_founders(founders)
    directory.create()
    secrets = {compartment: Secret.random() for compartment in Compartment}
    for compartment in FILES:
        upgrade(directory, compartment, secrets[compartment])
    root, log_seed = SigningKey(Secret.random()), Secret.random()
    keyring = _empty_keyring(root, SigningKey(log_seed), secrets, now)
    invitations = tuple(invite(keyring, founder, (ROOT, root), cost, now) for founder in founders)
    for invitation, founder in zip(invitations, founders, strict=True):
        keyring = keyring.with_account(invitation.record)
        for compartment in sorted(compartments_of(founder.roles)):
            keyring = keyring.with_slot(_slot(keyring, invitation, compartment, secrets[compartment]))
    custodians = [i for i, f in zip(invitations, founders, strict=True) if Role.CUSTODIAN in f.roles]
    keyring = replace(keyring, shares=_shares(keyring, custodians, secrets[Compartment.IDENTITY]))
    sheets: tuple[str, ...] = ()
    if plan is not None:
        keyring, sheets = _with_recovery(keyring, root, plan, secrets, now)
    _write_ledger(directory, name, log_seed, invitations, keyring, secrets, now)
    # From here the archive exists.
    write_keyring(directory, keyring)
    return Founding(invitations, sheets, keyring.archive_id, root.public.fingerprint)


def _with_recovery(
    keyring: Keyring,
    root: SigningKey,
    plan: SheetPlan,
    secrets: Mapping[Compartment, Secret],
    now: datetime,
) -> tuple[Keyring, tuple[str, ...]]:
    """A slot of every compartment for the sheets, identity included, and the words of the sheets."""
    made = make_recovery(keyring.archive_id, keyring.root, plan, 1, None, now)
    certificate = sign_statement(made.document, ROOT, root, Label.RECOVERY_CERTIFICATE)
    recipient = Recipient(RECOVERY, made.keys.sealing.public)
    keyring = replace(keyring, recovery=certificate)
    for compartment in sorted(secrets):
        keyring = keyring.with_slot(slot_of(keyring, compartment, recipient, secrets[compartment]))
    return keyring, made.sheets


def _require_founders(founders: tuple[Newcomer, ...]) -> None:
    def holders(role: Role) -> int:
        return sum(role in founder.roles for founder in founders)

    enough = (
        holders(Role.CUSTODIAN) >= IDENTITY_THRESHOLD and holders(Role.REVIEWER) and holders(Role.AUDITOR)
    )
    if not enough or len({founder.handle.casefold() for founder in founders}) != len(founders):
        raise Conflict


def _empty_keyring(
    root: SigningKey, log_key: SigningKey, secrets: Mapping[Compartment, Secret], now: datetime
) -> Keyring:
    archive_id = random.token_hex(16)
    return Keyring(
        version=0,
        archive_id=archive_id,
        created=timestamp(now),
        root=root.public.raw,
        log=certify_public_key("log", log_key.public.raw, archive_id, root),
        compartments={
            compartment: certify_public_key(
                compartment.value, sealing_key_of(secret).public.raw, archive_id, root
            )
            for compartment, secret in secrets.items()
        },
        accounts={},
        slots=(),
        shares=(),
    )


def _slot(keyring: Keyring, invitation: Invitation, compartment: Compartment, secret: Secret) -> KeySlot:
    account_id = invitation.record.account_id
    context = slot_context(keyring.archive_id, compartment, account_id)
    return KeySlot(
        compartment, account_id, seal(invitation.sealing.public, secret.raw, Label.KEY_SLOT, context)
    )


def _shares(keyring: Keyring, custodians: list[Invitation], identity: Secret) -> tuple[IdentityShare, ...]:
    words = split(identity, IDENTITY_THRESHOLD, len(custodians))
    return tuple(
        IdentityShare(
            account_id=custodian.record.account_id,
            threshold=IDENTITY_THRESHOLD,
            sealed=seal(
                custodian.sealing.public,
                share.encode(),
                Label.IDENTITY_SHARE,
                share_context(keyring.archive_id, custodian.record.account_id),
            ),
        )
        for custodian, share in zip(custodians, words, strict=True)
    )


def _write_ledger(
    directory: ArchiveDirectory,
    name: str,
    log_seed: Secret,
    invitations: tuple[Invitation, ...],
    keyring: Keyring,
    secrets: Mapping[Compartment, Secret],
    now: datetime,
) -> None:
    database = Database(directory, {Compartment.LEDGER: secrets[Compartment.LEDGER]})
    try:
        with database.writing() as connection:
            account_rows.remember(connection, ARCHIVE_NAME, name.encode())
            account_rows.remember(connection, LOG_SEED, log_seed.raw)
            account_rows.remember(connection, KEYRING_VERSION, b"1")
            if keyring.recovery is not None:
                account_rows.remember(connection, RECOVERY_CERTIFICATE, digest(keyring.recovery))
            for invitation in invitations:
                account_rows.insert_account(connection, invitation.row)
            log.append(connection, [_founding_entry(invitation, now) for invitation in invitations])
    finally:
        database.close()


def _founding_entry(invitation: Invitation, now: datetime) -> log.Entry:
    return log.Entry(
        at=timestamp(now),
        actor=None,
        roles=(),
        action=Action.KEY_OPERATION.value,
        outcome=Outcome.ALLOWED.value,
        subject=("account", invitation.record.account_id),
        fields=("founded",),
    )
