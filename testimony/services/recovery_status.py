"""How the archive could be had back: which sheets there are, when each was last proven, what waits for a second
custodian. What custodians see of it; auditors read the same dates in the log.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.policy.access import Permission, require
from testimony.services.certificates import recovery_keys
from testimony.services.pending_orders import RENEWAL, SHARING
from testimony.services.recovering import RECOVERED_AT
from testimony.services.recovery_orders import PendingOrder, find_order
from testimony.services.recovery_statements import SheetPlan
from testimony.services.rehearsals import dates_of
from testimony.services.rekeying import active_custodians
from testimony.services.sessions import Session
from testimony.storage import accounts as account_rows
from testimony.storage.compartments import Compartment
from testimony.storage.keyring import RECOVERY

REHEARSED_FOR = timedelta(days=180)
"""How long a sheet counts as proven."""


@dataclass(frozen=True, slots=True)
class SheetStatus:
    """proven: when its words were last typed and fitted; None when they never were."""

    number: int
    proven: datetime | None
    due: bool


@dataclass(frozen=True, slots=True)
class WaitingOrder:
    """ordered_by: a handle. is_own: whoever looks gave it, so somebody else confirms."""

    ordered_by: str
    is_own: bool
    plan: SheetPlan | None
    until: datetime


@dataclass(frozen=True, slots=True)
class RecoveryStatus:
    """serial: 0 without sheets. missing: compartments that the sheets do not open yet. used: when they were used to
    recover, if no newer ones were made since. without_share: custodians who cannot help to open an identity.
    """

    serial: int
    plan: SheetPlan | None
    since: datetime | None
    sheets: tuple[SheetStatus, ...]
    missing: tuple[Compartment, ...]
    used: datetime | None
    renewal: WaitingOrder | None
    sharing: WaitingOrder | None
    without_share: tuple[str, ...]

    @property
    def due(self) -> int:
        return sum(sheet.due for sheet in self.sheets)


def recovery_status(session: Session, now: datetime) -> RecoveryStatus:
    """Raises Refused, ArchiveDamaged when the certificate is not what was signed."""
    with session.work(now) as work:
        status = _status(session, now)
        work.log(Action.LIST_SHOWN, fields=("recovery",), count=len(status.sheets))
    return status


def recovery_due(session: Session, now: datetime) -> RecoveryStatus:
    """The same for the front page, which shows numbers alone. Raises Refused."""
    return _status(session, now)


def _status(session: Session, now: datetime) -> RecoveryStatus:
    require(session.account, Permission.LIST_ACCOUNTS)
    keyring = session.archive.keyring()
    certified = recovery_keys(keyring)
    with session.reading() as connection:
        handles = {row.account_id: row.handle for row in account_rows.all_accounts(connection)}
        proven = {} if certified is None else dates_of(connection, certified.serial)
        orders = [find_order(connection, keyring, name, now) for name in (RENEWAL, SHARING)]
        recovered_at = account_rows.recall(connection, RECOVERED_AT)
    renewal, sharing = (_waiting(session, order, handles) for order in orders)
    used = None if recovered_at is None else datetime.fromisoformat(recovered_at.decode())
    with_share = {share.account_id for share in keyring.shares}
    without = tuple(
        handles.get(each.account_id, each.account_id)
        for each in active_custodians(keyring)
        if each.account_id not in with_share
    )
    if certified is None:
        return RecoveryStatus(0, None, None, (), (), used, renewal, sharing, without)
    if used is not None and certified.at > used:
        used = None
    sheets = tuple(
        SheetStatus(number, proven.get(number), _is_due(proven.get(number), now))
        for number in sorted(certified.proofs)
    )
    slots = keyring.slots_of(RECOVERY)
    missing = tuple(compartment for compartment in Compartment if compartment not in slots)
    return RecoveryStatus(
        certified.serial, certified.plan, certified.at, sheets, missing, used, renewal, sharing, without
    )


def _is_due(proven: datetime | None, now: datetime) -> bool:
    return proven is None or now - proven > REHEARSED_FOR


def _waiting(
    session: Session, order: PendingOrder | None, handles: dict[AccountId, str]
) -> WaitingOrder | None:
    if order is None:
        return None
    return WaitingOrder(
        handles.get(order.ordered_by, order.ordered_by),
        order.ordered_by == session.account.id,
        order.plan,
        order.until,
    )
