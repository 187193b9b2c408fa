"""What custodians and auditors see of the keys: for whom each opens, since when, when the next is due, what is ordered.

The cost is told before anybody confirms: what is written anew, how long that takes here, whether there is room.
"""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from crypto.keys import Secret
from crypto.labels import Label
from crypto.sealing import SealingKey, open_sealed, seal
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.errors import NotFound
from testimony.domain.rekeying import Cause, is_rotation_due, rotation_due_on
from testimony.domain.roles import Role
from testimony.policy.access import Permission, require
from testimony.services.certificates import certified_account
from testimony.services.generations import OrderSeen, generation_of, orders_of
from testimony.services.membership import compartments_of
from testimony.services.rekey_running import can_carry_out, waiting_orders
from testimony.services.rekeying import is_expired, rotation_days
from testimony.services.sessions import Session
from testimony.storage import accounts as account_rows
from testimony.storage import grants as grant_rows
from testimony.storage import identities_resealed
from testimony.storage.compartments import FILES, Compartment
from testimony.storage.connections import Connection
from testimony.storage.errors import StorageFailed
from testimony.storage.keyring import Keyring
from testimony.storage.rekey import measure_rekey, require_room, share_done

_CLAIM = b'"originals":true'
_SAMPLES = 20
_IDENTITY_BYTES = 600


@dataclass(frozen=True, slots=True)
class KeyState:
    """One compartment. handles: for whom it opens. threshold: how many together; 1 when each alone.

    generation: 0 as founded. share_done: how far a change of key is, None when none is under way.
    """

    compartment: Compartment
    handles: tuple[str, ...]
    threshold: int
    generation: int
    since: datetime
    due_on: date
    is_due: bool
    share_done: float | None


@dataclass(frozen=True, slots=True)
class OrderView:
    """One order that is not carried out whole. handle: from whom keys are taken.

    left: what has no new key by it yet. can_confirm, can_carry_out: whether who looks may.
    """

    order_id: str
    cause: Cause
    handle: str | None
    compartments: tuple[Compartment, ...]
    left: tuple[Compartment, ...]
    ordered_by: str
    ordered_at: datetime
    confirmed_by: str | None
    expired: bool
    can_confirm: bool
    can_carry_out: bool


