"""After a re-key that died: find out which key opens the file, and make the keyring say so.

    pending written │ file re-keyed │ pending promoted
    died here ↑: old key opens → dropped      ↑ died here: new key opens → promoted

Whoever signs in and holds both slots does it, before anything is opened; nobody else needs to.
"""

import hashlib
from dataclasses import replace

from crypto.keys import Secret
from crypto.sealing import SealingKey
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.services.archives import Archive
from testimony.services.generations import Generation, generation_of, next_generation, orders_of
from testimony.services.opening import open_slot, sealing_key_of
from testimony.services.sessions import Work
from testimony.services.two_people import order_stands
from testimony.storage import accounts as account_rows
from testimony.storage.compartments import FILES, Compartment
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import Keyring, Pending
from testimony.storage.keyring_file import write_keyring
from testimony.storage.rekey import opens

REKEYED = "rekeyed"
_GENERATION = "key-generation-"
IDENTITIES_AT = "identities-generation"
"""What the ledger remembers: which generation its identities are sealed to."""


def settle(archive: Archive, account_id: AccountId, key: SealingKey) -> Keyring:
    """The keyring, with every re-key of a file of this account's come to an end.

    Waits while one is under way in this process or another. Raises ArchiveDamaged when a file opens under neither key.
    """
    keyring = archive.keyring()
    if not _mine(keyring, account_id):
        return keyring
    with archive.directory.keyring_lock:
        keyring = archive.keyring()
        for pending in _mine(keyring, account_id):
            keyring = _settled(archive, keyring, pending, account_id, key)
            write_keyring(archive.directory, keyring)
            keyring = archive.keyring()
    return keyring


def settle_identities(archive: Archive, at_generation: int) -> None:
    """The same for identities, whose place the ledger tells. Call with the keyring lock held."""
    keyring = archive.keyring()
    pending = keyring.pending_of(Compartment.IDENTITY)
    if pending is None:
        return
    done = at_generation == next_generation(keyring, pending.statement).number
    after = promoted(keyring, pending) if done else dropped(keyring, Compartment.IDENTITY)
    write_keyring(archive.directory, after)


def promoted(keyring: Keyring, pending: Pending) -> Keyring:
    """The new key in force: what the old one was sealed in is gone. Raises ArchiveDamaged for a forged statement."""
    generation = next_generation(keyring, pending.statement)
    compartment = pending.compartment
    others = tuple(slot for slot in keyring.slots if slot.compartment is not compartment)
    after = replace(
        dropped(keyring, compartment),
        slots=(*others, *pending.slots),
        rekeyed=(*keyring.rekeyed, pending.statement),
        former={**keyring.former, compartment: pending.former},
    )
    if compartment is not Compartment.IDENTITY:
        return after
    orders = tuple(
        replace(o, wraps=()) if _is_order(o.order.statement, generation) else o for o in after.orders
    )
    return replace(after, shares=pending.shares, orders=orders)


def dropped(keyring: Keyring, compartment: Compartment) -> Keyring:
    return replace(keyring, pending=tuple(p for p in keyring.pending if p.compartment is not compartment))


def note_generations(work: Work, keyring: Keyring) -> None:
    """Let the ledger remember each compartment's newest key, with an entry for each that is new to it.

    Raises ArchiveDamaged when the keyring has an older one, or another one, than the ledger saw: somebody put an old
    certificate back so that what is sealed from now on opens to an old key.
    """
    for compartment in Compartment:
        generation = generation_of(keyring, compartment)
        seen, statement = _remembered(work, compartment)
        if generation.number < seen or (
            generation.number == seen and statement != generation.statement_sha256
        ):
            raise ArchiveDamaged
        orders = orders_of(keyring)
        if not all(order_stands(keyring, work.connection, orders[order]) for order in generation.orders):
            raise ArchiveDamaged
        if generation.number > seen:
            value = f"{generation.number}:{generation.statement_sha256}"
            account_rows.remember(work.connection, _GENERATION + compartment.value, value.encode())
            work.log(
                Action.KEY_OPERATION,
                subject=("key", compartment.value),
                fields=(REKEYED, compartment.value),
                count=generation.number,
            )


def _remembered(work: Work, compartment: Compartment) -> tuple[int, str]:
    value = account_rows.recall(work.connection, _GENERATION + compartment.value)
    if value is None:
        return 0, ""
    number, _, statement = value.decode().partition(":")
    return int(number), statement


def _mine(keyring: Keyring, account_id: AccountId) -> tuple[Pending, ...]:
    present = keyring.slots_of(account_id)
    return tuple(p for p in keyring.pending if p.compartment in FILES and p.compartment in present)


def _settled(
    archive: Archive, keyring: Keyring, pending: Pending, account_id: AccountId, key: SealingKey
) -> Keyring:
    compartment = pending.compartment
    # The present key first: it is the one that rolls a change that died back.
    if opens(
        archive.directory, compartment, open_slot(keyring, keyring.slots_of(account_id)[compartment], key)
    ):
        return dropped(keyring, compartment)
    slot = next((s for s in pending.slots if s.account_id == account_id), None)
    if slot is None:
        raise ArchiveDamaged
    new = open_slot(keyring, slot, key)
    _require_certified(next_generation(keyring, pending.statement), new)
    if not opens(archive.directory, compartment, new):
        raise ArchiveDamaged
    return promoted(keyring, pending)


def _require_certified(generation: Generation, secret: Secret) -> None:
    if sealing_key_of(secret).public != generation.public:
        raise ArchiveDamaged


def _is_order(statement: bytes, generation: Generation) -> bool:
    return hashlib.sha256(statement).hexdigest() == generation.order
