"""Carrying a confirmed order out: a new secret, the file under it, slots for everybody who remains, a signed statement.

    keyring: pending written → file re-keyed (one SQLite transaction) → keyring: pending promoted → ledger remembers

Dies at any point: `rekey_settling` finds out which key opens the file. Nothing is lost: the new secret is in the slots
of those who remain before any page is written under it. The caller's session holds old keys afterwards; open it again.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime

from crypto.errors import CryptoError
from crypto.keys import Secret
from crypto.labels import Label
from crypto.sealing import seal
from testimony.domain.audit import Action
from testimony.domain.errors import Conflict, IntegrityFailed
from testimony.services.archives import OpenArchive
from testimony.services.generations import (
    EXECUTORS,
    OrderSeen,
    generation_of,
    orders_of,
)
from testimony.services.granting import accounts_with_originals
from testimony.services.locked_log import take_in_locked_events
from testimony.services.membership import (
    known_to_ledger,
    lacking_a_second,
    may_be_given,
    recipients_of,
    slots_for,
)
from testimony.services.opening import (
    lock_former,
    open_slots,
    open_with_any,
    sealing_keys,
)
from testimony.services.rekey_settling import dropped, note_generations, promoted, settle
from testimony.services.rekey_statements import Told, log_begun, rekey_statement, silent
from testimony.services.resharing import reshare
from testimony.services.sessions import Session
from testimony.services.two_people import order_stands
from testimony.storage import accounts as account_rows
from testimony.storage import inbox
from testimony.storage.compartments import FILES, Compartment
from testimony.storage.errors import ArchiveDamaged, StorageFailed
from testimony.storage.keyring import Keyring, Pending
from testimony.storage.keyring_file import write_keyring
from testimony.storage.locked_events import clear_locked_events
from testimony.storage.rekey import opens, rekey_file, require_room

_INBOX_AT = "inbox-generation"


def waiting_orders(keyring: Keyring) -> tuple[tuple[OrderSeen, Compartment], ...]:
    """What was confirmed and not carried out yet, oldest first."""
    return tuple(
        (order, compartment)
        for order in orders_of(keyring).values()
        if order.confirmed_by is not None
        for compartment in sorted(order.compartments)
        if order.sha256 not in generation_of(keyring, compartment).orders
    )


def can_carry_out(session: Session, order: OrderSeen, compartment: Compartment) -> bool:
    """Whether this person holds what it takes, and is not who the key is taken from."""
    held = compartment is Compartment.IDENTITY or compartment in session.archive.secrets
    return held and EXECUTORS[compartment] in session.account.roles and order.account != session.account.id


def carry_out(session: Session, now: datetime, told: Told = silent) -> tuple[Compartment, ...]:
    """Carry out what this session can of the confirmed orders; return what got a new key.

    Raises StorageFailed (no room, another program holds the file), Conflict (too few shares of the identity secret):
    what was done before stays done.
    """
    done: list[Compartment] = []
    tried: set[tuple[str, Compartment]] = set()
    while True:
        keyring = session.archive.keyring()
        mine = [(o, c) for o, c in waiting_orders(keyring) if (o.sha256, c) not in tried]
        able = next(((o, c) for o, c in mine if can_carry_out(session, o, c)), None)
        if able is None:
            return tuple(done)
        tried.add((able[0].sha256, able[1]))
        with reopened(session) as fresh:
            if _carry_out_one(fresh, *able, now, told):
                done.append(able[1])


def try_to_carry_out(session: Session, now: datetime) -> tuple[Compartment, ...]:
    """The same in passing, at a sign-in or a request: what cannot be done now waits, and keeps nobody out."""
    with suppress(StorageFailed, Conflict, ArchiveDamaged, IntegrityFailed):
        return carry_out(session, now)
    return ()


@contextmanager
def reopened(session: Session) -> Iterator[Session]:
    """The same person with the keys of now."""
    archive = session.archive.archive
    keyring = settle(archive, session.account.id, session.keys.sealing)
    held = open_slots(keyring, session.account.id, session.keys.sealing)
    opened = OpenArchive(archive, session.archive.root, held, archive.acquire(held))
    try:
        yield replace(session, archive=opened)
    finally:
        archive.release(held)


def _carry_out_one(
    session: Session, order: OrderSeen, compartment: Compartment, now: datetime, told: Told
) -> bool:
    """False when somebody else was faster, and for an order of whom one person alone brought in."""
    directory = session.archive.directory
    with directory.keyring_lock:
        keyring = settle(session.archive.archive, session.account.id, session.keys.sealing)
        with session.reading() as connection:
            stands = order_stands(keyring, connection, order)
        if not stands or (order, compartment) not in waiting_orders(keyring):
            return False
        told(compartment, "begun", 0, 1)
        if compartment is Compartment.IDENTITY:
            reshare(session, order, now, told)
        else:
            _rekey(session, order, compartment, now, told)
    with reopened(session) as fresh:
        with fresh.work(now) as work:
            note_generations(work, fresh.archive.keyring())
        reseal_inbox(fresh, now)
    told(compartment, "done", 1, 1)
    return True


def _rekey(session: Session, order: OrderSeen, compartment: Compartment, now: datetime, told: Told) -> None:
    archive, directory = session.archive, session.archive.directory
    old, new = archive.secret(compartment), Secret.random()
    if compartment in FILES:
        require_room(directory.file_of(compartment))
    with session.work(now) as work:
        with_originals = (
            accounts_with_originals(session, work.connection, now)
            if compartment is Compartment.VAULT
            else frozenset()
        )
        given = may_be_given(
            compartment,
            known_to_ledger(work.connection, archive.keyring()),
            lacking_a_second(archive.keyring(), work.connection),
        )
        if compartment is Compartment.LEDGER:
            take_in_locked_events(work, session)
        log_begun(work, order, compartment)
    if compartment is Compartment.LEDGER:
        clear_locked_events(directory)
    keyring = archive.keyring()
    pending = Pending(
        compartment,
        rekey_statement(session, keyring, order, compartment, new, now),
        slots_for(
            keyring,
            compartment,
            new,
            tuple(to for to in recipients_of(keyring, compartment, with_originals) if to.account_id in given),
        ),
        (),
        lock_former(keyring, compartment, old, new),
    )
    if compartment in FILES:
        # From here those who remain hold both keys, and either may open the file.
        keyring = write_keyring(directory, replace(keyring, pending=(*keyring.pending, pending)))
        told(compartment, "file", 0, directory.file_of(compartment).stat().st_size)
        _change_file(archive, compartment, old, new)
    # Dies before this: the file says which key is meant (files), or nothing happened (the log's sealed words).
    write_keyring(directory, promoted(keyring, pending))


def _change_file(archive: OpenArchive, compartment: Compartment, old: Secret, new: Secret) -> None:
    directory = archive.directory
    try:
        with directory.turnstile.closed(compartment):
            rekey_file(directory, compartment, old, new)
            archive.archive.retire(compartment)
    except BaseException:
        if opens(directory, compartment, old):
            write_keyring(directory, dropped(archive.keyring(), compartment))
        raise


def reseal_inbox(session: Session, now: datetime) -> int:
    """Seal what waits for the reviewers to the vault's key of now; return how many items that were.

    They lie in the ledger, which who was removed from the vault alone may still open.
    """
    if Compartment.VAULT not in session.archive.secrets:
        return 0
    number = generation_of(session.archive.keyring(), Compartment.VAULT).number
    with session.reading() as connection:
        seen = account_rows.recall(connection, _INBOX_AT)
    if number == int(seen or b"0"):
        return 0
    keys = sealing_keys(session.archive, Compartment.VAULT)
    count = 0
    with session.work(now) as work:
        for item in inbox.all_items(work.connection):
            context = item.submission_id.encode()
            with suppress(CryptoError):
                payload = open_with_any(keys, item.sealed, Label.INTAKE, context)
                sealed = seal(keys[0].public, payload, Label.INTAKE, context)
                inbox.put_sealed(work.connection, item.submission_id, sealed)
                count += 1
        account_rows.remember(work.connection, _INBOX_AT, str(number).encode())
        work.log(Action.KEY_OPERATION, fields=("inbox-sealed-anew",), count=count)
    return count
