"""Ordering new keys: one custodian orders, another confirms, both signed into the keyring. `rekey_running` does it.

The ledger may itself be one of the compartments, so an order lies in the keyring and not in a table. An order whose
identities are to be sealed anew carries each signer's share of the identity secret, sealed for this order to each other
custodian; whoever carries it out needs their own share besides, and from then on none lies there any more.
"""

import hashlib
import secrets as random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from crypto.errors import CryptoError
from crypto.labels import Label
from crypto.sealing import open_sealed, seal
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import Conflict, Invalid, NotFound, Problem, Refused
from testimony.domain.rekeying import MAX_ROTATION_DAYS, MIN_ROTATION_DAYS, ORDER_VALID, ROTATION_DAYS, Cause
from testimony.domain.roles import Role
from testimony.policy.access import Permission, require
from testimony.services.certificates import Certified, certified_account, sign_statement
from testimony.services.generations import OrderSeen, orders_of
from testimony.services.membership import lacking_a_second, share_context
from testimony.services.sessions import Session, timestamp
from testimony.services.two_people import counted_custodian
from testimony.storage import accounts as account_rows
from testimony.storage.compartments import Compartment
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import Keyring, RekeyOrder, ShareWrap
from testimony.storage.keyring_file import write_keyring

_ROTATION = "rotation-days"
_ID_BYTES = 8


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """account: from whom keys are taken, with Cause.MEMBER_REMOVED; else None. reason: sealed to auditors."""

    compartments: frozenset[Compartment]
    cause: Cause
    account: AccountId | None
    reason: str


def order(session: Session, wanted: OrderRequest, now: datetime) -> str:
    """Sign an order; return its id. Nothing changes until another custodian confirms it.

    Raises Refused; Invalid; NotFound for an account that is not there.
    """
    archive = session.archive
    with archive.directory.keyring_lock:
        keyring = archive.keyring()
        order_id = random.token_hex(_ID_BYTES)
        with session.work(now) as work:
            require(session.account, Permission.ORDER_REKEY)
            _require_sense(session, wanted)
            if (
                wanted.account is not None
                and account_rows.find_account(work.connection, wanted.account) is None
            ):
                raise NotFound
            work.log(
                Action.KEY_OPERATION,
                subject=("key-order", order_id),
                fields=("rekey-ordered", wanted.cause.value, *sorted(wanted.compartments)),
                detail=wanted.reason,
            )
        document = {
            "type": "rekey-order/1",
            "archive": keyring.archive_id,
            "id": order_id,
            "compartments": sorted(c.value for c in wanted.compartments),
            "cause": wanted.cause.value,
            "account": wanted.account,
            "at": timestamp(now),
        }
        signed = sign_statement(document, session.account.id, session.keys.signing, Label.REKEY_ORDER)
        made = RekeyOrder(signed, None, ())
        # What was never confirmed in time is no order any more.
        kept = tuple(o for o in keyring.orders if not _is_stale(keyring, o, now))
        keyring = replace(keyring, orders=(*kept, made))
        write_keyring(archive.directory, _with_wraps(session, keyring, order_id))
    return order_id


def confirm(session: Session, order_id: str, reason: str, now: datetime) -> OrderSeen:
    """Sign that another custodian's order is to be carried out. `rekey_running.carry_out` then does it.

    Raises Refused for who ordered it and for whom keys are taken from; NotFound; Conflict when it was confirmed
    already or waited too long.
    """
    archive = session.archive
    with archive.directory.keyring_lock:
        keyring = archive.keyring()
        with session.work(now) as work:
            require(session.account, Permission.ORDER_REKEY)
            seen = find_order(keyring, order_id)
            if session.account.id in (seen.ordered_by, seen.account):
                raise Refused((DenyReason.SAME_PERSON,))
            if seen.confirmed_by is not None or is_expired(seen, now):
                raise Conflict
            counted_custodian(keyring, work.connection, seen.ordered_by)
            work.log(
                Action.KEY_OPERATION,
                subject=("key-order", order_id),
                fields=("rekey-confirmed", *sorted(seen.compartments)),
                detail=reason,
            )
        document = {
            "type": "rekey-confirmation/1",
            "archive": keyring.archive_id,
            "order": seen.sha256,
            "at": timestamp(now),
        }
        signed = sign_statement(document, session.account.id, session.keys.signing, Label.REKEY_CONFIRMATION)
        keyring = _changed(keyring, order_id, lambda o: replace(o, confirmation=signed))
        write_keyring(archive.directory, _with_wraps(session, keyring, order_id))
    return find_order(archive.keyring(), order_id)


def drop(session: Session, order_id: str, reason: str, now: datetime) -> None:
    """Take back an order that nobody confirmed. Raises Refused, NotFound, Conflict once it is confirmed."""
    archive = session.archive
    with archive.directory.keyring_lock:
        keyring = archive.keyring()
        with session.work(now) as work:
            require(session.account, Permission.ORDER_REKEY)
            seen = find_order(keyring, order_id)
            if seen.confirmed_by is not None:
                raise Conflict
            work.log(
                Action.KEY_OPERATION,
                subject=("key-order", order_id),
                fields=("rekey-dropped",),
                detail=reason,
            )
        kept = tuple(o for o in keyring.orders if _hash(o) != seen.sha256)
        write_keyring(archive.directory, replace(keyring, orders=kept))


