"""Which key a compartment has now: the root's word, and what orders of two custodians put in its place since.

    root certificate (0) → order (custodian A) + confirmation (custodian B) + re-key statement (executor) → 1 → …

Verifying is pure, as in `certificates`. What it cannot show is that a keyring was cut back to an earlier generation:
the ledger remembers the newest of each compartment (`membership.note_generations`).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from crypto.errors import CryptoError
from crypto.labels import Label
from crypto.sealing import SealingPublicKey
from testimony.domain.accounts import AccountId
from testimony.domain.roles import Role
from testimony.services.certificates import (
    certified_account,
    certified_custodian,
    certified_public_key,
    decode,
    read_statement,
)
from testimony.storage.compartments import Compartment
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import Keyring, RekeyOrder, Signed


@dataclass(frozen=True, slots=True)
class Generation:
    """One compartment's key as it stands. number: 0 as founded. since: ISO 8601. orders: what led to it, hashes.

    order, statement_sha256: of the newest re-key; empty as founded.
    """

    number: int
    public: SealingPublicKey
    since: str
    order: str
    statement_sha256: str
    orders: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """A re-key order as verified. account: whom it takes keys from. confirmed_by: None until another custodian did."""

    sha256: str
    order_id: str
    compartments: frozenset[Compartment]
    cause: str
    account: AccountId | None
    ordered_by: AccountId
    ordered_at: datetime
    confirmed_by: AccountId | None


EXECUTORS: Mapping[Compartment, Role] = {
    Compartment.LEDGER: Role.CUSTODIAN,
    Compartment.VAULT: Role.REVIEWER,
    Compartment.READING_ROOM: Role.REVIEWER,
    Compartment.AUDIT: Role.AUDITOR,
    Compartment.IDENTITY: Role.CUSTODIAN,
}
"""Who makes a compartment's new key once two custodians said so: somebody who holds the present one by role."""


def compartment_key(keyring: Keyring, compartment: Compartment) -> SealingPublicKey:
    """The public key that the root certified, or the newest that a confirmed order put in its place.

    Raises ArchiveDamaged.
    """
    return generation_of(keyring, compartment).public


def generation_of(keyring: Keyring, compartment: Compartment) -> Generation:
    """Follow one compartment's key from the root's word through every re-key. Raises ArchiveDamaged."""
    known = keyring.verified.get(("compartment", compartment))
    if isinstance(known, Generation):
        return known
    try:
        raw = certified_public_key(keyring, keyring.compartments[compartment], compartment.value)
        newest = Generation(0, SealingPublicKey(raw), keyring.created, "", "")
        for signed in keyring.rekeyed:
            if rekeyed_compartment(signed) is compartment:
                newest = _next_generation(keyring, signed, newest)
    except (KeyError, ValueError, TypeError, CryptoError):
        raise ArchiveDamaged from None
    keyring.verified["compartment", compartment] = newest
    return newest


def rekeyed_compartment(signed: Signed) -> Compartment:
    """Which compartment a re-key statement says it is about, before it is verified. Raises ArchiveDamaged."""
    try:
        return Compartment(json.loads(signed.statement)["compartment"])
    except (ValueError, KeyError, TypeError):
        raise ArchiveDamaged from None


def next_generation(keyring: Keyring, signed: Signed) -> Generation:
    """What a statement that is not in effect yet would put in place. Raises ArchiveDamaged."""
    compartment = rekeyed_compartment(signed)
    try:
        return _next_generation(keyring, signed, generation_of(keyring, compartment))
    except (KeyError, ValueError, TypeError, CryptoError):
        raise ArchiveDamaged from None


def _next_generation(keyring: Keyring, signed: Signed, before: Generation) -> Generation:
    compartment = rekeyed_compartment(signed)
    executor = certified_account(keyring, AccountId(signed.signer))
    document = read_statement(signed, executor.signed_with, Label.REKEY)
    order = orders_of(keyring).get(document["order"])
    if (
        (document["type"], document["archive"]) != ("rekey/1", keyring.archive_id)
        or EXECUTORS[compartment] not in executor.roles
        or document["generation"] != before.number + 1
        or order is None
        or order.confirmed_by is None
        or compartment not in order.compartments
        # Whoever an order takes the key from does not make the new one.
        or order.account == executor.account_id
        or order.sha256 in before.orders
    ):
        raise ArchiveDamaged
    return Generation(
        before.number + 1,
        SealingPublicKey(decode(document["public"])),
        str(document["at"]),
        order.sha256,
        hashlib.sha256(signed.statement).hexdigest(),
        before.orders | {order.sha256},
    )


def orders_of(keyring: Keyring) -> Mapping[str, OrderSeen]:
    """Every order that verifies, by its hash, in the order they lie. One that does not is no order."""
    known = keyring.verified.get(("orders", ""))
    if isinstance(known, dict):
        return known
    orders = {}
    for entry in keyring.orders:
        try:
            order = _order(keyring, entry)
        except (ArchiveDamaged, KeyError, ValueError, TypeError):
            continue
        orders[order.sha256] = order
    keyring.verified["orders", ""] = orders
    return orders


def _order(keyring: Keyring, entry: RekeyOrder) -> OrderSeen:
    signer = AccountId(entry.order.signer)
    document = read_statement(entry.order, certified_custodian(keyring, signer), Label.REKEY_ORDER)
    if (document["type"], document["archive"]) != ("rekey-order/1", keyring.archive_id):
        raise ArchiveDamaged
    seen = OrderSeen(
        sha256=hashlib.sha256(entry.order.statement).hexdigest(),
        order_id=str(document["id"]),
        compartments=frozenset(map(Compartment, document["compartments"])),
        cause=str(document["cause"]),
        account=None if document["account"] is None else AccountId(document["account"]),
        ordered_by=signer,
        ordered_at=datetime.fromisoformat(document["at"]),
        confirmed_by=None,
    )
    if entry.confirmation is None:
        return seen
    other = AccountId(entry.confirmation.signer)
    key = certified_custodian(keyring, other)
    confirmed = read_statement(entry.confirmation, key, Label.REKEY_CONFIRMATION)
    about = (confirmed["type"], confirmed["archive"], confirmed["order"])
    if about != ("rekey-confirmation/1", keyring.archive_id, seen.sha256) or other == signer:
        raise ArchiveDamaged
    return replace(seen, confirmed_by=other)
