"""Who is who in the keyring: signed statements and the chain root → custodian → enrolment → activation (→ re-issue).

Verifying is pure: a keyring and a pinned root in, verified keys out, or ArchiveDamaged. Nothing in a keyring
counts before it passed here.
"""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
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
_MAX_CHAIN = 64
"""Custodians enrol custodians and give each other new keys; a longer chain than this is no honest archive."""

_Path = tuple[str, ...]


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
        # With an invitation's key nobody signs but their own activation: who invited them has it as well.
        return (self.signing, *self.former) if self.active else self.former


def sign_statement(document: Mapping[str, Any], signer: str, key: SigningKey, label: Label) -> Signed:
    statement = canonical_json(dict(document))
    return Signed(statement, signer, sign(key, statement, label))


def verify_by(keys: Keys, message: bytes, signature: bytes, label: Label) -> None:
    """keys: those with which one account signed over time. Raises BadSignature when it is of none of them."""
    for key in (keys,) if isinstance(keys, VerifyingKey) else keys:
        with suppress(BadSignature):
            return verify(key, message, signature, label)
    raise BadSignature


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


def certified_account(keyring: Keyring, account_id: AccountId) -> Certified:
    """Follow the chain from the root to one account, once for each keyring that was read.

    Raises ArchiveDamaged when a link is missing, altered, signed by someone who is no custodian, or too long.
    """
    known = keyring.verified.get(("account", account_id))
    if isinstance(known, Certified):
        return known
    record = keyring.accounts.get(account_id)
    if record is None:
        raise ArchiveDamaged
    stands = [_stand(keyring, account_id, serial, ()) for serial in range(len(record.reissues) + 1)]
    newest, former = stands[-1], tuple(stand.signing for stand in stands[:-1] if stand.active)
    suspended = record.suspension is not None and _suspended(keyring, account_id, record.suspension)
    certified = Certified(
        account_id, newest.roles, newest.sealing, newest.signing, newest.active, suspended, former
    )
    keyring.verified["account", account_id] = certified
    return certified


def certified_custodian(keyring: Keyring, account_id: AccountId) -> tuple[VerifyingKey, ...]:
    """The keys with which a custodian signed, the newest first. Raises ArchiveDamaged for anybody else."""
    signer = certified_account(keyring, account_id)
    if Role.CUSTODIAN not in signer.roles:
        raise ArchiveDamaged
    return signer.signed_with


def signed_after(keyring: Keyring, signed: Signed, label: Label) -> int:
    """After how many re-issues of its own a custodian's account signed this. Raises ArchiveDamaged when it did not."""
    for serial, key in _keys_in_turn(keyring, AccountId(signed.signer), ()):
        with suppress(BadSignature):
            verify(key, signed.statement, signed.signature, label)
            return serial
    raise ArchiveDamaged


@dataclass(frozen=True, slots=True)
class _Stand:
    """An account after so many re-issues; 0: as it was enrolled and activated."""

    roles: frozenset[Role]
    sealing: SealingPublicKey
    signing: VerifyingKey
    active: bool


def _stand(keyring: Keyring, account_id: AccountId, serial: int, path: _Path) -> _Stand:
    """path: what is being proven. A link that rests on itself proves nothing. Raises ArchiveDamaged."""
    name = f"{account_id}/{serial}"
    known = keyring.verified.get(("stand", name))
    if isinstance(known, _Stand):
        return known
    record = keyring.accounts.get(account_id)
    if record is None or name in path or len(path) > _MAX_CHAIN:
        raise ArchiveDamaged
    try:
        if serial == 0:
            stand = _enrolled(keyring, record, (*path, name))
        else:
            stand = _reissued(keyring, record, serial, (*path, name))
    except (KeyError, ValueError, CryptoError):
        raise ArchiveDamaged from None
    keyring.verified["stand", name] = stand
    return stand


