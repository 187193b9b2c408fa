"""keyring.json: what a locked archive shows. Public keys, certificates, key slots, locked bundles; no name or handle.

    keyring := {format, version, archive_id, created, root, log, compartments[], accounts[], slots[], shares[],
                recovery, recovered[], orders[], rekeyed[], pending[], former{}}

Every key in it is signed (services/certificates.py), or checked against a signed one when used, so an edited keyring
opens nothing. What this file cannot show is that it is the newest: the ledger remembers the highest version, and
which accounts were suspended.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from crypto.passwords import LockedBundle
from testimony.domain.accounts import AccountId
from testimony.storage.compartments import Compartment

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
