"""New keys under an old name, in the keyring: one custodian orders, another confirms, the person activates with both.

    reissue-order/1   by custodian A: account, serial, A's invitation keys, until
    reissue/1         by custodian B: SHA-256 of the order, B's invitation keys
    activation/1      by both invitations' keys: the keys that the person made

Neither custodian alone has the code that activates: each hands over a half. What the account signed before stays
signed: its former keys are kept as keys of the past.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crypto.labels import Label
from crypto.sealing import SealingPublicKey
from crypto.signing import VerifyingKey
from testimony.domain.accounts import AccountId
from testimony.services.recovery_statements import Custodian, Reader
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import AccountRecord, Keyring, Signed

ORDER_LASTS = timedelta(days=7)

PublicKeys = tuple[SealingPublicKey, VerifyingKey]


@dataclass(frozen=True, slots=True)
class Reissued:
    """What the newest re-issue proves. keys: the person's own, or before they came the invitation's of the second."""

    keys: PublicKeys
    active: bool


def order_document(
    archive_id: str, account_id: AccountId, serial: int, keys: PublicKeys, at: datetime
) -> dict[str, Any]:
    return {
        "type": "reissue-order/1",
        "archive": archive_id,
        "account": account_id,
        "serial": serial,
        "sealing": keys[0].raw.hex(),
        "signing": keys[1].raw.hex(),
        "at": at.isoformat(),
        "until": (at + ORDER_LASTS).isoformat(),
    }


def reissue_document(
    archive_id: str, account_id: AccountId, serial: int, order: Signed, keys: PublicKeys, at: datetime
) -> dict[str, Any]:
    return {
        "type": "reissue/1",
        "archive": archive_id,
        "account": account_id,
        "serial": serial,
        "order": hashlib.sha256(order.statement).hexdigest(),
        "sealing": keys[0].raw.hex(),
        "signing": keys[1].raw.hex(),
        "at": at.isoformat(),
    }


def read_order(
    keyring: Keyring, account_id: AccountId, serial: int, order: Signed, custodian: Custodian, read: Reader
) -> dict[str, Any]:
    """Raises ArchiveDamaged unless a custodian who is not the account itself ordered this."""
    document = read(order, custodian(AccountId(order.signer)), Label.REISSUE_ORDER)
    about = (document["type"], document["archive"], document["account"], document["serial"])
    if about != ("reissue-order/1", keyring.archive_id, account_id, serial) or order.signer == account_id:
        raise ArchiveDamaged
    return document


def read_reissue(
    keyring: Keyring, record: AccountRecord, serial: int, custodian: Custodian, read: Reader
) -> Reissued:
    """serial: which of the account's re-issues, from 1. Raises ArchiveDamaged, KeyError, ValueError, CryptoError."""
    reissue, account_id = record.reissues[serial - 1], record.account_id
    ordered = read_order(keyring, account_id, serial, reissue.order, custodian, read)
    confirmer = reissue.confirmation.signer
    confirmed = read(reissue.confirmation, custodian(AccountId(confirmer)), Label.REISSUE)
    about = (confirmed["type"], confirmed["archive"], confirmed["account"], confirmed["serial"])
    if (
        about != ("reissue/1", keyring.archive_id, account_id, serial)
        or confirmed["order"] != hashlib.sha256(reissue.order.statement).hexdigest()
        or confirmer in (reissue.order.signer, account_id)
        or datetime.fromisoformat(confirmed["at"]) > datetime.fromisoformat(ordered["until"])
    ):
        raise ArchiveDamaged
    if reissue.activation is None:
        return Reissued(_keys(confirmed), active=False)
    documents = [
        read(signed, _keys(by)[1], Label.ACTIVATION)
        for signed, by in zip(reissue.activation, (ordered, confirmed), strict=True)
    ]
    first, second = documents
    if first != second or (first["type"], first["archive"], first["account"]) != (
        "activation/1",
        keyring.archive_id,
        account_id,
    ):
        raise ArchiveDamaged
    return Reissued(_activated_keys(first), active=True)


def _keys(document: dict[str, Any]) -> PublicKeys:
    sealing, signing = bytes.fromhex(document["sealing"]), bytes.fromhex(document["signing"])
    return SealingPublicKey(sealing), VerifyingKey(signing)


def _activated_keys(document: dict[str, Any]) -> PublicKeys:
    return SealingPublicKey(_decode(document["sealing"])), VerifyingKey(_decode(document["signing"]))


def _decode(value: str) -> bytes:
    return base64.b64decode(value, validate=True)
