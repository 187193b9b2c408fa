"""Who is affected if this leaked: an account, a compartment's secret, a copy made on a day. Counted from the ledger."""

from dataclasses import dataclass
from datetime import date, datetime

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.errors import NotFound
from testimony.policy.access import Permission, require
from testimony.policy.exposure import CaseCount, Exposed, Lost, Standing, by_case, exposed
from testimony.services.granting import grants_in_force
from testimony.services.sessions import Session
from testimony.storage import accounts as account_rows
from testimony.storage import disposal_queries as queries
from testimony.storage import drafts
from testimony.storage.compartments import Compartment
from testimony.storage.connections import Connection

SHOWINGS = (
    Action.SEARCH_RELEASED.value,
    Action.SEARCH_ORIGINAL.value,
    Action.LIST_SHOWN.value,
    Action.ITEM_SHOWN.value,
    Action.IDENTITY_SHOWN.value,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What somebody asks about. handle: a lost account. compartment: a lost secret. copied_on: the copy's day.

    since: from which day it was not safe.
    """

    handle: str = ""
    compartment: Compartment | None = None
    copied_on: date | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Affected:
    """exposed: testimonies. cases: the same, counted. opens: compartments whose secret was within reach.

    drafts: written by the account and not handed in, on the archive's server; (id, last written) each.
    """

    exposed: tuple[Exposed, ...]
    cases: tuple[CaseCount, ...]
    opens: tuple[Compartment, ...]
    drafts: tuple[tuple[str, datetime], ...]
    account_id: AccountId | None


def who_is_affected(session: Session, loss: Loss, now: datetime) -> Affected:
    """Codes by case, and how each could have been seen. Raises Refused, NotFound for an unknown handle."""
    with session.work(now) as work:
        require(session.account, Permission.KEEP_INCIDENTS)
        found = affected_in(session, work.connection, loss, now)
        fields = ("affected", *((loss.compartment.value,) if loss.compartment else ()))
        subject = None if found.account_id is None else ("account", found.account_id)
        work.log(Action.LIST_SHOWN, subject=subject, fields=fields, count=len(found.exposed))
    return found


def affected_in(session: Session, connection: Connection, loss: Loss, now: datetime) -> Affected:
    """The same inside the caller's unit of work."""
    account_id = _account(connection, loss.handle)
    lost = _lost(session, connection, account_id, loss, now)
    rows = queries.standing_rows(connection)
    found = exposed(
        lost,
        (
            Standing(
                row.code,
                row.case_id,
                row.state,
                row.submitted_on,
                row.interviewer_id,
                bool(row.in_inbox),
                bool(row.has_identity),
            )
            for row in rows
        ),
    )
    return Affected(
        exposed=found,
        cases=by_case(found),
        opens=tuple(sorted(Compartment(name) for name in lost.opens)),
        drafts=() if account_id is None else _drafts(connection, account_id, loss.since),
        account_id=account_id,
    )


def _account(connection: Connection, handle: str) -> AccountId | None:
    if not handle:
        return None
    row = account_rows.find_handle(connection, handle.strip().casefold())
    if row is None:
        raise NotFound
    return row.account_id


def _lost(
    session: Session, connection: Connection, account_id: AccountId | None, loss: Loss, now: datetime
) -> Lost:
    keyring = session.archive.keyring()
    opens = set() if loss.compartment is None else {loss.compartment.value}
    if account_id is None:
        return Lost(opens=frozenset(opens), since=loss.since, copied_on=loss.copied_on)
    opens |= {compartment.value for compartment in keyring.slots_of(account_id)}
    since = None if loss.since is None else loss.since.isoformat()
    grants = grants_in_force(session, connection, account_id, now)
    return Lost(
        opens=frozenset(opens),
        identity_part=any(share.account_id == account_id for share in keyring.shares),
        account_id=account_id,
        granted_cases=frozenset(grant.case_id for grant in grants),
        read=queries.shown_to(connection, account_id, SHOWINGS, since),
        since=loss.since,
        copied_on=loss.copied_on,
    )


def _drafts(
    connection: Connection, account_id: AccountId, since: date | None
) -> tuple[tuple[str, datetime], ...]:
    """What was being written: a device that was taken may have shown it (F3)."""
    return tuple(
        (row.draft_id, datetime.fromisoformat(row.updated_at))
        for row in drafts.drafts_of(connection, account_id)
        if since is None or row.updated_at >= since.isoformat()
    )
