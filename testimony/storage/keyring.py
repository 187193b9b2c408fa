"""keyring.json: what a locked archive shows. Public keys, certificates, key slots, locked bundles; no name or handle.

    keyring := {format, version, archive_id, created, root, log, compartments[], accounts[], slots[], shares[],
                recovery, recovered[], orders[], rekeyed[], pending[], former{}}

Every key in it is signed (services/certificates.py), or checked against a signed one when used, so an edited keyring
opens nothing. What this file cannot show is that it is the newest: the ledger remembers the highest version, and
which accounts were suspended.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from crypto.errors import Malformed
from crypto.passwords import LockedBundle
from testimony.domain.accounts import AccountId
from testimony.storage.compartments import Compartment
from testimony.storage.directory import ArchiveDirectory, write_durably
from testimony.storage.errors import ArchiveDamaged

FORMAT = "testimony-keyring/1"
ROOT = "root"
RECOVERY = AccountId("recovery")
"""Holds a slot of every compartment, sealed to the key that the recovery sheets give back; nobody signs in with it."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A canonical JSON statement, who signed it (`root`, `invitation` or an account id) and the hybrid
    signature.
    """

    statement: bytes
    signer: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Reissue:
    """New keys for an account whose password was lost: ordered by one custodian, confirmed by another.

    activation: signed by the invitation's key of each of them, in that order; None until the person has come.
    bundle: the second invitation's keys; None once they were used.
    """

    order: Signed
    confirmation: Signed
    activation: tuple[Signed, Signed] | None
    bundle: LockedBundle | None


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """One account as the locked archive knows it. `lookup`: keyed digest of the handle, 32 bytes
    hexadecimal.
    """

    account_id: AccountId
    lookup: str
    enrolment: Signed
    activation: Signed | None
    suspension: Signed | None
    bundle: LockedBundle
    reissues: tuple[Reissue, ...] = ()
    confirmation: Signed | None = None
    """A second custodian's word that this enrolment is right (services/two_people.py)."""

    @property
    def is_activated(self) -> bool:
        """Whether the person has made the keys that hold now."""
        if self.reissues:
            return self.reissues[-1].activation is not None
        return self.activation is not None


@dataclass(frozen=True, slots=True)
class KeySlot:
    """A compartment's secret sealed to one account's public key."""

    compartment: Compartment
    account_id: AccountId
    sealed: bytes


@dataclass(frozen=True, slots=True)
class IdentityShare:
    """One SLIP-39 share of the identity secret, sealed to one custodian. `threshold` of them rebuild it."""

    account_id: AccountId
    threshold: int
    sealed: bytes


@dataclass(frozen=True, slots=True)
class ShareWrap:
    """A custodian's share of the identity secret, sealed for one re-key order to another custodian."""

    from_id: AccountId
    to_id: AccountId
    sealed: bytes


@dataclass(frozen=True, slots=True)
class RekeyOrder:
    """What one custodian ordered and, once there, another's confirmation. wraps: only while it is carried out."""

    order: Signed
    confirmation: Signed | None
    wraps: tuple[ShareWrap, ...] = ()


@dataclass(frozen=True, slots=True)
class Pending:
    """A re-key under way: what takes the place of the present keys once the file opens under the new one.

    former: the keys before, locked under the new secret. shares: of the new identity secret, else none.
    """

    compartment: Compartment
    statement: Signed
    slots: tuple[KeySlot, ...]
    shares: tuple[IdentityShare, ...]
    former: bytes