@dataclass(frozen=True, slots=True)
class KeysView:
    """rotation_days: after how many days each key is to be changed."""

    keys: tuple[KeyState, ...]
    orders: tuple[OrderView, ...]
    rotation_days: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What a new key costs. bytes_written: of the file; envelopes: identities sealed anew. has_room: on the disk."""

    compartment: Compartment
    bytes_written: int
    envelopes: int
    duration: timedelta
    has_room: bool


def keys(session: Session, now: datetime) -> KeysView:
    """Raises Refused."""
    with session.work(now) as work:
        require(session.account, Permission.LIST_KEYS)
        handles = _handles(work.connection)
        days = rotation_days(work.connection)
        work.log(Action.LIST_SHOWN, fields=("keys",), count=len(Compartment))
    keyring = session.archive.keyring()
    return KeysView(
        tuple(_state(session, keyring, compartment, handles, days, now) for compartment in Compartment),
        _orders(session, keyring, handles, now),
        days,
    )


def due(session: Session, now: datetime) -> tuple[int, int]:
    """For the front page: keys past their day, and orders that wait for this person. Raises Refused."""
    require(session.account, Permission.LIST_KEYS)
    keyring = session.archive.keyring()
    with session.reading() as connection:
        days = rotation_days(connection)
    past = sum(is_rotation_due(_since(keyring, c).date(), days, now.date()) for c in Compartment)
    orders = _orders(session, keyring, {}, now)
    return past, sum(order.can_confirm or order.can_carry_out for order in orders)


def costs(session: Session, compartments: frozenset[Compartment], now: datetime) -> tuple[Cost, ...]:
    """Measured here and now, by a short try. Raises Refused."""
    require(session.account, Permission.LIST_KEYS)
    directory = session.archive.directory
    with session.reading() as connection:
        envelopes = identities_resealed.count_identities(connection)
    speed = measure_rekey(directory) if compartments & set(FILES) else 1.0
    found = []
    for compartment in sorted(compartments):
        if compartment not in FILES:
            count = envelopes if compartment is Compartment.IDENTITY else 0
            found.append(Cost(compartment, 0, count, timedelta(seconds=count * _seconds_an_envelope()), True))
            continue
        size = directory.file_of(compartment).stat().st_size
        try:
            require_room(directory.file_of(compartment))
            has_room = True
        except StorageFailed:
            has_room = False
        found.append(Cost(compartment, size, 0, timedelta(seconds=size / speed), has_room))
    return tuple(found)


def held_by(session: Session, account_id: AccountId) -> frozenset[Compartment]:
    """What somebody can have the keys of, now or from before: the compartments an order about them is for.

    Raises Refused, NotFound.
    """
    require(session.account, Permission.LIST_KEYS)
    keyring = session.archive.keyring()
    if account_id not in keyring.accounts:
        raise NotFound
    held = compartments_of(certified_account(keyring, account_id).roles)
    with session.reading() as connection:
        # Whoever was ever granted originals can have kept the vault's key.
        grants = grant_rows.grants_of(connection, account_id)
        if any(_CLAIM in row.signed.statement for row in grants):
            held |= {Compartment.VAULT}
    if any(share.account_id == account_id for share in keyring.shares):
        held |= {Compartment.IDENTITY}
    return held


def _state(
    session: Session,
    keyring: Keyring,
    compartment: Compartment,
    handles: Mapping[str, str],
    days: int,
    now: datetime,
) -> KeyState:
    since = _since(keyring, compartment)
    holders = {slot.account_id for slot in keyring.slots if slot.compartment is compartment}
    threshold = 1
    if compartment is Compartment.IDENTITY:
        holders = {share.account_id for share in keyring.shares}
        threshold = max((share.threshold for share in keyring.shares), default=0)
    under_way = keyring.pending_of(compartment) is not None and compartment in FILES
    return KeyState(
        compartment=compartment,
        handles=tuple(sorted(handles[account_id] for account_id in holders if account_id in handles)),
        threshold=threshold,
        generation=generation_of(keyring, compartment).number,
        since=since,
        due_on=rotation_due_on(since.date(), days),
        is_due=is_rotation_due(since.date(), days, now.date()),
        share_done=share_done(session.archive.directory, compartment) if under_way else None,
    )


def _orders(
    session: Session, keyring: Keyring, handles: Mapping[str, str], now: datetime
) -> tuple[OrderView, ...]:
    waiting = waiting_orders(keyring)
    views = []
    for order in orders_of(keyring).values():
        left = tuple(compartment for waits, compartment in waiting if waits == order)
        if order.confirmed_by is None or left:
            views.append(_view(session, order, left, handles, now))
    return tuple(views)


def _view(
    session: Session,
    order: OrderSeen,
    left: tuple[Compartment, ...],
    handles: Mapping[str, str],
    now: datetime,
) -> OrderView:
    open_to_confirm = order.confirmed_by is None and not is_expired(order, now)
    may_order = session.account.id not in (order.ordered_by, order.account)
    return OrderView(
        order_id=order.order_id,
        cause=Cause(order.cause),
        handle=None if order.account is None else handles.get(order.account, order.account),
        compartments=tuple(sorted(order.compartments)),
        left=left,
        ordered_by=handles.get(order.ordered_by, order.ordered_by),
        ordered_at=order.ordered_at,
        confirmed_by=None
        if order.confirmed_by is None
        else handles.get(order.confirmed_by, order.confirmed_by),
        expired=is_expired(order, now),
        can_confirm=open_to_confirm and may_order and Role.CUSTODIAN in session.account.roles,
        can_carry_out=any(can_carry_out(session, order, compartment) for compartment in left),
    )


def _since(keyring: Keyring, compartment: Compartment) -> datetime:
    return datetime.fromisoformat(generation_of(keyring, compartment).since)


def _handles(connection: Connection) -> Mapping[str, str]:
    return {row.account_id: row.handle for row in account_rows.all_accounts(connection)}


def _seconds_an_envelope() -> float:
    key, plain = SealingKey(Secret.random()), os.urandom(_IDENTITY_BYTES)
    begun = time.monotonic()
    for _ in range(_SAMPLES):
        open_sealed(key, seal(key.public, plain, Label.IDENTITY, b""), Label.IDENTITY, b"")
    return (time.monotonic() - begun) / _SAMPLES
