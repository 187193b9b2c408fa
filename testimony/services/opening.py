"""What a compartment's secret opens: its slots, what was sealed to its key, and to its keys of generations before.

Former keys are locked under the present secret in the keyring, so that present members open what was sealed before a
re-key, and who holds only an old key learns nothing new. What is kept is the sealing key alone, which opens no file;
of the vault also the first secret, because the numbers in releases are made of it (`token_series`).
"""

import json
from collections.abc import Mapping

from crypto.errors import CryptoError, Tampered
from crypto.keys import Secret, derive
from crypto.labels import Label
from crypto.locking import lock, unlock
from crypto.sealing import SealingKey, open_sealed
from testimony.domain.accounts import AccountId
from testimony.domain.canonical import canonical_json
from testimony.services.archives import OpenArchive
from testimony.services.generations import compartment_key, generation_of
from testimony.services.membership import slot_context
from testimony.storage.compartments import Compartment
from testimony.storage.errors import ArchiveDamaged, StorageFailed
from testimony.storage.keyring import Keyring, KeySlot


def open_slots(keyring: Keyring, account_id: AccountId, key: SealingKey) -> Mapping[Compartment, Secret]:
    """The compartment secrets of one account.

    Raises ArchiveDamaged when a slot does not open, or opens to a secret whose public half is not the
    certified one.
    """
    secrets = {}
    for compartment, slot in keyring.slots_of(account_id).items():
        secret = open_slot(keyring, slot, key)
        if sealing_key_of(secret).public != compartment_key(keyring, compartment):
            raise ArchiveDamaged
        secrets[compartment] = secret
    if Compartment.LEDGER not in secrets:
        raise ArchiveDamaged
    return secrets


def sealing_key_of(secret: Secret) -> SealingKey:
    """A compartment's sealing key pair, derived from its secret."""
    return SealingKey(derive(secret, Label.COMPARTMENT_SEALING))


def open_slot(keyring: Keyring, slot: KeySlot, key: SealingKey) -> Secret:
    """Raises ArchiveDamaged."""
    context = slot_context(keyring.archive_id, slot.compartment, slot.account_id)
    try:
        return Secret(open_sealed(key, slot.sealed, Label.KEY_SLOT, context))
    except CryptoError:
        raise ArchiveDamaged from None


def sealing_keys(archive: OpenArchive, compartment: Compartment) -> tuple[SealingKey, ...]:
    """Every sealing key a compartment ever had, newest first.

    Raises CompartmentClosed; StorageFailed when the key was changed a moment ago: the next request has the new one.
    """
    return keys_of(archive.keyring(), compartment, archive.secret(compartment))


def keys_of(keyring: Keyring, compartment: Compartment, secret: Secret) -> tuple[SealingKey, ...]:
    """The same for a secret that was rebuilt, as identities' is."""
    present = sealing_key_of(secret)
    if present.public != compartment_key(keyring, compartment):
        raise StorageFailed
    former = (
        SealingKey(Secret(bytes.fromhex(row["sealing"]))) for row in _former(keyring, compartment, secret)
    )
    return (present, *former)


def open_with_any(keys: tuple[SealingKey, ...], sealed: bytes, label: Label, context: bytes = b"") -> bytes:
    """Raises Tampered when none of them opens it."""
    for key in keys:
        try:
            return open_sealed(key, sealed, label, context)
        except CryptoError:
            continue
    raise Tampered("no key of this compartment opens it")


def numbering_secret(archive: OpenArchive) -> Secret:
    """The vault's first secret: numbers in releases are the same before and after a re-key."""
    secret = archive.secret(Compartment.VAULT)
    rows = _former(archive.keyring(), Compartment.VAULT, secret)
    return Secret(bytes.fromhex(rows[-1]["numbers"])) if rows else secret


def lock_former(keyring: Keyring, compartment: Compartment, old: Secret, new: Secret) -> bytes:
    """All former keys, the present one among them, for the generation that is to come."""
    number = generation_of(keyring, compartment).number
    row = {"generation": number, "sealing": sealing_key_of(old).seed.raw.hex()}
    if compartment is Compartment.VAULT and number == 0:
        row["numbers"] = old.raw.hex()
    rows = [row, *_former(keyring, compartment, old)]
    context = _context(keyring, compartment, number + 1)
    return lock(new, canonical_json(rows), Label.KEY_HISTORY, context)


def _former(keyring: Keyring, compartment: Compartment, secret: Secret) -> list[dict[str, str]]:
    number = generation_of(keyring, compartment).number
    if number == 0:
        return []
    try:
        locked = keyring.former[compartment]
        rows = json.loads(unlock(secret, locked, Label.KEY_HISTORY, _context(keyring, compartment, number)))
    except (CryptoError, KeyError, ValueError):
        raise ArchiveDamaged from None
    return list(rows)


def _context(keyring: Keyring, compartment: Compartment, number: int) -> bytes:
    return f"{keyring.archive_id}/{compartment.value}/{number}".encode()