@dataclass(frozen=True, slots=True)
class Keyring:
    version: int
    archive_id: str
    created: str
    root: bytes
    log: Signed
    compartments: Mapping[Compartment, Signed]
    accounts: Mapping[AccountId, AccountRecord]
    slots: tuple[KeySlot, ...]
    shares: tuple[IdentityShare, ...]
    recovery: Signed | None = None
    """The certificate of the recovery keys that hold now (services/recovery_statements.py)."""
    recovered: tuple[Signed, ...] = ()
    """Certificates before it, oldest first: what was signed under them stays signed."""
    orders: tuple[RekeyOrder, ...] = ()
    rekeyed: tuple[Signed, ...] = ()
    """Re-key statements in effect, oldest first: each makes the next generation of one compartment's key."""
    pending: tuple[Pending, ...] = ()
    former: Mapping[Compartment, bytes] = field(default_factory=dict)
    """Keys of generations before, locked under the compartment's present secret."""
    verified: dict[tuple[str, str], Any] = field(init=False, repr=False, compare=False, default_factory=dict)
    """What was verified of this very object, by whoever verifies; a changed keyring is another object without it."""

    def account_with_lookup(self, lookup: str) -> AccountRecord | None:
        return next((record for record in self.accounts.values() if record.lookup == lookup), None)

    def slots_of(self, account_id: AccountId) -> Mapping[Compartment, KeySlot]:
        return {slot.compartment: slot for slot in self.slots if slot.account_id == account_id}

    def with_account(self, record: AccountRecord) -> "Keyring":
        return replace(self, accounts={**self.accounts, record.account_id: record})

    def with_slot(self, slot: KeySlot) -> "Keyring":
        kept = tuple(
            s for s in self.slots if (s.compartment, s.account_id) != (slot.compartment, slot.account_id)
        )
        return replace(self, slots=(*kept, slot))

    def without_slot(self, account_id: AccountId, compartment: Compartment) -> "Keyring":
        kept = tuple(s for s in self.slots if (s.compartment, s.account_id) != (compartment, account_id))
        return replace(self, slots=kept)

    def without_slots_of(self, account_id: AccountId) -> "Keyring":
        pending = tuple(
            replace(p, slots=tuple(s for s in p.slots if s.account_id != account_id)) for p in self.pending
        )
        kept = tuple(s for s in self.slots if s.account_id != account_id)
        return replace(self, slots=kept, pending=pending)

    def pending_of(self, compartment: Compartment) -> Pending | None:
        return next((p for p in self.pending if p.compartment is compartment), None)


def read_keyring(directory: ArchiveDirectory) -> Keyring:
    """Raises NoArchive when there is none, ArchiveDamaged when it cannot be read as one."""
    directory.require()
    try:
        return _parse(json.loads(directory.keyring.read_bytes()))
    except (ValueError, KeyError, TypeError, AttributeError, Malformed):
        raise ArchiveDamaged from None


def write_keyring(directory: ArchiveDirectory, keyring: Keyring) -> Keyring:
    """Write the next version and return it. Call with `directory.keyring_lock` held since the reading."""
    new = replace(keyring, version=keyring.version + 1)
    write_durably(directory.keyring, json.dumps(_document(new), indent=1, sort_keys=True).encode())
    return new


def _document(keyring: Keyring) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": keyring.version,
        "archive_id": keyring.archive_id,
        "created": keyring.created,
        "root": _text(keyring.root),
        "log": _signed(keyring.log),
        "compartments": {c.value: _signed(s) for c, s in keyring.compartments.items()},
        "accounts": [
            {
                "account_id": r.account_id,
                "lookup": r.lookup,
                "enrolment": _signed(r.enrolment),
                "activation": r.activation and _signed(r.activation),
                "suspension": r.suspension and _signed(r.suspension),
                "bundle": r.bundle.to_dict(),
                **({"reissues": [_reissue(each) for each in r.reissues]} if r.reissues else {}),
                "confirmation": r.confirmation and _signed(r.confirmation),
            }
            for r in keyring.accounts.values()
        ],
        "slots": _sealed_all(keyring.slots),
        "shares": _sealed_all(keyring.shares),
        "orders": [
            {
                "order": _signed(o.order),
                "confirmation": o.confirmation and _signed(o.confirmation),
                "wraps": _sealed_all(o.wraps),
            }
            for o in keyring.orders
        ],
        "recovery": keyring.recovery and _signed(keyring.recovery),
        "recovered": [_signed(each) for each in keyring.recovered],
        "rekeyed": [_signed(s) for s in keyring.rekeyed],
        "pending": [
            {
                "compartment": p.compartment.value,
                "statement": _signed(p.statement),
                "slots": _sealed_all(p.slots),
                "shares": _sealed_all(p.shares),
                "former": _text(p.former),
            }
            for p in keyring.pending
        ],
        "former": {c.value: _text(locked) for c, locked in keyring.former.items()},
    }


