"""Who is who in the keyring: signed statements and the chain root → custodian → enrolment → activation.

Verifying is pure: a keyring and a pinned root in, verified keys out, or ArchiveDamaged. Nothing in a keyring
counts before it passed here.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crypto.errors import CryptoError
from crypto.labels import Label
from crypto.sealing import SealingPublicKey
from crypto.signing import SigningKey, VerifyingKey, sign, verify
from testimony.domain.accounts import AccountId
from testimony.domain.canonical import canonical_json
from testimony.domain.roles import Role
from testimony.storage.compartments import Compartment
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


def sign_statement(document: Mapping[str, Any], signer: str, key: SigningKey, label: Label) -> Signed:
    statement = canonical_json(dict(document))
    return Signed(statement, signer, sign(key, statement, label))


def read_statement(signed: Signed, key: VerifyingKey, label: Label) -> dict[str, Any]:
    """The statement's document. Raises ArchiveDamaged when the signature does not hold."""
    try:
        verify(key, signed.statement, signed.signature, label)
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


def compartment_key(keyring: Keyring, compartment: Compartment) -> SealingPublicKey:
    """The public key that the root certified. Raises ArchiveDamaged."""
    known = keyring.verified.get(("compartment", compartment))
    if isinstance(known, SealingPublicKey):
        return known
    try:
        raw = certified_public_key(keyring, keyring.compartments[compartment], compartment.value)
        verified = SealingPublicKey(raw)
    except (KeyError, CryptoError):
        raise ArchiveDamaged from None
    keyring.verified["compartment", compartment] = verified
    return verified


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
    return Certified(account_id, roles, sealing, signing, record.activation is not None, suspended)


def certified_custodian(keyring: Keyring, account_id: AccountId, *, depth: int = 0) -> VerifyingKey:
    """The key with which a custodian signs. Raises ArchiveDamaged for anybody else."""
    signer = certified_account(keyring, account_id, depth=depth)
    if Role.CUSTODIAN not in signer.roles:
        raise ArchiveDamaged
    return signer.signing


def _enrolment(keyring: Keyring, record: AccountRecord, depth: int) -> dict[str, Any]:
    signed = record.enrolment
    if signed.signer == ROOT:
        key = VerifyingKey(keyring.root)
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