def _enrolled(keyring: Keyring, record: AccountRecord, path: _Path) -> _Stand:
    enrolment = _enrolment(keyring, record, path)
    roles = frozenset(Role(role) for role in enrolment["roles"])
    signing = VerifyingKey(decode(enrolment["signing"]))
    if record.activation is None:
        return _Stand(roles, SealingPublicKey(decode(enrolment["sealing"])), signing, active=False)
    activation = read_statement(record.activation, signing, Label.ACTIVATION)
    _require_about(activation, "activation/1", keyring, record.account_id)
    sealing = SealingPublicKey(decode(activation.get("sealing")))
    return _Stand(roles, sealing, VerifyingKey(decode(activation.get("signing"))), active=True)


def _reissued(keyring: Keyring, record: AccountRecord, serial: int, path: _Path) -> _Stand:
    before = _stand(keyring, record.account_id, serial - 1, path)
    reissued = read_reissue(keyring, record, serial, _custodians(keyring, path), read_statement)
    return _Stand(before.roles, *reissued.keys, reissued.active)


def _custodians(keyring: Keyring, path: _Path) -> Custodian:
    return lambda account_id: _keys(keyring, account_id, path)


def _keys(keyring: Keyring, account_id: AccountId, path: _Path) -> Iterator[VerifyingKey]:
    return (key for _, key in _keys_in_turn(keyring, account_id, path))


def _keys_in_turn(keyring: Keyring, account_id: AccountId, path: _Path) -> Iterator[tuple[int, VerifyingKey]]:
    """A custodian's keys, the oldest first, each proven only when those before did not sign what is looked at.

    So two custodians may have given new keys to one another, and to whom they enrolled: what was signed then rests on
    what stood before it, never on what came after.
    """
    for serial in range(
        len(keyring.accounts[account_id].reissues) + 1 if account_id in keyring.accounts else 0
    ):
        stand = _stand(keyring, account_id, serial, path)
        if Role.CUSTODIAN not in stand.roles:
            raise ArchiveDamaged
        if stand.active:
            yield serial, stand.signing


def recovery_keys(keyring: Keyring) -> CertifiedRecovery | None:
    """What the recovery sheets of now are certified to be; None in an archive without. Raises ArchiveDamaged."""
    if keyring.recovery is None:
        return None
    return _recovery_of_serial(keyring, len(keyring.recovered) + 1, ())


def _recovery_of_serial(keyring: Keyring, serial: int, path: _Path) -> CertifiedRecovery:
    known = keyring.verified.get(("recovery", str(serial)))
    if isinstance(known, CertifiedRecovery):
        return known
    certificates = (*keyring.recovered, keyring.recovery)
    signed = certificates[serial - 1] if 1 <= serial <= len(certificates) else None
    name = f"sheets/{serial}"
    if signed is None or name in path:
        raise ArchiveDamaged
    certified = read_recovery(keyring, signed, _custodians(keyring, (*path, name)), read_statement)
    if certified.serial != serial:
        raise ArchiveDamaged
    keyring.verified["recovery", str(serial)] = certified
    return certified


def _enrolment(keyring: Keyring, record: AccountRecord, path: _Path) -> dict[str, Any]:
    signed = record.enrolment
    serial = serial_of_signer(signed.signer)
    key: Keys
    if signed.signer == ROOT:
        key = VerifyingKey(keyring.root)
    elif serial is not None:
        # Sheets that were replaced can still sign; the ledger has no row of what they sign (membership.py).
        key = _recovery_of_serial(keyring, serial, path).signing
    else:
        key = _keys(keyring, AccountId(signed.signer), path)
    document = read_statement(signed, key, Label.ENROLMENT)
    _require_about(document, "enrolment/1", keyring, record.account_id)
    if document.get("lookup") != record.lookup:
        raise ArchiveDamaged
    return document


def _suspended(keyring: Keyring, account_id: AccountId, signed: Signed) -> bool:
    # A suspension nobody signed is damage, not freedom: reading it as "not suspended" would be the wrong way
    # to fail.
    key = _keys(keyring, AccountId(signed.signer), ())
    _require_about(read_statement(signed, key, Label.SUSPENSION), "suspension/1", keyring, account_id)
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
