"""keyring.json: what a locked archive shows. Public keys, certificates, key slots, locked bundles; no name or handle.

    keyring := {format, version, archive_id, created, root, log, compartments[], accounts[], slots[], shares[]}

Every key in it is signed (services/certificates.py), or checked against a signed one when used, so an edited keyring
opens nothing. What this file cannot show is that it is the newest: the ledger remembers the highest version, and
which accounts were suspended.
"""

import base64
import json
from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True)
class Signed:
    """A canonical JSON statement, who signed it (`root`, `invitation` or an account id) and the hybrid
    signature.
    """

    statement: bytes
    signer: str
    signature: bytes


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
    confirmation: Signed | None = None
    """A second custodian's word that this enrolment is right (services/two_people.py)."""


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
        return replace(self, slots=tuple(s for s in self.slots if s.account_id != account_id))


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
                "confirmation": r.confirmation and _signed(r.confirmation),
            }
            for r in keyring.accounts.values()
        ],
        "slots": [{**asdict(s), "sealed": _text(s.sealed)} for s in keyring.slots],
        "shares": [{**asdict(s), "sealed": _text(s.sealed)} for s in keyring.shares],
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
        slots=tuple(
            KeySlot(Compartment(s["compartment"]), AccountId(s["account_id"]), _bytes(s["sealed"]))
            for s in document["slots"]
        ),
        shares=tuple(
            IdentityShare(AccountId(s["account_id"]), int(s["threshold"]), _bytes(s["sealed"]))
            for s in document["shares"]
        ),
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
