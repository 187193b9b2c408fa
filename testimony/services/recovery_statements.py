"""The recovery secret: what is derived from it, how its public half is certified, and what its sheets prove.

    secret := 32 random bytes, only ever as SLIP-39 shares on paper
    secret → sealing key (a slot of every compartment), signing key (enrols a custodian), pin (knows the root again)
    sheet  → a signing key of its own; its fingerprint is in the certificate, so a sheet can be proven, not shown

Knows no database and no clock. The first certificate is signed by the root; a later one by a custodian, over another
custodian's order. A pin is what a disk that was written to cannot forge: it ties the sheets to the archive's root.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crypto.errors import CryptoError
from crypto.keys import Secret, derive
from crypto.labels import Label
from crypto.sealing import SealingKey, SealingPublicKey
from crypto.shares import MAX_SHARES, ReadShare, read_share, share_secret, split
from crypto.signing import SigningKey, VerifyingKey
from testimony.domain.accounts import AccountId
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import RECOVERY, ROOT, Keyring, Signed
from testimony.storage.keyring_file import read_signed_document, signed_document

ORDER_LASTS = timedelta(days=7)
"""How long a custodian's order waits for another custodian."""

Keys = VerifyingKey | Iterable[VerifyingKey]
Custodian = Callable[[AccountId], Keys]
"""The keys with which a custodian signed over time; raises ArchiveDamaged for anybody else."""
Reader = Callable[[Signed, Keys, Label], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """How many sheets there are and how many give the secret back. Raises ValueError below 2 of 3."""

    threshold: int
    count: int

    def __post_init__(self) -> None:
        if not 2 <= self.threshold < self.count <= MAX_SHARES:
            raise ValueError("two sheets at least are needed, of one more at least, and of sixteen at most")


DEFAULT_PLAN = SheetPlan(3, 5)


@dataclass(frozen=True, slots=True)
class RecoveryKeys:
    sealing: SealingKey
    signing: SigningKey
    pin: str


@dataclass(frozen=True, slots=True)
class CertifiedRecovery:
    """proofs: by number of the sheet, from 1, the fingerprint of its own signing key."""

    serial: int
    plan: SheetPlan
    sealing: SealingPublicKey
    signing: VerifyingKey
    pin: str
    proofs: Mapping[int, str]
    at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class NewRecovery:
    """A secret that exists only here and in the words of the sheets."""

    document: dict[str, Any]
    keys: RecoveryKeys
    sheets: tuple[str, ...]


def signer_name(serial: int) -> str:
    """Who signed, in a statement signed with the key of the sheets of this serial."""
    return f"{RECOVERY}/{serial}"


def serial_of_signer(signer: str) -> int | None:
    """None for a signer that is not the sheets."""
    name, _, serial = signer.partition("/")
    return int(serial) if name == RECOVERY and serial.isdecimal() and len(serial) < 6 else None


def recovery_keys_of(secret: Secret, archive_id: str, root: bytes, serial: int) -> RecoveryKeys:
    context = f"{archive_id}/{serial}".encode()
    return RecoveryKeys(
        SealingKey(derive(secret, Label.RECOVERY_SEALING, context)),
        SigningKey(derive(secret, Label.RECOVERY_SIGNING, context)),
        derive(secret, Label.RECOVERY_PIN, context + b"/" + root).raw.hex(),
    )


def sheet_key(share: ReadShare, archive_id: str, serial: int) -> SigningKey:
    """The key with which one sheet proves itself. It says nothing of the share to who has only its public half."""
    return SigningKey(share_secret(share, Label.RECOVERY_SHEET, f"{archive_id}/{serial}".encode()))


def make_recovery(
    archive_id: str, root: bytes, plan: SheetPlan, serial: int, order: Signed | None, at: datetime
) -> NewRecovery:
    secret = Secret.random()
    sheets = split(secret, plan.threshold, plan.count)
    keys = recovery_keys_of(secret, archive_id, root, serial)
    shares = [read_share(words) for words in sheets]
    document = {
        "type": "recovery/1",
        "archive": archive_id,
        "serial": serial,
        "threshold": plan.threshold,
        "count": plan.count,
        "sealing": keys.sealing.public.raw.hex(),
        "signing": keys.signing.public.raw.hex(),
        "pin": keys.pin,
        "proofs": {str(s.number): sheet_key(s, archive_id, serial).public.fingerprint for s in shares},
        "order": None if order is None else signed_document(order),
        "at": at.isoformat(),
    }
    return NewRecovery(document, keys, sheets)


def order_document(archive_id: str, serial: int, plan: SheetPlan, at: datetime) -> dict[str, Any]:
    return {
        "type": "recovery-order/1",
        "archive": archive_id,
        "serial": serial,
        "threshold": plan.threshold,
        "count": plan.count,
        "at": at.isoformat(),
        "until": (at + ORDER_LASTS).isoformat(),
    }


def read_recovery(keyring: Keyring, signed: Signed, custodian: Custodian, read: Reader) -> CertifiedRecovery:
    """What a certificate proves. Raises ArchiveDamaged."""
    try:
        if signed.signer == ROOT:
            document = read(signed, VerifyingKey(keyring.root), Label.RECOVERY_CERTIFICATE)
            if document["order"] is not None:
                raise ArchiveDamaged
        else:
            document = read(signed, custodian(AccountId(signed.signer)), Label.RECOVERY_CERTIFICATE)
            _require_ordered(keyring, signed.signer, document, custodian, read)
        if (document["type"], document["archive"]) != ("recovery/1", keyring.archive_id):
            raise ArchiveDamaged
        return CertifiedRecovery(
            serial=int(document["serial"]),
            plan=SheetPlan(int(document["threshold"]), int(document["count"])),
            sealing=SealingPublicKey(bytes.fromhex(document["sealing"])),
            signing=VerifyingKey(bytes.fromhex(document["signing"])),
            pin=str(document["pin"]),
            proofs={int(number): str(proof) for number, proof in document["proofs"].items()},
            at=datetime.fromisoformat(document["at"]),
        )
    except (KeyError, ValueError, TypeError, AttributeError, CryptoError):
        raise ArchiveDamaged from None


def _require_ordered(
    keyring: Keyring, confirmer: str, document: dict[str, Any], custodian: Custodian, read: Reader
) -> None:
    """Raises ArchiveDamaged unless another custodian ordered exactly this, and not too long before."""
    order = read_signed_document(document["order"])
    ordered = read(order, custodian(AccountId(order.signer)), Label.RECOVERY_ORDER)
    wanted = order_document(
        keyring.archive_id,
        document["serial"],
        SheetPlan(document["threshold"], document["count"]),
        datetime.fromisoformat(ordered["at"]),
    )
    in_time = datetime.fromisoformat(document["at"]) <= datetime.fromisoformat(ordered["until"])
    if order.signer == confirmer or ordered != wanted or not in_time:
        raise ArchiveDamaged


def order_of(certificate: Signed) -> Signed:
    """The order in a certificate that a custodian signed. Raises ArchiveDamaged when there is none to read."""
    try:
        return read_signed_document(json.loads(certificate.statement)["order"])
    except (ValueError, KeyError, TypeError):
        raise ArchiveDamaged from None


def digest(signed: Signed) -> bytes:
    """How the ledger remembers a certificate: SHA-256 of its statement."""
    return hashlib.sha256(signed.statement).digest()


def is_pinned(keys: RecoveryKeys, certified: CertifiedRecovery) -> bool:
    """Whether these sheets were made for this certificate, under this very root."""
    return (
        hmac.compare_digest(keys.pin, certified.pin)
        and keys.sealing.public == certified.sealing
        and keys.signing.public == certified.signing
    )