def _parse(document: dict[str, Any]) -> Keyring:
    if document["format"] != FORMAT:
        raise ArchiveDamaged
    accounts = (
        AccountRecord(
            account_id=AccountId(row["account_id"]),
            lookup=row["lookup"],
            enrolment=_read_signed(row["enrolment"]),
            activation=_read_signed(row["activation"]) if row["activation"] else None,
            suspension=_read_signed(row["suspension"]) if row["suspension"] else None,
            bundle=LockedBundle.from_dict(row["bundle"]),
            reissues=tuple(_read_reissue(each) for each in row.get("reissues", ())),
            # Not there in what the version before wrote.
            confirmation=_read_signed(row["confirmation"]) if row.get("confirmation") else None,
        )
        for row in document["accounts"]
    )
    return Keyring(
        version=int(document["version"]),
        archive_id=str(document["archive_id"]),
        created=str(document["created"]),
        root=_bytes(document["root"]),
        log=_read_signed(document["log"]),
        compartments={Compartment(c): _read_signed(s) for c, s in document["compartments"].items()},
        accounts={record.account_id: record for record in accounts},
        slots=tuple(map(_read_slot, document["slots"])),
        shares=tuple(map(_read_share, document["shares"])),
        recovery=_read_signed(document["recovery"]) if document.get("recovery") else None,
        recovered=tuple(_read_signed(each) for each in document.get("recovered", ())),
        # A keyring from before keys were changed has none of these.
        orders=tuple(map(_read_order, document.get("orders", ()))),
        rekeyed=tuple(map(_read_signed, document.get("rekeyed", ()))),
        pending=tuple(map(_read_pending, document.get("pending", ()))),
        former={Compartment(c): _bytes(text) for c, text in document.get("former", {}).items()},
    )


def _sealed_all(values: Sequence[KeySlot | IdentityShare | ShareWrap]) -> list[dict[str, Any]]:
    return [{**asdict(value), "sealed": _text(value.sealed)} for value in values]


def _read_slot(row: dict[str, Any]) -> KeySlot:
    return KeySlot(Compartment(row["compartment"]), AccountId(row["account_id"]), _bytes(row["sealed"]))


def _read_share(row: dict[str, Any]) -> IdentityShare:
    return IdentityShare(AccountId(row["account_id"]), int(row["threshold"]), _bytes(row["sealed"]))


def _read_order(row: dict[str, Any]) -> RekeyOrder:
    return RekeyOrder(
        order=_read_signed(row["order"]),
        confirmation=_read_signed(row["confirmation"]) if row["confirmation"] else None,
        wraps=tuple(
            ShareWrap(AccountId(w["from_id"]), AccountId(w["to_id"]), _bytes(w["sealed"]))
            for w in row["wraps"]
        ),
    )


def _reissue(reissue: Reissue) -> dict[str, Any]:
    return {
        "order": _signed(reissue.order),
        "confirmation": _signed(reissue.confirmation),
        "activation": reissue.activation and [_signed(each) for each in reissue.activation],
        "bundle": reissue.bundle and reissue.bundle.to_dict(),
    }


def _read_reissue(row: dict[str, Any]) -> Reissue:
    activation = None
    if row["activation"]:
        first, second = row["activation"]
        activation = (_read_signed(first), _read_signed(second))
    return Reissue(
        order=_read_signed(row["order"]),
        confirmation=_read_signed(row["confirmation"]),
        activation=activation,
        bundle=LockedBundle.from_dict(row["bundle"]) if row["bundle"] else None,
    )


def signed_document(signed: Signed) -> dict[str, str]:
    """How a signed statement is written inside another, or in a setting."""
    return _signed(signed)


def read_signed_document(document: Any) -> Signed:
    """Raises ArchiveDamaged."""
    try:
        return _read_signed(document)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ArchiveDamaged from None


def _read_pending(row: dict[str, Any]) -> Pending:
    return Pending(
        compartment=Compartment(row["compartment"]),
        statement=_read_signed(row["statement"]),
        slots=tuple(map(_read_slot, row["slots"])),
        shares=tuple(map(_read_share, row["shares"])),
        former=_bytes(row["former"]),
    )


def _signed(signed: Signed) -> dict[str, str]:
    return {
        "statement": signed.statement.decode(),
        "signer": signed.signer,
        "signature": _text(signed.signature),
    }


def _read_signed(document: dict[str, str]) -> Signed:
    return Signed(document["statement"].encode(), str(document["signer"]), _bytes(document["signature"]))


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(value: str) -> bytes:
    return base64.b64decode(value, validate=True)
