"""New recovery sheets, and identity shares for the custodians there are: each by two custodians.

The first orders, and lends their identity share to the others for this order. The second confirms: the secret of the
sheets is made in that moment, certified by both, and its words are returned once. Sheets of before are worthless for
this archive from then on; with a copy of the directory made before, they open that copy, until its compartments are
re-keyed. Other compartments get their slot as their holders come (services/membership.py).

Dies between the ledger and the keyring: the order is gone and the sheets of before still open what they opened, but
get no new key, since the ledger remembers a certificate that never was; `testimony check` says so. It is ordered again.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from crypto.labels import Label
from crypto.signing import VerifyingKey
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import Conflict, NotFound, Refused
from testimony.policy.access import Permission, require
from testimony.services import pending_orders
from testimony.services.certificates import read_statement, sign_statement
from testimony.services.identity_shares import lend, rebuild, shared_anew
from testimony.services.membership import (
    RECOVERY_CERTIFICATE,
    Recipient,
    lacking_a_second,
    slot_of,
    wrap_for_members,
)
from testimony.services.pending_orders import RENEWAL, SHARING
from testimony.services.recovery_statements import (
    SheetPlan,
    digest,
    make_recovery,
    order_document,
)
from testimony.services.sessions import Session
from testimony.services.two_people import counted_custodian
from testimony.storage import accounts as account_rows
from testimony.storage import identity_requests
from testimony.storage.compartments import Compartment
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import RECOVERY, Keyring, Signed
from testimony.storage.keyring_file import read_signed_document, signed_document, write_keyring


@dataclass(frozen=True, slots=True)
class PendingOrder:
    """ordered_by: a custodian whose signature holds. plan: None when identity shares alone are made anew."""

    ordered_by: AccountId
    plan: SheetPlan | None
    until: datetime
    signed: Signed
    lent: Mapping[AccountId, bytes]


@dataclass(frozen=True, slots=True, repr=False)
class NewSheets:
    """The words of each sheet, in order. They are nowhere else."""

    serial: int
    plan: SheetPlan
    sheets: tuple[str, ...]
    archive_id: str
    root_fingerprint: str


def order_sheets(session: Session, plan: SheetPlan, reason: str, now: datetime) -> None:
    """Raises Refused; NotYet for a custodian without an identity share; Conflict while another order waits."""
    keyring = session.archive.keyring()
    document = order_document(keyring.archive_id, _next_serial(keyring), plan, now)
    _order(session, RENEWAL, document, reason, now)


def order_sharing(session: Session, reason: str, now: datetime) -> None:
    """Identity shares anew, for custodians who joined, lost theirs or left. Raises as `order_sheets` does."""
    keyring = session.archive.keyring()
    document = {
        **order_document(keyring.archive_id, keyring.version, SheetPlan(2, 3), now),
        "type": "identity-sharing-order/1",
    }
    _order(session, SHARING, document, reason, now)


def _order(session: Session, name: str, document: dict[str, Any], reason: str, now: datetime) -> None:
    order = sign_statement(document, session.account.id, session.keys.signing, Label.RECOVERY_ORDER)
    with session.work(now) as work:
        require(session.account, Permission.OPEN_IDENTITY)
        waiting = find_order(work.connection, session.archive.keyring(), name, now)
        if waiting is not None:
            raise Conflict
        lent = lend(session, order, lacking_a_second(session.archive.keyring(), work.connection))
        kept = {
            "order": signed_document(order),
            "lent": {to: base64.b64encode(sealed).decode() for to, sealed in lent.items()},
        }
        pending_orders.put(work.connection, name, kept)
        work.log(
            Action.KEY_OPERATION, subject=("keys", name), fields=("ordered", f"{name}-renewal"), detail=reason
        )


def find_order(connection: Connection, keyring: Keyring, name: str, now: datetime) -> PendingOrder | None:
    """The order that waits, if a custodian signed it, it is not past and nothing came of it yet."""
    kept = pending_orders.pending(connection, name)
    if kept is None:
        return None
    try:
        signed = read_signed_document(kept["order"])
        signer = AccountId(signed.signer)
        document = read_statement(
            signed, counted_custodian(keyring, connection, signer), Label.RECOVERY_ORDER
        )
        plan = SheetPlan(int(document["threshold"]), int(document["count"]))
        at, until = (datetime.fromisoformat(document[name]) for name in ("at", "until"))
        lent = {AccountId(to): base64.b64decode(sealed) for to, sealed in kept["lent"].items()}
        wanted = order_document(keyring.archive_id, document["serial"], plan, at)
    except (ArchiveDamaged, KeyError, ValueError, TypeError, AttributeError):
        return None
    if name == SHARING:
        wanted["type"] = "identity-sharing-order/1"
    elif document["serial"] != _next_serial(keyring):
        return None
    if document != wanted or not at <= now <= until or keyring.accounts[signer].suspension is not None:
        return None
    return PendingOrder(signer, plan if name == RENEWAL else None, until, signed, lent)


def withdraw_order(session: Session, name: str, now: datetime) -> None:
    """Any custodian lets go of an order that waits. Raises Refused, NotFound."""
    with session.work(now) as work:
        require(session.account, Permission.OPEN_IDENTITY)
        if pending_orders.pending(work.connection, name) is None:
            raise NotFound
        pending_orders.put(work.connection, name, None)
        work.log(Action.KEY_OPERATION, subject=("keys", name), fields=("order-withdrawn",))


def confirm_sheets(session: Session, reason: str, now: datetime) -> NewSheets:
    """Make the new sheets. Raises Refused (also for who ordered them), NotFound, NotYet, ArchiveDamaged."""
    archive = session.archive
    with archive.directory.keyring_lock:
        keyring = archive.keyring()
        serial = _next_serial(keyring)
        with session.work(now) as work:
            order = _require_order(session, work.connection, keyring, RENEWAL, now)
            if order.plan is None:
                raise NotFound
            identity = rebuild(session, order.signed, order.lent)
            made = make_recovery(keyring.archive_id, keyring.root, order.plan, serial, order.signed, now)
            certificate = sign_statement(
                made.document, session.account.id, session.keys.signing, Label.RECOVERY_CERTIFICATE
            )
            account_rows.remember(work.connection, RECOVERY_CERTIFICATE, digest(certificate))
            lacking = lacking_a_second(keyring, work.connection)
            pending_orders.put(work.connection, RENEWAL, None)
            identity_requests.void_approvals(work.connection)
            work.log(
                Action.KEY_OPERATION,
                subject=("keys", RENEWAL),
                fields=("new-sheets", f"serial:{serial}"),
                detail=reason,
            )
        before = keyring.recovered if keyring.recovery is None else (*keyring.recovered, keyring.recovery)
        keyring = replace(keyring, recovery=certificate, recovered=before).without_slots_of(RECOVERY)
        recipient = Recipient(RECOVERY, made.keys.sealing.public)
        slot = slot_of(keyring, Compartment.IDENTITY, recipient, identity)
        write_keyring(archive.directory, shared_anew(keyring.with_slot(slot), identity, lacking))
    wrap_for_members(session, now)
    root = archive.keyring().root
    return NewSheets(serial, order.plan, made.sheets, keyring.archive_id, fingerprint_of(root))


def confirm_sharing(session: Session, reason: str, now: datetime) -> None:
    """Split the identities' secret between the custodians there are now. Raises as `confirm_sheets` does."""
    archive = session.archive
    with archive.directory.keyring_lock:
        keyring = archive.keyring()
        with session.work(now) as work:
            order = _require_order(session, work.connection, keyring, SHARING, now)
            secret = rebuild(session, order.signed, order.lent)
            shared = shared_anew(keyring, secret, lacking_a_second(keyring, work.connection))
            pending_orders.put(work.connection, SHARING, None)
            identity_requests.void_approvals(work.connection)
            work.log(
                Action.KEY_OPERATION,
                subject=("keys", SHARING),
                fields=("identity-shared-anew",),
                detail=reason,
            )
        write_keyring(archive.directory, shared)


def fingerprint_of(root: bytes) -> str:
    return VerifyingKey(root).fingerprint


def _require_order(
    session: Session, connection: Connection, keyring: Keyring, name: str, now: datetime
) -> PendingOrder:
    require(session.account, Permission.OPEN_IDENTITY)
    order = find_order(connection, keyring, name, now)
    if order is None:
        raise NotFound
    if order.ordered_by == session.account.id:
        raise Refused((DenyReason.SAME_PERSON,), subject=("keys", name))
    return order


def _next_serial(keyring: Keyring) -> int:
    return len(keyring.recovered) + (1 if keyring.recovery is None else 2)