def set_rotation(session: Session, days: int, reason: str, now: datetime) -> None:
    """After how many days each key is to be changed. Raises Refused, Invalid."""
    with session.work(now) as work:
        require(session.account, Permission.ORDER_REKEY)
        if not MIN_ROTATION_DAYS <= days <= MAX_ROTATION_DAYS:
            raise Invalid((Problem("days", "out_of_range"),))
        account_rows.remember(work.connection, _ROTATION, str(days).encode())
        work.log(Action.KEY_OPERATION, fields=("rotation-set",), count=days, detail=reason)


def rotation_days(connection: Connection) -> int:
    value = account_rows.recall(connection, _ROTATION)
    return ROTATION_DAYS if value is None else int(value)


def find_order(keyring: Keyring, order_id: str) -> OrderSeen:
    """Raises NotFound."""
    found = next((o for o in orders_of(keyring).values() if o.order_id == order_id), None)
    if found is None:
        raise NotFound
    return found


def is_expired(order: OrderSeen, now: datetime) -> bool:
    """Whether it waited too long for a second custodian."""
    return order.confirmed_by is None and now - order.ordered_at > ORDER_VALID


def active_custodians(keyring: Keyring) -> tuple[Certified, ...]:
    """Who is to hold a share of the identity secret."""
    found = []
    for account_id in sorted(keyring.accounts):
        try:
            certified = certified_account(keyring, account_id)
        except ArchiveDamaged:
            continue
        if Role.CUSTODIAN in certified.roles and certified.active and not certified.suspended:
            found.append(certified)
    return tuple(found)


def own_share(session: Session, keyring: Keyring) -> str | None:
    """The words of this custodian's share of the identity secret; None for one who joined since.

    Raises ArchiveDamaged when it does not open.
    """
    share = next((s for s in keyring.shares if s.account_id == session.account.id), None)
    if share is None:
        return None
    context = share_context(keyring.archive_id, session.account.id)
    try:
        return open_sealed(session.keys.sealing, share.sealed, Label.IDENTITY_SHARE, context).decode()
    except (CryptoError, UnicodeDecodeError):
        raise ArchiveDamaged from None


def shares_lent(session: Session, keyring: Keyring, order: OrderSeen) -> tuple[str, ...]:
    """The shares that others sealed to this custodian for one order."""
    entry = _entry_of(keyring, order)
    lent = []
    for wrap in entry.wraps:
        if wrap.to_id == session.account.id and wrap.from_id in (order.ordered_by, order.confirmed_by):
            context = _wrap_context(keyring, order.sha256, wrap.from_id, wrap.to_id)
            try:
                words = open_sealed(session.keys.sealing, wrap.sealed, Label.IDENTITY_SHARE_WRAP, context)
            except CryptoError:
                continue  # Somebody else's scribble; too few shares then say so.
            lent.append(words.decode())
    return tuple(lent)


def _with_wraps(session: Session, keyring: Keyring, order_id: str) -> Keyring:
    """This custodian's share for each other custodian, where the order is about identities too."""
    seen = find_order(keyring, order_id)
    words = own_share(session, keyring) if Compartment.IDENTITY in seen.compartments else None
    if words is None:
        return keyring
    with session.reading() as connection:
        lacking = lacking_a_second(keyring, connection)
    mine = session.account.id
    wraps = tuple(
        ShareWrap(
            mine,
            other.account_id,
            seal(
                other.sealing,
                words.encode(),
                Label.IDENTITY_SHARE_WRAP,
                _wrap_context(keyring, seen.sha256, mine, other.account_id),
            ),
        )
        for other in active_custodians(keyring)
        if other.account_id not in (mine, seen.account) and other.account_id not in lacking
    )
    return _changed(keyring, order_id, lambda o: replace(o, wraps=(*o.wraps, *wraps)))


def _wrap_context(keyring: Keyring, order: str, from_id: AccountId, to_id: AccountId) -> bytes:
    return f"{keyring.archive_id}/{order}/{from_id}/{to_id}".encode()


def _require_sense(session: Session, wanted: OrderRequest) -> None:
    problems = []
    if not wanted.compartments:
        problems.append(Problem("compartments", "required"))
    if (wanted.account is not None) != (wanted.cause is Cause.MEMBER_REMOVED):
        problems.append(Problem("account", "required"))
    if wanted.account == session.account.id:
        problems.append(Problem("account", "same_person"))
    if problems:
        raise Invalid(tuple(problems))


def _entry_of(keyring: Keyring, seen: OrderSeen) -> RekeyOrder:
    return next(o for o in keyring.orders if _hash(o) == seen.sha256)


def _changed(keyring: Keyring, order_id: str, change: Callable[[RekeyOrder], RekeyOrder]) -> Keyring:
    wanted = find_order(keyring, order_id).sha256
    return replace(keyring, orders=tuple(change(o) if _hash(o) == wanted else o for o in keyring.orders))


def _is_stale(keyring: Keyring, entry: RekeyOrder, now: datetime) -> bool:
    """Whether nobody will ever carry it out: it waited too long, or is not what was signed."""
    seen = orders_of(keyring).get(_hash(entry))
    return seen is None or is_expired(seen, now)


def _hash(entry: RekeyOrder) -> str:
    return hashlib.sha256(entry.order.statement).hexdigest()
