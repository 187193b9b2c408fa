"""Who is who in the keyring: signed statements and the chain root → custodian → enrolment → activation (→ re-issue).

Verifying is pure: a keyring and a pinned root in, verified keys out, or ArchiveDamaged. Nothing in a keyring
counts before it passed here.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crypto.errors import BadSignature, CryptoError
from crypto.labels import Label
from crypto.sealing import SealingPublicKey
from crypto.signing import SigningKey, VerifyingKey, sign, verify
from testimony.domain.accounts import AccountId
from testimony.domain.canonical import canonical_json
from testimony.domain.roles import Role
from testimony.services.recovery_statements import (
    CertifiedRecovery,
    Custodian,
    Keys,
    read_recovery,
    serial_of_signer,
)
from testimony.services.reissue_statements import read_reissue
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import ROOT, AccountRecord, Keyring, Signed

INVITATION = "invitation"
_MAX_CHAIN = 16
"""Custodians enrol custodians; a longer chain than this is no honest archive."""


@dataclass(frozen=True, slots=True)
class Certified:
    """What the chain proves of one account. Before its activation, the keys are those of the invitation."""

    account_id: AccountId
    roles: frozenset[Role]
    sealing: SealingPublicKey
    signing: VerifyingKey
    active: bool
    suspended: bool
    former: tuple[VerifyingKey, ...] = ()
    """Keys of before a re-issue: they sign no more, but what they signed stays signed."""

    @property
    def signed_with(self) -> tuple[VerifyingKey, ...]:
        return (self.signing, *self.former)


def sign_statement(document: Mapping[str, Any], signer: str, key: SigningKey, label: Label) -> Signed:
    statement = canonical_json(dict(document))
    return Signed(statement, signer, sign(key, statement, label))


def verify_by(keys: Keys, message: bytes, signature: bytes, label: Label) -> None:
    """keys: those with which one account signed over time. Raises BadSignature when it is of none of them."""
    each = (keys,) if isinstance(keys, VerifyingKey) else keys
    for key in each[:-1]:
        with suppress(BadSignature):
            return verify(key, message, signature, label)
    return verify(each[-1], message, signature, label)


def read_statement(signed: Signed, key: Keys, label: Label) -> dict[str, Any]:
    """The statement's document. Raises ArchiveDamaged when the signature does not hold."""
    try:
        verify_by(key, signed.statement, signed.signature, label)
        document = json.loads(signed.statement)
    except (CryptoError, ValueError):
        raise ArchiveDamaged from None
    if not isinstance(document, dict):
        raise ArchiveDamaged
    return document


def certify_public_key(name: str, raw: bytes, archive_id: str, root: SigningKey) -> Signed:
    """The root's word that this public key is the one of that compartment, or of the log."""
    document = {"type": "public-key/1", "archive": archive_id, "name": name, "public": encode(raw)}
    return sign_statement(document, ROOT, root, Label.ROOT_CERTIFICATE)


def certified_public_key(keyring: Keyring, signed: Signed, name: str) -> bytes:
    document = read_statement(signed, VerifyingKey(keyring.root), Label.ROOT_CERTIFICATE)
    if (document.get("type"), document.get("archive"), document.get("name")) != (
        "public-key/1",
        keyring.archive_id,
        name,
    ):
        raise ArchiveDamaged
    return decode(document.get("public"))


def log_key(keyring: Keyring) -> VerifyingKey:
    return VerifyingKey(certified_public_key(keyring, keyring.log, "log"))


def enrolment_statement(
    archive_id: str,
    account_id: AccountId,
    lookup: str,
    roles: frozenset[Role],
    invitation: tuple[SealingPublicKey, VerifyingKey],
    at: datetime,
) -> dict[str, Any]:
    sealing, signing = invitation
    return {
        "type": "enrolment/1",
        "archive": archive_id,
        "account": account_id,
        "lookup": lookup,
        "roles": sorted(role.value for role in roles),
        "sealing": encode(sealing.raw),
        "signing": encode(signing.raw),
        "at": at.isoformat(),
    }


def activation_statement(
    archive_id: str, account_id: AccountId, keys: tuple[SealingPublicKey, VerifyingKey], at: datetime
) -> dict[str, Any]:
    sealing, signing = keys
    return {
        "type": "activation/1",
        "archive": archive_id,
        "account": account_id,
        "sealing": encode(sealing.raw),
        "signing": encode(signing.raw),
        "at": at.isoformat(),
    }


def suspension_statement(archive_id: str, account_id: AccountId, at: datetime) -> dict[str, Any]:
    return {"type": "suspension/1", "archive": archive_id, "account": account_id, "at": at.isoformat()}


def confirmation_statement(
    archive_id: str, account_id: AccountId, enrolment: Signed, at: datetime
) -> dict[str, Any]:
    """Binds a confirmation to one enrolment: roles and keys that were changed after it are not confirmed."""
    return {
        "type": "confirmation/1",
        "archive": archive_id,
        "account": account_id,
        "enrolment": hashlib.sha256(enrolment.statement).hexdigest(),
        "at": at.isoformat(),
    }


