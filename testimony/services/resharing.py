"""A new identity secret, shared out anew: for custodians who joined or left, a leak, or because it is time.

    shares of the old secret → old secret, in memory → every identity sealed to the new key, beside the old ones
    → in place, in one transaction → keyring: new shares, the old ones gone

Dies at any point: identities are all sealed to one key, the old or the new, and the ledger says to which. What was
prepared is made again. The old secret and the new one are never on disk.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from crypto.errors import BadShares, CryptoError
from crypto.keys import Secret
from crypto.labels import Label
from crypto.sealing import seal
from crypto.shares import combine, split
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.errors import Conflict, IntegrityFailed
from testimony.services.generations import OrderSeen, compartment_key, generation_of
from testimony.services.membership import (
    known_to_ledger,
    lacking_a_second,
    recipients_of,
    share_context,
    slots_for,
)
from testimony.services.opening import keys_of, lock_former, open_with_any, sealing_key_of
from testimony.services.rekey_settling import IDENTITIES_AT, promoted, settle_identities
from testimony.services.rekey_statements import Told, log_begun, rekey_statement
from testimony.services.rekeying import active_custodians, own_share, shares_lent
from testimony.services.sessions import Session
from testimony.storage import accounts as account_rows
from testimony.storage import identities_resealed, identity_requests
from testimony.storage.compartments import Compartment
from testimony.storage.connections import Connection
from testimony.storage.identities import SealedIdentity
from testimony.storage.keyring import IdentityShare, Keyring, Pending
from testimony.storage.keyring_file import write_keyring

BATCH = 500
_IDENTITY = Compartment.IDENTITY


def reshare(session: Session, order: OrderSeen, now: datetime, told: Told) -> None:
    """Carry one confirmed order out for identities. Call with the keyring lock held.

    Raises Conflict when too few shares were lent for it, or too few custodians remain to hold one.
    """
    archive, directory = session.archive, session.archive.directory
    _settle(session)
    keyring = archive.keyring()
    if order.sha256 in generation_of(keyring, _IDENTITY).orders:
        return
    old, new = _rebuilt(session, keyring, order), Secret.random()
    with session.work(now) as work:
        log_begun(work, order, _IDENTITY)
        lacking = lacking_a_second(keyring, work.connection)
        shares = _shares(keyring, order, new, lacking)
        known = known_to_ledger(work.connection, keyring)
        # What was agreed with shares of the old secret opens nothing under the new one.
        identity_requests.void_approvals(work.connection)
        identities_resealed.forget_resealed(work.connection)
    pending = Pending(
        _IDENTITY,
        rekey_statement(session, keyring, order, _IDENTITY, new, now),
        slots_for(
            keyring,
            _IDENTITY,
            new,
            tuple(to for to in recipients_of(keyring, _IDENTITY) if to.account_id in known),
        ),
        shares,
        lock_former(keyring, _IDENTITY, old, new),
    )
    reseal = _resealer(keyring, old, new)
    keyring = write_keyring(directory, replace(keyring, pending=(*keyring.pending, pending)))
    _prepare(session, reseal, told)
    # Each identity is sealed to the old key before this commit and to the new one after it.
    with session.work(now) as work:
        identities_resealed.keep_resealed(
            work.connection, reseal(identities_resealed.identities_without(work.connection))
        )
        count = identities_resealed.put_in_place(work.connection)
        number = generation_of(keyring, _IDENTITY).number + 1
        account_rows.remember(work.connection, IDENTITIES_AT, str(number).encode())
        work.log(Action.KEY_OPERATION, fields=("identities-sealed-anew",), count=count)
    write_keyring(directory, promoted(keyring, pending))


def _settle(session: Session) -> None:
    with session.reading() as connection:
        at = int(account_rows.recall(connection, IDENTITIES_AT) or b"0")
    settle_identities(session.archive.archive, at)


def _rebuilt(session: Session, keyring: Keyring, order: OrderSeen) -> Secret:
    mine = own_share(session, keyring)
    shares = [*shares_lent(session, keyring, order), *([] if mine is None else [mine])]
    try:
        secret = combine(shares)
    except (BadShares, IndexError):
        raise Conflict from None
    if sealing_key_of(secret).public != compartment_key(keyring, _IDENTITY):
        raise IntegrityFailed
    return secret


def _shares(
    keyring: Keyring, order: OrderSeen, new: Secret, lacking: frozenset[AccountId]
) -> tuple[IdentityShare, ...]:
    """lacking: whom one custodian alone brought in; with a share for each such, one could become two."""
    custodians = [
        c for c in active_custodians(keyring) if c.account_id != order.account and c.account_id not in lacking
    ]
    threshold = max(share.threshold for share in keyring.shares)
    if len(custodians) < threshold:
        raise Conflict
    return tuple(
        IdentityShare(
            custodian.account_id,
            threshold,
            seal(
                custodian.sealing,
                words.encode(),
                Label.IDENTITY_SHARE,
                share_context(keyring.archive_id, custodian.account_id),
            ),
        )
        for custodian, words in zip(custodians, split(new, threshold, len(custodians)), strict=True)
    )


def _resealer(
    keyring: Keyring, old: Secret, new: Secret
) -> Callable[[tuple[SealedIdentity, ...]], list[dict[str, Any]]]:
    """Seals identities to the new key. One that opens under no key is left as it is: nothing of it is lost."""
    keys, to = keys_of(keyring, _IDENTITY, old), sealing_key_of(new).public

    def reseal(identities: tuple[SealedIdentity, ...]) -> list[dict[str, Any]]:
        rows = []
        for identity in identities:
            context = identity.submission_id.encode()
            try:
                plain = open_with_any(keys, identity.sealed, Label.IDENTITY, context)
            except CryptoError:
                continue
            sealed = seal(to, plain, Label.IDENTITY, context)
            rows.append({"submission_id": identity.submission_id, "sealed": sealed})
        return rows

    return reseal


def _prepare(
    session: Session, reseal: Callable[[tuple[SealedIdentity, ...]], list[dict[str, Any]]], told: Told
) -> None:
    """Seal all of them beside the old ones, a batch a transaction, so that others can work in between."""
    database, after, done = session.archive.database, "", 0
    with database.reading() as connection:
        total = identities_resealed.count_identities(connection)
    while batch := _next(session, after):
        rows = reseal(batch)
        with database.writing() as connection:
            identities_resealed.keep_resealed(connection, _still_there(connection, rows))
        after, done = batch[-1].submission_id, done + len(batch)
        told(_IDENTITY, "identities", done, total)


def _next(session: Session, after: str) -> tuple[SealedIdentity, ...]:
    with session.archive.database.reading() as connection:
        return identities_resealed.identities_after(connection, after, BATCH)


def _still_there(connection: Connection, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without those that were erased since they were read."""
    there = identities_resealed.which_are_there(connection, [row["submission_id"] for row in rows])
    return [row for row in rows if row["submission_id"] in there]
