"""The log as auditors see it: events and codes, never content. Every look is itself an entry, written before
it is shown.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import fields as dataclass_fields
from datetime import UTC, datetime, timedelta

from crypto.errors import CryptoError
from crypto.labels import Label
from crypto.merkle import leaf_hash
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, DenyReason, Outcome
from testimony.domain.canonical import canonical_json
from testimony.domain.errors import IntegrityFailed, NotFound
from testimony.domain.events import EventFilter
from testimony.domain.purposes import Purpose
from testimony.domain.roles import Role
from testimony.policy.access import Permission, require
from testimony.services.asking import accounts_with
from testimony.services.opening import open_with_any, sealing_keys
from testimony.services.sessions import Session, sign_checkpoint
from testimony.storage import accounts as account_rows
from testimony.storage import cases as case_rows
from testimony.storage import log, log_pages, log_queries
from testimony.storage.cases import Case
from testimony.storage.compartments import Compartment
from testimony.storage.connections import Connection
from testimony.storage.log import StoredEntry
from testimony.storage.log_queries import StoredCheckpoint

PAGE = 50
COUNT_AT_MOST = 10_000
"""Above this a count says "more than": counting further would make each page of a long log slower."""

ACTIVITY_DAYS = 7

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event is about. `id` is None when the testimony was erased: its salted commitment alone
    remains.
    """

    kind: str | None
    id: str | None
    commitment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One entry of the log, read from its leaf. actor: None where nobody was signed in.

    leaf_hash, detail_commitment: hexadecimal. has_detail: sealed words lie beside it, for auditors to open.
    """

    seq: int
    at: datetime
    actor: AccountId | None
    roles: tuple[Role, ...]
    action: Action
    outcome: Outcome
    subject: Subject | None
    case_id: str | None
    purpose: Purpose | None
    fields: tuple[str, ...]
    count: int | None
    reasons: tuple[DenyReason, ...]
    leaf: str
    leaf_hash: str
    detail_commitment: str | None
    has_detail: bool


@dataclass(frozen=True, slots=True)
class EventPage:
    """older: what to hand in as `before` for the next page; None at the end.

    total: events that pass the filter, counted up to COUNT_AT_MOST. activity: events of each hour of the
    ACTIVITY_DAYS
    (UTC) up to the filter's last day or today, oldest first. handles: accounts by id.
    """

    events: tuple[Event, ...]
    older: int | None
    total: int
    activity: tuple[tuple[datetime, int], ...]
    handles: Mapping[str, str]


def events(session: Session, wanted: EventFilter, before: int | None, now: datetime) -> EventPage:
    """One page of events, newest first. Raises Refused, IntegrityFailed."""
    with session.work(now) as work:
        require(session.account, Permission.READ_LOG)
        wanted_here = with_people(session, work.connection, wanted)
        rows = log_pages.page_of(work.connection, wanted_here, before=before, limit=PAGE + 1)
        shown = tuple(event_of(row) for row in rows[:PAGE])
        page = EventPage(
            events=shown,
            older=shown[-1].seq if len(rows) > PAGE else None,
            total=log_pages.count_of(work.connection, wanted_here, at_most=COUNT_AT_MOST),
            activity=_activity(work.connection, wanted_here, now),
            handles=_handles(work.connection),
        )
        # What was looked for is sealed: an auditor's question can give away as much as an investigator's.
        detail = None if wanted.is_empty else describe_filter(wanted)
        work.log(Action.LIST_SHOWN, fields=("log",), count=len(shown), detail=detail)
    return page


@dataclass(frozen=True, slots=True)
class EventView:
    event: Event
    handles: Mapping[str, str]


def event(session: Session, seq: int, now: datetime) -> EventView:
    """One event. Raises Refused, NotFound, IntegrityFailed."""
    with session.work(now) as work:
        require(session.account, Permission.READ_LOG)
        view = EventView(event_of(_require_row(work.connection, seq)), _handles(work.connection))
        work.log(Action.ITEM_SHOWN, subject=("event", str(seq)), fields=("event",))
    return view


def open_detail(session: Session, seq: int, now: datetime) -> str:
    """The sealed words of one event: a query, a reason, a handle that was tried.

    Raises Refused, NotFound when there is none, IntegrityFailed when it is not what was sealed.
    """
    with session.work(now) as work:
        require(session.account, Permission.READ_LOG_DETAILS)
        row = _require_row(work.connection, seq)
        if row.detail is None:
            raise NotFound
        keys = sealing_keys(session.archive, Compartment.AUDIT)
        try:
            detail = open_with_any(keys, row.detail, Label.AUDIT_DETAIL).decode()
        except (CryptoError, UnicodeDecodeError):
            raise IntegrityFailed from None
        work.log(Action.ITEM_SHOWN, subject=("event", str(seq)), fields=("detail",))
    return detail


@dataclass(frozen=True, slots=True)
class Choices:
    """What a filter may be set to. accounts: (id, handle), by handle."""

    accounts: tuple[tuple[AccountId, str], ...]
    cases: tuple[Case, ...]


def choices(session: Session, now: datetime) -> Choices:
    """Raises Refused."""
    with session.work(now) as work:
        require(session.account, Permission.READ_LOG)
        accounts = account_rows.all_accounts(work.connection)
        return Choices(
            tuple((row.account_id, row.handle) for row in accounts), case_rows.all_cases(work.connection)
        )


def log_size(session: Session, now: datetime) -> int:
    """How many events there are. Raises Refused."""
    with session.work(now) as work:
        require(session.account, Permission.READ_LOG)
        return log.size(work.connection)


def take_checkpoint(session: Session, now: datetime) -> StoredCheckpoint:
    """Sign the log as it stands, this taking included, to be kept outside. Raises Refused."""
    with session.work(now) as work:
        require(session.account, Permission.VERIFY_LOG)
        work.log(Action.LOG_CHECKED, fields=("checkpoint-taken",))
        work.write_entries()
        sign_checkpoint(work.connection, session.archive, now)
        return log_queries.checkpoints_before(work.connection, before=None, limit=1)[0]


def list_checkpoints(session: Session, before: int | None, now: datetime) -> tuple[StoredCheckpoint, ...]:
    """The newest PAGE checkpoints smaller than `before`. Raises Refused."""
    with session.work(now) as work:
        require(session.account, Permission.VERIFY_LOG)
        found = log_queries.checkpoints_before(work.connection, before=before, limit=PAGE)
        work.log(Action.LIST_SHOWN, fields=("checkpoints",), count=len(found))
    return found


def _require_row(connection: Connection, seq: int) -> StoredEntry:
    row = log_queries.find_event(connection, seq)
    if row is None:
        raise NotFound
    return row


def event_of(row: StoredEntry) -> Event:
    """Raises IntegrityFailed for a leaf that is no entry."""
    try:
        leaf = json.loads(row.leaf)
        return Event(
            seq=row.seq,
            at=datetime.fromisoformat(leaf["at"]).astimezone(UTC),
            actor=leaf["actor"],
            roles=tuple(Role(role) for role in leaf["roles"]),
            action=Action(leaf["action"]),
            outcome=Outcome(leaf["outcome"]),
            subject=None if leaf["subject"] is None else _subject(row, leaf["subject"]),
            case_id=leaf["case"],
            purpose=None if leaf["purpose"] is None else Purpose(leaf["purpose"]),
            fields=tuple(leaf["fields"]),
            count=leaf["count"],
            reasons=tuple(DenyReason(reason) for reason in leaf["reasons"]),
            leaf=row.leaf.decode(),
            leaf_hash=leaf_hash(row.leaf).hex(),
            detail_commitment=leaf["detail"],
            has_detail=row.detail is not None,
        )
    except (ValueError, KeyError, TypeError):
        raise IntegrityFailed from None


def _subject(row: StoredEntry, commitment: str) -> Subject:
    if row.subject is None:
        return Subject(None, None, commitment)
    kind, subject, _ = row.subject
    return Subject(kind, subject, commitment)


def _activity(connection: Connection, wanted: EventFilter, now: datetime) -> tuple[tuple[datetime, int], ...]:
    end = now.astimezone(UTC) if wanted.until is None else wanted.until.astimezone(UTC) - _INSTANT
    first = end.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=ACTIVITY_DAYS - 1)
    week = replace(wanted, since=first, until=first + timedelta(days=ACTIVITY_DAYS))
    found = log_pages.hours_of(connection, week)
    hours = (first + timedelta(hours=n) for n in range(24 * ACTIVITY_DAYS))
    return tuple((hour, found.get(hour.isoformat()[: log_queries.HOUR_CHARACTERS], 0)) for hour in hours)


def with_people(session: Session, connection: Connection, wanted: EventFilter) -> EventFilter:
    """The filter with the accounts that carry the role, where a role is asked for."""
    if wanted.role is None:
        return wanted
    people = accounts_with(connection, session.archive.keyring(), wanted.role)
    return replace(wanted, actors=people)


def _handles(connection: Connection) -> Mapping[str, str]:
    return {row.account_id: row.handle for row in account_rows.all_accounts(connection)}


def describe_filter(wanted: EventFilter) -> str:
    """The filter in canonical JSON, the parts that narrow alone."""
    parts = ((name, getattr(wanted, name)) for name in sorted(f.name for f in dataclass_fields(wanted)))
    return canonical_json(
        {
            name: value.isoformat() if isinstance(value, datetime) else str(value)
            for name, value in parts
            if value
        }
    ).decode()