def confirmed_by(keyring: Keyring, account_id: AccountId) -> AccountId | None:
    """The custodian who signed that this very enrolment is right; None when nobody did. Raises ArchiveDamaged."""
    record = keyring.accounts[account_id]
    if record.confirmation is None:
        return None
    signer = AccountId(record.confirmation.signer)
    key = certified_custodian(keyring, signer)
    document = read_statement(record.confirmation, key, Label.CONFIRMATION)
    _require_about(document, "confirmation/1", keyring, account_id)
    if document.get("enrolment") != hashlib.sha256(record.enrolment.statement).hexdigest():
        raise ArchiveDamaged
    return signer


def certified_account(keyring: Keyring, account_id: AccountId, *, depth: int = 0) -> Certified:
    """Follow the chain from the root to one account, once for each keyring that was read.

    Raises ArchiveDamaged when a link is missing, altered, signed by someone who is no custodian, or too long.
    """
    known = keyring.verified.get(("account", account_id))
    if isinstance(known, Certified):
        return known
    record = keyring.accounts.get(account_id)
    if record is None or depth > _MAX_CHAIN:
        raise ArchiveDamaged
    try:
        certified = _follow(keyring, record, depth)
    except (KeyError, ValueError, CryptoError):
        raise ArchiveDamaged from None
    keyring.verified["account", account_id] = certified
    return certified


def _follow(keyring: Keyring, record: AccountRecord, depth: int) -> Certified:
    account_id = record.account_id
    enrolment = _enrolment(keyring, record, depth)
    roles = frozenset(Role(role) for role in enrolment["roles"])
    sealing = SealingPublicKey(decode(enrolment["sealing"]))
    signing = VerifyingKey(decode(enrolment["signing"]))
    if record.activation is not None:
        activation = read_statement(record.activation, signing, Label.ACTIVATION)
        _require_about(activation, "activation/1", keyring, account_id)
        sealing = SealingPublicKey(decode(activation.get("sealing")))
        signing = VerifyingKey(decode(activation.get("signing")))
    suspended = record.suspension is not None and _suspended(keyring, record, depth)
    active, former = record.activation is not None, []
    for serial in range(1, len(record.reissues) + 1):
        former.append(signing)
        reissued = read_reissue(keyring, record, serial, _custodians(keyring, depth), read_statement)
        (sealing, signing), active = reissued.keys, reissued.active
    return Certified(account_id, roles, sealing, signing, active, suspended, tuple(former))


def certified_custodian(
    keyring: Keyring, account_id: AccountId, *, depth: int = 0
) -> tuple[VerifyingKey, ...]:
    """The keys with which a custodian signed, the newest first. Raises ArchiveDamaged for anybody else."""
    signer = certified_account(keyring, account_id, depth=depth)
    if Role.CUSTODIAN not in signer.roles:
        raise ArchiveDamaged
    return signer.signed_with


def _custodians(keyring: Keyring, depth: int) -> Custodian:
    return lambda account_id: certified_custodian(keyring, account_id, depth=depth + 1)


def recovery_keys(keyring: Keyring) -> CertifiedRecovery | None:
    """What the recovery sheets of now are certified to be; None in an archive without. Raises ArchiveDamaged."""
    if keyring.recovery is None:
        return None
    return _recovery_of_serial(keyring, len(keyring.recovered) + 1, 0)


def _recovery_of_serial(keyring: Keyring, serial: int, depth: int) -> CertifiedRecovery:
    known = keyring.verified.get(("recovery", str(serial)))
    if isinstance(known, CertifiedRecovery):
        return known
    certificates = (*keyring.recovered, keyring.recovery)
    signed = certificates[serial - 1] if 1 <= serial <= len(certificates) else None
    if signed is None or depth > _MAX_CHAIN:
        raise ArchiveDamaged
    certified = read_recovery(keyring, signed, _custodians(keyring, depth), read_statement)
    if certified.serial != serial:
        raise ArchiveDamaged
    keyring.verified["recovery", str(serial)] = certified
    return certified


def _enrolment(keyring: Keyring, record: AccountRecord, depth: int) -> dict[str, Any]:
    signed = record.enrolment
    serial = serial_of_signer(signed.signer)
    key: Keys
    if signed.signer == ROOT:
        key = VerifyingKey(keyring.root)
    elif serial is not None:
        # Sheets that were replaced can still sign; the ledger has no row of what they sign (membership.py).
        key = _recovery_of_serial(keyring, serial, depth + 1).signing
    else:
        key = certified_custodian(keyring, AccountId(signed.signer), depth=depth + 1)
    document = read_statement(signed, key, Label.ENROLMENT)
    _require_about(document, "enrolment/1", keyring, record.account_id)
    if document.get("lookup") != record.lookup:
        raise ArchiveDamaged
    return document


def _suspended(keyring: Keyring, record: AccountRecord, depth: int) -> bool:
    # A suspension nobody signed is damage, not freedom: reading it as "not suspended" would be the wrong way
    # to fail.
    signed = record.suspension
    if signed is None:
        return False
    key = certified_custodian(keyring, AccountId(signed.signer), depth=depth + 1)
    _require_about(read_statement(signed, key, Label.SUSPENSION), "suspension/1", keyring, record.account_id)
    return True


def _require_about(document: dict[str, Any], kind: str, keyring: Keyring, account_id: AccountId) -> None:
    about = (document.get("type"), document.get("archive"), document.get("account"))
    if about != (kind, keyring.archive_id, account_id):
        raise ArchiveDamaged


def encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def decode(value: object) -> bytes:
    if not isinstance(value, str):
        raise ArchiveDamaged
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        raise ArchiveDamaged from None
